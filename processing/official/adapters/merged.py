"""`merged_anno`: one JSON a clip in; its ranges, box and scores out, under all known time keys.

start_seconds, end_seconds, video_total_duration    the scene (org_start_seconds in the README)
start, duration                                     a tighter range in it (start_new, ...)
bbox                                                x1, y1, x2, y2, normalised by the source
clip_video_width, clip_video_height                 size of the box in pixels, in steps of 32
sync {box: [[confidence, distance, offset], ...]}   one entry an interval of `speaker`
clear, dover, conf                                  scores

Times are numbers or time codes. `join_clips` decides which of the two ranges counts, so an error in
the unused one does no harm.
"""

from collections.abc import Callable
from typing import Any

from ....records import ClipKey
from ..dump.problems import Unusable
from ..untrusted_json.values import Object, Repairs, finite
from .boxes import read_box
from .scores import in_range, score
from .times import Range, clip_range, first_seconds


def read_merged(key: ClipKey, values: Object, repairs: Repairs) -> dict[str, Any]:
    """The fields of a clip's own record.

    `scene` and `tight` are the two ranges, None if the record lacks them; `refused` has reason and
    detail for a wrong range, or for the lack of both.

    Raises:
        Unusable: the clip has no usable range, or no box.
    """
    refused: dict[str, tuple[str, str]] = {}
    scene = _told("scene", _scene, values, repairs, refused)
    tight = _told("tight", _tight, values, repairs, refused)
    if scene is None and tight is None:
        if refused:
            raise Unusable(*next(iter(refused.values())))
        keys = [name[:40] for name in sorted(values)[:14]]
        refused["none"] = ("missing_times", f"no known pair of time keys among {keys}")
    return {
        "scene": scene,
        "tight": tight,
        "refused": refused,
        "bbox": read_box(key, values, repairs),
        "sync": _sync(key, values, repairs),
        "clarity": score(values, repairs, "clear"),
        "dover": score(values, repairs, "dover"),
    }


def _told(
    name: str,
    read: Callable[[Object, Repairs], Range | None],
    values: Object,
    repairs: Repairs,
    refused: dict[str, tuple[str, str]],
) -> Range | None:
    try:
        return read(values, repairs)
    except Unusable as problem:
        refused[name] = (problem.reason, problem.detail)
        return None


def _scene(values: Object, repairs: Repairs) -> Range | None:
    start = first_seconds(values, "start_seconds", "org_start_seconds")
    if start is None:
        return None
    if values.get("start_seconds") is None:
        repairs["scene_start_by_other_key"] += 1
    stop = first_seconds(values, "end_seconds", "org_end_seconds")
    if stop is None:
        length = first_seconds(values, "video_total_duration")
        if length is None:
            return None
        repairs["scene_end_by_duration"] += 1
        stop = start + length
    return clip_range(start, stop)


def _tight(values: Object, repairs: Repairs) -> Range | None:
    start = first_seconds(values, "start", "start_new")
    length = first_seconds(values, "duration", "duration_new")
    if start is None or length is None:
        return None
    if values.get("start") is None or values.get("duration") is None:
        repairs["tight_range_by_other_key"] += 1
    return clip_range(start, start + length)


def _sync(key: ClipKey, values: Object, repairs: Repairs) -> tuple[Any, ...] | None:
    """The best sync entry of this box with the voice of its label."""
    table, voices = values.get("sync"), values.get("speaker")
    if key.voice is None:
        return None
    entries = table.get(str(key.box_index)) if isinstance(table, dict) else None
    if isinstance(entries, list) and isinstance(voices, list):
        if len(entries) != len(voices):
            repairs["sync_and_speaker_differ"] += 1
        measured = [
            sync
            for entry, voice in zip(entries, voices, strict=False)
            if voice == key.voice and (sync := _measured(entry, repairs)) is not None
        ]
        if measured:
            return max(measured)
    confidence = score(values, repairs, "conf") if key.role == "speaking" else None
    return (confidence, None, None) if confidence else None


def _measured(entry: Any, repairs: Repairs) -> tuple[float, float, float] | None:
    """Confidence, distance and offset; None if nothing was measured, or the values are invalid."""
    if entry == [0, 0, 0]:
        return None
    if not isinstance(entry, list) or len(entry) != 3:
        repairs["unread_sync"] += 1
        return None
    confidence = in_range("conf", finite(entry[0]), repairs)
    distance = in_range("sync_distance", finite(entry[1]), repairs)
    offset = in_range("sync_offset", finite(entry[2]), repairs)
    if confidence is None or distance is None or offset is None:
        return None
    return confidence, distance, offset
