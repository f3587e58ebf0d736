"""Clips of a source of 128 x 72 pixels, and their table."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from speakervid5m.records import CLIP_SCHEMA, Clip, Interval, VoiceInterval, encode


def clip(number: int, start: float, stop: float, **changed: Any) -> Clip:
    key = f"abcdefghijk_128x72_full_video_{number:03d}_A_00"
    values: dict[str, Any] = {
        "clip_id": key, "source_id": "abcdefghijk", "scene": number, "voice": "A", "box_index": 0,
        "role": "speaking", "scene_start_seconds": start - 1, "scene_end_seconds": stop,
        "start_seconds": start, "end_seconds": stop, "bbox": (0.0, 0.0, 0.5, 1.0),
        "source_width": 128, "source_height": 72, "origin": "curated",
        "speech": (Interval(start, stop),),
        "scene_voices": (VoiceInterval(start, start + 1, "B"), VoiceInterval(start, stop, "A")),
    } | changed  # fmt: skip
    return Clip(**values)


def table(clips: Sequence[Clip]) -> pa.Table:
    return pa.Table.from_pylist(
        [{name: encode(getattr(one, name)) for name in CLIP_SCHEMA.names} for one in clips],
        schema=CLIP_SCHEMA,
    )
