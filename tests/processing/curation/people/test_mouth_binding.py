"""Mouths and voices: who is seen speaking, who listens, and how late the sound is."""

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.accuracy.scores import NOTHING, Score, score_decisions
from speakervid5m.processing.curation.people.mouth_binding import (
    Binding,
    BoundTrack,
    bind,
    speech_envelope,
)
from speakervid5m.processing.curation.speech.main_voices import diarize
from speakervid5m.processing.models.speech.voice_activity import (
    SileroVoiceActivity,
    speech_intervals,
)
from speakervid5m.processing.studio import FPS
from speakervid5m.records import VoiceInterval
from tests.processing.curation.heard import (
    DRAWN,
    RATE,
    Heard,
    MadeTrack,
    hear,
    tracks_of,
    true_voices,
)

logger = logging.getLogger(__name__)

pytest.importorskip("onnxruntime", reason="the extra curate is not installed")
pytest.importorskip("scipy", reason="the extra curate is not installed")
pytest.importorskip("espeakng_loader", reason="the extra demo is not installed")

SHOWS = ((100, -12), (104, 7), (106, 0), (109, 3), (116, 12), (119, -4))


def active(
    show: Heard, tracks: Sequence[MadeTrack], found: Binding, voices: Sequence[VoiceInterval]
) -> Score:
    """Frame by frame: is who is seen heard?"""
    late = (found.offset_frames or 0) / FPS
    total = NOTHING
    for track, one in zip(tracks, found.tracks, strict=True):
        middles = (np.arange(track.first, track.stop) + 0.5) / FPS
        true, given = np.zeros(len(middles), bool), np.zeros(len(middles), bool)
        for turn in show.truth.turns:
            if turn.voice == track.person:
                true |= (turn.start_seconds <= middles) & (middles < turn.stop_seconds)
        for voice in voices if one.role == "speaking" else ():
            if voice.voice == one.voice:
                begin, end = voice.start_seconds - late, voice.stop_seconds - late
                given |= (begin <= middles) & (middles < end)
        total += score_decisions(given.tolist(), true.tolist())
    return total


def labelled(show: Heard, tracks: Sequence[MadeTrack], found: Binding) -> Score:
    """Who is seen speaking in a scene, by the label."""
    clips = {(clip.scene, clip.person): clip for clip in show.truth.clips}
    true = [clips[track.scene, track.person].role == "speaking" for track in tracks]
    return score_decisions([one.role == "speaking" for one in found.tracks], true)


@pytest.mark.parametrize("noise", [0.03, 0.15])
def test_shows_of_several_offsets(noise: float) -> None:
    frames = clips = NOTHING
    for seed, late in SHOWS:
        show = hear(seed, late_frames=late)
        activity = SileroVoiceActivity().probabilities(show.samples)
        voices = diarize(show.samples, speech_intervals(activity, 60.0)).intervals
        tracks = tracks_of(show, noise=noise)
        found = bind(tracks, voices, speech_envelope(show.samples), DRAWN)
        assert found.offset_frames is not None and abs(found.offset_frames - late) <= 1
        frames += active(show, tracks, found, voices)
        clips += labelled(show, tracks, found)
    logger.info(f"noise {noise}: active speaker F1 {frames.f1:.4f}, clips {clips.f1:.4f}")
    assert frames.f1 >= 0.95 and clips.f1 >= 0.95


@pytest.fixture
def show() -> Heard:
    return hear(104)


def bound(show: Heard, tracks: Sequence[MadeTrack], voices: Sequence[VoiceInterval]) -> Binding:
    return bind(tracks, voices, speech_envelope(show.samples), DRAWN)


def one_scene(show: Heard, voice: str) -> tuple[int, int]:
    """Frames of the longest turn of a voice, with a second on each side."""
    turn = max(
        (turn for turn in show.truth.turns if turn.voice == voice),
        key=lambda turn: turn.stop_seconds - turn.start_seconds,
    )
    return round(turn.start_seconds * FPS) - 5, round(turn.stop_seconds * FPS) + 5


def made(show: Heard, person: str, span: tuple[int, int], box: int = 0) -> MadeTrack:
    first, stop = span
    rng = np.random.default_rng(box)
    opening = show.mouths[person][first:stop] + rng.normal(0, 0.05, stop - first)
    return MadeTrack(
        scene=0,
        box_index=box,
        first=first,
        stop=stop,
        mouths=opening.astype(np.float32),
        contrasts=np.zeros(stop - first, np.float32),
        present=np.ones(stop - first, bool),
        descriptor=None,
        person=person,
    )


def labels(found: Binding) -> list[tuple[str | None, str]]:
    return [(one.voice, one.role) for one in found.tracks]


def test_two_people_and_one_voice(show: Heard) -> None:
    span = one_scene(show, "A")
    found = bound(show, [made(show, "A", span), made(show, "B", span, 1)], true_voices(show))
    assert labels(found) == [("A", "speaking"), ("A", "listening")]
    speaker, listener = found.tracks
    assert speaker.sync is not None and listener.sync is None
    assert speaker.sync.source_distance < 0.8 < listener.syncs[0].source_distance
    assert speaker.sync.confidence > 0 and speaker.sync.offset_frames in (-1, 0, 1)


