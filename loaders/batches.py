"""Batches, one type for each branch; every tensor's first dimension is the batch.

A slot without a sample, or whose sample was skipped, is False in `valid`; its tensors are
zeros and its masks False.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..records import Clip, Sample, Utterance
from .colour import planes_to_rgb
from .features import FeatureBatch, feature_of
from .tensors import Tensors
from .wrapping import as_video, plain

if TYPE_CHECKING:
    from torchvision import tv_tensors


@dataclass(frozen=True, kw_only=True, slots=True)
class Skipped:
    """A sample that could not be used, in its place in the order."""

    sample_id: str
    """Which."""
    shard: str
    """Path or public address of the shard that holds it."""
    reason: str
    """Which column, and what is wrong with it."""
    epoch: int
    """When it was met."""
    position: int
    """Its place in the epoch, over all ranks."""


@dataclass(frozen=True, kw_only=True, slots=True, repr=False, eq=False)
class VideoBatch(Tensors):
    """Windows of clips, padded to the longest at their end. For runs of turns (B, N, ...).

    In a packed batch they lie end to end: frames (1, L, ...) and mask (1, L), the rest as ever;
    `cu_seqlens` says where each begins, and `segment_ids` whose each frame is.
    """

    frames: Tensor
    """(B, T, C, H, W) uint8 RGB; with `pixels="yuv420"` a plain tensor (B, T, H * 3 / 2, W): luma
    rows, then blue's, then red's, each of half the width and height."""
    matrix: Tensor | None
    """(B, 3, 4) float32 from planes to RGB; None where the frames are RGB."""
    mask: Tensor
    """(B, T) bool: where there is a picture."""
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
        """(1, L) int64: which clip each frame of a packed batch is of."""
        return _segments(self.cu_seqlens)

    def rgb(self) -> "tv_tensors.Video":
        """(B, T, C, H, W) uint8 RGB, made on the device where the planes are."""
        if self.matrix is None:
            return as_video(plain(self.frames))
        if self.cu_seqlens is not None:
            each = self.matrix.reshape(-1, 3, 4)[self.segment_ids[0]]
            return as_video(planes_to_rgb(self.frames[0][:, None], each).transpose(0, 1))
        found = planes_to_rgb(self.frames, self.matrix)
        return as_video(found * self.mask[..., None, None, None])


@dataclass(frozen=True, kw_only=True, slots=True, repr=False, eq=False)
class AudioBatch(Tensors):
    """Clean speech in the video's windows, padded with zeros. For runs of turns (B, N, ...).

    In a packed batch end to end: waveform and mask (1, L), see `VideoBatch`.
    """

    waveform: Tensor
    """(B, S) float32, mono, -1 to 1; sample s sounds at `start_seconds + s / sample_rate`."""
    mask: Tensor
    """(B, S) bool: where there is sound (silence too)."""
    num_samples: Tensor
    """(B,) int64; 0 where there is no sound."""
    start_seconds: Tensor
    """(B,) float64: where the window begins in the clip."""
    sample_rate: int
    """Hz."""
    cu_seqlens: Tensor | None = None
    """(B + 1,) int32, of runs (B * N + 1,): where each clip begins in L, and L; None if padded."""

    @property
    def segment_ids(self) -> Tensor:
        """(1, L) int64: which clip each value of a packed batch is of."""
        return _segments(self.cu_seqlens)


@dataclass(frozen=True, kw_only=True, slots=True, repr=False, eq=False)
class ClipBatch(Tensors):
    """The clips of one role."""

    video: VideoBatch | None
    """None if no video was asked for."""
    audio: AudioBatch | None
    """None if no sound was asked for, and for listeners, who are silent."""
    clips: tuple[Clip | None, ...]
    """The records; None in slots without a sample, and for a speaker off screen."""
    features: tuple[FeatureBatch, ...] = ()
    """Of every encoder that was asked for; see `feature`."""

    def feature(self, name: str) -> FeatureBatch:
        """What one encoder made of these clips."""
        return feature_of(self.features, name)

    @property
    def transcripts(self) -> tuple[str | None, ...]:
        """What each person says."""
        return tuple(clip.transcript if clip else None for clip in self.clips)

    @property
    def captions(self) -> tuple[str | None, ...]:
        """Motion, expression and camera movement of each clip, in words, in one text."""
        return tuple(_caption(clip) if clip else None for clip in self.clips)


@dataclass(frozen=True, kw_only=True, slots=True, repr=False, eq=False)
class _Slots(Tensors):
    samples: tuple[Sample | None, ...]
    """The records; None in slots beyond the last sample."""
    sample_ids: tuple[str | None, ...]
    """Their ids."""
    conversation_ids: tuple[str | None, ...]
    """Their sources."""
    valid: Tensor
    """(B,) bool: False in slots without a sample and where it was skipped."""
    skipped: tuple[Skipped, ...]
    """The samples of this batch that were skipped, with reasons."""


@dataclass(frozen=True, kw_only=True, slots=True, repr=False, eq=False)
class SingleBatch(_Slots):
    """Clips of one person each."""

    clip: ClipBatch
    """The clips."""


@dataclass(frozen=True, kw_only=True, slots=True, repr=False, eq=False)
class DialogueBatch(_Slots):
    """Somebody speaks, somebody answers."""

    initiator: ClipBatch
    """Who speaks first."""
    responder: ClipBatch
    """Who answers."""
    reference: "tv_tensors.Image | None"
    """(B, C, H, W) uint8: the responder, in the key frame outside the window that is farthest from
    it, or at the clip's far end where there is none; None if no video was asked for."""
    reference_outside: Tensor
    """(B,) bool: whether the reference lies outside the window. Where the window is the whole
    clip it is the window's first frame."""
    gap_seconds: Tensor
    """(B,) float64: from the end of the speech to the beginning of the answer; negative where
    they overlap. NaN in slots without a sample."""


