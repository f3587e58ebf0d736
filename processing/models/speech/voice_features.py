"""Features of speech every 10 ms: cepstra, loudness, pitch; and vectors of voices.

samples, intervals of speech --> `SpeechFrames` --> a vector for each window
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....records import Interval
from ..mel_filters import triangles
from ..packages import scipy_part
from .protocols import SAMPLE_RATE

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

FRAMES_PER_SECOND = 100
"""Frames in a second of audio."""
QUIET_SHARE = 40
"""Percent of a window's frames, the quietest, that are dropped: they say little about a voice
(ours)."""

_HOP = SAMPLE_RATE // FRAMES_PER_SECOND
_FRAME = 400
_PITCH_FRAME = 640
_BLOCK_SECONDS = 60
_NUM_CEPSTRA = 19
_SHORTEST_PERIOD, _LONGEST_PERIOD = 40, 270
"""Samples: 400 to 60 Hz."""
_VOICED = 0.5
"""Least autocorrelation at the period of a frame with a pitch."""
_SPREAD_WEIGHT, _PITCH_WEIGHT, _RANGE_WEIGHT = 0.5, 12.0, 4.0
"""Of the cepstra's spread, of the pitch and of its range in the vector of a voice (ours: they give
all about the same spread)."""
_MIN_PITCHED = 3
"""A window with this many pitched frames or fewer has no pitch (ours)."""
_NO_PITCH = 5.0
"""Natural logarithm of Hz in place of a missing pitch: 148 Hz, between men and women (ours)."""


@dataclass(frozen=True, slots=True)
class SpeechFrames:
    """The frames of 10 ms within speech."""

    number: Whole
    """(N,) index of the frame in the source, ascending."""
    span: Whole
    """(N,) index of its interval of speech."""
    cepstra: NDArray[np.float32]
    """(N, 19)."""
    decibels: NDArray[np.float32]
    """(N,)."""
    log_pitch: NDArray[np.float32]
    """(N,) natural logarithm of Hz; NaN without a pitch."""


def speech_frames(samples: NDArray[np.float32], speech: Sequence[Interval]) -> SpeechFrames | None:
    """Cepstra, loudness and pitch of every frame within speech; None without speech."""
    last = (len(samples) - max(_FRAME, _PITCH_FRAME)) // _HOP
    numbers, spans = [], []
    for index, interval in enumerate(speech):
        first = round(interval.start_seconds * FRAMES_PER_SECOND)
        stop = min(round(interval.stop_seconds * FRAMES_PER_SECOND), last + 1)
        numbers.append(np.arange(first, max(first, stop)))
        spans.append(np.full(max(0, stop - first), index))
    number = np.concatenate(numbers) if numbers else np.zeros(0, np.int64)
    if not len(number):
        return None
    block = _BLOCK_SECONDS * FRAMES_PER_SECOND
    blocks = [
        _measure(samples, number[start : start + block]) for start in range(0, len(number), block)
    ]
    cepstra, decibels, log_pitch = (
        np.concatenate(columns) for columns in zip(*blocks, strict=True)
    )
    return SpeechFrames(number, np.concatenate(spans), cepstra, decibels, log_pitch)


def _measure(
    samples: NDArray[np.float32], number: Whole
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    scipy_fft = scipy_part("scipy.fft")
    windows = np.lib.stride_tricks.sliding_window_view(samples, _PITCH_FRAME)[number * _HOP]
    short = windows[:, :_FRAME]
    power = np.abs(scipy_fft.rfft(short * np.hanning(_FRAME).astype(np.float32), 512)) ** 2
    bands = np.log(power @ _mel_bands().T + 1e-8)
    cepstra = scipy_fft.dct(bands, axis=1, norm="ortho")[:, 1 : _NUM_CEPSTRA + 1]
    decibels = 10 * np.log10((short**2).mean(axis=1) + 1e-10)
    level = windows - windows.mean(axis=1, keepdims=True)
    # 1024 samples hold a frame and its longest period, so nothing wraps around.
    product = scipy_fft.irfft(np.abs(scipy_fft.rfft(level, 1024)) ** 2)
    likeness = product[:, _SHORTEST_PERIOD:_LONGEST_PERIOD] / (product[:, :1] + 1e-9)
    period = likeness.argmax(axis=1) + _SHORTEST_PERIOD
    pitch = np.log(SAMPLE_RATE / period)
    pitch[likeness.max(axis=1) <= _VOICED] = np.nan
    return (
        cepstra.astype(np.float32),
        decibels.astype(np.float32),
        pitch.astype(np.float32),
    )


def _mel_bands(num_bands: int = 40, low: float = 60.0, high: float = 7600.0) -> NDArray[np.float32]:
    """(40, 257) triangles on the mel scale, for power spectra of 512 samples."""
    first, last = (2595 * np.log10(1 + hertz / 700) for hertz in (low, high))
    edges_mel = np.linspace(first, last, num_bands + 2)
    edges = 700 * (10 ** (edges_mel / 2595) - 1)
    return np.asarray(triangles(np.arange(257) * SAMPLE_RATE / 512, edges), np.float32)


def voice_vector(frames: SpeechFrames, first: int, stop: int) -> Floats:
    """(40,) mean and spread of a window's louder frames, and its pitch.

    The weights give all about the same spread; whitening removes the remaining difference.
    """
    span = slice(first, stop)
    loud = frames.decibels[span] >= np.percentile(frames.decibels[span], QUIET_SHARE)
    cepstra = frames.cepstra[span][loud].astype(np.float64)
    pitch = frames.log_pitch[span][loud]
    pitch = pitch[~np.isnan(pitch)]
    enough = len(pitch) > _MIN_PITCHED
    low, middle, high = np.percentile(pitch, [25, 50, 75]) if enough else (_NO_PITCH,) * 3
    return np.concatenate(
        (
            cepstra.mean(axis=0),
            _SPREAD_WEIGHT * cepstra.std(axis=0),
            [_PITCH_WEIGHT * middle, _RANGE_WEIGHT * (high - low)],
        )
    )
