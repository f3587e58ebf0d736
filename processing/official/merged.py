"""`merged_anno`: one JSON a clip. The adapter knows all that its time keys were ever called.

start_seconds, end_seconds, video_total_duration    the scene (org_start_seconds in the README)
start, duration                                     a tighter range in it (start_new, ...)
bbox                                                x1, y1, x2, y2, normalised by the source
sync {box: [[confidence, distance, offset], ...]}   one entry an interval of `speaker`
clear, dover, conf                                  scores
"""

from typing import Any

from ...records import ClipKey
from .problems import Unusable
from .values import Object, Repairs, finite, number, score

_BOX_SLACK = 0.02
"""How far outside 0 to 1 a corner may be and still be taken as rounding (ours)."""


def read_merged(key: ClipKey, values: Object, repairs: Repairs) -> dict[str, Any]:
    """What a clip's own record says.

    Raises:
        Unusable: without a range or a box there is no clip.
    """
    scene, tight = _scene(values, repairs), _tight(values, repairs)
    if scene is None and tight is None:
        raise Unusable("missing_times", f"no known pair of time keys among {sorted(values)[:14]}")
    return {
        "scene": scene,
        "tight": tight,
        "bbox": _box(values.get("bbox"), repairs),
        "sync": _sync(key, values, repairs),
        "clarity": score(values, repairs, "clear"),
        "dover": score(values, repairs, "dover"),
    }


def _scene(values: Object, repairs: Repairs) -> tuple[float, float] | None:
    start = number(values, "start_seconds", "org_start_seconds")
    if start is None:
        return None
    if "start_seconds" not in values:
        repairs["scene_start_by_other_key"] += 1
    stop = number(values, "end_seconds", "org_end_seconds")
    if stop is None:
        length = number(values, "video_total_duration")
        if length is None:
            return None
        repairs["scene_end_by_duration"] += 1
        stop = start + length
    return _range(start, stop)


def _tight(values: Object, repairs: Repairs) -> tuple[float, float] | None:
    start, length = number(values, "start", "start_new"), number(values, "duration", "duration_new")
    if start is None or length is None:
        return None
    if "start" not in values or "duration" not in values:
        repairs["tight_range_by_other_key"] += 1
    return _range(start, start + length)


def _range(start: float, stop: float) -> tuple[float, float]:
    if not 0 <= start < stop:
        raise Unusable("bad_times", f"a range must not be empty: [{start}, {stop}) s")
    return round(start, 6), round(stop, 6)


def _box(value: Any, repairs: Repairs) -> tuple[float, ...]:
    corners = [finite(one) for one in value] if isinstance(value, list) else []
    if len(corners) != 4 or None in corners:
        raise Unusable("bad_bbox", f"bbox should be x1, y1, x2, y2, found {str(value)[:80]}")
    x1, y1, x2, y2 = box = tuple(one for one in corners if one is not None)
    if not (x1 < x2 and y1 < y2 and min(box) >= -_BOX_SLACK and max(box) <= 1 + _BOX_SLACK):
        raise Unusable("bad_bbox", f"x1 < x2 and y1 < y2 within 0 and 1 must hold, found {box}")
    inside = tuple(min(max(one, 0.0), 1.0) for one in box)
    if inside != box:
        repairs["bbox_clamped"] += 1
    return inside


def _sync(key: ClipKey, values: Object, repairs: Repairs) -> tuple[float, float, float] | None:
    """The best entry of this box with the voice of its label."""
    table, voices = values.get("sync"), values.get("speaker")
    if key.voice is None:
        return None
    entries = table.get(str(key.box_index)) if isinstance(table, dict) else None
    if isinstance(entries, list) and isinstance(voices, list):
        if len(entries) != len(voices):
            repairs["sync_and_speaker_differ"] += 1
        best = None
        for entry, voice in zip(entries, voices, strict=False):
            found = [finite(one) for one in entry] if isinstance(entry, list) else []
            if voice != key.voice or len(found) != 3 or None in found or found == [0, 0, 0]:
                continue
            if best is None or found > best:
                best = found
        if best is not None:
            return best[0], best[1], best[2]  # type: ignore[return-value]
    confidence = score(values, repairs, "conf") if key.role == "speaking" else None
    return (confidence, None, None) if confidence else None  # type: ignore[return-value]
