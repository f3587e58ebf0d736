"""What models gave, held against what their protocols promise: backends are other people's code.

given --> the right kind, shape and range, every number finite, times in order --> as promised
      `-> WrongResult, with what was given and what is due
"""

import math
from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..engines import WrongResult

Kind = TypeVar("Kind")

_ROUNDING = 1e-3
"""How far beyond its range a number may be: half precision rounds by that much (ours)."""
_FAR = 10.0
"""Sizes of a picture beyond which a point is taken for one in pixels (ours: a face that is half out
of the picture reaches beyond it by its own size at most)."""
_JITTER_SECONDS = 0.01
"""Turns that overlap by less touch (ours: a quarter of a frame; times are often rounded)."""
_END_SLACK_SECONDS = 1.0
"""By how much a turn may end after the sound, where it is cut off (ours: the last window of a
network is filled up with silence, and pyannote's are laid a second apart)."""


def instance(what: str, given: object, kind: type[Kind]) -> Kind:
    """The same, if it is of a kind.

    Raises:
        WrongResult: it is not.
    """
    if not isinstance(given, kind):
        raise WrongResult(f"{what} must be {kind.__name__}, got {_said(given)}")
    return given


def listed(what: str, given: object, count: int | None = None) -> list[Any]:
    """What a sequence holds.

    Args:
        what: names it, for the error.
        given: a list, a tuple, an array; no text and no mapping.
        count: how many are due, if it is known.

    Raises:
        WrongResult: no sequence, or another number.
    """
    found: list[Any] | None = None
    try:
        if not isinstance(given, str | bytes | Mapping):
            found = list(given)  # type: ignore[call-overload]
    except TypeError:
        pass
    if found is None:
        raise WrongResult(f"{what} must be a list, got {_said(given)}")
    if count is not None and len(found) != count:
        raise WrongResult(f"{what} must be {count}, got {len(found)}")
    return found


def numbers(
    what: str,
    given: object,
    shape: Sequence[int | str],
    *,
    least: float = -math.inf,
    most: float = math.inf,
) -> NDArray[np.float32]:
    """Finite numbers of a shape.

    Args:
        what: names them, for the error.
        given: an array.
        shape: sizes; a word for one that may be any.
        least: of any of them.
        most: of any of them.

    Raises:
        WrongResult: no numbers, another shape, NaN or infinite ones, ones out of range.
    """
    sizes = f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
    due = f"numbers of shape {sizes}" if shape else "a number"
    try:
        array = np.asarray(given)
    except (TypeError, ValueError, RuntimeError) as error:
        # Ragged lists, tensors on a GPU or with a gradient.
        raise WrongResult(f"{what} must be {due}, got {_said(given)}: {error}") from error
    if array.dtype.kind not in "fiu":
        raise WrongResult(f"{what} must be {due}, got {_said(given)}")
    fits = (isinstance(a, str) or a == b for a, b in zip(shape, array.shape, strict=False))
    if len(shape) != array.ndim or not all(fits):
        raise WrongResult(f"{what} must be {due}, got {array.shape} of {array.dtype}")
    with np.errstate(over="ignore"):
        found = array.astype(np.float32, copy=False)
    finite = np.isfinite(found)
    if not finite.all():
        bad = array[~finite].flat[0]
        raise WrongResult(
            f"{what} must be finite, got {bad} and {np.size(finite) - finite.sum() - 1} more such"
        )
    if found.size and not (least - _ROUNDING <= found.min() and found.max() <= most + _ROUNDING):
        raise WrongResult(
            f"{what} must be from {least:g} to {most:g}, got {found.min():g} to {found.max():g}"
        )
    return found


def scalar(what: str, given: object, *, least: float = -math.inf, most: float = math.inf) -> float:
    """One finite number, as precise as it was given.

    Raises:
        WrongResult: no number, NaN or infinite, out of range.
    """
    numbers(what, given, (), least=least, most=most)
    return float(given)  # type: ignore[arg-type]


def corners(what: str, given: object) -> NDArray[np.float32]:
    """(n, 4) boxes x1, y1, x2, y2, in parts of the picture.

    Raises:
        WrongResult: another shape, no finite numbers, pixels, or corners the other way round.
    """
    found = in_parts(what, given, ("n", 4))
    turned = np.flatnonzero((found[:, :2] > found[:, 2:]).any(axis=1))
    if len(turned):
        raise WrongResult(
            f"{what} must be x1, y1, x2, y2 with x1 <= x2 and y1 <= y2, "
            f"got {found[turned[0]].tolist()}"
        )
    return found


def in_parts(what: str, given: object, shape: Sequence[int | str]) -> NDArray[np.float32]:
    """Numbers in parts of the picture: about 0 to 1, and not in pixels.

    Raises:
        WrongResult: another shape, no finite numbers, or pixels.
    """
    found = numbers(what, given, shape)
    if found.size and float(np.abs(found).max()) > _FAR:
        raise WrongResult(
            f"{what} must be normalised by the picture, 0 to 1 within it, got "
            f"{found.min():g} to {found.max():g}: divide by its width and height"
        )
    return found


def turns_within(given: object, seconds: float) -> list[tuple[float, float, int]]:
    """The turns of a source: start, stop and number of the voice; disjoint, by time, none empty.

    What touches is parted and what ends a little after the sound is cut off.

    Args:
        given: of a diarizer.
        seconds: length of the sound.

    Raises:
        WrongResult: no turns, times that are not finite, in another order or outside the sound,
            turns that overlap.
    """
    found: list[tuple[float, float, int]] = []
    before = 0.0
    for place, one in enumerate(listed("a diarizer's turns", given)):
        if not isinstance(one, Sequence) or isinstance(one, str) or len(one) != 3:
            raise WrongResult(f"turn {place} must be (start, stop, voice), got {_said(one)}")
        start = scalar(f"the start of turn {place} in seconds", one[0])
        stop = scalar(f"the stop of turn {place} in seconds", one[1])
        if not isinstance(one[2], Integral):
            raise WrongResult(f"the voice of turn {place} must be a number, got {_said(one[2])}")
        if stop < start:
            raise WrongResult(f"turn {place} must not end before it starts, got {start} to {stop}")
        if start < before - _JITTER_SECONDS:
            raise WrongResult(
                f"turn {place} starts at {start} s, before {before} s, where the one before it "
                "ends: turns must be disjoint and by time; where two speak at once, give one"
                if found
                else f"turn {place} must start at 0 s or later, got {start}"
            )
        if stop > seconds + _END_SLACK_SECONDS:
            raise WrongResult(f"turn {place} ends at {stop} s, and the sound at {seconds} s")
        start, stop = max(start, before), min(stop, seconds)
        if start < stop:
            found.append((start, stop, int(one[2])))
            before = stop
    return found


def _said(given: object) -> str:
    """A value in a few words."""
    if isinstance(given, np.ndarray):
        return f"{given.shape} of {given.dtype}"
    return f"{type(given).__name__} {str(given)[:80]!r}"
