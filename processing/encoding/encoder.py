"""The Protocol of an encoder: frames or audio of a clip in, numbers out.

One clip is encoded at a time, so its values do not depend on the other clips of a batch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...media import MediaError, open_video, read_audio, shown_frames
from ...release.features import FRAME_RATE, FeatureForm


class EncodingError(ValueError):
    """The media of a clip cannot be encoded; says which and why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipMedia:
    """The media of one clip for an encoder; decoded only on request."""

    clip_id: str
    """Names the clip in errors; for a voice off screen, the listener's clip."""
    num_frames: int
    """Of the clip's video at its own rate."""
    fps: float
    """Frames a second of the clip's video."""
    video: bytes | None
    """The mp4; None if the encoder takes no video, or there is none."""
    audio: bytes | None
    """The FLAC; None if the encoder takes no audio, or there is none."""

    @property
    def duration_seconds(self) -> float:
        """How long it lasts."""
        return self.num_frames / self.fps

    def frames(self, rate: float = FRAME_RATE) -> NDArray[np.uint8]:
        """(T, H, W, 3) RGB; frame t is the one shown at `t / rate` seconds.

        Raises:
            EncodingError: the video is damaged.
        """
        assert self.video is not None
        count = max(1, int(self.duration_seconds * rate + 1e-6))
        try:
            # PyAV's decoder on one thread gives the same pixels everywhere.
            with open_video(self.video, backend="pyav") as reader:
                return reader.frames(shown_frames(0.0, self.fps / rate, count, reader.num_frames))
        except MediaError as error:
            raise EncodingError(f"{self.clip_id}: {error}") from error

    def waveform(self, sample_rate: int) -> NDArray[np.float32]:
        """(S,) mono at this rate.

        Raises:
            EncodingError: the audio is damaged.
        """
        assert self.audio is not None
        try:
            return read_audio(self.audio, sample_rate=sample_rate)
        except (RuntimeError, ValueError) as error:
            raise EncodingError(f"{self.clip_id}: its audio does not decode: {error}") from error


class Encoder(Protocol):
    """A loaded model."""

    form: FeatureForm
    """Its inputs, and the shape and type of its output."""
    source: str
    """Model and publisher."""
    licence: str
    """Of the weights."""

    @property
    def build(self) -> Mapping[str, Any]:
        """Everything that decides its values: packages, digest of the weights, settings."""

    def __call__(self, clip: ClipMedia) -> NDArray[Any]:
        """Encodes one clip.

        Returns:
            (steps, ...) of `form`; bfloat16 as its bits in uint16.

        Raises:
            EncodingError: the clip's media are damaged.
        """


def bits_of_bfloat16(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Rounds to the nearest bfloat16, ties to even, and returns its bits."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    rounded = bits + 0x7FFF + ((bits >> 16) & 1)
    return (rounded >> 16).astype(np.uint16)
