"""Labels by networks: SyncNet's formula, the official greedy rule, who listens."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch", reason="the extra models is not installed")

from speakervid5m.processing.curation.people.model_binding import (
    SpeakingBinder,
    SyncBinder,
    bind_by,
)
from speakervid5m.processing.curation.people.mouth_binding import Binding, BoundTrack, ModelSync
from speakervid5m.processing.curation.people.mouths import PIXELS
from speakervid5m.processing.curation.people.tracks import StoredTrack
from speakervid5m.processing.curation.vision.face_crops import CROPS
from speakervid5m.processing.engines import WrongResult
from speakervid5m.processing.models.audio_visual.sync_score import sync_score
from speakervid5m.records import VoiceInterval

Floats = NDArray[np.float32]


def plain_distances(pictures: Floats, sounds: Floats, shift: int) -> NDArray[np.float64]:
    """The official code's loop: each picture against 31 sounds, torch's epsilon added."""
    padded = np.concatenate([np.zeros((shift, 8)), sounds, np.zeros((shift, 8))])
    rows = [
        [np.sqrt(((one - other + 1e-6) ** 2).sum()) for other in padded[k : k + 2 * shift + 1]]
        for k, one in enumerate(pictures.astype(np.float64))
    ]
    means: NDArray[np.float64] = np.array(rows).mean(0)
    return means


@pytest.mark.parametrize("late", [-15, -3, 0, 4, 15])
def test_sync_is_the_official_formula(late: int) -> None:
    rng = np.random.default_rng(late + 20)
    whole = rng.normal(size=(100, 8)).astype(np.float32)
    # What is seen in frame k is heard in frame k + late.
    pictures = whole[30:70] + 0.1 * rng.normal(size=(40, 8)).astype(np.float32)
    sounds = whole[30 - late : 70 - late]
    plain = plain_distances(pictures, sounds, 15)
    found = sync_score(pictures, sounds)
    assert found is not None
    assert found.offset_frames == -late
    assert found.distance == pytest.approx(plain.min(), rel=1e-5)
    assert found.confidence == pytest.approx(np.median(plain) - plain.min(), rel=1e-4)
    assert sync_score(pictures[:0], sounds[:0]) is None


class Mouths:
    """Reads who is seen from the colour of the crops, and hears what is said from the samples."""

    def features(self, crops: NDArray[np.uint8], samples: Floats) -> tuple[Floats, Floats]:
        count = max(0, min(len(crops), len(samples) // 640) - 5)
        code = samples[: len(samples) // 640 * 640].reshape(-1, 640)[:count, 0]
        seen = crops[:count, 112, 112, 0].astype(np.float32) / 100
        rng = np.random.default_rng(0)
        walk = rng.normal(size=(400, 8)).astype(np.float32)
        heard = walk[:count] + code[:, None]
        looked = (walk[:count] + seen[:, None]).astype(np.float32)
        return looked, heard.astype(np.float32)

    def probabilities(self, crops: NDArray[np.uint8], samples: Floats) -> Floats:
        code = samples[: len(crops) * 640].reshape(-1, 640)[:, 0]
        return (np.abs(crops[:, 112, 112, 0] / 100 - code) < 0.2).astype(np.float32)


def seen(scene: int, box: int, first: int, stop: int, link: int) -> StoredTrack:
    still = np.tile(np.array([0, 0.01], np.float32), stop - first)[: stop - first]
    return StoredTrack(
        scene=scene, box_index=box, first=first, stop=stop, mouths=still, contrasts=still,
        present=np.ones(stop - first, np.bool_), descriptor=np.zeros(4, np.float32), sharpness=1.0,
        person_box=(0.0, 0.0, 0.5, 1.0), links=(link,),
    )  # fmt: skip


def crops_table(shades: dict[int, int], frames: dict[int, range]) -> pa.Table:
    rows: list[tuple[int, int, bytes]] = []
    for link, shade in shades.items():
        picture = np.full((224, 224, 3), shade, np.uint8)
        jpeg = bytes(cv2.imencode(".jpg", picture)[1])
        # Every seventh crop is missing: the nearest stands in for it.
        rows += [(link, index, jpeg) for index in frames[link] if index % 7]
    columns = [list(column) for column in zip(*rows, strict=True)]
    return pa.table([pa.array(c, k.type) for c, k in zip(columns, CROPS, strict=True)], CROPS)


def unbound(tracks: Sequence[StoredTrack]) -> Binding:
    rows = [
        BoundTrack(scene=t.scene, box_index=t.box_index, voice=None, role="unbound", syncs=())
        for t in tracks
    ]
    return Binding(tracks=tuple(rows), offset_frames=None, max_distance=0.9)


def heard(spans: list[tuple[float, float, float]]) -> Floats:
    """Each frame's first sample is the code of who sounds."""
    samples = np.zeros(300 * 640, np.float32)
    for start, stop, code in spans:
        samples[int(start * 25) * 640 : int(stop * 25) * 640] = code
    return samples


