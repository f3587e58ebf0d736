"""Kaldi's log mel filter bank: torchaudio's `compliance.kaldi.fbank` without dither.

waveforms --> frames of 25 ms every 10 ms --> mean removed, pre-emphasis, Povey's window
          --> power of a 512-point spectrum --> mel filters, 20 Hz to half the rate --> logarithm

A batch of waveforms at a time; tests compare it with kaldi-native-fbank.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..mel_filters import triangles
from .protocols import SAMPLE_RATE

Floats = NDArray[np.float32]

FRAME_SAMPLES = SAMPLE_RATE * 25 // 1000
"""Samples of a frame: 25 ms."""
HOP_SAMPLES = SAMPLE_RATE * 10 // 1000
"""Samples from one frame to the next: 10 ms."""
_SPECTRUM = 512
_PREEMPHASIS = 0.97
_LOWEST_HZ = 20.0
_FLOOR = float(np.finfo(np.float32).eps)


def log_mel(waveforms: Floats, num_bins: int = 80) -> Floats:
    """(n, frames, bins) of waveforms (n, S) at 16 kHz; an incomplete last frame is dropped."""
    frames = np.lib.stride_tricks.sliding_window_view(waveforms, FRAME_SAMPLES, axis=-1)
    frames = frames[..., ::HOP_SAMPLES, :] - 0.0
    frames -= frames.mean(axis=-1, keepdims=True)
    # A frame's first sample is its own predecessor.
    previous = np.concatenate([frames[..., :1], frames[..., :-1]], axis=-1)
    spectrum = np.fft.rfft((frames - _PREEMPHASIS * previous) * _window(), _SPECTRUM)
    power = np.asarray(spectrum.real**2 + spectrum.imag**2, np.float32)
    return np.asarray(np.log(np.maximum(power @ _filters(num_bins), _FLOOR)), np.float32)


@cache
def _window() -> Floats:
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME_SAMPLES) / (FRAME_SAMPLES - 1))
    return np.asarray(hann**0.85, np.float32)


def _mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1127.0 * np.log1p(hertz / 700.0))


@cache
def _filters(num_bins: int) -> Floats:
    """(257, bins) triangles, evenly spaced in mels; the last frequency is in none."""
    low, high = _mel(np.array([_LOWEST_HZ, SAMPLE_RATE / 2]))
    edges = low + (high - low) / (num_bins + 1) * np.arange(num_bins + 2)
    mels = _mel(np.arange(_SPECTRUM // 2 + 1) * SAMPLE_RATE / _SPECTRUM)
    filters = triangles(mels, edges).T
    filters[-1] = 0.0
    return np.asarray(filters, np.float32)
