"""Checks answers of models against their protocols, since models are other people's code.

answer --> kind, shape and range, finite numbers, times in order --> the answer, typed
       `-> WrongResult, with what came and what was expected
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
"""A normalised coordinate above this is taken for one in pixels (ours: a face that is half outside
the frame reaches beyond it by its own size at most)."""
_JITTER_SECONDS = 0.01
"""A smaller overlap of turns counts as touching (ours: a quarter of a frame; times are rounded)."""
_END_SLACK_SECONDS = 1.0
"""How far a turn may end after the audio, to be cut off there (ours: the last window of a network
is padded with silence, and pyannote's windows are a second apart)."""


def instance(name: str, value: object, kind: type[Kind]) -> Kind:
    """The value, if it is of a type.

    Raises:
        WrongResult: it is of another type.
    """
    if not isinstance(value, kind):
        raise WrongResult(f"{name} must be {kind.__name__}, got {_shown(value)}")
    return value


def listed(name: str, value: object, count: int | None = None) -> list[Any]:
    """The elements of a sequence.

    Args:
        name: of the value, for the error.
        value: a list, a tuple, an array; no text and no mapping.
        count: the expected number, if known.

    Raises:
        WrongResult: no sequence, or another number.
    """
    elements: list[Any] | None = None
    try:
        if not isinstance(value, str | bytes | Mapping):
            elements = list(value)  # type: ignore[call-overload]
    except TypeError:
        pass
    if elements is None:
        raise WrongResult(f"{name} must be a list, got {_shown(value)}")
    if count is not None and len(elements) != count:
        raise WrongResult(f"{name} must be {count}, got {len(elements)}")
    return elements


def numbers(
    name: str,
    value: object,
    shape: Sequence[int | str],
    *,
    least: float = -math.inf,
    most: float = math.inf,
) -> NDArray[np.float32]:
    """Finite numbers of a shape.

    Args:
        name: of the value, for the error.
        value: an array.
        shape: sizes; a word stands for any size.
        least: smallest value allowed.
        most: greatest value allowed.

    Raises:
        WrongResult: no numbers, another shape, NaN, infinity, or a number out of range.
    """
    sizes = f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
    due = f"numbers of shape {sizes}" if shape else "a number"
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        # Ragged lists, tensors on a GPU or with a gradient.
        raise WrongResult(f"{name} must be {due}, got {_shown(value)}: {error}") from error
    if array.dtype.kind not in "fiu":
        raise WrongResult(f"{name} must be {due}, got {_shown(value)}")
    fits = (isinstance(a, str) or a == b for a, b in zip(shape, array.shape, strict=False))
    if len(shape) != array.ndim or not all(fits):
        raise WrongResult(f"{name} must be {due}, got {array.shape} of {array.dtype}")
    with np.errstate(over="ignore"):
        floats = array.astype(np.float32, copy=False)
    finite = np.isfinite(floats)
    if not finite.all():
        bad = array[~finite].flat[0]
        raise WrongResult(
            f"{name} must be finite, got {bad} and {np.size(finite) - finite.sum() - 1} more such"
        )
    if floats.size and not (least - _ROUNDING <= floats.min() and floats.max() <= most + _ROUNDING):
        raise WrongResult(
            f"{name} must be from {least:g} to {most:g}, got {floats.min():g} to {floats.max():g}"
        )
    return floats


def scalar(name: str, value: object, *, least: float = -math.inf, most: float = math.inf) -> float:
    """One finite number, at its own precision.

    Raises:
        WrongResult: no number, NaN, infinity, or out of range.
    """
    numbers(name, value, (), least=least, most=most)
    return float(value)  # type: ignore[arg-type]


def corners(name: str, value: object) -> NDArray[np.float32]:
    """(n, 4) boxes x1, y1, x2, y2, normalised by the frame.

    Raises:
        WrongResult: another shape, no finite numbers, pixels, or swapped corners.
    """
    boxes = normalised(name, value, ("n", 4))
    turned = np.flatnonzero((boxes[:, :2] > boxes[:, 2:]).any(axis=1))
    if len(turned):
        raise WrongResult(
            f"{name} must be x1, y1, x2, y2 with x1 <= x2 and y1 <= y2, "
            f"got {boxes[turned[0]].tolist()}"
        )
    return boxes


def normalised(name: str, value: object, shape: Sequence[int | str]) -> NDArray[np.float32]:
    """Coordinates normalised by the frame: about 0 to 1, and not in pixels.

    Raises:
        WrongResult: another shape, no finite numbers, or pixels.
    """
    points = numbers(name, value, shape)
    if points.size and float(np.abs(points).max()) > _FAR:
        raise WrongResult(
            f"{name} must be normalised by the frame, 0 to 1 within it, got "
            f"{points.min():g} to {points.max():g}: divide by its width and height"
        )
    return points


def turns_within(turns: object, seconds: float) -> list[tuple[float, float, int]]:
    """The turns of a source: start, stop and number of the voice; disjoint, by time, none empty.

    A turn that overlaps the last one by rounding starts later, and one that ends a little after
    the audio ends with it.

    Args:
        turns: of a diarizer.
        seconds: length of the audio.

    Raises:
        WrongResult: no turns; times that are not finite, not in order or outside the audio;
            turns that overlap.
    """
    checked: list[tuple[float, float, int]] = []
    last_stop = 0.0
    for number, turn in enumerate(listed("a diarizer's turns", turns)):
        if not isinstance(turn, Sequence) or isinstance(turn, str) or len(turn) != 3:
            raise WrongResult(f"turn {number} must be (start, stop, voice), got {_shown(turn)}")
        start = scalar(f"the start of turn {number} in seconds", turn[0])
        stop = scalar(f"the stop of turn {number} in seconds", turn[1])
        if not isinstance(turn[2], Integral):
            raise WrongResult(f"the voice of turn {number} must be a number, got {_shown(turn[2])}")
        if stop < start:
            raise WrongResult(f"turn {number} must not end before it starts, got {start} to {stop}")
        if start < last_stop - _JITTER_SECONDS:
            raise WrongResult(
                f"turn {number} starts at {start} s, before {last_stop} s, where the last one "
                "ends: turns must be disjoint and by time; of two at once, give one"
                if checked
                else f"turn {number} must start at 0 s or later, got {start}"
            )
        if stop > seconds + _END_SLACK_SECONDS:
            raise WrongResult(f"turn {number} ends at {stop} s, and the audio at {seconds} s")
        start, stop = max(start, last_stop), min(stop, seconds)
        if start < stop:
            checked.append((start, stop, int(turn[2])))
            last_stop = stop
    return checked


def _shown(value: object) -> str:
    """A value in short, for an error."""
    if isinstance(value, np.ndarray):
        return f"{value.shape} of {value.dtype}"
    return f"{type(value).__name__} {str(value)[:80]!r}"
