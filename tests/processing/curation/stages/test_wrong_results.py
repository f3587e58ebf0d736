"""A model that gives something else than its protocol says fails its unit, and is told why."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

pytest.importorskip("cv2", reason="the extra curate is not installed")

from speakervid5m.processing.curation.contract.builder import StageContext
from speakervid5m.processing.curation.stages.captions import _captions
from speakervid5m.processing.curation.stages.look import _look
from speakervid5m.processing.curation.stages.pose import Poses
from speakervid5m.processing.curation.stages.quality import _quality
from speakervid5m.processing.curation.stages.transcripts import _transcripts
from speakervid5m.processing.curation.stages.voices import voices_stage
from speakervid5m.processing.curation.vision.faces import SCHEMA as FACES, Faces
from speakervid5m.processing.curation.vision.frame_pass import FrameTaps
from speakervid5m.processing.curation.vision.persons import Persons
from speakervid5m.processing.curation.vision.shots_by_model import TRANSITIONS
from speakervid5m.processing.engines import Source, StageStore, WrongResult, run_stages
from speakervid5m.processing.models import ModelSpec
from speakervid5m.processing.models.faces.protocols import DetectedFaces
from speakervid5m.processing.models.speech.protocols import Transcript, Turn
from speakervid5m.processing.models.speech.voice_activity import speech_in
from speakervid5m.processing.models.vision.protocols import DetectedPersons
from speakervid5m.records import Segment
from tests.processing.curation.made_clips import clip, table
from tests.processing.shows import write_video

from ..conftest import grey_frame

BOX = np.array([[0.1, 0.1, 0.4, 0.6]], np.float32)
CLIPS = [clip(0, 1.0, 3.0)]
GREY = np.full((36, 64), 100, np.uint8)


class Gives:
    """A model of any protocol: whatever it is asked, it gives the same."""

    length = 4

    def __init__(self, given: object) -> None:
        self._given = given

    def __getattr__(self, _: str) -> Callable[..., Any]:
        return lambda *_, **__: self._given


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    path = tmp_path_factory.mktemp("source") / "talk.mp4"
    write_video(path, 128, 72, 100, seed=1)
    return Source(source_id="abcdefghijk", path=path, digest="0", name=path.name)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "a batch of 1 gave NoneType; a list is due"),
        ([], "a batch of 1 gave 0 results"),
        ([BOX], "the faces of a frame must be DetectedFaces, got"),
        ([DetectedFaces(BOX[0])], r"boxes of faces must be numbers of shape \(n, 4\), got \(4,\)"),
        ([DetectedFaces(BOX * np.nan)], "boxes of faces must be finite, got nan"),
        ([DetectedFaces(BOX * 640)], "boxes of faces must be normalised"),
        ([DetectedFaces(BOX[:, ::-1])], "with x1 <= x2 and y1 <= y2"),
        ([DetectedFaces(BOX, np.zeros((1, 4, 2), np.float32))], r"\(1, 5, 2\), got \(1, 4, 2\)"),
        ([DetectedFaces(BOX, np.zeros((2, 5, 2), np.float32))], r"\(1, 5, 2\), got \(2, 5, 2\)"),
    ],
)
def test_a_detector_of_faces(given: object, words: str) -> None:
    with pytest.raises(WrongResult, match=words):
        Faces(Gives(given)).add_frame(grey_frame(0, GREY))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.zeros((1, 5), np.float32), r"must be numbers of shape \(1, 4\), got \(1, 5\)"),
        (np.zeros((2, 4), np.float32), r"\(1, 4\), got \(2, 4\)"),
        (np.full((1, 4), np.inf), "a describer's vectors must be finite, got inf"),
        ([["a", "b", "c", "d"]], "must be numbers"),
    ],
)
def test_a_describer(given: object, words: str) -> None:
    with pytest.raises(WrongResult, match=words):
        Faces(Gives([DetectedFaces(BOX)]), Gives(given)).add_frame(grey_frame(0, GREY))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            [DetectedFaces(BOX)],
            "the people of a frame must be DetectedPersons, got DetectedFaces",
        ),
        ([DetectedPersons(BOX, np.ones(2, np.float32))], r"of people .*\(1,\), got \(2,\)"),
        ([DetectedPersons(BOX.T, np.ones(1, np.float32))], r"\(n, 4\), got \(4, 1\)"),
        ([DetectedPersons(BOX, np.array([87.0]))], "scores of people must be from 0 to 1, got 87"),
        ([DetectedPersons(BOX, np.array([np.nan]))], "scores of people must be finite"),
    ],
)
def test_a_detector_of_people(given: object, words: str) -> None:
    with pytest.raises(WrongResult, match=words):
        Persons(Gives(given), batch=1).add_frame(grey_frame(0, GREY))


POINTS, SCORES = np.zeros((16, 133, 2), np.float32), np.ones((16, 133), np.float32)


class Posing:
    """A pose model that gives what it is told, everything in the middle of the picture."""

    def __init__(self, given: object, sharpness: object) -> None:
        self._given, self._sharpness = given, sharpness

    def points(self, _: Sequence[NDArray[np.uint8]]) -> Any:
        return self._given

    def sharpness(self, *_: NDArray[Any]) -> Any:
        return self._sharpness


@pytest.mark.parametrize(
    ("given", "sharpness", "words"),
    [
        (POINTS, None, "points and scores must be 2, got 16"),
        (None, None, "points and scores must be a list, got NoneType"),
        ((POINTS[:, :17], SCORES), None, r"points must .*\(16, 133, 2\), got \(16, 17, 2\)"),
        ((POINTS, SCORES[:2]), None, r"scores must .*\(16, 133\), got \(2, 133\)"),
        ((POINTS * np.nan, SCORES), None, "points must be finite"),
        ((POINTS, SCORES), np.ones(2), r"sharpness must .*\(48,\), got \(2,\)"),
        ((POINTS, SCORES), np.full(48, np.nan), "sharpness must be finite"),
        ((POINTS, SCORES), np.full(48, 200.0), "sharpness must be from 0 to 1, got 200"),
    ],
)
def test_a_pose_model(given: Any, sharpness: object, words: str) -> None:
    if isinstance(given, tuple):
        spread = np.random.default_rng(0).uniform(20, 80, given[0].shape)
        given = ((given[0] + spread).astype(np.float32), given[1])
    tap = Poses(Posing(given, sharpness))
    with pytest.raises(WrongResult, match=words):
        for _ in range(16):
            tap.add_frame(np.zeros((100, 100, 3), np.uint8))


class Judge:
    """A model of quality that sees nothing."""

    def __init__(self, column: str, score: object) -> None:
        self.column, self._score = column, score

    def begin(self, _: int) -> "Judge":
        return self

    def add_frame(self, _: NDArray[np.uint8]) -> None:
        pass

    def score(self) -> Any:
        return self._score


@pytest.mark.parametrize(
    ("column", "score", "words"),
    [
        ("vmaf", 0.5, "column must be dover or uvq, got 'vmaf'"),
        ("uvq", float("nan"), "a quality model's score must be finite, got nan"),
        ("uvq", np.zeros(3), r"must be a number, got \(3,\)"),
        ("dover", "good", "must be a number, got str 'good'"),
    ],
)
def test_a_quality_model(source: Source, column: Any, score: object, words: str) -> None:
    with pytest.raises(WrongResult, match=words):
        _quality(Judge(column, score), source, {"clips": {"clips": table(CLIPS)}})  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [[None], [b"{}"], "{"])
def test_a_captioner(source: Source, given: object) -> None:
    with pytest.raises(WrongResult, match=r"answer must be str, got|a batch of 1 gave str"):
        _captions((), (), Gives(given), source, {"clips": {"clips": table(CLIPS)}})


SAID = Transcript(
    language="en",
    segments=(Segment(0.0, 1.0, "one"), Segment(1.0, 2.0, "two")),
    avg_logprob=-0.2,
    no_speech_prob=0.1,
    compression_ratio=1.1,
)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": "one"}, "a recogniser's answer must be Transcript, got dict"),
        (replace(SAID, language=3), "language must be str, got int"),  # type: ignore[arg-type]
        (replace(SAID, segments=None), "segments must be a list"),  # type: ignore[arg-type]
        (replace(SAID, segments=("one",)), "segment 0 must be Segment"),  # type: ignore[arg-type]
        (replace(SAID, segments=(Segment(0, 1, None),)), "text of segment 0"),  # type: ignore[arg-type]
        (replace(SAID, segments=SAID.segments[::-1]), "segments must be by time"),
        (replace(SAID, segments=(Segment(2, 1, "a"),)), "segment 0 is from 2.0 to 1.0 s"),
        (replace(SAID, segments=(Segment(-1, 1, "a"),)), "start of segment 0 .* got -1"),
        (replace(SAID, segments=(Segment(0, float("nan"), "a"),)), "stop of segment 0"),
        (replace(SAID, avg_logprob=float("nan")), "avg_logprob of a transcript must be finite"),
        (replace(SAID, no_speech_prob=3.0), "no_speech_prob of a transcript must be from 0 to 1"),
        (
            replace(SAID, segments=(Segment(0, 1, "a", compression_ratio=-1.0),)),
            "compression_ratio of segment 0",
        ),
    ],
)
def test_a_recogniser(source: Source, given: object, words: str) -> None:
    with pytest.raises(WrongResult, match=words):
        _transcripts(Gives([given]), source, {"clips": {"clips": table(CLIPS)}})


def test_what_a_recogniser_should_give_is_taken(source: Source) -> None:
    found = _transcripts(Gives([SAID]), source, {"clips": {"clips": table(CLIPS)}})
    assert found["measured"]["transcript"].to_pylist() == ["one two"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.ones(9), r"probabilities of speech .*\(10,\), got \(9,\)"),
        (np.full(10, np.nan), "probabilities of speech must be finite"),
        (np.full(10, 7.0), "probabilities of speech must be from 0 to 1"),
    ],
)
def test_a_detector_of_speech(given: object, words: str) -> None:
    with pytest.raises(WrongResult, match=words):
        speech_in(Gives(given), np.zeros(5000, np.float32), 5000 / 16_000)


def shots(values: Sequence[float | None], first: int = 0) -> pa.Table:
    index = pa.array(range(first, first + len(values)), pa.int32())
    return pa.table([index, pa.array(values, pa.float32())], schema=TRANSITIONS)


NO_FACES = pa.table([pa.array([], one.type) for one in FACES], schema=FACES)


class Tapped:
    """A tap that gives what it is told."""

    def __init__(self, given: object) -> None:
        self._given = given

    def add_frame(self, _: object) -> None:
        pass

    def finish(self) -> Any:
        return self._given


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"cuts": NO_FACES}, "a frame pass must give a table 'faces', got cells, cuts, scores"),
        ({"faces": None}, "the table faces must be Table, got NoneType"),
        ({"faces": shots([0.0])}, "table 'faces' has the columns index, probability"),
        ({"transitions": shots([0.0] * 99)}, r"shot model's .*\(100,\), got \(99,\)"),
        ({"transitions": shots([0.0] * 100, first=5)}, "index must be from 0 to 99, got 5 to 104"),
        ({"transitions": shots([float("nan")] * 100)}, "transitions.probability must be finite"),
        ({"transitions": shots([None] * 100)}, "a number in every row, got null"),
        ({"transitions": shots([9.0] * 100)}, "probabilities must be from 0 to 1, got 9 to 9"),
        ({"transitions": shots([0.0] * 100)[::-1]}, "the rows of transitions must be by index"),
    ],
)
def test_taps_of_a_backend(source: Source, tables: dict[str, object], words: str) -> None:
    given = tables if "cuts" in tables else {"faces": NO_FACES} | tables
    frame_taps = FrameTaps(
        max_width=64, new_taps=lambda: {name: Tapped(one) for name, one in given.items()}
    )
    with pytest.raises(WrongResult, match=words):
        _look("cpu", frame_taps, source, {})


def test_the_unit_fails_with_its_stage_its_backend_and_what_is_wrong(
    source: Source, tmp_path: Path
) -> None:
    turns = [Turn(0.0, 2.0, 0), Turn(1.0, 3.0, 1)]
    spec: ModelSpec[Any] = ModelSpec(
        name="both at once", licence="MIT", make=lambda _, __: Gives(turns)
    )
    context = StageContext(spec=spec, weights=tmp_path, profile="mine", gates=(), measured=())
    stage = replace(voices_stage(context), reads=())
    (failure,) = run_stages([stage], [source], StageStore(tmp_path / "store")).failures
    assert (failure.stage, failure.reason) == ("voices", "wrong_result")
    assert failure.detail.startswith("both at once: turn 1 starts at 1.0 s, before 2.0 s")
