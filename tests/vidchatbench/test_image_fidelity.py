"""PSNR and SSIM against scikit-image and torchmetrics."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from speakervid5m.vidchatbench import BadValuesError, TooFewSamplesError, psnr, ssim
from tests.vidchatbench.peers import torchmetrics


def frames(seed: int, *, noise: float = 0.1) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    generator = np.random.default_rng(seed)
    rows = np.sin(np.arange(40) / 5)[:, None] * np.cos(np.arange(56) / 7)
    first = 0.5 + 0.3 * np.stack([rows, rows**2, -rows], axis=-1)[None] * np.array(
        [1, 0.5, 0.2]
    ).reshape(3, 1, 1, 1)
    return first, np.clip(first + noise * generator.normal(size=first.shape), 0, 1)


def test_a_tenth_everywhere_is_20_decibels() -> None:
    first = np.full((2, 12, 12, 3), 0.4)
    assert psnr(first, first + 0.1) == pytest.approx([20, 20])
    assert psnr(first, first).tolist() == [np.inf, np.inf]
    assert ssim(first, first) == pytest.approx([1, 1])


@pytest.mark.parametrize("as_bytes", [False, True])
def test_they_are_scikit_image_s_to_a_millionth(as_bytes: bool) -> None:
    metrics = pytest.importorskip("skimage.metrics", reason="scikit-image is not installed")
    first, second = frames(0)
    largest = 1
    if as_bytes:
        first, second = ((255 * values).astype(np.uint8) for values in (first, second))  # type: ignore[assignment]
        largest = 255
    for number in range(3):
        expected = metrics.peak_signal_noise_ratio(
            first[number], second[number], data_range=largest
        )
        assert psnr(first, second)[number] == pytest.approx(expected, rel=1e-6)
        expected = metrics.structural_similarity(
            first[number],
            second[number],
            data_range=largest,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            channel_axis=-1,
        )
        # scikit-image averages what has a whole window too.
        assert ssim(first, second)[number] == pytest.approx(expected, rel=1e-6)


def test_they_are_torchmetrics_to_a_millionth() -> None:
    first, second = frames(1)
    pair = [torch.from_numpy(values.transpose(0, 3, 1, 2)) for values in (second, first)]
    functional = torchmetrics("functional.image")
    _, peer = functional.structural_similarity_index_measure(
        *pair, data_range=1.0, return_full_image=True
    )
    # Its own mean counts the mirrored border too, and lies up to 2 % off scikit-image's here.
    expected = peer[..., 5:-5, 5:-5].mean((1, 2, 3)).numpy()
    assert ssim(first, second) == pytest.approx(expected, rel=1e-6)
    peer = functional.peak_signal_noise_ratio(
        *pair, data_range=1.0, reduction="none", dim=(1, 2, 3)
    )
    assert psnr(first, second) == pytest.approx(peer.numpy(), rel=1e-6)


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
