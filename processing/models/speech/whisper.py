"""Whisper by Hugging Face's transformers: waveforms of at most 30 s, Whisper's own three scores.

waveforms --> log-mel --> encoder --> decoder at <|startoftranscript|>: language, no speech
                                  --> greedy decoding with time stamps --> openai/whisper's scores
                                      --> on failure, again at higher temperatures

The same as openai/whisper's `transcribe` on at most 30 s (the official code calls it with its
defaults), in batches for the first attempt.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....records import Segment
from ...engines import Resources
from ...weights.table import WHISPER_LARGE_V3_FILE, WHISPER_TURBO_FILE
from ..model_spec import ModelSpec
from ..packages import TORCH, TRANSFORMERS, required, transformers
from .protocols import SAMPLE_RATE, Transcriber, Transcript

TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Tried in order until a decoding is accepted (openai/whisper's default)."""
MAX_COMPRESSION_RATIO = 2.4
"""A text that compresses better repeats itself and is decoded again (openai/whisper)."""
MIN_AVG_LOGPROB = -1.0
"""A less probable text is decoded again (openai/whisper)."""
MAX_NO_SPEECH_PROB = 0.6
"""Above it an improbable text counts as silence and is dropped (openai/whisper)."""
MAX_SECONDS = 30.0
"""Whisper's window."""
_SECONDS_A_STAMP = 0.02
_NUM_PROMPTED = 3
"""Prompt tokens: <|startoftranscript|>, language, <|transcribe|>."""


def compression_ratio(text: str) -> float:
    """Bytes of the text in UTF-8 over bytes of its zlib compression (openai/whisper)."""
    data = text.encode()
    return len(data) / len(zlib.compress(data))


