"""The video, audio and features of clips in a batch; the first dimension is the batch.

The collator makes them. `VideoBatch.rgb` turns planes into RGB on the device where they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ...records import Clip
from .batch_base import Tensors
from .feature_batch import FeatureBatch, feature_of
from .frame_strip import frame_strip
from .tv_tensors import as_video, plain
from .yuv import planes_to_rgb

if TYPE_CHECKING:
    from torchvision import tv_tensors


@dataclass(frozen=True, kw_only=True, slots=True, repr=False, eq=False)
class VideoBatch(Tensors):
    """Windows of clips, padded to the longest at their end. For runs of turns (B, N, ...).

    In a packed batch they lie end to end: frames (1, L, ...) and mask (1, L), the rest as usual;
    `cu_seqlens` says where each clip begins, `segment_ids` which clip each frame belongs to.
    """

    frames: Tensor
    """(B, T, C, H, W) uint8 RGB; with `pixels="yuv420"` a plain tensor (B, T, H * 3 / 2, W): luma
    rows, then blue's, then red's, each of half the width and height."""
    matrix: Tensor | None
    """(B, 3, 4) float32 from planes to RGB; None where the frames are RGB."""
    mask: Tensor
    """(B, T) bool: where there is a frame."""
    num_frames: Tensor
    """(B,) int64; 0 where there is no video."""
    fps: Tensor
    """(B,) float64, frames per second of the window; 0 where there is no video."""
    start_seconds: Tensor
    """(B,) float64: where the window begins in the clip."""
    cu_seqlens: Tensor | None = None
    """(B + 1,) int32, of runs (B * N + 1,): where each clip begins in L, and L; None if padded."""

    @property
    def segment_ids(self) -> Tensor:
        """(1, L) int64: the clip of each frame of a packed batch."""
        return _segments(self.cu_seqlens)

    def rgb(self) -> "tv_tensors.Video":
        """(B, T, C, H, W) uint8 RGB, made on the device where the planes are."""
        if self.matrix is None:
            return as_video(plain(self.frames))
        if self.cu_seqlens is not None:
            each = self.matrix.reshape(-1, 3, 4)[self.segment_ids[0]]
            return as_video(planes_to_rgb(self.frames[0][:, None], each).transpose(0, 1))
        rgb = planes_to_rgb(self.frames, self.matrix)
        return as_video(rgb * self.mask[..., None, None, None])

    def _frame_strips(self, name: str) -> Iterator[tuple[str, str]]:
        yield name, frame_strip(plain(self.rgb())[:1].flatten(0, -4))


@dataclass(frozen=True, kw_only=True, slots=True, repr=False, eq=False)
class AudioBatch(Tensors):
    """Clean speech in the video's windows, padded with zeros. For runs of turns (B, N, ...).

    In a packed batch end to end: waveform and mask (1, L), see `VideoBatch`.
    """

    waveform: Tensor
    """(B, S) float32, mono, -1 to 1; sample s sounds at `start_seconds + s / sample_rate`."""
    mask: Tensor
    """(B, S) bool: where there is audio (silence included)."""
    num_samples: Tensor
    """(B,) int64; 0 where there is no audio."""
    start_seconds: Tensor
    """(B,) float64: where the window begins in the clip."""
    sample_rate: int
    """Hz."""
    cu_seqlens: Tensor | None = None
    """(B + 1,) int32, of runs (B * N + 1,): where each clip begins in L, and L; None if padded."""

    @property
    def segment_ids(self) -> Tensor:
        """(1, L) int64: the clip of each value of a packed batch."""
        return _segments(self.cu_seqlens)


@dataclass(frozen=True, kw_only=True, slots=True, repr=False, eq=False)
class ClipBatch(Tensors):
    """The clips of one role."""

    video: VideoBatch | None
    """None without a `VideoSpec`."""
    audio: AudioBatch | None
    """None without an `AudioSpec`, and for listeners, who are silent."""
    clips: tuple[Clip | None, ...]
    """The records; None in slots without a sample, and for a speaker off screen."""
    features: tuple[FeatureBatch, ...] = ()
    """One for each requested encoder; see `feature`."""

    def feature(self, name: str) -> FeatureBatch:
        """One encoder's features of these clips."""
        return feature_of(self.features, name)

    @property
    def transcripts(self) -> tuple[str | None, ...]:
        """What each person says."""
        return tuple(clip.transcript if clip else None for clip in self.clips)

    @property
    def captions(self) -> tuple[str | None, ...]:
        """Motion, expression and camera movement of each clip, in words, in one text."""
        return tuple(caption_of(clip) if clip else None for clip in self.clips)


def caption_of(clip: Clip) -> str | None:
    """Motion, expression and camera movement, in words, in one text."""
    words = (clip.motion, clip.expression, clip.camera_movement)
    return " ".join(word for word in words if word) or None


def _segments(cu_seqlens: Tensor | None) -> Tensor:
    if cu_seqlens is None:
        raise ValueError("the batch is padded, not packed: use its mask, or Loader(packing=...)")
    lengths = cu_seqlens.diff()
    return torch.arange(len(lengths), device=lengths.device).repeat_interleave(lengths)[None]
