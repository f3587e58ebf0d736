"""Everything that the benchmark refuses to turn into a number.

ValueError
+-- BenchError
    +-- BadValuesError        wrong shape or type, NaN, infinite, out of range; says which sample
    +-- SampleMismatchError   two sides are not about the same samples; says which differ
    +-- TooFewSamplesError    fewer samples than the estimator needs
    |   +-- EmptyGroupError   a group of a breakdown without a sample
    +-- TooFewSourcesError    samples of one source, or of too few, say nothing about others
    +-- HeadlinesError        more headline metrics than were agreed on beforehand
"""


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
