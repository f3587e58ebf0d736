"""Everything that can go wrong between a release and a batch.

RuntimeError
+-- WorkerDied             the process that decodes ended; says how
ValueError
+-- LoaderError
    +-- NoMediaError       the release was written without media; says what to run
    +-- SampleError        the media of one sample cannot be used; names sample and shard
    +-- BatchSizeError     clips of one batch differ in size, or the batch would be too large
    +-- StateError         a state of another dataset, seed or order; says what differs
"""

from ...release import Release


class LoaderError(ValueError):
    """Base class; catch it to catch all of them."""


class NoMediaError(LoaderError):
    """Video or audio was requested of a release that has none."""


class SampleError(LoaderError):
    """The media of one sample cannot be used."""

    def __init__(self, sample_id: str, shard: str, reason: str) -> None:
        super().__init__(sample_id, shard, reason)
        self.sample_id = sample_id
        """Which sample."""
        self.shard = shard
        """Path or public address of the shard that holds it; empty if it has no media at all."""
        self.reason = reason
        """Which column, and what is wrong with it."""

    def __str__(self) -> str:
        place = f" in {self.shard}" if self.shard else ""
        return f"sample {self.sample_id}{place}: {self.reason}; on_error='skip' masks such samples"


class BatchSizeError(LoaderError):
    """The clips of a batch do not fit into one tensor."""


class StateError(LoaderError):
    """A state that this loader cannot continue from."""


class WorkerDied(RuntimeError):
    """The worker process ended while the loader waited for a batch."""

    def __init__(self, process: int, reason: str) -> None:
        super().__init__(process, reason)
        self.process = process
        """Its process id."""
        self.reason = reason
        """How it ended."""

    def __str__(self) -> str:
        return (
            f"the process that decodes ({self.process}) ended: {self.reason}. The loader's place "
            "is after the last batch that it gave; iterating again starts another process"
        )


def not_samples(value: object) -> TypeError:
    """The error for what a loader was given in place of samples: says what to type."""
    if isinstance(value, Release):
        configs = ", ".join(value.configs) or "none: the release has no rows"
        return TypeError(
            f"a Loader reads one config of a release, got {value!r}. Type "
            f'`Loader(release["CONFIG"], ...)`, or `Mixture` for several; configs: {configs}'
        )
    return TypeError(
        f"a Loader reads samples, got {type(value).__name__} {value!r:.100}. Type "
        '`Loader(open_release("speakervid5m")["dialogue_sft"], ...)`'
    )
