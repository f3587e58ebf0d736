"""Bytes of an encoder's value to the array of a window, without a copy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from ...release import GetBytes
from ...release.features import array_of
from ..requests.feature_requests import FeatureRequest


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FeatureValue:
    """One encoder's steps for one clip's window."""

    steps: NDArray[Any]
    """(steps, ...), a view of the bytes that were read."""
    start_seconds: float
    """Where the first unit begins in the clip."""


def read_features(
    requests: Sequence[FeatureRequest | None], get: GetBytes
) -> tuple[FeatureValue | None, ...]:
    """Every encoder's steps for one clip's window, without a copy."""
    return tuple(None if request is None else _read(request, get) for request in requests)


def _read(request: FeatureRequest, get: GetBytes) -> FeatureValue:
    whole = array_of(get(request.byte_range), request.form, request.shape)
    return FeatureValue(
        steps=whole[request.skipped : request.skipped + request.count],
        start_seconds=request.start_seconds,
    )
