"""The features of one encoder in a batch; the collator makes them."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from .batch_base import Tensors


@dataclass(frozen=True, kw_only=True, slots=True, repr=False, eq=False)
class FeatureBatch(Tensors):
    """One encoder's values in windows of clips, padded at the end. For turns (B, N, ...)."""

    name: str
    """Of the encoder."""
    values: Tensor
    """(B, S, ...) float16, bfloat16 or int16. Step `lead_steps + u * steps_per_unit` is the first
    of the window's unit u."""
    mask: Tensor
    """(B, S) bool: where there is a step."""
    num_steps: Tensor
    """(B,) int64; 0 where the clip has no features."""
    start_seconds: Tensor
    """(B,) float64: where the window's first unit begins in the clip."""
    steps_per_unit: int
    """Steps of 160 ms."""
    lead_steps: int
    """Steps before the first unit."""


def feature_of(batches: Sequence[FeatureBatch], name: str) -> FeatureBatch:
    """The batch of one encoder.

    Raises:
        KeyError: it was not requested; says which were.
    """
    for batch in batches:
        if batch.name == name:
            return batch
    known = ", ".join(batch.name for batch in batches) or "none"
    raise KeyError(f"no features of {name!r} in this batch; asked for: {known}")
