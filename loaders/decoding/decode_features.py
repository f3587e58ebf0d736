"""Bytes of an encoder's value to the numbers of a window; nothing is copied."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from ...release.features import array_of
from ..requests.byte_ranges import Get
from ..requests.feature_requests import FeatureRequest


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FeatureValue:
    """The numbers of one encoder for one clip's window."""

    steps: NDArray[Any]
    """(steps, ...), where they lie."""
    start_seconds: float
    """Where the first unit begins in the clip."""


def read_features(
    parts: Sequence[FeatureRequest | None], get: Get
) -> tuple[FeatureValue | None, ...]:
    """The numbers of one clip's window, of every encoder; nothing is copied."""
    return tuple(None if part is None else _read(part, get) for part in parts)


def _read(part: FeatureRequest, get: Get) -> FeatureValue:
    whole = array_of(get(part.stretch), part.form, part.shape)
    return FeatureValue(
        steps=whole[part.skipped : part.skipped + part.count], start_seconds=part.start_seconds
    )
