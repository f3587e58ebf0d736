"""Audio of any layout as one channel, so that a voice is as loud as it was recorded.

    (C, S) samples, names of the channels --Mix--> (S,) mono

FFmpeg's mono mix of 5.1 is scaled so that six full channels cannot overflow: a voice in the centre
comes out 10.7 dB too quiet. Here the centre keeps its level, the others have FFmpeg's weights
relative to it, and the rare sum that is too loud is compressed, never clipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

from .errors import MediaError

_ROOT = 0.5**0.5
_BESIDE_CENTRE = {
    "FC": 1.0,
    "FL": _ROOT, "FR": _ROOT, "FLC": _ROOT, "FRC": _ROOT, "WL": _ROOT, "WR": _ROOT,
    "BL": 0.5, "BR": 0.5, "BC": 0.5, "SL": 0.5, "SR": 0.5,
}  # fmt: skip
"""FFmpeg's weights of a mono mix (`swr_build_matrix2`), by its names of channels. Others, such as
LFE and channels above, have none."""
_KNEE = 0.8
"""Above it a mix of more than two channels is compressed (ours: -1.9 dB of full scale)."""


@dataclass(frozen=True, slots=True)
class Mix:
    """How the channels of a track become one."""

    channels: tuple[str, ...]
    """FFmpeg's names of the channels that it takes."""
    weights: tuple[float, ...]
    """One for each channel."""

    @classmethod
    def of(cls, channels: Sequence[str]) -> "Mix":
        """The usual mix of a layout.

        One channel stays as it is. Two are averaged, and so are channels without a known name.
        """
        names = tuple(channels)
        weights = [_BESIDE_CENTRE.get(name, 0.0) for name in names]
        if len(names) <= 2 or not any(weights):
            return cls(names, (1 / len(names),) * len(names))
        if "FC" not in names:
            # A voice in the middle of two sides comes from both.
            weights = [weight * _ROOT for weight in weights]
        return cls(names, tuple(weights))

    def scaled(self, factor: float) -> "Mix":
        """The same mix at another level."""
        return Mix(self.channels, tuple(weight * factor for weight in self.weights))

    def only(self, channel: int) -> "Mix":
        """One channel alone."""
        weights = [0.0] * len(self.channels)
        weights[channel] = 1.0
        return Mix(self.channels, tuple(weights))

    def linear(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The weighted sum of (C, S), which may be beyond -1 to 1."""
        return np.asarray(np.asarray(self.weights, np.float32) @ samples, np.float32)

    def __call__(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """(S,) of (C, S): the sum, within -1 to 1 where more than two channels were added."""
        mono = self.linear(samples)
        if np.count_nonzero(self.weights) <= 2:
            return mono
        loud = np.abs(mono)
        headroom = 1.0 - _KNEE
        bent = np.sign(mono) * (_KNEE + headroom * np.tanh((loud - _KNEE) / headroom))
        return np.where(loud > _KNEE, bent, mono).astype(np.float32)


def channels_of(frame: av.AudioFrame) -> tuple[str, ...]:
    """FFmpeg's names of a frame's channels, in their order."""
    return tuple(channel.name for channel in frame.layout.channels)


def planar(frame: av.AudioFrame) -> NDArray[np.float32]:
    """(C, S) float32 of a decoded frame of any format; integers become -1 to 1.

    Raises:
        MediaError: samples that are not finite numbers.
    """
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, len(frame.layout.channels)).T
    if samples.dtype.kind == "f":
        if not np.isfinite(samples).all():
            raise MediaError("unreadable", "the audio has samples that are no numbers")
        return np.asarray(samples, np.float32)
    full = 2.0 ** (8 * samples.dtype.itemsize - 1)
    middle = full if samples.dtype.kind == "u" else 0.0
    return np.asarray((samples.astype(np.float64) - middle) / full, np.float32)
