"""`asr`: Whisper's own dictionary, one JSON a voice of a scene. Its name has no box index."""

from typing import Any

from ..dump.problems import UnknownShape
from ..untrusted_json.values import MAX_TEXT, Object, Repairs, finite, words
from .scores import score

_MAX_SEGMENTS = 200
"""Of one scene of 14 s (ours: Whisper gives two or three)."""
_MAX_SECONDS = 60.0
"""Latest end of a segment (ours: Whisper hears 30 s at a time, a scene has 14)."""


def read_asr(values: Object, repairs: Repairs) -> dict[str, Any]:
    """Words and what the recogniser thinks of them; means are weighted by duration.

    Raises:
        UnknownShape: neither text nor segments are there.
    """
    if "text" not in values and "segments" not in values:
        raise UnknownShape(values, "asr")
    found = values.get("segments")
    if found is not None and not isinstance(found, list):
        repairs["unread_segments"] += 1
        found = None
    if len(found or []) > _MAX_SEGMENTS:
        repairs["asr_segments_cut_off"] += 1
    segments = [
        segment
        for value in (found or [])[:_MAX_SEGMENTS]
        if (segment := _segment(value, repairs)) is not None
    ]
    ratios = [one["compression_ratio"] for one in segments if one["compression_ratio"] is not None]
    return {
        "transcript": words(values, repairs, "text") or _joined(segments),
        "language": words(values, repairs, "language"),
        "asr_avg_logprob": _mean(segments, "avg_logprob"),
        "asr_no_speech_prob": _mean(segments, "no_speech_prob"),
        "asr_compression_ratio": max(ratios, default=None),
        "segments": segments,
    }


def _joined(segments: list[dict[str, Any]]) -> str | None:
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
