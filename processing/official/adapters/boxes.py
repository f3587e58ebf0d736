"""A clip's record in, the corners of its box out.

`x1, y1, x2, y2` is the published order. Some tools write `x, y, width, height`, which looks the
same; the size of the clip in pixels, if the record has it, tells the two apart.
"""

from typing import TypeGuard

from ....records import ClipKey
from ..dump.problems import Unusable
from ..untrusted_json.values import Object, Repairs, finite, kind_of

MAX_SIDE = 100_000
"""Most pixels of a side (ours: videos have up to 7,680)."""

_BOX_SLACK = 0.02
"""How far outside 0 to 1 a corner may be and still be taken as rounding (ours)."""
_STEP = 32
"""The authors round the size of a clip up to multiples of this many pixels (official code)."""

Box = tuple[float, ...]


def read_box(key: ClipKey, values: Object, repairs: Repairs) -> Box:
    """The four corners, within the frame.

    Raises:
        Unusable: they are no box, and no size in the record says how to read them otherwise.
    """
    value = values.get("bbox")
    corners: tuple[float | None, ...] = (None,)
    if isinstance(value, list) and len(value) == 4:
        corners = tuple(map(finite, value))
    if not _all_known(corners):
        raise Unusable("bad_bbox", f"bbox should be x1, y1, x2, y2, found {kind_of(value)}")
    size = _told_size(key, values)
    if size is not None and not _fits(corners, size):
        x, y, width, height = corners
        other = (x, y, x + width, y + height)
        if _is_box(other) and _fits(other, size):
            repairs["bbox_was_xywh"] += 1
            corners = other
        else:
            repairs["bbox_contradicts_clip_size"] += 1
    if not _is_box(corners):
        raise Unusable("bad_bbox", f"x1 < x2 and y1 < y2 within 0 and 1 must hold, found {corners}")
    if min(corners) < 0 or max(corners) > 1:
        repairs["bbox_clamped"] += 1
        return tuple(min(max(corner, 0.0), 1.0) for corner in corners)
    return corners


def _is_box(box: Box) -> bool:
    x1, y1, x2, y2 = box
    return x1 < x2 and y1 < y2 and min(box) >= -_BOX_SLACK and max(box) <= 1 + _BOX_SLACK


def _told_size(key: ClipKey, values: Object) -> Box | None:
    """Width and height of the clip, and of the source, in pixels."""
    sides = (
        finite(values.get("clip_video_width")),
        finite(values.get("clip_video_height")),
        finite(values.get("raw_video_width", key.source_width)),
        finite(values.get("raw_video_height", key.source_height)),
    )
    return sides if _all_known(sides) and min(sides) >= 1 and max(sides) <= MAX_SIDE else None


def _all_known(numbers: tuple[float | None, ...]) -> TypeGuard[Box]:
    return None not in numbers


def _fits(box: Box, size: Box) -> bool:
    """Whether a box has the size of its clip, within one step of rounding."""
    clip_width, clip_height, source_width, source_height = size
    wider = clip_width - (box[2] - box[0]) * source_width
    higher = clip_height - (box[3] - box[1]) * source_height
    return -_STEP < wider < 2 * _STEP and -_STEP < higher < 2 * _STEP