class Whisper:
    """A checkpoint of transformers' `WhisperForConditionalGeneration`, in a folder.

    Args:
        folder: of the checkpoint: config, tokenizer, preprocessor, safetensors.
        device: `cpu` (single precision) or `cuda:0` (half).

    Raises:
        ImportError: transformers or torch is not installed.
        ValueError: the folder does not hold a multilingual Whisper.
    """

    def __init__(self, folder: Path, device: str) -> None:
        library, self._torch = transformers(), required(TORCH)
        dtype = self._torch.float16 if device.startswith("cuda") else self._torch.float32
        self._device, self._dtype = device, dtype
        self._processor = library.WhisperProcessor.from_pretrained(folder, local_files_only=True)
        self._model = (
            library.WhisperForConditionalGeneration.from_pretrained(
                folder, local_files_only=True, dtype=dtype, use_safetensors=True
            )
            .to(device)
            .eval()
        )
        self._outputs = library.modeling_outputs.BaseModelOutput
        generation = self._model.generation_config
        languages = getattr(generation, "lang_to_id", None)
        if not languages:
            raise ValueError(
                f"{folder} holds no multilingual Whisper: its generation_config has no lang_to_id"
            )
        self._languages = {number: token.strip("<|>") for token, number in languages.items()}
        self._start = int(self._model.config.decoder_start_token_id)
        self._end = int(generation.eos_token_id)
        # In every version <|nospeech|> precedes <|notimestamps|>, and the time stamps follow it.
        self._no_speech = int(generation.no_timestamps_token_id) - 1
        self._first_stamp = int(generation.no_timestamps_token_id) + 1

    def transcribe(self, waveforms: Sequence[NDArray[np.float32]]) -> Sequence[Transcript]:
        """See `Transcriber.transcribe`."""
        if not waveforms:
            return []
        longest = max(len(waveform) for waveform in waveforms) / SAMPLE_RATE
        if longest > MAX_SECONDS:
            raise ValueError(f"a waveform may have {MAX_SECONDS:.0f} s, got {longest:.1f} s")
        with self._torch.inference_mode():
            encoded = self._encode(waveforms)
            languages, no_speech = self._language_and_silence(encoded)
            drafts = self._decode(encoded, languages, 0.0)
            for number, draft in enumerate(drafts):
                if not self._believed(draft, no_speech[number]):
                    drafts[number] = self._again(
                        encoded[number : number + 1], languages[number], no_speech[number], draft
                    )
        return [
            self._transcript(draft, language, silence, len(waveform) / SAMPLE_RATE)
            for draft, language, silence, waveform in zip(
                drafts, languages, no_speech, waveforms, strict=True
            )
        ]

    def _encode(self, waveforms: Sequence[NDArray[np.float32]]) -> Any:
        """(n, frames, width) encoder states of each waveform, padded with silence."""
        features = self._processor.feature_extractor(
            list(waveforms), sampling_rate=SAMPLE_RATE, return_tensors="pt"
        ).input_features
        features = features.to(self._device, self._dtype)
        return self._model.get_encoder()(features).last_hidden_state

    def _language_and_silence(self, encoded: Any) -> tuple[list[str], list[float]]:
        """Languages, and probabilities of no speech, from the token after <|startoftranscript|>."""
        starts = self._torch.full(
            (len(encoded), 1), self._start, dtype=self._torch.long, device=self._device
        )
        logits = self._model(encoder_outputs=(encoded,), decoder_input_ids=starts).logits[:, 0]
        probabilities = logits.float().softmax(-1)
        known = self._torch.tensor(sorted(self._languages), device=self._device)
        best = known[logits[:, known].argmax(-1)].tolist()
        silence = [float(probability) for probability in probabilities[:, self._no_speech]]
        return [self._languages[number] for number in best], silence

    def _decode(self, encoded: Any, languages: list[str], temperature: float) -> list["_Draft"]:
        """Decodes a batch once; greedily at 0, else by sampling from a fixed seed."""
        sampling = {"do_sample": True, "top_k": 0} if temperature > 0 else {}
        devices = [self._device] if self._device.startswith("cuda") else []
        with self._torch.random.fork_rng(devices=devices):
            self._torch.manual_seed(0)
            generated = self._model.generate(
                encoder_outputs=self._outputs(last_hidden_state=encoded),
                language=languages,
                task="transcribe",
                return_timestamps=True,
                return_dict_in_generate=True,
                output_scores=True,
                # A clip is one window: openai/whisper's loop over longer audio is not needed.
                force_unique_generate_call=True,
                temperature=temperature,
                **sampling,
            )
        scores = self._torch.stack(generated.scores, 1).float() * (temperature or 1.0)
        chosen = generated.sequences[:, _NUM_PROMPTED:]
        logprobs = scores.log_softmax(-1).gather(-1, chosen[..., None])[..., 0].cpu()
        return [self._draft(*row) for row in zip(chosen.tolist(), logprobs, strict=True)]

    def _draft(self, tokens: list[int], logprobs: Any) -> "_Draft":
        length = tokens.index(self._end) if self._end in tokens else len(tokens)
        # The end token counts, in the sum and in the number of tokens (openai/whisper).
        total = float(logprobs[: length + 1].sum())
        text = self._text(tokens[:length])
        return _Draft(
            tokens=tokens[:length],
            avg_logprob=total / (length + 1),
            compression_ratio=compression_ratio(text),
        )

    def _again(
        self, encoded: Any, language: str, no_speech_prob: float, draft: "_Draft"
    ) -> "_Draft":
        """Decodes at higher temperatures until one is accepted, else keeps the last."""
        for temperature in TEMPERATURES[1:]:
            (draft,) = self._decode(encoded, [language], temperature)
            if self._believed(draft, no_speech_prob):
                break
        return draft

    @staticmethod
    def _believed(draft: "_Draft", no_speech_prob: float) -> bool:
        probable = draft.avg_logprob >= MIN_AVG_LOGPROB
        if no_speech_prob > MAX_NO_SPEECH_PROB and not probable:
            return True
        return probable and draft.compression_ratio <= MAX_COMPRESSION_RATIO

    def _transcript(
        self, draft: "_Draft", language: str, no_speech_prob: float, seconds: float
    ) -> Transcript:
        scores = {
            "avg_logprob": round(draft.avg_logprob, 6),
            "no_speech_prob": round(no_speech_prob, 6),
            "compression_ratio": round(draft.compression_ratio, 6),
        }
        silent = no_speech_prob > MAX_NO_SPEECH_PROB and draft.avg_logprob < MIN_AVG_LOGPROB
        timed = [] if silent else self._timed_tokens(draft.tokens, seconds)
        segments = tuple(
            Segment(start_seconds=start, stop_seconds=stop, text=text, **scores)
            for start, stop, tokens in timed
            if (text := self._text(tokens))
        )
        return Transcript(language=language, segments=segments, **scores)

    def _timed_tokens(
        self, tokens: list[int], seconds: float
    ) -> list[tuple[float, float, list[int]]]:
        """Start, stop and tokens between time stamps; an open end is the end of the waveform."""
        timed: list[tuple[float, float, list[int]]] = []
        start, text_tokens = 0.0, list[int]()
        for token in tokens:
            if token < self._first_stamp:
                text_tokens.append(token)
                continue
            time = min((token - self._first_stamp) * _SECONDS_A_STAMP, seconds)
            if text_tokens:
                timed.append((round(start, 3), round(max(time, start), 3), text_tokens))
            start, text_tokens = time, []
        return [*timed, (round(start, 3), round(seconds, 3), text_tokens)] if text_tokens else timed

    def _text(self, tokens: list[int]) -> str:
        text_tokens = [token for token in tokens if token < self._first_stamp]
        text: str = self._processor.tokenizer.decode(text_tokens, skip_special_tokens=True)
        return text.strip()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Draft:
    """One decoding of one waveform."""

    tokens: list[int]
    avg_logprob: float
    compression_ratio: float


def _large_v3(weights: Path, device: str) -> Whisper:
    return Whisper(WHISPER_LARGE_V3_FILE.path(weights), device)


def _turbo(weights: Path, device: str) -> Whisper:
    return Whisper(WHISPER_TURBO_FILE.path(weights), device)


_RESOURCES = Resources(
    num_cpus=1,
    # For a batch of 16 in half precision: encoder states and caches of 32 (turbo: 4) layers, 1280
    # wide, 1500 frames and 448 tokens; scores of 448 x 51866 in single precision, twice.
    gpu_bytes=6 << 30,
    memory_bytes=4 << 30,
    # On one core `large` takes up to ten times real time, six times that if all is repeated.
    limit_times_real_time=100.0,
)

WHISPER_LARGE_V3: ModelSpec[Transcriber] = ModelSpec(
    name="whisper-large-v3",
    licence="Apache-2.0",
    make=_large_v3,
    packages=(TRANSFORMERS, TORCH),
    files=(WHISPER_LARGE_V3_FILE,),
    resources=_RESOURCES,
    copies=2,
)
"""What `whisper.load_model("large")` of the official code means since November 2023."""

WHISPER_TURBO: ModelSpec[Transcriber] = ModelSpec(
    name="whisper-large-v3-turbo",
    licence="Apache-2.0",
    make=_turbo,
    packages=(TRANSFORMERS, TORCH),
    files=(WHISPER_TURBO_FILE,),
    resources=_RESOURCES,
    copies=2,
)
"""Four decoder layers instead of 32, so about twice as fast."""