def test_one_person_and_a_voice_from_off_screen(show: Heard) -> None:
    found = bound(show, [made(show, "B", one_scene(show, "A"))], true_voices(show))
    assert labels(found) == [("A", "listening")]


@pytest.mark.parametrize("hidden", ["a mouth that moves", "a hand before the mouth", "one second"])
def test_who_was_not_seen_to_be_still_does_not_listen(show: Heard, hidden: str) -> None:
    """A miss of the binding is no listener: laughing, hands, a mouth that is hardly seen."""
    first, stop = one_scene(show, "A")
    track = made(show, "B", (first, stop))
    moves = np.abs(np.sin(np.arange(stop - first) / 3)).astype(np.float32)
    if hidden == "a mouth that moves":
        track = replace(track, mouths=moves)
    elif hidden == "a hand before the mouth":
        track = replace(track, contrasts=0.05 * moves)
    else:
        track = replace(track, present=np.arange(stop - first) < 25)
    assert labels(bound(show, [track], true_voices(show))) == [(None, "unbound")]


def test_one_person_in_two_windows_is_bound_once_and_never_listens(show: Heard) -> None:
    """A mirror, too: the other image of the speaker moves, so it is nobody's listener."""
    span = one_scene(show, "A")
    found = bound(show, [made(show, "A", span), made(show, "A", span, 1)], true_voices(show))
    assert sorted(map(str, labels(found))) == ["('A', 'speaking')", "(None, 'unbound')"]


def test_three_people_are_bound_or_not_at_all(show: Heard) -> None:
    span = one_scene(show, "A")
    tracks = [made(show, person, span, box) for box, person in enumerate("ABB")]
    found = bound(show, tracks, true_voices(show))
    assert labels(found) == [("A", "speaking"), (None, "unbound"), (None, "unbound")]


def test_half_a_second_of_a_voice_is_not_matched(show: Heard) -> None:
    first, _ = one_scene(show, "A")
    start = next(v.start_seconds for v in true_voices(show) if v.start_seconds * FPS >= first)
    span = (first, first + 100)
    for seconds, matched in ((0.48, []), (0.52, ["A"])):
        voices = [VoiceInterval(start, start + seconds, "A")]
        (found,) = bound(show, [made(show, "A", span)], voices).tracks
        assert [sync.voice for sync in found.syncs] == matched


def test_nobody_speaks_or_nobody_is_seen(show: Heard) -> None:
    span = one_scene(show, "A")
    assert labels(bound(show, [made(show, "A", span)], [])) == [(None, "unbound")]
    found = bound(show, [], true_voices(show))
    assert found.tracks == () and found.offset_frames is None
    found = bind([made(show, "A", span)], [], np.zeros(0, np.float32), DRAWN)
    assert labels(found) == [(None, "unbound")]


@pytest.mark.parametrize("fault", ["a photograph", "unseen", "short", "beyond the sound"])
def test_a_mouth_that_says_nothing_is_not_bound(show: Heard, fault: str) -> None:
    track = made(show, "A", one_scene(show, "A"))
    length = track.stop - track.first
    if fault == "a photograph":
        track = replace(track, mouths=np.full(length, 0.2, np.float32))
    elif fault == "unseen":
        track = replace(track, present=np.zeros(length, bool))
    elif fault == "short":
        track = replace(
            track, stop=track.first + 5, mouths=track.mouths[:5],
            contrasts=track.contrasts[:5], present=track.present[:5],
        )  # fmt: skip
    else:
        track = replace(track, first=1450, stop=1450 + length)
    (found,) = bound(show, [track], true_voices(show)).tracks
    assert (found.voice, found.role) == (None, "unbound")


def test_a_dubbed_source_has_no_speakers(show: Heard) -> None:
    other = hear(109)
    found = bind(tracks_of(show), true_voices(other), speech_envelope(other.samples), DRAWN)
    speaking = sum(one.role == "speaking" for one in found.tracks)
    logger.info(f"{speaking} of {len(found.tracks)} bound to foreign voices")
    assert speaking <= len(found.tracks) * 0.25


def test_letters_and_order_do_not_matter(show: Heard) -> None:
    tracks = tracks_of(show)
    found = bound(show, tracks, true_voices(show))
    again = bound(show, tracks[::-1], true_voices(show)[::-1])
    by_place = {(one.scene, one.box_index): one for one in again.tracks}
    assert all(by_place[one.scene, one.box_index] == one for one in found.tracks)
    assert all(isinstance(one, BoundTrack) for one in found.tracks)


def test_the_envelope_is_the_loudness_of_frames() -> None:
    samples = np.zeros(RATE, np.float32)
    samples[6400:7040] = 0.5
    envelope = speech_envelope(samples[:-100])
    assert envelope.shape == (25,) and envelope.dtype == np.float32
    assert envelope[10] == pytest.approx(np.log(0.503)) and envelope[9] == pytest.approx(
        -5.81, abs=0.01
    )
    assert speech_envelope(np.zeros(0, np.float32)).shape == (0,)
