"""VidChatBench: any model's replies to a table that can be believed.

    pairs/             a release --> what a model is given; what its reply is judged by
    running/           a model --> a folder of replies
    submission/        that folder, and every reason why it cannot be judged
    footage            a clip in files --> 25 frames a second, 16 kHz
    estimators/        numbers over samples --> value, interval, comparison of two models
    image_fidelity     frames of a reply and of the truth --> PSNR, SSIM
    errors             what is refused, and under which name

    release --open_bench--> Bench --run(model)--> replies --verify--> usable, or refused by name

What measures replies, and the tables of results, are not here yet: vectors and scores of your own
go into the estimators. A reply is measured first (a vector, or a number for each sample), then
estimated: `FeatureSet` and `SampleScores` are the seam.

They are checked when they are made, so an estimator never sees NaN, a
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

from ..records import install_command as _install_command, lazy_names as _lazy_names

if _find_spec("scipy") is None:
    raise ImportError(f"speakervid5m.vidchatbench needs scipy: {_install_command('bench')}")

if typing.TYPE_CHECKING:
    from .errors import (
        REPLY_REASONS as REPLY_REASONS,
        BadValuesError as BadValuesError,
        BenchError as BenchError,
        EmptyGroupError as EmptyGroupError,
        HeadlinesError as HeadlinesError,
        MissingModelError as MissingModelError,
        NoPairsError as NoPairsError,
        ReplyError as ReplyError,
        RetractedError as RetractedError,
        SampleMismatchError as SampleMismatchError,
        SubmissionError as SubmissionError,
        TooFewSamplesError as TooFewSamplesError,
        TooFewSourcesError as TooFewSourcesError,
    )
    from .estimators.comparing import (
        MIN_SOURCES as MIN_SOURCES,
        Comparison as Comparison,
        Outcome as Outcome,
        compare_means as compare_means,
        compare_sets as compare_sets,
    )
    from .estimators.concordance import (
        concordance as concordance,
        concordance_estimate as concordance_estimate,
    )
    from .estimators.frechet import (
        FrechetEstimate as FrechetEstimate,
        frechet_distance as frechet_distance,
        frechet_estimate as frechet_estimate,
        frechet_jackknife as frechet_jackknife,
    )
    from .estimators.halves import (
        HalvesEstimate as HalvesEstimate,
        frechet_halves as frechet_halves,
        kid_halves as kid_halves,
    )
    from .estimators.jackknife import Jackknife as Jackknife
    from .estimators.kid import (
        JEDI_KERNEL as JEDI_KERNEL,
        KID_KERNEL as KID_KERNEL,
        PolynomialKernel as PolynomialKernel,
        kid_estimate as kid_estimate,
        kid_jackknife as kid_jackknife,
        squared_mmd as squared_mmd,
    )
    from .estimators.means import MeanEstimate as MeanEstimate, mean_estimate as mean_estimate
    from .estimators.multiplicity import (
        MAX_HEADLINES as MAX_HEADLINES,
        adjust_headlines as adjust_headlines,
        holm as holm,
    )
    from .estimators.response_gap import (
        GapEstimate as GapEstimate,
        gap_distance as gap_distance,
        gap_estimate as gap_estimate,
        median_estimate as median_estimate,
    )
    from .estimators.samples import (
        FeatureSet as FeatureSet,
        SampleRows as SampleRows,
        SampleScores as SampleScores,
    )
    from .estimators.uncertainty import Estimate as Estimate, Uncertainty as Uncertainty
    from .image_fidelity import psnr as psnr, ssim as ssim
    from .pairs.bench import PROTOCOLS as PROTOCOLS, Bench as Bench, open_bench as open_bench
    from .pairs.drawing import draw_pairs as draw_pairs
    from .pairs.item import BenchItem as BenchItem, Protocol as Protocol
    from .pairs.pair_list import PairList as PairList
    from .running.run import RunReport as RunReport, run as run
    from .submission.layout import (
        Declared as Declared,
        Metadata as Metadata,
        Submission as Submission,
    )
    from .submission.verify import (
        PROBLEMS as PROBLEMS,
        Finding as Finding,
        VerifyReport as VerifyReport,
        verify as verify,
    )
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
