"""Cepstra as python_speech_features computes them, which SyncNet and LR-ASD were trained on.

samples at 16 kHz --> pre-emphasis --> windows of 25 ms each 10 ms --> power --> 26 mel bands -->
log --> cosine transform --> 13 numbers, liftered; the first is the log energy

Windows are rectangular and filters lie on whole bins, so other libraries' cepstra differ.
"""

import numpy as np
from numpy.typing import NDArray

from ..mel_filters import triangles

FRAMES_PER_SECOND = 100
"""Windows a second."""
NUM_CEPSTRA = 13
"""Numbers of a window."""
_RATE, _WINDOW, _STEP, _FFT = 16_000, 400, 160, 512
_NUM_BANDS, _LIFTER, _PREEMPHASIS = 26, 22, 0.97
_FULL_SCALE = 32768.0
"""The networks were trained on 16-bit whole numbers."""
_BLOCK = 8192
_EPSILON = float(np.finfo(np.float64).eps)


def cepstra(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mel-frequency cepstra of a waveform.

    Args:
        samples: (S,) mono at 16 kHz, -1 to 1.

    Returns:
        (n, 13), n = 1 + ceil((S - 400) / 160), the last window padded with silence.
    """
    signal = np.round(np.asarray(samples, np.float64) * _FULL_SCALE)
    signal = np.append(signal[:1], signal[1:] - _PREEMPHASIS * signal[:-1])
    count = 1 + max(0, -(-(len(signal) - _WINDOW) // _STEP))
    padded = np.zeros((count - 1) * _STEP + _WINDOW)
    padded[: len(signal)] = signal[: len(padded)]
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_STEP]
    blocks = [_cepstra_of(windows[first : first + _BLOCK]) for first in range(0, count, _BLOCK)]
    return np.concatenate(blocks).astype(np.float32)


def _cepstra_of(windows: NDArray[np.float64]) -> NDArray[np.float64]:
    power = np.abs(np.fft.rfft(windows, _FFT)) ** 2 / _FFT
    energy = power.sum(1)
    bands = power @ _BANDS.T
    logs = np.log(np.where(bands == 0, _EPSILON, bands))
    values = np.asarray(logs @ _COSINES.T, np.float64)
    values[:, 0] = np.log(np.where(energy == 0, _EPSILON, energy))
    return values


def _bands() -> NDArray[np.float64]:
    """(26, 257) triangles between whole bins, evenly over mels from 0 to 8 kHz."""
    top = 2595 * np.log10(1 + _RATE / 2 / 700)
    hertz = 700 * (10 ** (np.linspace(0, top, _NUM_BANDS + 2) / 2595) - 1)
    return triangles(np.arange(_FFT // 2 + 1), np.floor((_FFT + 1) * hertz / _RATE))


def _cosines() -> NDArray[np.float64]:
    """(13, 26) the orthonormal cosine transform, each row times its lifter."""
    rows, columns = np.arange(NUM_CEPSTRA)[:, None], np.arange(_NUM_BANDS)[None]
    transform = np.cos(np.pi * rows * (2 * columns + 1) / (2 * _NUM_BANDS))
    transform *= np.where(rows == 0, np.sqrt(1 / _NUM_BANDS), np.sqrt(2 / _NUM_BANDS))
    return np.asarray(transform * (1 + _LIFTER / 2 * np.sin(np.pi * rows / _LIFTER)))


_BANDS, _COSINES = _bands(), _cosines()
