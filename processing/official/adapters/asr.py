"""`asr`: Whisper's own dictionary in, transcript and its scores out.

There is one JSON for each voice of a scene. Its name has no box index.
"""

from typing import Any

from ..dump.problems import UnknownShape
from ..untrusted_json.values import MAX_TEXT, Object, Repairs, finite, words
from .scores import score

_MAX_SEGMENTS = 200
"""Most segments of a scene of 14 s (ours: Whisper gives two or three)."""
_MAX_SECONDS = 60.0
"""Latest end of a segment (ours: Whisper reads 30 s at a time, a scene has 14)."""


def read_asr(values: Object, repairs: Repairs) -> dict[str, Any]:
    """The transcript and the recogniser's scores of it; means are weighted by duration.

    Raises:
        UnknownShape: the record has neither text nor segments.
    """
    if "text" not in values and "segments" not in values:
        raise UnknownShape(values, "asr")
    listed = values.get("segments")
    if listed is not None and not isinstance(listed, list):
        repairs["unread_segments"] += 1
        listed = None
    if len(listed or []) > _MAX_SEGMENTS:
        repairs["asr_segments_cut_off"] += 1
    segments = [
        segment
        for value in (listed or [])[:_MAX_SEGMENTS]
        if (segment := _segment(value, repairs)) is not None
    ]
    ratios = [ratio for segment in segments if (ratio := segment["compression_ratio"]) is not None]
    return {
        "transcript": words(values, repairs, "text") or _joined_text(segments),
        "language": words(values, repairs, "language"),
        "asr_avg_logprob": _mean(segments, "avg_logprob"),
        "asr_no_speech_prob": _mean(segments, "no_speech_prob"),
        "asr_compression_ratio": max(ratios, default=None),
        "segments": segments,
    }


def _joined_text(segments: list[dict[str, Any]]) -> str | None:
    return " ".join(segment["text"] for segment in segments)[:MAX_TEXT] or None


def _segment(value: Any, repairs: Repairs) -> dict[str, Any] | None:
    start, stop = (
        (finite(value.get("start")), finite(value.get("end")))
        if isinstance(value, dict)
        else (None, None)
    )
    if start is None or stop is None or not 0 <= start <= stop <= _MAX_SECONDS:
        repairs["bad_asr_segment"] += 1
        return None
    return {
        "start_seconds": start,
        "stop_seconds": stop,
        "text": words(value, repairs, "text") or "",
        "avg_logprob": score(value, repairs, "avg_logprob"),
        "no_speech_prob": score(value, repairs, "no_speech_prob"),
        "compression_ratio": score(value, repairs, "compression_ratio"),
    }


def _mean(segments: list[dict[str, Any]], name: str) -> float | None:
    weighted = [
        (segment["stop_seconds"] - segment["start_seconds"], segment[name])
        for segment in segments
        if segment[name] is not None
    ]
    total = sum(weight for weight, _ in weighted)
    if total <= 0:
        return None
    mean: float = sum(weight * value for weight, value in weighted) / total
    return round(mean, 6)
