"""Distances at all shifts equal a plain reading of SyncNet's formula."""

import pytest
import torch
from torch import Tensor
from torch.nn.functional import pad, pairwise_distance

from speakervid5m.processing.models.kernels import sync_distances


def plain(pictures: Tensor, sounds: Tensor, vshift: int = 15) -> tuple[Tensor, float, int]:
    """As SyncNet's `calc_pdist` and `evaluate` have it: mean distances, confidence, offset."""
    padded = pad(sounds, (0, 0, vshift, vshift))
    distances = []
    for number in range(len(pictures)):
        around = padded[number : number + 2 * vshift + 1]
        distances.append(pairwise_distance(pictures[[number]].repeat(len(around), 1), around))
    means = torch.stack(distances, 1).mean(1)
    least, place = means.min(0)
    return means, float(means.median() - least), int(vshift - place)


def embeddings(length: int, size: int, late: int, noise: float, seed: int) -> tuple[Tensor, Tensor]:
    """Sounds that are the pictures `late` frames later, and noise."""
    draw = torch.Generator().manual_seed(seed)
    sounds = torch.randn(length, size, generator=draw, dtype=torch.float64)
    pictures = torch.roll(sounds, -late, 0)
    return pictures + noise * torch.randn(pictures.shape, generator=draw), sounds


@pytest.mark.parametrize("length", [1, 7, 63, 64, 65, 200])
@pytest.mark.parametrize("late", [-4, 0, 9])
def test_means_confidence_and_offset_are_syncnets(length: int, late: int) -> None:
    pictures, sounds = embeddings(length, 32, late, 0.5, seed=length)
    means, confidence, offset = plain(pictures, sounds)
    found = sync_distances(pictures[None], sounds[None])
    assert found.means.shape == (1, 31) and found.max_shift == 15
    assert torch.allclose(found.means[0], means, rtol=1e-9, atol=1e-9)
    assert found.confidences()[0].item() == pytest.approx(confidence, abs=1e-9)
    assert found.distances()[0].item() == pytest.approx(float(means.min()), abs=1e-9)
    assert found.offsets()[0].item() == offset
    if length >= 63:
        assert offset == -late


def test_single_precision_embeddings_lose_nothing() -> None:
    pictures, sounds = embeddings(150, 1024, 3, 0.01, seed=2)
    one, other = (10 * pictures).float(), (10 * sounds).float()
    means, _, _ = plain(one.double(), other.double())
    assert torch.allclose(sync_distances(one[None], other[None]).means[0], means, rtol=1e-9)


def test_equal_embeddings_are_at_no_distance() -> None:
    same = torch.randn(1, 40, 16, generator=torch.Generator().manual_seed(0))
    assert sync_distances(same, same).distances()[0] < 1e-4


def test_one_hot_vectors_that_are_late_by_three_frames() -> None:
    """At the best shift 3 of 120 frames meet the zeros beyond the end, at distance 1."""
    vectors = torch.eye(200, dtype=torch.float64)[None, :120]
    shifts = sync_distances(vectors, vectors.roll(3, dims=1))
    assert float(shifts.confidences()[0]) == pytest.approx(1.36159, abs=5e-6)
    assert float(shifts.distances()[0]) == pytest.approx(0.02501, abs=5e-6)
    assert int(shifts.offsets()[0]) == -3


def test_runs_of_several_lengths_by_their_masks() -> None:
    runs = [
        embeddings(length, 8, late, 0.3, seed=late + 40) for length, late in ((80, 2), (33, -3))
    ]
    pictures, sounds = torch.zeros(3, 80, 8).double(), torch.zeros(3, 80, 8).double()
    mask = torch.zeros(3, 80, dtype=torch.bool)
    for number, (one, other) in enumerate(runs):
        pictures[number, : len(one)], sounds[number, : len(other)] = one, other
        mask[number, : len(one)] = True
    found = sync_distances(pictures, sounds, mask=mask)
    for number, run in enumerate(runs):
        assert torch.allclose(found.means[number], plain(*run)[0], rtol=1e-9)
    assert found.means[2].isnan().all()


def test_other_shifts() -> None:
    pictures, sounds = embeddings(70, 8, 1, 0.1, seed=9)
    for shift in (0, 1, 5):
        found = sync_distances(pictures[None], sounds[None], max_shift=shift)
        assert torch.allclose(found.means[0], plain(pictures, sounds, shift)[0], rtol=1e-9)


def test_what_does_not_fit_is_refused() -> None:
    one = torch.zeros(1, 5, 4)
    with pytest.raises(ValueError, match=r"\(B, T, D\)"):
        sync_distances(one, one[:, :4])
    with pytest.raises(ValueError, match="mask"):
        sync_distances(one, one, mask=torch.ones(1, 4, dtype=torch.bool))
    with pytest.raises(ValueError, match="0 frames"):
        sync_distances(one[:, :0], one[:, :0])


@pytest.mark.cuda
def test_a_gpu_gives_the_same() -> None:
    pictures, sounds = embeddings(1000, 1024, -7, 1.0, seed=4)
    expected = sync_distances(pictures[None], sounds[None])
    found = sync_distances(pictures[None].cuda(), sounds[None].cuda())
    assert torch.allclose(found.means.cpu(), expected.means, rtol=1e-9)
    assert found.offsets().cpu().equal(expected.offsets())
