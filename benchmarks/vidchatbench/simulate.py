"""The claims, each measured on draws whose truth is known."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from scipy import stats

from speakervid5m.vidchatbench import (
    Estimate,
    FeatureSet,
    Jackknife,
    compare_means,
    frechet_distance,
    frechet_estimate,
    frechet_halves,
    frechet_jackknife,
    kid_estimate,
    mean_estimate,
)

from .draws import VectorLaw, equal_sizes, score_pair, scores, unequal_sizes

NUM_SOURCES = 125
"""Of 4 samples each: the 500 pairs of VidChatBench."""
LEVEL = 0.05


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One row of the table."""

    name: str
    measured: float
    low: float
    high: float
    """The target: from low to high."""
    num_runs: int
    more: dict[str, float]
    """Figures beside it."""

    @property
    def holds(self) -> bool:
        """Whether it is in the target."""
        return self.low <= self.measured <= self.high

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self) | {"holds": self.holds}

    def to_row(self) -> dict[str, Any]:
        """Without a target."""
        return {
            "name": self.name,
            "measured": self.measured,
            "num_runs": self.num_runs,
            **self.more,
        }


def claims(num_pairs: int, num_sets: int, seed: int) -> Iterator[Claim]:
    """What has a target: comparisons, coverage, KID."""
    yield false_alarms(num_pairs, seed)
    for dimensions, scale in ((16, 1.26), (64, 1.13)):
        law = VectorLaw(num_dimensions=dimensions, shift=1.0, scale=scale)
        yield frechet_coverage(f"frechet, d = {dimensions}", law, NUM_SOURCES, num_sets, seed)
    yield mean_coverage("mean", equal_sizes(NUM_SOURCES), False, num_sets, seed)
    for common in (True, False):
        yield kid_at_zero(common, max(2, num_sets // 4), seed)


def curves(num_sets: int, seed: int) -> Iterator[dict[str, Any]]:
    """What has no target, and is worth knowing: where estimators begin to fail."""
    for law, name in (
        (VectorLaw(num_dimensions=64), "frechet, d = 64, truth 0"),
        (VectorLaw(num_dimensions=64, shift=0.3), "frechet, d = 64, truth 0.09"),
        (
            VectorLaw(num_dimensions=64, shift=1.0, scale=1.5, falling=True),
            "frechet, d = 64, spectrum 1 / k",
        ),
        (
            VectorLaw(num_dimensions=64, shift=1.0, scale=1.13, common=False),
            "frechet, d = 64, replies of other sources",
        ),
    ):
        yield frechet_coverage(name, law, NUM_SOURCES, max(1, num_sets // 10), seed).to_row()
    law = VectorLaw(num_dimensions=125, shift=1.0, scale=1.1)
    name, count = "frechet, d = 125 = N / 4", max(1, num_sets // 20)
    yield frechet_coverage(name, law, NUM_SOURCES, count, seed).to_row()
    for num_sources in (20, 40):
        for skewed in (False, True):
            for sizes in (equal_sizes(num_sources), unequal_sizes(num_sources)):
                shape = "equal" if sizes[0] == 4 else "unequal"
                name = f"mean, {num_sources} sources, {shape}, {'skewed' if skewed else 'normal'}"
                yield mean_coverage(name, sizes, skewed, num_sets, seed).to_row()
    for dimensions in (8, 16, 32, 64, 128, 512):
        yield bias_curve(dimensions, max(1, num_sets // 10), seed)
    yield bootstrap(max(1, num_sets // 5), seed)
    yield many_dimensions(max(1, num_sets // 50), seed)


def false_alarms(num_pairs: int, seed: int) -> Claim:
    """How often two equally good models are told apart at a level of 5 %, by three tests."""
    generator = np.random.default_rng(seed)
    alarms = {"unpaired": 0, "paired_naive": 0, "paired_by_source": 0}
    errors = []
    for _ in range(num_pairs):
        first, second = score_pair(generator, equal_sizes(NUM_SOURCES))
        comparison = compare_means(first, second)
        alarms["paired_by_source"] += comparison.outcome != "not_separated"
        errors.append(comparison.uncertainty.standard_error)
        alarms["unpaired"] += stats.ttest_ind(first.means, second.means).pvalue < LEVEL
        alarms["paired_naive"] += stats.ttest_rel(first.means, second.means).pvalue < LEVEL
    rates = {name: count / num_pairs for name, count in alarms.items()}
    return Claim(
        name="false alarms of a comparison",
        measured=rates.pop("paired_by_source"),
        low=0.04,
        high=0.06,
        num_runs=num_pairs,
        more=rates | {"standard_error": float(np.mean(errors))},
    )


def frechet_coverage(
    name: str, law: VectorLaw, num_sources: int, num_sets: int, seed: int
) -> Claim:
    """How often the interval of a Fréchet distance holds the truth; that of the plain jackknife."""
    generator = np.random.default_rng(seed)
    runs = [
        frechet_jackknife(*law.draw(generator, equal_sizes(num_sources))) for _ in range(num_sets)
    ]
    plain = [replace(run, interactions=None).uncertainty() for run in runs]
    estimates = [
        Estimate(
            value=run.estimate,
            uncertainty=run.uncertainty(),
            num_samples=4 * num_sources,
            num_sources=num_sources,
        )
        for run in runs
    ]
    held = [interval.low <= law.distance <= interval.high for interval in plain]
    more = {
        "plug_in": float(np.mean([run.value for run in runs])),
        "plain_jackknife": float(np.mean(held)),
    }
    return _coverage(name, estimates, law.distance, more)


def mean_coverage(name: str, sizes: Sequence[int], skewed: bool, num_sets: int, seed: int) -> Claim:
    """How often the interval of a per-sample mean holds the truth, 0."""
    generator = np.random.default_rng(seed)
    estimates = [
        mean_estimate(scores(generator, sizes, within_source=0.35, skewed=skewed))
        for _ in range(num_sets)
    ]
    effective = float(np.mean([estimate.num_effective for estimate in estimates]))
    return _coverage(name, estimates, 0.0, {"num_effective": effective})


def kid_at_zero(common: bool, num_sets: int, seed: int) -> Claim:
    """Mean of KID_src where nothing differs, in standard errors of that mean."""
    generator = np.random.default_rng(seed)
    law = VectorLaw(num_dimensions=64, common=common)
    estimates, naive = [], []
    for _ in range(num_sets):
        real, replies = law.draw(generator, equal_sizes(NUM_SOURCES))
        estimates.append(kid_estimate(real, replies))
        naive.append(kid_estimate(_alone(real, "real"), _alone(replies, "reply")).value)
    values = np.array([estimate.value for estimate in estimates])
    error = values.std(ddof=1) / np.sqrt(num_sets)
    coverage = _coverage("", estimates, 0.0, {})
    return Claim(
        name=f"KID at truth 0, in standard errors, {'common' if common else 'other'} sources",
        measured=float(values.mean() / error),
        low=-2,
        high=2,
        num_runs=num_sets,
        more={
            "mean": float(values.mean()),
            "naive_mean": float(np.mean(naive)),
            "coverage": coverage.measured,
        },
    )


def bias_curve(num_dimensions: int, num_sets: int, seed: int) -> dict[str, Any]:
    """The jackknife at 128 rows and more and more dimensions, also where ours gives no interval."""
    generator = np.random.default_rng(seed)
    law = VectorLaw(num_dimensions=num_dimensions, shift=1.0, scale=1.2)
    runs = [_jackknife(*law.draw(generator, equal_sizes(32))) for _ in range(num_sets)]
    held = [run.uncertainty().low <= law.distance <= run.uncertainty().high for run in runs]
    return {
        "name": f"jackknife of 128 rows, d = {num_dimensions}",
        "truth": law.distance,
        "plug_in": float(np.mean([run.value for run in runs])),
        "corrected": float(np.mean([run.estimate for run in runs])),
        "coverage": float(np.mean(held)),
        "num_runs": num_sets,
    }


def bootstrap(num_sets: int, seed: int) -> dict[str, Any]:
    """How often the percentile interval of 100 resampled Fréchet distances holds the truth."""
    generator = np.random.default_rng(seed)
    law = VectorLaw(num_dimensions=64, shift=1.0, scale=1.13)
    held, lowest = [], []
    for _ in range(num_sets):
        real, replies = law.draw(generator, equal_sizes(NUM_SOURCES))
        rows = np.arange(4 * NUM_SOURCES).reshape(NUM_SOURCES, 4)
        values = []
        for _ in range(100):
            drawn = rows[generator.integers(0, NUM_SOURCES, NUM_SOURCES)].ravel()
            values.append(frechet_distance(real.values[drawn], replies.values[drawn]))
        low, high = np.quantile(values, (LEVEL / 2, 1 - LEVEL / 2))
        held.append(low <= law.distance <= high)
        lowest.append(low)
    return {
        "name": "bootstrap of sources, d = 64",
        "truth": law.distance,
        "low": float(np.mean(lowest)),
        "coverage": float(np.mean(held)),
        "num_runs": num_sets,
    }


def many_dimensions(num_sets: int, seed: int) -> dict[str, Any]:
    """What the plug-in says of 500 samples at d = 2048, and its floor of halves."""
    generator = np.random.default_rng(seed)
    law = VectorLaw(num_dimensions=2048, shift=5.0, scale=1.1)
    plug_in, floors = [], []
    for _ in range(num_sets):
        real, replies = law.draw(generator, equal_sizes(NUM_SOURCES))
        plug_in.append(frechet_estimate(real, replies).plug_in)
        floors.append(frechet_halves(real, real, num_splits=2).mean)
    return {
        "name": "plug-in of 500 samples, d = 2048",
        "truth": law.distance,
        "plug_in": float(np.mean(plug_in)),
        "floor_of_halves": float(np.mean(floors)),
        "num_runs": num_sets,
    }


def _jackknife(real: FeatureSet, replies: FeatureSet) -> Jackknife:
    sources = np.array(real.sources)
    names, sizes = np.unique(sources, return_counts=True)
    left_out = [
        frechet_distance(real.values[sources != name], replies.values[sources != name])
        for name in names
    ]
    return Jackknife(
        value=frechet_distance(real.values, replies.values),
        left_out=np.array(left_out),
        sizes=(2 * sizes).astype(np.float64),
        corrects_bias=True,
    )


def _alone(rows: FeatureSet, side: str) -> FeatureSet:
    """Each sample as a source of its own: KID as others have it."""
    sources = [f"{side}-{sample_id}" for sample_id in rows.sample_ids]
    return FeatureSet(sample_ids=rows.sample_ids, sources=sources, values=rows.values)


def _coverage(
    name: str, estimates: Sequence[Estimate], truth: float, more: dict[str, float]
) -> Claim:
    values = np.array([estimate.value for estimate in estimates])
    intervals = [estimate.uncertainty for estimate in estimates if estimate.uncertainty is not None]
    assert len(intervals) == len(estimates), "an interval was asked for where there is none"
    held = [interval.low <= truth <= interval.high for interval in intervals]
    return Claim(
        name=f"coverage, {name}",
        measured=float(np.mean(held)),
        low=0.92,
        high=0.97,
        num_runs=len(estimates),
        more=more
        | {
            "truth": truth,
            "mean": float(values.mean()),
            "deviation": float(values.std()),
            "standard_error": float(np.mean([one.standard_error for one in intervals])),
        },
    )
