"""Head crops: where SyncNet's own are, spilled to a file, found again by track."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from speakervid5m.processing.curation.vision.face_crops import (
    CROPS,
    MAX_FACES,
    FaceCrops,
    crops_of,
    filled,
    head_crop,
)
from speakervid5m.processing.models.vision.frame import Frame

from ..conftest import grey_frame


def official(image: NDArray[np.uint8], box: NDArray[np.float64]) -> NDArray[np.uint8]:
    """SyncNet's crop: padded by grey, cut at whole pixels, scaled."""
    half, x, y = float(box[2] - box[0]) * 0.56, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    pad = int(half * 1.8)
    padded = np.pad(image, ((pad, pad), (pad, pad), (0, 0)), constant_values=110)
    top, left = int(y + pad - half), int(x + pad - half * 1.4)
    cut = padded[top : int(y + pad + half * 1.8), left : int(x + pad + half * 1.4)]
    return np.asarray(cv2.resize(cut, (224, 224)), np.uint8)


@pytest.mark.parametrize("box", [(100, 80, 180, 160), (10, 5, 70, 65), (200, 150, 300, 250)])
def test_the_crop_is_syncnets(box: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    image = np.asarray(
        cv2.resize(rng.integers(0, 256, (24, 40, 3), dtype=np.uint8), (400, 240)), np.uint8
    )
    found = head_crop(image, np.array(box, np.float32))
    assert found.shape == (224, 224, 3)
    apart = np.abs(found.astype(int) - official(image, np.array(box, float)).astype(int))
    # Theirs is cut at whole pixels, up to one pixel beside.
    assert apart.mean() < 6


def test_large_faces_are_averaged_and_not_skipped() -> None:
    image = np.zeros((1200, 1200, 3), np.uint8)
    image[::2] = 200
    found = head_crop(image, np.array([100, 100, 1000, 1000], np.float32))
    assert found[20:200, 20:200].std() < 10


def test_crops_are_spilled_and_found_again(tmp_path: Path) -> None:
    tap = FaceCrops(tmp_path)
    for index in range(600):
        frame = grey_frame(index, np.full((72, 128), 16 + index % 200, np.uint8))
        tap.add_frame(frame)
        for link in (0, 1) if index < 300 else (1,):
            tap.add(frame, link, np.array([40, 20, 60, 40], np.float32))
    assert len(list(tmp_path.iterdir())) == 1
    table = tap.finish()
    # Nothing is left behind, and the table still holds it all.
    assert list(tmp_path.iterdir()) == []
    assert table.schema == CROPS
    assert table.num_rows == 900
    crops = crops_of(table, np.array([1]), 250, 350)
    assert all(one is not None for one in crops)
    crops = crops_of(table, np.array([0]), 250, 350)
    assert [one is not None for one in crops] == [True] * 50 + [False] * 50
    whole = filled(crops)
    assert whole is not None and whole.shape == (100, 224, 224, 3)
    assert np.array_equal(whole[49], whole[99])
    assert filled(crops_of(table, np.array([7]), 0, 10)) is None
    shade = (16 + 260 % 200 - 16) * 255 / 219
    found = crops_of(table, np.array([0]), 260, 261)[0]
    assert found is not None and found[112, 112] == pytest.approx(shade, abs=4)


def test_a_crowd_does_not_fill_the_disk(tmp_path: Path) -> None:
    tap = FaceCrops(tmp_path)
    frame: Frame = grey_frame(0, np.full((72, 128), 90, np.uint8))
    for link in range(20):
        size = 40 - link
        tap.add(frame, link, np.array([0, 0, size, size], np.float32))
    assert tap.finish()["link"].to_pylist() == list(range(MAX_FACES))
    del tap
    empty = FaceCrops(tmp_path)
    del empty
    assert list(tmp_path.iterdir()) == []
