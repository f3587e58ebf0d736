"""Batches, one type for each branch; every tensor's first dimension is the batch.

The collator makes them, the training loop reads them. A slot without a sample, or whose sample was
skipped, is False in `valid`; its tensors are zeros and its masks False.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from ...records import Clip, Sample, Utterance
from .batch_base import Tensors
from .clip_batches import AudioBatch, ClipBatch, VideoBatch, caption_of
from .feature_batch import FeatureBatch, feature_of

if TYPE_CHECKING:
    from torchvision import tv_tensors


@dataclass(frozen=True, kw_only=True, slots=True)
class Skipped:
    """A sample that could not be used, and its place in the epoch."""

    sample_id: str
    """Its id."""
    shard: str
    """Path or public address of the shard that holds it."""
    reason: str
    """Which column, and what is wrong with it."""
    epoch: int
    """The epoch in which it was skipped."""
    position: int
    """Its place in the epoch, over all ranks."""


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
    it, or at the clip's far end where there is none; None without video."""
    reference_outside: Tensor
    """(B,) bool: whether the reference lies outside the window. Where the window is the whole
    clip it is the window's first frame."""
    gap_seconds: Tensor
    """(B,) float64: from the end of the speech to the beginning of the answer; negative where
    they overlap. NaN in slots without a sample."""


@dataclass(frozen=True, kw_only=True, slots=True, repr=False, eq=False)
class ListeningBatch(_Slots):
    """Somebody speaks, somebody listens on screen: the same interval of the source's time."""

    speaker: ClipBatch
    """Who speaks; the video is empty where the speaker is off screen."""
    listener: ClipBatch
    """Who listens: video alone."""
    speaker_seen: Tensor
    """(B,) bool: whether the speaker has a clip and video was requested."""
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
    """One for each requested encoder: values (B, N, S, ...), masks (B, N, S)."""

    def feature(self, name: str) -> FeatureBatch:
        """One encoder's features of these turns."""
        return feature_of(self.features, name)

    @property
    def transcripts(self) -> tuple[tuple[str | None, ...], ...]:
        """What is said in every turn."""
        return tuple(tuple(clip.transcript for clip in run) for run in self.turns)

    @property
    def captions(self) -> tuple[tuple[str | None, ...], ...]:
        """Motion, expression and camera movement of every turn, in words."""
        return tuple(tuple(caption_of(clip) for clip in run) for run in self.turns)


Batch = SingleBatch | DialogueBatch | ListeningBatch | MultiTurnBatch
