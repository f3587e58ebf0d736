"""VidChatBench: any model's replies to a table that can be believed.

    estimators/        numbers over samples --> value, interval, comparison of two models
    image_fidelity     frames of a reply and of the truth --> PSNR, SSIM
    errors             what is refused, and under which name

A reply is measured first (a vector, or a number for each sample), then estimated: `FeatureSet` and
`SampleScores` are the seam. They are checked when they are made, so an estimator never sees NaN, a
sample twice, or two models on different samples. What it gives back says of how many samples and
sources it is, and how sure: `uncertainty` is None where no interval can be trusted, and says why.

    real, mine = FeatureSet(...), FeatureSet(...)      (N, d), with the id and source of each row
    kid_estimate(real, mine)                           headline: unbiased at any d
    frechet_estimate(real, mine)                       with an interval where d <= N / 4
    frechet_halves(real, real)                         its floor: real against real
    mean_estimate(SampleScores(...))                   a number a sample, interval by source
    compare_means(mine, theirs), compare_sets(...)     paired; nobody is ranked under 20 sources
    adjust_headlines(comparisons)                      Holm over at most six headline metrics

docs/vidchatbench.md says which estimator answers which question, and how well, with figures.
"""

import typing
from importlib.util import find_spec as _find_spec

from ..records import install_command as _install_command
from ..records import lazy_names as _lazy_names

if _find_spec("scipy") is None:
    raise ImportError(f"speakervid5m.vidchatbench needs scipy: {_install_command('bench')}")

if typing.TYPE_CHECKING:
    from .errors import (
        BadValuesError,
        BenchError,
        EmptyGroupError,
        HeadlinesError,
        SampleMismatchError,
        TooFewSamplesError,
        TooFewSourcesError,
    )
    from .estimators.comparing import MIN_SOURCES, Comparison, Outcome, compare_means, compare_sets
    from .estimators.concordance import concordance, concordance_estimate
    from .estimators.frechet import (
        FrechetEstimate,
        frechet_distance,
        frechet_estimate,
        frechet_jackknife,
    )
    from .estimators.halves import HalvesEstimate, frechet_halves, kid_halves
    from .estimators.jackknife import Jackknife
    from .estimators.kid import (
        JEDI_KERNEL,
        KID_KERNEL,
        PolynomialKernel,
        kid_estimate,
        kid_jackknife,
        squared_mmd,
    )
    from .estimators.means import MeanEstimate, mean_estimate
    from .estimators.multiplicity import MAX_HEADLINES, adjust_headlines, holm
    from .estimators.response_gap import GapEstimate, gap_distance, gap_estimate, median_estimate
    from .estimators.samples import FeatureSet, SampleRows, SampleScores
    from .estimators.uncertainty import Estimate, Uncertainty
    from .image_fidelity import psnr, ssim

__all__ = [
    "JEDI_KERNEL",
    "KID_KERNEL",
    "MAX_HEADLINES",
    "MIN_SOURCES",
    "BadValuesError",
    "BenchError",
    "Comparison",
    "EmptyGroupError",
    "Estimate",
    "FeatureSet",
    "FrechetEstimate",
    "GapEstimate",
    "HalvesEstimate",
    "HeadlinesError",
    "Jackknife",
    "MeanEstimate",
    "Outcome",
    "PolynomialKernel",
    "SampleMismatchError",
    "SampleRows",
    "SampleScores",
    "TooFewSamplesError",
    "TooFewSourcesError",
    "Uncertainty",
    "adjust_headlines",
    "compare_means",
    "compare_sets",
    "concordance",
    "concordance_estimate",
    "frechet_distance",
    "frechet_estimate",
    "frechet_halves",
    "frechet_jackknife",
    "gap_distance",
    "gap_estimate",
    "holm",
    "kid_estimate",
    "kid_halves",
    "kid_jackknife",
    "mean_estimate",
    "median_estimate",
    "psnr",
    "squared_mmd",
    "ssim",
]

_PLACES = {
    "errors": (
        "BadValuesError",
        "BenchError",
        "EmptyGroupError",
        "HeadlinesError",
        "SampleMismatchError",
        "TooFewSamplesError",
        "TooFewSourcesError",
    ),
    "estimators.comparing": (
        "MIN_SOURCES",
        "Comparison",
        "Outcome",
        "compare_means",
        "compare_sets",
    ),
    "estimators.concordance": ("concordance", "concordance_estimate"),
    "estimators.frechet": (
        "FrechetEstimate",
        "frechet_distance",
        "frechet_estimate",
        "frechet_jackknife",
    ),
    "estimators.halves": ("HalvesEstimate", "frechet_halves", "kid_halves"),
    "estimators.jackknife": ("Jackknife",),
    "estimators.kid": (
        "JEDI_KERNEL",
        "KID_KERNEL",
        "PolynomialKernel",
        "kid_estimate",
        "kid_jackknife",
        "squared_mmd",
    ),
    "estimators.means": ("MeanEstimate", "mean_estimate"),
    "estimators.multiplicity": ("MAX_HEADLINES", "adjust_headlines", "holm"),
    "estimators.response_gap": (
        "GapEstimate",
        "gap_distance",
        "gap_estimate",
        "median_estimate",
    ),
    "estimators.samples": ("FeatureSet", "SampleRows", "SampleScores"),
    "estimators.uncertainty": ("Estimate", "Uncertainty"),
    "image_fidelity": ("psnr", "ssim"),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
