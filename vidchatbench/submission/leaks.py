"""Is a reply the truth itself: also encoded again, trimmed, delayed or resized.

small frames of reply and truth --> PSNR at every shift --> a second that is the same picture
samples of reply and truth --> correlation at every shift --> a second that is the same sound

Two good replies to one question differ in every pixel. A second of the truth in which nothing moves
says nothing, since any still frame of it is like it: only seconds in which the truth moves count.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from ..footage import Footage, Planes

LEAK_PSNR = 35.0
"""Decibels over which a frame is the truth's (ours: of rendered clips the first frame held for the
whole reply is at 31.5)."""
LEAK_CORRELATION = 0.95
"""Over which a second of audio is the truth's (ours: what a lossy codec leaves is alike to the
sample, another sentence of the same voice is not; a test holds both)."""
_SECOND = 25
"""Frames."""
_SIDE = 48
"""Pixels of the small frames that are compared (ours: enough to see a face move)."""
_STEP = 8000
"""Samples between the seconds of audio that are looked for: half a second."""
_RATE = 16_000
_QUIET = 3e-3
"""Root mean square of a second that says nothing (ours: -50 dB)."""


def find_leak(reply: Footage, truth: Footage) -> str | None:
    """What of the truth is in a reply, in words; None where nothing is found.

    Raises:
        MediaError: one of them cannot be read.
    """
    shift = _same_frames(_small(reply.planes()), _small(truth.planes()))
    if shift is not None:
        return (
            f"a second of its frames is the truth's, {shift / _SECOND:.2f} s from the reply's "
            f"time (PSNR over {LEAK_PSNR:g} dB)"
        )
    second = _same_samples(reply.samples, truth.samples)
    if second is not None:
        return (
            f"its audio from {second:.1f} s on is a second of the truth's (correlation over "
            f"{LEAK_CORRELATION:g})"
        )
    return None


def _small(frames: Iterator[Planes]) -> NDArray[np.float32]:
    """(T, 48 * 48) luma of small frames, whatever their size and shape."""
    import cv2

    rows: list[NDArray[np.float32]] = []
    last, row = None, np.zeros(0, np.float32)
    for planes in frames:
        if planes is not last:
            luma = planes[: len(planes) * 2 // 3]
            small = cv2.resize(luma, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
            last, row = planes, np.asarray(small, np.float32).ravel()
        rows.append(row)
    return np.stack(rows) if rows else np.zeros((0, _SIDE * _SIDE), np.float32)


def _same_frames(reply: NDArray[np.float32], truth: NDArray[np.float32]) -> int | None:
    """Frames by which the reply is late against the truth, where a second of both is the same."""
    if min(len(reply), len(truth)) < _SECOND:
        return None
    near = _squared_errors(reply, truth) < 255**2 / 10 ** (LEAK_PSNR / 10)
    moves = _moving(truth)
    for shift in range(_SECOND - len(truth), len(reply) - _SECOND + 1):
        # Frame `number` of the truth is frame `number + shift` of the reply.
        first, stop = max(0, -shift), min(len(truth), len(reply) - shift)
        numbers = np.arange(first, stop)
        same = near[numbers + shift, numbers]
        runs = np.convolve(same, np.ones(_SECOND), "valid") == _SECOND
        if (runs & moves[first : first + len(runs)]).any():
            return shift
    return None


def _squared_errors(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n, m) mean squared errors of all pairs of rows."""
    left, right = first.astype(np.float64), second.astype(np.float64)
    sums = (left**2).sum(1)[:, None] + (right**2).sum(1) - 2 * left @ right.T
    return np.asarray(sums / first.shape[1])


def _moving(truth: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(T,) whether no frame of the second from here on is like all others of that second."""
    limit = 255**2 / 10 ** (LEAK_PSNR / 10)
    moves = np.zeros(len(truth), np.bool_)
    for first in range(len(truth) - _SECOND + 1):
        second = truth[first : first + _SECOND]
        moves[first] = bool((_squared_errors(second, second) >= limit).any(1).all())
    return moves


def _same_samples(
    reply: Sequence[float] | NDArray[np.float32], truth: NDArray[np.float32]
) -> float | None:
    """Where in the reply a second of the truth begins, in seconds."""
    samples = np.asarray(reply, np.float64)
    target = truth.astype(np.float64)
    if min(len(samples), len(target)) < _RATE:
        return None
    energy = _running_energy(target)
    for first in range(0, len(samples) - _RATE + 1, _STEP):
        second = samples[first : first + _RATE]
        size = float(np.sqrt((second**2).sum()))
        if size < _QUIET * np.sqrt(_RATE):
            continue
        products = signal.fftconvolve(target, second[::-1], "valid")
        loud = energy > _QUIET * np.sqrt(_RATE)
        likeness = np.abs(products[loud]) / (energy[loud] * size)
        if len(likeness) and likeness.max() > LEAK_CORRELATION:
            return first / _RATE
    return None


def _running_energy(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Root of the sum of squares of the second from each sample on."""
    sums = np.concatenate([[0.0], np.cumsum(samples**2)])
    return np.asarray(np.sqrt(np.maximum(sums[_RATE:] - sums[:-_RATE], 0)))
