"""The truth scores full marks, nothing scores none, and each fault moves its own figure."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.accuracy.compare import Comparison, match
from benchmarks.accuracy.found import (
    Found,
    FoundClip,
    FoundFace,
    FoundListener,
    nothing,
    read_predictions,
    write_predictions,
)
from benchmarks.accuracy.pipeline import Ran
from benchmarks.accuracy.shows import FIRST_SEED, Show, specs
from speakervid5m.processing.studio import CASTS, FPS
from speakervid5m.processing.studio.plan.show import plan_show
from speakervid5m.records import VoiceInterval

Figures = dict[str, float | int | None]


def truth_of(show: Show) -> Found:
    """What a pipeline would say that knows everything."""
    truth = show.truth
    faces = []
    for person in "AB":
        runs: list[list[int]] = []
        for frame, here in enumerate(show.faces):
            if person in here:
                if not runs or runs[-1][-1] != frame - 1:
                    runs.append([])
                runs[-1].append(frame)
        faces += [
            FoundFace(
                person=f"face of {person}",
                first=run[0],
                boxes=tuple(show.faces[frame][person] for frame in run),
                speaking=tuple(float(show.speaks(person, frame)) for frame in run),
            )
            for run in runs
        ]
    clips = tuple(
        FoundClip(
            clip_id=f"mine {one.clip_id}",
            start_seconds=truth.scenes[one.scene].start_seconds,
            end_seconds=truth.scenes[one.scene].stop_seconds,
            bbox=one.bbox,
            role=one.role,
            voice=None if one.voice is None else f"voice {one.voice}",
            person=f"face of {one.person}",
            offset_frames=truth.av_offset_frames,
            transcript=None,
        )
        for one in truth.clips
    )
    samples = truth.samples
    return Found(
        source_id=truth.source_id,
        cuts=tuple(round(one.start_seconds * FPS) for one in truth.shots[1:]),
        voices=tuple(
            VoiceInterval(one.start_seconds, one.stop_seconds, f"voice {one.voice}")
            for one in show.voices
        ),
        faces=tuple(faces),
        clips=clips,
        dialogue=tuple(tuple(f"mine {one}" for one in pair) for pair in samples.dialogue),
        listening=tuple(
            FoundListener(
                speaker=None if one.speaker is None else f"mine {one.speaker}",
                listener=f"mine {one.listener}",
            )
            for one in samples.listening
        ),
        multi_turn=tuple(tuple(f"mine {one}" for one in run) for run in samples.multi_turn),
    )


def figures(show: Show, found: Found) -> Figures:
    comparison = Comparison()
    comparison.add(show, found)
    return comparison.figures()


WHOLE = (
    "cut_f1", "cut_f1_exact", "hota", "idf1", "active_speaker_f1", "active_speaker_frame_f1",
    "active_speaker_frame_ap", "binding_accuracy", "av_offset_within_one_frame", "identity_f1",
    "dialogue_pair_f1", "listening_f1", "multi_turn_f1",
)  # fmt: skip


def test_the_truth_is_right_in_everything(show: Show) -> None:
    found = figures(show, truth_of(show))
    assert {name: found[name] for name in WHOLE} == pytest.approx(dict.fromkeys(WHOLE, 1.0))
    assert found["der"] == pytest.approx(0.0, abs=1e-9)
    assert found["wer"] is None
    assert found["num_clips_matched"] == found["num_clips_true"] == len(show.truth.clips)
    # There is something to be right in.
    assert show.cuts and show.truth.samples.dialogue and show.truth.samples.listening


def test_nothing_is_wrong_and_what_is_not_told_is_not_judged(show: Show) -> None:
    found = figures(show, nothing(show.truth.source_id))
    assert found["cut_f1"] == found["idf1"] == found["active_speaker_f1"] == 0.0
    assert found["dialogue_pair_f1"] == 0.0 and found["der"] == pytest.approx(1.0)
    assert found["active_speaker_frame_f1"] == 0.0
    bare = replace(
        nothing(show.truth.source_id), voices=None, faces=None, clips=None, multi_turn=None
    )
    found = figures(show, bare)
    told = {name for name, value in found.items() if value is not None}
    counts = {"num_clips_found", "num_clips_true", "num_clips_matched"}
    assert told == {"cut_f1", "cut_f1_exact"} | counts


def test_each_fault_moves_its_own_figure(show: Show) -> None:
    truth = truth_of(show)
    clips = truth.clips or ()
    late = tuple(replace(one, offset_frames=(one.offset_frames or 0) + 2) for one in clips)
    found = figures(show, replace(truth, clips=late))
    assert found["av_offset_within_one_frame"] == 0.0
    assert found["av_offset_mean_error_frames"] == 2.0
    assert found["active_speaker_f1"] == found["identity_f1"] == 1.0
    one_person = tuple(replace(one, person="somebody") for one in clips)
    found = figures(show, replace(truth, clips=one_person))
    assert found["identity_recall"] == 1.0 and (found["identity_precision"] or 1) < 1.0
    nobody = tuple(replace(one, person=None) for one in clips)
    assert figures(show, replace(truth, clips=nobody))["identity_recall"] != 1.0
    wrong = {"voice A": "voice B", "voice B": "voice A", "voice C": "voice C"}
    crossed = tuple(replace(one, voice=wrong.get(one.voice or "")) for one in clips)
    found = figures(show, replace(truth, clips=crossed))
    assert found["binding_accuracy"] == 0.0 and found["active_speaker_f1"] == 1.0
    elsewhere = tuple(replace(one, bbox=(0.0, 0.0, 0.01, 0.01)) for one in clips)
    found = figures(show, replace(truth, clips=elsewhere))
    assert found["num_clips_matched"] == 0 and found["dialogue_pair_f1"] == 0.0


def test_words_of_whole_turns_are_compared(show: Show) -> None:
    truth = truth_of(show)
    by_clip = {f"mine {one.clip_id}": one for one in show.truth.clips}
    said = {}
    for clip in truth.clips or ():
        scene = show.truth.scenes[by_clip[clip.clip_id].scene].interval
        turns = [
            one
            for one in show.truth.turns
            if one.voice == by_clip[clip.clip_id].person and one.interval & scene
        ]
        said[clip.clip_id] = " ".join(one.text for one in turns)
    spoken = tuple(
        replace(one, transcript=said[one.clip_id]) if one.role == "speaking" else one
        for one in truth.clips or ()
    )
    assert figures(show, replace(truth, clips=spoken))["wer"] == 0.0


def test_our_stages_do_well_on_a_guests_show(show: Show, ran: Ran) -> None:
    assert not ran.failures
    found = ran.found[show.truth.source_id]
    scores = figures(show, found)
    assert scores["cut_f1"] == 1.0
    assert (scores["der"] or 0) < 0.15
    assert (scores["idf1"] or 0) > 0.9
    assert (scores["active_speaker_frame_f1"] or 0) > 0.8
    assert scores["wer"] is None
    assert len(match(found.clips or (), show)) == scores["num_clips_matched"]


def test_predictions_go_to_a_file_and_back(ran: Ran, tmp_path: Path) -> None:
    path = tmp_path / "made" / "mine.json"
    write_predictions(path, ran.found.values())
    assert read_predictions(path) == ran.found
    one = json.loads(path.read_text())[0]
    path.write_text(json.dumps([{"source_id": "a", "cuts": [3]}]))
    assert read_predictions(path)["a"].cuts == (3,)
    assert read_predictions(path)["a"].clips is None
    for values, words in (
        ({}, "no list of sources"),
        ([{"cuts": []}], "no list of sources"),
        ([one, one], "twice"),
        ([one | {"scenes": []}], "'scenes'"),
    ):
        path.write_text(json.dumps(values))
        with pytest.raises(ValueError, match=words):
            read_predictions(path)


def test_reported_shows_are_of_other_people_and_seeds() -> None:
    shows = [plan_show(one) for one in specs(range(20), "clean")]
    people = {person for show in shows for person in show.people}
    assert people == set(CASTS["guests"]) and not people & set(CASTS["hosts"])
    assert min(show.seed for show in shows) == FIRST_SEED
    assert {show.av_offset_frames for show in shows} == {0, 3, -2}
