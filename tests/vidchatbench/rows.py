"""Rows for tests: so many samples a source, in order."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from speakervid5m.vidchatbench import FeatureSet, SampleScores


def names(count: int, per_source: int) -> tuple[list[str], list[str]]:
    return (
        [f"sample-{number:04d}" for number in range(count)],
        [f"source-{number // per_source:04d}" for number in range(count)],
    )


def features(values: ArrayLike, per_source: int = 4, *, prefix: str = "") -> FeatureSet:
    ids, sources = names(len(np.asarray(values)), per_source)
    return FeatureSet(
        sample_ids=ids, sources=[prefix + source for source in sources], values=np.asarray(values)
    )


def scores(values: ArrayLike, per_source: int = 4) -> SampleScores:
    ids, sources = names(len(np.asarray(values)), per_source)
    return SampleScores(sample_ids=ids, sources=sources, values=np.asarray(values), name="metric")


def normal(seed: int, *shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.random.default_rng(seed).normal(size=shape)


def frames(seed: int, *, noise: float = 0.1) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    generator = np.random.default_rng(seed)
    rows = np.sin(np.arange(40) / 5)[:, None] * np.cos(np.arange(56) / 7)
    first = 0.5 + 0.3 * np.stack([rows, rows**2, -rows], axis=-1)[None] * np.array(
        [1, 0.5, 0.2]
    ).reshape(3, 1, 1, 1)
    return first, np.clip(first + noise * generator.normal(size=first.shape), 0, 1)
