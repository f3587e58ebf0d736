"""Everything that the benchmark refuses to turn into a number.

ValueError
+-- BenchError
    +-- BadValuesError        wrong shape or type, NaN, infinite, out of range; says which sample
    +-- SampleMismatchError   two sides are not about the same samples; says which differ
    +-- TooFewSamplesError    fewer samples than the estimator needs
    |   +-- EmptyGroupError   a group of a breakdown without a sample
    +-- TooFewSourcesError    samples of one source, or of too few, say nothing about others
    +-- HeadlinesError        more headline metrics than were agreed on beforehand
    +-- NoPairsError          a release without test pairs, or without their media
    +-- ReplyError            a reply that cannot be kept; `.reason` is a short name to count by
    +-- SubmissionError       a folder of replies that cannot be judged; names every reason
    +-- MissingModelError     a metric's network or package is not there; nothing stands in for it
    +-- RetractedError        it holds samples of people who were taken down
"""

from typing import Literal, get_args


class BenchError(ValueError):
    """Base class; catch it to catch all of them."""


class BadValuesError(BenchError):
    """Values that no estimator may see."""


class SampleMismatchError(BenchError):
    """Two sides are not about the same samples."""


class TooFewSamplesError(BenchError):
    """Fewer samples than the estimator needs."""


class EmptyGroupError(TooFewSamplesError):
    """A group of a breakdown has no sample."""


class TooFewSourcesError(BenchError):
    """Fewer sources than the estimator needs."""


class HeadlinesError(BenchError):
    """More headline metrics than may be tested together."""


class NoPairsError(BenchError):
    """A release without test pairs, or without their media."""


ReplyReason = Literal[
    "bad_reply",
    "no_frames",
    "bad_size",
    "bad_rate",
    "bad_audio",
    "bad_text",
    "too_long",
    "too_large",
    "raised",
    "timed_out",
    "died",
    "bad_answer",
    "no_file",
    "refused",
    "unreachable",
]
"""Why a model's reply was not kept."""
REPLY_REASONS: tuple[ReplyReason, ...] = get_args(ReplyReason)


class ReplyError(BenchError):
    """A reply that cannot be kept."""

    def __init__(self, reason: ReplyReason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason: ReplyReason = reason
        """One of `REPLY_REASONS`."""
        self.detail = detail
        """The details, in words."""

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


class SubmissionError(BenchError):
    """A folder of replies that cannot be judged."""


class MissingModelError(BenchError):
    """A metric's network or package is not there."""


class RetractedError(BenchError):
    """It holds samples of people who were taken down."""
