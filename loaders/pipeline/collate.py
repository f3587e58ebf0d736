"""Loaded samples to one batch: padded at the end, masked, one type for each branch.

    decoded samples, the buffers that hold their frames --> a batch of `batches`, its tensors

Frames that lie in the batch's buffer already are not copied.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

from ...records import Branch, DialogueSample, ListeningSample, MultiTurnSample
from ...release.features import FeatureForm
from ..batches.branch_batches import (
    Batch,
    DialogueBatch,
    ListeningBatch,
    MultiTurnBatch,
    SingleBatch,
    Skipped,
)
from ..batches.clip_batches import AudioBatch, ClipBatch, VideoBatch
from ..batches.feature_batch import FeatureBatch
from ..batches.tv_tensors import as_image, as_video
from ..batches.yuv import rgb_matrix
from ..decoding.buffers import BatchBuffers
from ..decoding.decode_clip import DecodedAudio, DecodedVideo
from ..decoding.decode_sample import LoadedClip, LoadedSample
from ..specs.clip_specs import AudioSpec, FeatureSpec, VideoSpec
from ..specs.errors import BatchSizeError
from .collate_features import batch_features

Slots = Sequence[LoadedSample | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Collator:
    """Makes batches of one branch."""

    branch: Branch
    """The branch; it says the type of the batches."""
    video: VideoSpec | None
    """Size and length of the video."""
    audio: AudioSpec | None
    """Rate and length of the audio."""
    max_batch_bytes: int
    """Most bytes of one padded tensor."""
    features: FeatureSpec | None = None
    """Which features, and how many units."""
    forms: tuple[FeatureForm, ...] = ()
    """How these features are stored."""

    def __call__(self, slots: Slots, skipped: tuple[Skipped, ...], buffers: BatchBuffers) -> Batch:
        """Makes one batch.

        Args:
            slots: one for each place; None beyond the last sample.
            skipped: the samples of this batch that were skipped.
            buffers: memory that the frames were decoded to.

        Raises:
            BatchSizeError: sizes differ and no size is given, or the batch is too large.
        """
        samples = [slot.sample if slot else None for slot in slots]
        own: dict[str, Any] = {
            "samples": tuple(samples),
            "sample_ids": tuple(slot.sample_id if slot else None for slot in slots),
            "conversation_ids": tuple(
                sample.clips[0].source_id if sample else None for sample in samples
            ),
            "valid": torch.tensor([slot is not None and slot.error is None for slot in slots]),
            "skipped": skipped,
        }
        match self.branch:
            case "single":
                return SingleBatch(**own, clip=self._role(slots, 0, buffers))
            case "dialogue":
                return self._dialogue(slots, own, buffers)
            case "listening":
                return self._listening(slots, own, buffers)
            case "multi_turn":
                return self._multi_turn(slots, own, buffers)

    def _dialogue(self, slots: Slots, own: dict[str, Any], buffers: BatchBuffers) -> DialogueBatch:
        responder = self._role(slots, 1, buffers)
        videos = [clip.video if clip else None for clip in _clips(slots, 1)]
        reference = None
        if responder.video is not None:
            width, height = _size(responder.video.frames, responder.video.matrix is None)
            blank = torch.zeros((3, height, width), dtype=torch.uint8)
            references = [blank if video is None else video.reference for video in videos]
            reference = as_image(torch.stack([frame for frame in references if frame is not None]))
        gaps = [
            slot.sample.gap_seconds
            if slot and isinstance(slot.sample, DialogueSample)
            else float("nan")
            for slot in slots
        ]
        return DialogueBatch(
            **own,
            initiator=self._role(slots, 0, buffers),
            responder=responder,
            reference=reference,
            reference_outside=torch.tensor(
                [video is not None and video.reference_outside for video in videos]
            ),
            gap_seconds=torch.tensor(gaps, dtype=torch.float64),
        )

    def _listening(
        self, slots: Slots, own: dict[str, Any], buffers: BatchBuffers
    ) -> ListeningBatch:
        speakers = _clips(slots, 0)
        return ListeningBatch(
            **own,
            speaker=self._role(slots, 0, buffers),
            listener=self._role(slots, 1, buffers, silent=True),
            speaker_seen=torch.tensor(
                [clip is not None and clip.video is not None for clip in speakers]
            ),
            voices=tuple(
                slot.sample.speaker.voice
                if slot and isinstance(slot.sample, ListeningSample)
                else None
                for slot in slots
            ),
        )

    def _multi_turn(
        self, slots: Slots, own: dict[str, Any], buffers: BatchBuffers
    ) -> MultiTurnBatch:
        runs = [
            slot.sample if slot and isinstance(slot.sample, MultiTurnSample) else None
            for slot in slots
        ]
        longest = max((len(slot.clips) for slot in slots if slot), default=0)
        lead = (len(slots), longest)
        flat = [clip for turn in _turns(slots, longest) for clip in turn]
        return MultiTurnBatch(
            **own,
            video=self._video([clip.video if clip else None for clip in flat], lead, buffers),
            audio=self._audio([clip.audio if clip else None for clip in flat], lead, buffers),
            turn_mask=torch.tensor([clip is not None for clip in flat], dtype=torch.bool).reshape(
                lead
            ),
            turns=tuple(run.turns if run else () for run in runs),
            voices=tuple(tuple(clip.voice for clip in run.turns) if run else () for run in runs),
            history=tuple(run.history if run else () for run in runs),
            features=self._features(flat, lead),
        )

    def _role(
        self, slots: Slots, number: int, buffers: BatchBuffers, *, silent: bool = False
    ) -> ClipBatch:
        clips, lead = _clips(slots, number), (len(slots),)
        audios = [clip.audio if clip else None for clip in clips]
        return ClipBatch(
            video=self._video(
                [clip.video if clip else None for clip in clips], lead, buffers, number
            ),
            audio=None if silent else self._audio(audios, lead, buffers),
            clips=tuple(_record(slot, number) for slot in slots),
            features=self._features(clips, lead),
        )

    def _features(
        self, clips: Sequence[LoadedClip | None], lead: tuple[int, ...]
    ) -> tuple[FeatureBatch, ...]:
        items = [clip.features if clip else () for clip in clips]
        # Where video or audio places the window, it decides the number of units.
        spec = None if self.video or self.audio else self.features
        return batch_features(self.forms, items, lead, spec, self.max_batch_bytes)

    def _video(
        self,
        items: Sequence[DecodedVideo | None],
        lead: tuple[int, ...],
        buffers: BatchBuffers,
        role: int = 0,
    ) -> VideoBatch | None:
        spec = self.video
        if spec is None:
            return None
        buffer = buffers.frames.get(role)
        known = [item for item in items if item is not None]
        rgb = spec.pixels == "rgb"
        sizes = sorted({_size(item.frames, rgb) for item in known})
        if len(sizes) > 1:
            raise BatchSizeError(
                f"clips of {', '.join(f'{w}x{h}' for w, h in sizes[:4])} pixels in one batch: give "
                "VideoSpec(height=..., width=...), or use batch_size=1"
            )
        blank = buffers.size or (spec.height or 0, spec.width or 0)
        width, height = sizes[0] if sizes else blank[::-1]
        shape = (height, width, 3) if rgb else (height * 3 // 2, width)
        counts = [0 if item is None else len(item.frames) for item in items]
        length = sum(counts) if buffers.packed else max([spec.fixed_frames or 0, *counts])
        whole = (1 if buffers.packed else len(items), length, *shape)
        self._check_bytes(math.prod(whole), "video")
        in_place = (
            buffer is not None and buffer.shape == whole and all(item.in_buffer for item in known)
        )
        frames = (
            buffer if buffer is not None and in_place else torch.zeros(whole, dtype=torch.uint8)
        )
        # Channels are last in memory, as decoders write them, and first in the shape, for models.
        frames = frames.permute(0, 1, 4, 2, 3) if rgb else frames
        for place, item in zip(_places(frames, counts, buffers.packed), items, strict=True):
            if item is None:
                place.zero_()
            elif not in_place:
                place[: len(item.frames)] = item.frames
        rates = [0.0 if item is None else item.window.fps for item in items]
        mask, num_frames, cu_seqlens = _masked(counts, length, lead, buffers.packed)
        frames = frames if buffers.packed else frames.reshape(*lead, *frames.shape[1:])
        return VideoBatch(
            frames=as_video(frames) if rgb else frames,
            matrix=None if rgb else _matrices(items).reshape(*lead, 3, 4),
            mask=mask,
            num_frames=num_frames,
            fps=torch.tensor(rates, dtype=torch.float64).reshape(lead),
            start_seconds=_starts(items, lead),
            cu_seqlens=cu_seqlens,
        )

    def _audio(
        self, items: Sequence[DecodedAudio | None], lead: tuple[int, ...], buffers: BatchBuffers
    ) -> AudioBatch | None:
        if self.audio is None:
            return None
        rate = self.audio.sample_rate
        counts = [0 if item is None else len(item.waveform) for item in items]
        length = sum(counts) if buffers.packed else max([self._fixed_samples(), *counts])
        whole = (1 if buffers.packed else len(items), length)
        self._check_bytes(math.prod(whole) * 4, "audio")
        waveform = torch.zeros(whole)
        for place, item in zip(_places(waveform, counts, buffers.packed), items, strict=True):
            if item is not None:
                place[: len(item.waveform)] = item.waveform
        mask, num_samples, cu_seqlens = _masked(counts, length, lead, buffers.packed)
        return AudioBatch(
            waveform=waveform if buffers.packed else waveform.reshape(*lead, length),
            mask=mask,
            num_samples=num_samples,
            start_seconds=_starts(items, lead),
            sample_rate=rate,
            cu_seqlens=cu_seqlens,
        )

    def _fixed_samples(self) -> int:
        """Samples of a window, where they do not depend on the clips; else 0."""
        assert self.audio is not None
        rate, video = self.audio.sample_rate, self.video
        if video is None:
            return round((self.audio.seconds or 0) * rate)
        if not video.fps:
            return 0
        return round((video.window_frames(video.fps) or 0) / video.fps * rate)

    def _check_bytes(self, num_bytes: int, medium: str) -> None:
        if num_bytes > self.max_batch_bytes:
            raise BatchSizeError(
                f"the padded {medium} of one batch takes {num_bytes} bytes, max_batch_bytes is "
                f"{self.max_batch_bytes}: use a window, fewer or smaller frames, a smaller "
                "batch_size, or raise max_batch_bytes"
            )


def _clips(slots: Slots, number: int) -> list[LoadedClip | None]:
    return [slot.clips[number] if slot and slot.clips else None for slot in slots]


def _turns(slots: Slots, longest: int) -> list[list[LoadedClip | None]]:
    runs: list[list[LoadedClip | None]] = [list(slot.clips) if slot else [] for slot in slots]
    return [run + [None] * (longest - len(run)) for run in runs]


def _record(slot: LoadedSample | None, number: int) -> Any:
    """The record of a role, also where its media failed; None off screen."""
    if slot is None:
        return None
    match slot.sample:
        case ListeningSample(speaker=speaker, listener=listener, co_present=co_present):
            return listener if number else speaker if co_present else None
        case _:
            return slot.sample.clips[number]


def _places(whole: Tensor, counts: Sequence[int], packed: bool) -> Sequence[Tensor]:
    """Where each item goes: a row of its own, or its span of the one row."""
    return torch.split(whole[0], list(counts)) if packed else whole.unbind()


def _masked(
    counts: list[int], length: int, lead: tuple[int, ...], packed: bool
) -> tuple[Tensor, Tensor, Tensor | None]:
    """A mask of what is there, its lengths, and where each begins if they are packed."""
    number = torch.tensor(counts, dtype=torch.int64)
    if packed:
        begins = torch.tensor([0, *accumulate(counts)], dtype=torch.int32)
        return torch.ones((1, length), dtype=torch.bool), number.reshape(lead), begins
    number = number.reshape(lead)
    return torch.arange(length) < number[..., None], number, None


def _starts(items: Sequence[DecodedVideo | DecodedAudio | None], lead: tuple[int, ...]) -> Tensor:
    starts = [0.0 if item is None else item.window.start_seconds for item in items]
    return torch.tensor(starts, dtype=torch.float64).reshape(lead)


def _size(frames: Tensor, rgb: bool) -> tuple[int, int]:
    rows, width = frames.shape[-2:]
    return width, rows if rgb else rows * 2 // 3


def _matrices(items: Sequence[DecodedVideo | None]) -> Tensor:
    blank = torch.zeros((3, 4))
    return torch.stack(
        [rgb_matrix(item.colour) if item and item.colour else blank for item in items]
    )
