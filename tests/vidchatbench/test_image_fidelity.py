"""PSNR and SSIM: closed forms, direction, refusals."""

import numpy as np
import pytest
from numpy.typing import NDArray

from speakervid5m.vidchatbench import BadValuesError, TooFewSamplesError, psnr, ssim
from tests.vidchatbench.rows import frames


def test_a_tenth_everywhere_is_20_decibels() -> None:
    first = np.full((2, 12, 12, 3), 0.4)
    assert psnr(first, first + 0.1) == pytest.approx([20, 20])
    assert psnr(first, first).tolist() == [np.inf, np.inf]
    assert ssim(first, first) == pytest.approx([1, 1])


def test_more_noise_is_worse() -> None:
    better, worse = (frames(2, noise=noise) for noise in (0.05, 0.2))
    assert (psnr(*better) > psnr(*worse)).all()
    assert (ssim(*better) > ssim(*worse)).all()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (np.zeros((2, 12, 12, 3)), np.zeros((3, 12, 12, 3))),
        (np.zeros((12, 12, 3)), np.zeros((12, 12, 3))),
        (np.zeros((0, 12, 12, 3)), np.zeros((0, 12, 12, 3))),
        (np.zeros((1, 12, 12, 3)), np.full((1, 12, 12, 3), np.nan)),
        (np.zeros((1, 12, 12, 3)), np.full((1, 12, 12, 3), 1.5)),
        (np.zeros((1, 12, 12, 3)), np.zeros((1, 12, 12, 3), int)),
    ],
)
def test_what_is_refused(first: NDArray[np.float64], second: NDArray[np.float64]) -> None:
    for measure in (psnr, ssim):
        with pytest.raises(BadValuesError, match="frames"):
            measure(first, second)


def test_frames_smaller_than_the_window() -> None:
    small = np.zeros((1, 10, 40, 3))
    with pytest.raises(TooFewSamplesError, match=r"40x10 pixels; SSIM needs 11x11"):
        ssim(small, small)
