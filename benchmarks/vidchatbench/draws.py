"""Draws from laws whose truth is known: vectors of two sets, scores of two models.

A source is a draw of its own, and its samples have it in common. So have a reply and the answer
that it replaces, for both show the same person. That is what estimators have to survive.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from speakervid5m.vidchatbench import FeatureSet, SampleScores

Floats = NDArray[np.float64]


def names(sizes: Sequence[int]) -> tuple[list[str], list[str]]:
    """Sample ids and sources of sources of these sizes."""
    sources = [f"source-{number:04d}" for number, size in enumerate(sizes) for _ in range(size)]
    return [f"sample-{number:05d}" for number in range(len(sources))], sources


def equal_sizes(num_sources: int, num_samples: int = 4) -> list[int]:
    """Sizes of sources: all the same; 4 samples a source is what 500 pairs of 125 sources have."""
    return [num_samples] * num_sources


def unequal_sizes(num_sources: int) -> list[int]:
    """1, 1, 1, 1, 2, 2, 2, 4, 4, 16 samples, and again: a tenth of the sources has two fifths."""
    return [(1, 1, 1, 1, 2, 2, 2, 4, 4, 16)[number % 10] for number in range(num_sources)]


@dataclass(frozen=True, kw_only=True)
class VectorLaw:
    """Real vectors N(0, C), and replies N(shift, scale^2 C), d dimensions, C diagonal."""

    num_dimensions: int
    shift: float = 0.0
    """Length of the shift, along the first axis."""
    scale: float = 1.0
    falling: bool = False
    """Variances 1 / k instead of 1."""
    within_source: float = 0.3
    """Share of the variance that samples of a source have in common."""
    common: bool = True
    """Whether real and replies have it in common too; else replies have sources of their own."""

    @property
    def variances(self) -> Floats:
        """(d,) diagonal of C."""
        ones = np.ones(self.num_dimensions)
        return ones / np.arange(1, self.num_dimensions + 1) if self.falling else ones

    @property
    def distance(self) -> float:
        """The true Fréchet distance: covariances commute, so shift^2 + sum (s - s scale)^2."""
        return self.shift**2 + (1 - self.scale) ** 2 * float(self.variances.sum())

    def draw(
        self, generator: np.random.Generator, sizes: Sequence[int]
    ) -> tuple[FeatureSet, FeatureSet]:
        """Real and replies to the same samples."""
        ids, sources = names(sizes)
        shape = len(ids), self.num_dimensions
        of_real, of_replies = (
            np.repeat(generator.normal(size=(len(sizes), shape[1])), sizes, axis=0)
            for _ in range(2)
        )
        real, replies = (
            (
                np.sqrt(self.within_source) * of_source
                + np.sqrt(1 - self.within_source) * generator.normal(size=shape)
            )
            * np.sqrt(self.variances)
            for of_source in (of_real, of_real if self.common else of_replies)
        )
        replies *= self.scale
        replies[:, 0] += self.shift
        return (
            FeatureSet(sample_ids=ids, sources=sources, values=real),
            FeatureSet(sample_ids=ids, sources=sources, values=replies),
        )


def score_pair(
    generator: np.random.Generator, sizes: Sequence[int]
) -> tuple[SampleScores, SampleScores]:
    """Scores of two equally good models: variance 1, of which 0.6 is how hard the sample is.

    0.1 is how a model does on a source, 0.3 on a sample: differences of one source correlate by
    0.25.
    """
    ids, sources = names(sizes)
    hard = generator.normal(0, np.sqrt(0.6), len(ids))
    pair = []
    for _ in range(2):
        on_source = np.repeat(generator.normal(0, np.sqrt(0.1), len(sizes)), sizes)
        values = hard + on_source + generator.normal(0, np.sqrt(0.3), len(ids))
        pair.append(SampleScores(sample_ids=ids, sources=sources, values=values))
    return pair[0], pair[1]


def scores(
    generator: np.random.Generator, sizes: Sequence[int], *, within_source: float, skewed: bool
) -> SampleScores:
    """Scores with mean 0 and variance 1; skewed: exponential, as distances are."""
    ids, sources = names(sizes)

    def noise(count: int) -> Floats:
        drawn = generator.exponential(size=count) - 1 if skewed else generator.normal(size=count)
        return np.asarray(drawn, np.float64)

    values = np.sqrt(within_source) * np.repeat(noise(len(sizes)), sizes)
    values += np.sqrt(1 - within_source) * noise(len(ids))
    return SampleScores(sample_ids=ids, sources=sources, values=values)
