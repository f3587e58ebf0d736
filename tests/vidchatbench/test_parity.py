"""Ours and the reference implementations, to a millionth: torchmetrics and scikit-image.

One file, so that torchmetrics is imported once: that takes longer than all of these.
"""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from speakervid5m.vidchatbench import frechet_distance, kid_estimate, psnr, ssim
from tests.vidchatbench.rows import features, frames, normal


@pytest.fixture(autouse=True)
def one_thread_of_torch() -> None:
    torch.set_num_threads(1)


class Vectors(nn.Module):
    """A network for torchmetrics that hands on the vectors it is handed."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, vectors: Tensor) -> Tensor:
        return vectors


def torchmetrics(module: str) -> Any:
    return pytest.importorskip(f"torchmetrics.{module}", reason="torchmetrics is not installed")


def updated(metric: Any, first: NDArray[np.float64], second: NDArray[np.float64]) -> Any:
    metric.update(torch.from_numpy(first), real=True)
    metric.update(torch.from_numpy(second), real=False)
    return metric.compute()


@pytest.mark.parametrize(("count", "dimensions"), [(500, 64), (500, 300), (60, 200)])
def test_the_frechet_distance_is_that_of_torchmetrics(count: int, dimensions: int) -> None:
    first, second = normal(6, count, dimensions), normal(7, count, dimensions) * 1.2 + 0.2
    fid = torchmetrics("image.fid").FrechetInceptionDistance(feature=Vectors(dimensions))
    peer = updated(fid.set_dtype(torch.float64), first, second)
    assert frechet_distance(first, second) == pytest.approx(float(peer), rel=1e-6)


@pytest.mark.filterwarnings("ignore:Metric .* will save all extracted features")
@pytest.mark.parametrize(("count", "dimensions"), [(200, 64), (60, 200)])
def test_kid_without_sources_is_that_of_torchmetrics(count: int, dimensions: int) -> None:
    first, second = normal(6, count, dimensions), normal(7, count, dimensions) * 1.2 + 0.2
    kid = torchmetrics("image.kid").KernelInceptionDistance(
        feature=Vectors(dimensions), subsets=1, subset_size=count
    )
    peer, _ = updated(kid, first, second)
    ours = kid_estimate(features(first, 1, prefix="real-"), features(second, 1))
    assert ours.value == pytest.approx(float(peer), rel=1e-6)


@pytest.mark.parametrize("as_bytes", [False, True])
def test_psnr_and_ssim_are_those_of_scikit_image(as_bytes: bool) -> None:
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


def test_psnr_and_ssim_are_those_of_torchmetrics() -> None:
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
