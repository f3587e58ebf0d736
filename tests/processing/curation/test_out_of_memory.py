"""A batch that does not fit into memory is halved wherever a model is asked; nothing changes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

pytest.importorskip("cv2", reason="the extra curate is not installed")

from speakervid5m.processing.curation.stages.pose import Poses
from speakervid5m.processing.curation.vision.faces import Faces
from speakervid5m.processing.curation.vision.persons import Persons
from speakervid5m.processing.engines import OutOfMemory
from speakervid5m.processing.models.faces.protocols import DetectedFaces, FaceInFrame
from speakervid5m.processing.models.vision.frame import Frame, Image
from speakervid5m.processing.models.vision.protocols import DetectedPersons

from .conftest import grey_frame

Floats = NDArray[np.float32]


class Small:
    """A model of every protocol for pictures, with room for so many at a time."""

    length = 3

    def __init__(self, room: int, error: type[Exception] = MemoryError) -> None:
        self._room, self._error = room, error
        self.tried: list[int] = []

    def _fit(self, count: int) -> None:
        self.tried.append(count)
        if count > self._room:
            raise self._error("no room")

    def describe(self, faces: Sequence[FaceInFrame]) -> Floats:
        self._fit(len(faces))
        return np.array([[one.bgr.mean(), *one.box[:2]] for one in faces], np.float32)

    def points(self, images: Sequence[Image]) -> tuple[Floats, Floats]:
        self._fit(len(images))
        rng = np.random.default_rng(0)
        spread = rng.uniform(20, 80, (133, 2)).astype(np.float32)
        points = np.stack([spread + one.mean() / 20 for one in images])
        return points, np.ones((len(images), 133), np.float32)

    def sharpness(
        self, planes: NDArray[np.uint8], boxes: Floats, pictures: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        self._fit(len(boxes))
        assert set(pictures.tolist()) == set(range(len(planes)))
        return np.asarray(planes[pictures].mean(axis=(1, 2)) / 255, np.float64)


class Faced(Small):
    def detect(self, frames: Sequence[Frame]) -> list[DetectedFaces]:
        self._fit(len(frames))
        left = [0.1 + 0.001 * one.index for one in frames]
        return [DetectedFaces(np.array([[x, 0.2, x + 0.2, 0.7]], np.float32)) for x in left]


class Peopled(Small):
    def detect(self, images: Sequence[Image]) -> list[DetectedPersons]:
        self._fit(len(images))
        found = [np.array([[0.0, 0.0, one.mean() / 255, 1.0]], np.float32) for one in images]
        return [DetectedPersons(one, np.array([0.5], np.float32)) for one in found]


def shown(tap: Faces | Persons) -> pa.Table:
    for index in range(160):
        tap.add_frame(grey_frame(index, np.full((36, 64), 40 + index, np.uint8)))
    return tap.finish()


def errors() -> list[Any]:
    torch = pytest.importorskip("torch")
    return [MemoryError, torch.OutOfMemoryError]


@pytest.mark.parametrize("number", [0, 1])
def test_faces_and_what_they_look_like(number: int) -> None:
    error = errors()[number]
    whole = shown(Faces(Faced(99), Small(99), batch=16))
    detector, describer = Faced(4, error), Small(3, error)
    assert shown(Faces(detector, describer, batch=16)).equals(whole)
    assert detector.tried[:6] == [16, 8, 4, 4, 4, 4]
    assert describer.tried[:5] == [8, 4, 2, 2, 2]
    assert whole["descriptor"].is_valid().to_numpy().sum() == 16


@pytest.mark.parametrize("number", [0, 1])
def test_people(number: int) -> None:
    detector = Peopled(4, errors()[number])
    assert shown(Persons(detector, batch=16)).equals(shown(Persons(Peopled(99), batch=16)))
    assert detector.tried[:6] == [16, 8, 4, 4, 4, 4]


@pytest.mark.parametrize("number", [0, 1])
def test_points_and_patches(number: int) -> None:
    found = []
    for model in (Small(999), Small(5, errors()[number])):
        tap = Poses(model)
        for index in range(20):
            tap.add_frame(np.full((100, 100, 3), 10 * index, np.uint8))
        found.append((tap.pose(), tap.face.mean, tap.hands.mean))
    assert found[0] == found[1]
    assert found[0][1] is not None
    assert max(one for one in model.tried if one <= 5) > 3


@pytest.mark.parametrize(
    "tap", [Faces(Faced(0), batch=4), Faces(Faced(9), Small(0)), Persons(Peopled(0))]
)
def test_one_that_does_not_fit_fails_by_name(tap: Faces | Persons) -> None:
    with pytest.raises(OutOfMemory, match="a single item does not fit") as told:
        shown(tap)
    assert told.value.reason == "out_of_memory"


def test_sums_of_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    from speakervid5m.processing.curation.vision import frame_pass_gpu as looking
    from speakervid5m.processing.models.kernels import frame_sums

    rng = np.random.default_rng(1)
    planes = torch.from_numpy(rng.integers(16, 235, (37, 54, 64), dtype=np.uint8))

    def measures() -> list[Any]:
        batches = (looking._Batch(one, [1] * len(one)) for one in planes.split(32))
        return list(looking._counted(iter(batches)))

    whole, tried = measures(), []

    def small(frames: Any, before: Any) -> Any:
        tried.append(len(frames))
        if len(frames) > 5:
            raise torch.OutOfMemoryError("no room")
        return frame_sums(frames, before)

    monkeypatch.setattr(looking, "frame_sums", small)
    halved = measures()
    assert tried[:5] == [32, 16, 8, 4, 4]
    assert len(halved) == len(whole) == 37
    for (picture, sums, times), (other, others, again) in zip(whole, halved, strict=True):
        assert times == again and np.array_equal(picture, other)
        assert (sums.content_score, sums.luma_mean) == (others.content_score, others.luma_mean)
        for name in ("cells", "changes", "thumbnail"):
            assert np.array_equal(getattr(sums, name), getattr(others, name))