@dataclass(frozen=True, kw_only=True, slots=True, repr=False, eq=False)
class ListeningBatch(_Slots):
    """Somebody speaks, somebody is seen listening: the same stretch of the source's time."""

    speaker: ClipBatch
    """Who speaks; the video is empty where the speaker is off screen."""
    listener: ClipBatch
    """Who listens: video alone."""
    speaker_seen: Tensor
    """(B,) bool: whether the speaker has a clip and video was asked for."""
    voices: tuple[str | None, ...]
    """Voice letters of the speakers."""


@dataclass(frozen=True, kw_only=True, slots=True, repr=False, eq=False)
class MultiTurnBatch(_Slots):
    """Runs of turns, padded to the longest run."""

    video: VideoBatch | None
    """Frames (B, N, T, C, H, W), masks (B, N, T), the rest (B, N)."""
    audio: AudioBatch | None
    """Waveform (B, N, S), mask (B, N, S), the rest (B, N)."""
    turn_mask: Tensor
    """(B, N) bool: where there is a turn."""
    turns: tuple[tuple[Clip, ...], ...]
    """The records of every run, in time order; empty in slots without a sample."""
    voices: tuple[tuple[str | None, ...], ...]
    """Voice letter of every turn."""
    history: tuple[tuple[Utterance, ...], ...]
    """What was said before every run."""
    features: tuple[FeatureBatch, ...] = ()
    """Of every encoder that was asked for: values (B, N, S, ...), masks (B, N, S)."""

    def feature(self, name: str) -> FeatureBatch:
        """What one encoder made of these turns."""
        return feature_of(self.features, name)

    @property
    def transcripts(self) -> tuple[tuple[str | None, ...], ...]:
        """What is said in every turn."""
        return tuple(tuple(clip.transcript for clip in run) for run in self.turns)

    @property
    def captions(self) -> tuple[tuple[str | None, ...], ...]:
        """Motion, expression and camera movement of every turn, in words."""
        return tuple(tuple(_caption(clip) for clip in run) for run in self.turns)


Batch = SingleBatch | DialogueBatch | ListeningBatch | MultiTurnBatch


def _caption(clip: Clip) -> str | None:
    words = (clip.motion, clip.expression, clip.camera_movement)
    return " ".join(word for word in words if word) or None


def _segments(cu_seqlens: Tensor | None) -> Tensor:
    if cu_seqlens is None:
        raise ValueError("the batch is padded, not packed: use its mask, or Loader(packing=...)")
    lengths = cu_seqlens.diff()
    return torch.arange(len(lengths), device=lengths.device).repeat_interleave(lengths)[None]
