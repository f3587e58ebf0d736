"""Whisper by faster-whisper (CTranslate2): the same scores, less memory, no torch.

waveforms of at most 30 s --> transcripts with three scores

It is no dependency of ours: its CUDA build needs CUDA 12 and cuDNN 9, unlike torch's wheels.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ....records import Segment
from ...engines import Resources
from ...weights.table import FASTER_WHISPER_TURBO_FILE, WHISPER_TINY_FILE
from ..model_spec import ModelSpec
from ..packages import Package, required
from .protocols import Transcriber, Transcript
from .whisper import TEMPERATURES

FASTER_WHISPER = Package(module="faster_whisper", distribution="faster-whisper")
ENGLISH_LOGPROB = -0.6
"""An English recogniser makes English words of any language, less probable ones: a transcript under
this has no language and no words (ours: real voices, 12 prompts of 3 to 8 s each: English -0.37 to
-0.24, five LibriVox sentences -0.40 at least; Spanish, French, Italian, Russian -0.84 at most)."""


class FasterWhisper:
    """A converted checkpoint in a folder.

    Args:
        folder: of the checkpoint: model.bin, config, tokenizer, preprocessor_config.
        device: `cpu` (8-bit weights) or `cuda:0` (half precision).

    Raises:
        ImportError: faster-whisper is not installed.
    """

    def __init__(self, folder: Path, device: str) -> None:
        kind, _, number = device.partition(":")
        self._model = required(FASTER_WHISPER).WhisperModel(
            str(folder),
            device=kind,
            device_index=int(number or 0),
            compute_type="float16" if kind == "cuda" else "int8",
            local_files_only=True,
        )

    def transcribe(self, waveforms: Sequence[NDArray[np.float32]]) -> Sequence[Transcript]:
        """See `Transcriber.transcribe`."""
        return [self._transcript(waveform) for waveform in waveforms]

    def _transcript(self, waveform: NDArray[np.float32]) -> Transcript:
        # Greedy and without earlier text, as in openai/whisper's Python call on one window.
        decoded, info = self._model.transcribe(
            waveform,
            beam_size=1,
            temperature=list(TEMPERATURES),
            condition_on_previous_text=False,
            vad_filter=False,
        )
        segments = tuple(
            Segment(
                start_seconds=round(float(segment.start), 3),
                stop_seconds=round(float(segment.end), 3),
                text=segment.text.strip(),
                avg_logprob=round(float(segment.avg_logprob), 6),
                no_speech_prob=round(float(segment.no_speech_prob), 6),
                compression_ratio=round(float(segment.compression_ratio), 6),
            )
            for segment in decoded
        )
        ratios = [
            segment.compression_ratio
            for segment in segments
            if segment.compression_ratio is not None
        ]
        transcript = Transcript(
            language=info.language,
            segments=segments,
            avg_logprob=over_segments(segments, "avg_logprob"),
            no_speech_prob=over_segments(segments, "no_speech_prob"),
            compression_ratio=max(ratios, default=None),
        )
        return transcript if self._model.model.is_multilingual else if_english(transcript)


def if_english(transcript: Transcript) -> Transcript:
    """An English recogniser's transcript; without language and words where it heard no English."""
    score = transcript.avg_logprob
    if score is not None and score >= ENGLISH_LOGPROB:
        return transcript
    return replace(transcript, language=None, segments=())


def _turbo(weights: Path, device: str) -> FasterWhisper:
    return FasterWhisper(FASTER_WHISPER_TURBO_FILE.path(weights), device)


FASTER_WHISPER_TURBO: ModelSpec[Transcriber] = ModelSpec(
    name="faster-whisper-large-v3-turbo",
    licence="MIT",
    make=_turbo,
    packages=(FASTER_WHISPER,),
    files=(FASTER_WHISPER_TURBO_FILE,),
    # One waveform at a time; faster-whisper states 4.5 GB for large-v3 in half precision.
    resources=Resources(num_cpus=4, gpu_bytes=5 << 30, memory_bytes=4 << 30),
)
"""For machines without torch, or with a small GPU."""


def _tiny(weights: Path, device: str) -> FasterWhisper:
    return FasterWhisper(WHISPER_TINY_FILE.path(weights), device)


FASTER_WHISPER_TINY_EN: ModelSpec[Transcriber] = ModelSpec(
    name="whisper-tiny.en",
    licence="MIT",
    make=_tiny,
    packages=(FASTER_WHISPER,),
    files=(WHISPER_TINY_FILE,),
    resources=Resources(num_cpus=1, gpu_bytes=1 << 30, memory_bytes=1 << 30),
)
"""English alone, at a tenth of real time on one core."""


def over_segments(segments: Sequence[Segment], name: str) -> float | None:
    """Mean of a score over segments, weighted by duration; None if no segment has it."""
    pairs = [
        (segment.stop_seconds - segment.start_seconds, getattr(segment, name))
        for segment in segments
        if getattr(segment, name) is not None
    ]
    total = sum(weight for weight, _ in pairs)
    return round(sum(weight * value for weight, value in pairs) / total, 6) if total > 0 else None