TRACKS = [
    seen(0, 0, 0, 100, 0), seen(0, 1, 0, 100, 1),
    seen(1, 0, 100, 200, 2), seen(1, 1, 100, 200, 3),
    seen(2, 0, 200, 300, 4),
]  # fmt: skip
CROPPED = crops_table(
    {0: 100, 1: 200, 2: 100, 3: 200, 4: 50},
    {0: range(100), 1: range(100), 2: range(100, 200), 3: range(100, 200), 4: range(200, 300)},
)
VOICES = [
    VoiceInterval(start_seconds=0.0, stop_seconds=1.6, voice="A"),
    VoiceInterval(start_seconds=1.6, stop_seconds=3.6, voice="B"),
    VoiceInterval(start_seconds=4.4, stop_seconds=7.6, voice="B"),
    VoiceInterval(start_seconds=9.0, stop_seconds=9.4, voice="A"),
]
SOUND = heard([(0, 1.6, 1.0), (1.6, 3.6, 2.0), (4.4, 7.6, 2.0), (9.0, 9.4, 1.0)])


@pytest.mark.parametrize("binder", [SyncBinder(Mouths()), SpeakingBinder(Mouths())])
def test_the_best_pairs_come_first_and_the_other_listens(
    binder: SyncBinder | SpeakingBinder,
) -> None:
    found = bind_by(binder, unbound(TRACKS), TRACKS, VOICES, CROPPED, SOUND, PIXELS)
    labels = [(one.voice, one.role) for one in found.tracks]
    assert labels == [
        ("A", "speaking"),
        ("B", "speaking"),
        ("B", "listening"),
        ("B", "speaking"),
        # Under half a second of voice is not matched.
        (None, "unbound"),
    ]
    assert [[sync.voice for sync in one.models] for one in found.tracks] == [
        ["A", "B"],
        ["A", "B"],
        ["B"],
        ["B"],
        [],
    ]
    for one in found.tracks:
        for sync in one.models:
            named = (sync.sync_confidence, sync.sync_distance, sync.sync_offset_frames)
            if isinstance(binder, SyncBinder):
                assert None not in named
                assert sync.asd_score is None
            else:
                assert named == (None, None, None)
                assert sync.asd_score is not None


def test_who_moves_the_mouth_or_hides_it_is_no_listener() -> None:
    moving = replace(TRACKS[2], mouths=np.tile(np.array([0, 0.1], np.float32), 50))
    hidden = replace(TRACKS[2], present=np.zeros(100, np.bool_))
    for track in (moving, hidden):
        tracks = [*TRACKS[:2], track, *TRACKS[3:]]
        found = bind_by(
            SpeakingBinder(Mouths()), unbound(tracks), tracks, VOICES, CROPPED, SOUND, PIXELS
        )
        assert found.tracks[2].role == "unbound"


def test_sound_that_is_late_is_put_where_the_picture_is() -> None:
    late = [SOUND[: 290 * 640], np.zeros(10 * 640, np.float32)]
    delayed = np.concatenate(late[::-1])
    voices = [
        VoiceInterval(
            start_seconds=one.start_seconds + 0.4, stop_seconds=one.stop_seconds + 0.4,
            voice=one.voice,
        )
        for one in VOICES
    ]  # fmt: skip
    known = Binding(tracks=unbound(TRACKS).tracks, offset_frames=10, max_distance=0.9)
    found = bind_by(SpeakingBinder(Mouths()), known, TRACKS, voices, CROPPED, delayed, PIXELS)
    assert [one.role for one in found.tracks[:4]] == [
        "speaking",
        "speaking",
        "listening",
        "speaking",
    ]
    assert found.tracks[0].models[0].asd_score == pytest.approx(1.0)


