"""Rows for tests: so many samples a source, in order."""

import numpy as np
from numpy.typing import ArrayLike

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
