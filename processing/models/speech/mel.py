"""librosa's mel spectrogram with its defaults: power in Slaney's bands, no logarithm.

waveforms --> frames of 25 ms every 10 ms, centred, silence around --> Hann's window
          --> power of the spectrum --> triangles of equal area, 0 Hz to half the rate

A batch of waveforms at a time; a test holds numbers of librosa 0.11.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..mel_filters import triangles
from .fbank import FRAME_SAMPLES, HOP_SAMPLES
from .protocols import SAMPLE_RATE

Floats = NDArray[np.float32]

_LINEAR_HZ, _LINEAR_MELS, _LOG_STEP = 1000.0, 15.0, float(np.log(6.4)) / 27.0
"""Slaney's scale: up to 1,000 Hz 15 mels evenly, from there 27 mels for each factor of 6.4."""


def mel_power(waveforms: Floats, num_bins: int) -> Floats:
    """(n, 1 + S // 160, bins) power of waveforms (n, S) at 16 kHz; frame k around sample 160 k."""
    padded = np.pad(waveforms, ((0, 0), (FRAME_SAMPLES // 2, FRAME_SAMPLES // 2)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME_SAMPLES, axis=-1)
    spectrum = np.fft.rfft(frames[..., ::HOP_SAMPLES, :] * _window())
    power = np.asarray(spectrum.real**2 + spectrum.imag**2, np.float32)
    return np.asarray(power @ _filters(num_bins), np.float32)


@cache
def _window() -> Floats:
    angles = 2 * np.pi * np.arange(FRAME_SAMPLES) / FRAME_SAMPLES
    return np.asarray(0.5 - 0.5 * np.cos(angles), np.float32)


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _LINEAR_HZ * np.exp(_LOG_STEP * (mels - _LINEAR_MELS))
    return np.where(mels < _LINEAR_MELS, mels * _LINEAR_HZ / _LINEAR_MELS, above)


@cache
def _filters(num_bins: int) -> Floats:
    """(201, bins) triangles, straight in Hz, each of area 1."""
    highest = _LINEAR_MELS + float(np.log(SAMPLE_RATE / 2 / _LINEAR_HZ)) / _LOG_STEP
    edges = _hertz(np.linspace(0.0, highest, num_bins + 2))
    spectrum = np.arange(FRAME_SAMPLES // 2 + 1) * SAMPLE_RATE / FRAME_SAMPLES
    filters = triangles(spectrum, edges) * (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return np.asarray(filters.T, np.float32)
