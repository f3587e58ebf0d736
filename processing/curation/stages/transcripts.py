"""`transcripts`: what each person says in each clip, by a recogniser on the clean speech.

speaking clips --> clean speech --> Transcriber --> text, language, the recogniser's own scores
                                                --> share of the source in that language

The three scores and their gates are Whisper's (paper: confidence, no-speech probability,
compression ratio), so they are null with a recogniser that lacks them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ....records import Segment, clips_of, encode
from ...engines import Source, Stage, Tables, WrongResult, in_halves
from ...models.contract import instance, listed, scalar
from ...models.speech.protocols import Transcriber, Transcript
from ..clips.clean_speech import CleanSpeech, clean_speech
from ..clips.clip_tables import MEASURED, measured_schema, measured_table
from ..contract.builder import StageContext, WithModel

SCHEMA = measured_schema(
    "transcript",
    "language",
    "language_share",
    "asr_avg_logprob",
    "asr_no_speech_prob",
    "asr_compression_ratio",
    "segments",
)
_BATCH = 16
"""Clips of one batch (ours: Whisper large in half precision takes 4 GB for them)."""
_SCORES = {
    "avg_logprob": (-np.inf, 0.0),
    "no_speech_prob": (0.0, 1.0),
    "compression_ratio": (0.0, np.inf),
}
"""Least and most of each score."""
_MAX_CHARACTERS = 5_000
"""Of a clip of 14 s; more comes from a failing recogniser (ours: nobody says 350 a second)."""


def transcripts_stage(context: StageContext) -> Stage:
    """The transcript of every clip in which the person speaks."""
    return context.stage(
        name="transcripts",
        what="what each person says, heard in the clean speech",
        reads=("clips",),
        version=3,
        writes={MEASURED: SCHEMA},
        params={"batch": _BATCH},
        load=WithModel(context.spec, context.weights, _transcripts),
    )


def _transcripts(transcriber: Transcriber, source: Source, inputs: Mapping[str, Tables]) -> Tables:
    transcribed: list[tuple[CleanSpeech, Transcript]] = []
    batch: list[CleanSpeech] = []
    for speech in clean_speech(source, clips_of(inputs["clips"]["clips"])):
        batch.append(speech)
        if len(batch) == _BATCH:
            transcribed += _transcribe(transcriber, batch)
            batch = []
    transcribed += _transcribe(transcriber, batch)
    shares = _language_shares(transcribed)
    rows = {
        speech.clip.clip_id: _row(speech, transcript, shares) for speech, transcript in transcribed
    }
    return {MEASURED: measured_table(rows, SCHEMA)}


def _transcribe(
    transcriber: Transcriber, batch: Sequence[CleanSpeech]
) -> list[tuple[CleanSpeech, Transcript]]:
    waveforms = [speech.samples for speech in batch]
    answers = in_halves(waveforms, transcriber.transcribe)
    return [(speech, _checked(answer)) for speech, answer in zip(batch, answers, strict=True)]


def _checked(answer: object) -> Transcript:
    """A recogniser's answer for one waveform, if it is valid."""
    transcript = instance("a recogniser's answer", answer, Transcript)
    if transcript.language is not None:
        instance("a transcript's language", transcript.language, str)
    _check_scores("a transcript", transcript)
    last_start = 0.0
    for number, element in enumerate(listed("a transcript's segments", transcript.segments)):
        segment = instance(f"segment {number}", element, Segment)
        instance(f"the text of segment {number}", segment.text, str)
        start = scalar(f"the start of segment {number} in seconds", segment.start_seconds, least=0)
        stop = scalar(f"the stop of segment {number} in seconds", segment.stop_seconds)
        if not last_start <= start <= stop:
            raise WrongResult(
                f"segments must be by time and none end before it starts; segment {number} is from "
                f"{start} to {stop} s, and the last one starts at {last_start} s"
            )
        _check_scores(f"segment {number}", segment)
        last_start = start
    return transcript


def _check_scores(owner: str, scored: Transcript | Segment) -> None:
    for score, (least, most) in _SCORES.items():
        if (value := getattr(scored, score)) is not None:
            scalar(f"{score} of {owner}", value, least=least, most=most)


def _row(
    speech: CleanSpeech, transcript: Transcript, shares: Mapping[str, float]
) -> dict[str, Any]:
    scene = speech.clip.scene_start_seconds
    later = speech.clip.start_seconds - scene if scene is not None else 0.0
    segments = [
        Segment(
            start_seconds=round(segment.start_seconds + later, 3),
            stop_seconds=round(segment.stop_seconds + later, 3),
            text=plain_text(segment.text),
            avg_logprob=segment.avg_logprob,
            no_speech_prob=segment.no_speech_prob,
            compression_ratio=segment.compression_ratio,
        )
        for segment in transcript.segments
    ]
    return {
        # Without a language nobody knows whether anything is said: not even an empty text.
        "transcript": plain_text(" ".join(segment.text for segment in segments))
        if transcript.language is not None or segments
        else None,
        "language": transcript.language,
        "language_share": shares.get(transcript.language or ""),
        "asr_avg_logprob": transcript.avg_logprob,
        "asr_no_speech_prob": transcript.no_speech_prob,
        "asr_compression_ratio": transcript.compression_ratio,
        "segments": encode(tuple(segments)),
    }


def plain_text(text: str) -> str:
    """A model's text on one line, without control characters, of bounded length."""
    printable = "".join(
        character if character.isprintable() else " " for character in text[: 2 * _MAX_CHARACTERS]
    )
    return " ".join(printable.split())[:_MAX_CHARACTERS]


def _language_shares(transcribed: Sequence[tuple[CleanSpeech, Transcript]]) -> dict[str, float]:
    """Share of the source's transcribed time in each language."""
    seconds: dict[str, float] = defaultdict(float)
    for speech, transcript in transcribed:
        if transcript.language and transcript.segments:
            seconds[transcript.language] += sum(
                interval.stop_seconds - interval.start_seconds for interval in speech.clip.speech
            )
    total = sum(seconds.values())
    return (
        {name: round(of_language / total, 6) for name, of_language in seconds.items()}
        if total
        else {}
    )
