"""Confidence, distance and offset equal a plain reading of SyncNet's formula."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import pad, pairwise_distance

from speakervid5m.processing.models.audio_visual.sync_score import sync_score


def plain(frames: Tensor, audio: Tensor, vshift: int = 15) -> tuple[float, float, int]:
    """As SyncNet's `calc_pdist` and `evaluate` have it: confidence, least mean distance, offset."""
    padded = pad(audio, (0, 0, vshift, vshift))
    distances = []
    for number in range(len(frames)):
        around = padded[number : number + 2 * vshift + 1]
        distances.append(pairwise_distance(frames[[number]].repeat(len(around), 1), around))
    means = torch.stack(distances, 1).mean(1)
    least, place = means.min(0)
    return float(means.median() - least), float(least), int(vshift - place)


def embeddings(length: int, size: int, late: int, noise: float, seed: int) -> tuple[Tensor, Tensor]:
    """Audio that is the frames `late` frames later, and noise."""
    draw = torch.Generator().manual_seed(seed)
    audio = torch.randn(length, size, generator=draw)
    frames = torch.roll(audio, -late, 0)
    return frames + noise * torch.randn(frames.shape, generator=draw), audio


@pytest.mark.parametrize("length", [1, 7, 63, 200])
@pytest.mark.parametrize("late", [-4, 0, 9])
@pytest.mark.parametrize("shift", [0, 5, 15])
def test_confidence_distance_and_offset_are_syncnets(length: int, late: int, shift: int) -> None:
    frames, audio = embeddings(length, 32, late, 0.5, seed=length)
    confidence, distance, offset = plain(frames.double(), audio.double(), shift)
    score = sync_score(frames.numpy(), audio.numpy(), shift)
    assert score is not None
    assert score.confidence == pytest.approx(confidence, abs=1e-9)
    assert score.distance == pytest.approx(distance, abs=1e-9)
    assert score.offset_frames == offset
    if length >= 63 and shift >= abs(late):
        assert offset == -late


def test_embeddings_far_from_zero_lose_nothing() -> None:
    frames, audio = (100 + 10 * one for one in embeddings(150, 1024, 3, 0.01, seed=2))
    score = sync_score(frames.numpy(), audio.numpy())
    assert score is not None
    assert score.distance == pytest.approx(plain(frames.double(), audio.double())[1], rel=1e-9)


def test_equal_embeddings_are_at_no_distance_and_none_have_no_score() -> None:
    same = np.random.default_rng(0).normal(size=(40, 16)).astype(np.float32)
    score = sync_score(same, same)
    assert score is not None and score.distance < 1e-4 and score.offset_frames == 0
    assert sync_score(same[:0], same[:0]) is None


def test_one_hot_vectors_that_are_late_by_three_frames() -> None:
    """At the best shift 3 of 120 frames meet the zeros beyond the end, at distance 1."""
    vectors = np.eye(200, dtype=np.float32)[:120]
    score = sync_score(vectors, np.roll(vectors, 3, axis=0))
    assert score is not None
    assert score.confidence == pytest.approx(1.36159, abs=5e-6)
    assert score.distance == pytest.approx(0.02501, abs=5e-6)
    assert score.offset_frames == -3
