"""Transcripts: what each person says in each clip, by a recogniser that hears the clean speech.

clips that speak --> clean speech --> Transcriber --> words, language, the recogniser's own scores
                                                  --> how much of the source is in that language

The three scores and their gates are Whisper's (paper: confidence, no-speech probability,
compression ratio), so a recogniser that has none of them leaves them null.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ....records import Segment, encode
from ...engines import Source, Stage, Tables, WrongResult, in_halves
from ...models.contract import instance, listed, scalar
from ...models.speech.protocols import Transcriber, Transcript
from ..clips.clean_speech import CleanSpeech, clean_speech
from ..clips.clip_tables import MEASURED, clips_of, measured_schema, measured_table
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
"""Clips that are heard at once (ours: Whisper large in half precision takes 4 GB for them)."""
_SCORES = {
    "avg_logprob": (-np.inf, 0.0),
    "no_speech_prob": (0.0, 1.0),
    "compression_ratio": (0.0, np.inf),
}
"""Least and most of each score."""
_MAX_CHARACTERS = 5_000
"""Of a clip of 14 s; more is a recogniser that has run away (ours: nobody says 350 a second)."""


def transcripts_stage(context: StageContext) -> Stage:
    """The words of every clip in which somebody speaks."""
    return context.stage(
        name="transcripts",
        what="what each person says, heard in the clean speech",
        reads=("clips",),
        version=2,
        writes={MEASURED: SCHEMA},
        params={"batch": _BATCH},
        load=WithModel(context.spec, context.weights, _transcripts),
    )


def _transcripts(transcriber: Transcriber, source: Source, inputs: Mapping[str, Tables]) -> Tables:
    heard: list[tuple[CleanSpeech, Transcript]] = []
    batch: list[CleanSpeech] = []
    for speech in clean_speech(source, clips_of(inputs["clips"]["clips"])):
        batch.append(speech)
        if len(batch) == _BATCH:
            heard += _hear(transcriber, batch)
            batch = []
    heard += _hear(transcriber, batch)
    shares = _language_shares(heard)
    rows = {speech.clip.clip_id: _row(speech, transcript, shares) for speech, transcript in heard}
    return {MEASURED: measured_table(rows, SCHEMA)}


def _hear(
    transcriber: Transcriber, batch: Sequence[CleanSpeech]
) -> list[tuple[CleanSpeech, Transcript]]:
    sounds = [speech.samples for speech in batch]
    found = in_halves(sounds, transcriber.transcribe)
    return [(one, _checked(given)) for one, given in zip(batch, found, strict=True)]


def _checked(given: object) -> Transcript:
    """A recogniser's answer for one sound, if it is one."""
    transcript = instance("a recogniser's answer", given, Transcript)
    if transcript.language is not None:
        instance("a transcript's language", transcript.language, str)
    _check_scores("a transcript", transcript)
    before = 0.0
    for place, one in enumerate(listed("a transcript's segments", transcript.segments)):
        segment = instance(f"segment {place}", one, Segment)
        instance(f"the text of segment {place}", segment.text, str)
        start = scalar(f"the start of segment {place} in seconds", segment.start_seconds, least=0)
        stop = scalar(f"the stop of segment {place} in seconds", segment.stop_seconds)
        if not before <= start <= stop:
            raise WrongResult(
                f"segments must be by time and none end before it starts; segment {place} is from "
                f"{start} to {stop} s, and the one before it starts at {before} s"
            )
        _check_scores(f"segment {place}", segment)
        before = start
    return transcript


def _check_scores(what: str, scored: Transcript | Segment) -> None:
    for name, (least, most) in _SCORES.items():
        if (value := getattr(scored, name)) is not None:
            scalar(f"{name} of {what}", value, least=least, most=most)


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
        "transcript": plain_text(" ".join(segment.text for segment in segments)),
        "language": transcript.language,
        "language_share": shares.get(transcript.language or ""),
        "asr_avg_logprob": transcript.avg_logprob,
        "asr_no_speech_prob": transcript.no_speech_prob,
        "asr_compression_ratio": transcript.compression_ratio,
        "segments": encode(tuple(segments)),
    }


def plain_text(text: str) -> str:
    """Text of a model on one line: without control characters, of bounded length."""
    printable = "".join(one if one.isprintable() else " " for one in text[: 2 * _MAX_CHARACTERS])
    return " ".join(printable.split())[:_MAX_CHARACTERS]


def _language_shares(heard: Sequence[tuple[CleanSpeech, Transcript]]) -> dict[str, float]:
    """Of the source's transcribed time, how much is in each language."""
    seconds: dict[str, float] = defaultdict(float)
    for speech, transcript in heard:
        if transcript.language and transcript.segments:
            seconds[transcript.language] += sum(
                one.stop_seconds - one.start_seconds for one in speech.clip.speech
            )
    total = sum(seconds.values())
    return {name: round(second / total, 6) for name, second in seconds.items()} if total else {}
