"""Pictures scaled down by area are OpenCV's, to the bit for whole factors, else but for halves."""

import cv2
import numpy as np
import pytest
import torch

from speakervid5m.processing.models.kernels import shrink_planes
from speakervid5m.processing.models.kernels.area import shrink

from .pictures import made, planar

WHOLE = [((360, 640), (180, 320)), ((216, 384), (72, 128)), ((288, 512), (72, 128))]
WHOLE += [((216, 384), (36, 64)), ((72, 128), (72, 128)), ((216, 128), (72, 64))]
BROKEN = [((120, 214), (90, 160)), ((97, 161), (96, 160)), ((200, 480), (66, 160))]


def by_opencv(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return cv2.resize(plane, size[::-1], interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize(("old", "new"), [*WHOLE, *BROKEN])
def test_planes_are_opencvs(old: tuple[int, int], new: tuple[int, int]) -> None:
    rng = np.random.default_rng(old[1])
    planes = rng.integers(0, 256, (3, *old), dtype=np.uint8)
    found = shrink(torch.from_numpy(planes), *new).numpy()
    expected = np.stack([by_opencv(plane, new) for plane in planes])
    apart = np.abs(found.astype(np.int16) - expected)
    assert apart.max() == 0 if (old, new) in WHOLE else apart.max() <= 1
    assert (apart > 0).mean() < 2e-3


def test_all_three_planes_are_scaled() -> None:
    planes = made(4, 120, 160)
    found = shrink_planes(planar(planes), 60, 80).numpy()
    assert found.shape == (4, 90, 80)
    assert np.array_equal(found[1, :60], by_opencv(planes[1, :120], (60, 80)))
    blue = planes[1, 120:].reshape(2, 60, 80)[0]
    assert np.array_equal(found[1, 60:75].reshape(30, 40), by_opencv(blue, (30, 40)))


@pytest.mark.cuda
@pytest.mark.parametrize(("old", "new"), [*WHOLE, *BROKEN, ((1080, 1920), (360, 640))])
def test_a_gpu_gives_the_same(old: tuple[int, int], new: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    planes = torch.from_numpy(rng.integers(0, 256, (3, *old), dtype=np.uint8))
    assert torch.equal(shrink(planes.cuda(), *new).cpu(), shrink(planes, *new))