class Gives:
    """Gives the same, whatever it is shown."""

    def __init__(self, given: object) -> None:
        self.given = given

    def features(self, *_: object) -> Any:
        return self.given

    def probabilities(self, *_: object) -> Any:
        return self.given


def vectors(*shape: int) -> Floats:
    return np.zeros(shape, np.float32)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((vectors(60, 8), vectors(60, 8)), r"frames must .*\(95, d\), got \(60, 8\)"),
        ((vectors(200, 8), vectors(200, 8)), r"frames must .*\(95, d\), got \(200, 8\)"),
        ((vectors(95, 8), vectors(60, 8)), r"audio must .*\(95, 8\), got \(60, 8\)"),
        ((vectors(95, 8), vectors(95, 16)), r"audio must .*\(95, 8\), got \(95, 16\)"),
        ((vectors(95), vectors(95)), r"\(95, d\), got \(95,\)"),
        ((vectors(95, 0), vectors(95, 0)), "vectors must have numbers"),
        ((vectors(95, 8) * np.nan, vectors(95, 8)), "frames must be finite"),
        (vectors(95, 8), "a sync model's vectors must be 2, got 95"),
        (None, "a sync model's vectors must be a list, got NoneType"),
    ],
)
def test_a_sync_model_that_gives_something_else(given: object, words: str) -> None:
    with pytest.raises(WrongResult, match=words):
        bind_by(SyncBinder(Gives(given)), unbound(TRACKS), TRACKS, VOICES, CROPPED, SOUND, PIXELS)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (vectors(40), r"probabilities must .*\(100,\), got \(40,\)"),
        (vectors(100, 2), r"\(100,\), got \(100, 2\)"),
        (vectors(100, 7), r"\(100,\), got \(100, 7\)"),
        (vectors(100) + np.nan, "probabilities must be finite"),
        (vectors(100) - 4, "probabilities must be from 0 to 1, got -4 to -4"),
        (["yes"] * 100, "must be numbers"),
    ],
)
def test_a_speaking_model_that_gives_something_else(given: object, words: str) -> None:
    with pytest.raises(WrongResult, match=words):
        bind_by(
            SpeakingBinder(Gives(given)), unbound(TRACKS), TRACKS, VOICES, CROPPED, SOUND, PIXELS
        )


class Binds:
    """A binder that gives the same for every interval."""

    def __init__(self, given: object, rank: object = 0.0) -> None:
        self._given, self._rank = given, rank

    def measure(self, *given: Any) -> Any:
        return None if self._given is None else [self._given] * len(given[-1])

    def rank(self, _: ModelSync) -> Any:
        return self._rank


ONE = ModelSync(voice="A", num_frames=40, asd_score=0.5)


@pytest.mark.parametrize(
    ("binder", "words"),
    [
        (Binds(None), "measures of intervals must be a list, got NoneType"),
        (Binds(0.5), "a binder's measure must be ModelSync, got float"),
        (Binds(ONE), "must be of voice B, got 'A'"),
        (Binds(replace(ONE, asd_score=float("nan"))), "a binder's asd_score must be finite"),
        (Binds(ONE, float("nan")), "a binder's rank must be finite"),
    ],
)
def test_a_binder_that_gives_something_else(binder: Binds, words: str) -> None:
    voices = VOICES[:1] if binder._rank else VOICES
    with pytest.raises(WrongResult, match=words):
        bind_by(binder, unbound(TRACKS), TRACKS, voices, CROPPED, SOUND, PIXELS)


def test_a_track_without_crops_is_nobody() -> None:
    empty = CROPPED.slice(0, 0)
    found = bind_by(SyncBinder(Mouths()), unbound(TRACKS), TRACKS, VOICES, empty, SOUND, PIXELS)
    assert {one.role for one in found.tracks[:2]} == {"unbound"}
    assert all(one.models == () for one in found.tracks)
