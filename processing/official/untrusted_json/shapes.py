"""JSON values in, their form without their content out: keys, types and forms, counted.

An id, a name or somebody's words may be anywhere, also in keys. A key is shown if it belongs to the
published layout, or if half of the objects at its place have it, in several videos; all others are
only counted. Of a text only its form is shown, if it is one of those below.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ....records import find_clip_keys, find_video_ids

MAX_DEPTH = 8
"""Levels that are shown (ours: the dump has four)."""
_MAX_KEYS = 200
"""Different keys of a place that are counted separately (ours)."""
_MAX_ITEMS = 20
"""Items of a list that are counted (ours)."""
_MANY = 3
"""Number of videos that must have a key (ours)."""
_WORDS = """
    num_frames is_talking clip_speaker_num clear video_name video_total_duration start duration
    start_seconds end_seconds org_start_seconds start_new duration_new bbox conf sync speaker dover
    raw_video_height raw_video_width clip_video_height clip_video_width filename yt_id
    text segments language id seek end tokens temperature avg_logprob compression_ratio
    no_speech_prob words word probability
    motion_cap expression_cap camera_movement entities_list human_body facing motion_degree topic
    asr speaker_id visual_id is_speaking is_moving number_of_people facing_direction body_view
    activity_level movement_caption expression_caption description caption
    face_blur hand_blur left_hand_blur right_hand_blur face hand left_hand right_hand lap score
    scores mean org_scene_list scene_list scene_# spaeker speaker_json stop org_out a b c d
    batch_# train test val validation pairs pair clips clip videos video names name items data list
    version samples sample dialogue dialogues sft pretrain initiator responder user assistant prompt
    target input output query response question answer first second speaker# speaker_#
    # source source_id video_id clip_id youtube_id url path file files scene box role
"""
_KNOWN = frozenset(_WORDS.split())
"""Keys of the published layout, and common words that lists use as keys."""
_FORMS = (
    ("empty text", re.compile(r"\s*")),
    ("number in a text", re.compile(r"\s*-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?\s*")),
    ("time code", re.compile(r"[0-9]+:[0-9]{2}(:[0-9]{2})?([.,][0-9]+)?")),
    ("two numbers in a text", re.compile(r"[0-9.:]+[_\s,-]+[0-9.:]+(_[0-9]+)?")),
    ("a capital letter", re.compile(r"[A-Z]")),
    ("a word and a number", re.compile(r"[A-Za-z]{2,}[_ -]?[0-9]{1,3}")),
    ("address", re.compile(r"(?i)(https?://|www\.|youtu\.be/).*", re.DOTALL)),
    ("11 characters, as video ids have", re.compile(r"[A-Za-z0-9_-]{11}")),
)


@dataclass(slots=True)
class Shape:
    """All values at one place."""

    kinds: Counter[str] = field(default_factory=Counter)
    """Type or form to its number."""
    lengths: list[int] = field(default_factory=list)
    """Of lists: fewest and most items."""
    keys: dict[str, "Shape"] = field(default_factory=dict)
    """Of objects: the values of each key."""
    items: "Shape | None" = None
    """Of lists: their items."""
    videos: set[str] = field(default_factory=set)
    """The videos that the values belong to, up to three."""

    def add(self, value: Any, video: str = "", depth: int = 0) -> None:
        """Adds one value.

        Args:
            value: the value.
            video: its video. A key that few videos have may be somebody's name.
            depth: levels above it.
        """
        if video and len(self.videos) < _MANY:
            self.videos.add(video)
        if isinstance(value, dict | list) and depth >= MAX_DEPTH:
            self.kinds["deeper"] += 1
        elif isinstance(value, dict):
            self.kinds["object"] += 1
            for key, inner in value.items():
                name = _plain(str(key))
                if name not in self.keys and len(self.keys) >= _MAX_KEYS:
                    name = "?"
                self.keys.setdefault(name, Shape()).add(inner, video, depth + 1)
        elif isinstance(value, list):
            self.kinds["list"] += 1
            self.lengths = [min([*self.lengths, len(value)]), max([*self.lengths, len(value)])]
            self.items = self.items or Shape()
            for inner in value[:_MAX_ITEMS]:
                self.items.add(inner, video, depth + 1)
        else:
            self.kinds[form_of(value)] += 1

    def merge(self, other: "Shape") -> None:
        """Adds all values of another place."""
        self.kinds += other.kinds
        if other.lengths:
            ends = [*self.lengths, *other.lengths]
            self.lengths = [min(ends), max(ends)]
        for name, shape in other.keys.items():
            self.keys.setdefault(name, Shape()).merge(shape)
        if other.items is not None:
            self.items = self.items or Shape()
            self.items.merge(other.items)

    def lines(self, indent: str = "  ") -> list[str]:
        """The lines to print."""
        summary = ", ".join(f"{kind} {count}" for kind, count in self.kinds.most_common())
        if self.lengths:
            summary += f" (of {self.lengths[0]} to {self.lengths[1]} items)"
        lines = [f"{indent}{summary or 'nothing'}"]
        for name, shape in self._shown_keys().items():
            first, *rest = shape.lines(f"{indent}  ")
            lines += [f"{indent}  {name}: {first.strip()}", *rest]
        if self.items is not None and self.items.kinds:
            first, *rest = self.items.lines(f"{indent}  ")
            lines += [f"{indent}  []: {first.strip()}", *rest]
        return lines

    def _shown_keys(self) -> dict[str, "Shape"]:
        shown: dict[str, Shape] = {}
        hidden = Shape()
        num_objects, num_hidden = self.kinds["object"], 0
        for name, shape in sorted(self.keys.items()):
            is_common = len(shape.videos) == _MANY and 2 * shape.kinds.total() >= num_objects
            is_known = name.startswith("<") or _is_known(name)
            if is_known or (is_common and name != "?"):
                shown[name] = shape
            else:
                num_hidden += 1
                hidden.merge(shape)
        if num_hidden:
            shown[f"<{num_hidden}{' or more' * ('?' in self.keys)} other keys>"] = hidden
        return shown


def form_of(value: Any) -> str:
    """Type of a plain value, and the form of a text."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "true or false"
    if isinstance(value, int | float):
        size = (
            "not finite" if isinstance(value, float) and not math.isfinite(value)
            else "below 0" if value < 0 else "from 0 to 1" if value <= 1 else "above 1"
        )  # fmt: skip
        return f"{type(value).__name__} {size}"
    return _form_of_text(str(value))


def _form_of_text(text: str) -> str:
    if (keys := find_clip_keys(text[:1000])) or find_video_ids(text[:1000]):
        what = "clip key" if keys else "video name"
        rest = text.partition(str(keys[0]))[2] if keys else text.partition("_full_video")[2]
        ending = rest if re.fullmatch(r"(\.(json|mp4|wav|mkv|webm))+", rest) else ""
        return what + ending + (" in a path" if "/" in text or "\\" in text else "")
    for name, form in _FORMS:
        if len(text) <= 200 and form.fullmatch(text):
            return name
    return "text to 30 characters" if len(text) <= 30 else "text"


def _plain(key: str) -> str:
    """The form of a key if it is one of those above, else the key itself, safe to print."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9 _.-]{0,39}", key):
        folded = re.sub("[0-9]+", "#", key)
        if _is_known(folded):
            return folded
    form = _form_of_text(key)
    # A word may also have 11 letters, or end in a number: the number of videos decides.
    is_word = form.startswith(("text", "a word")) or re.fullmatch("[A-Z]?[a-z_]+", key)
    if not is_word:
        return f"<{form}>"
    return re.sub("[0-9]+", "#", key) if re.fullmatch(r"[A-Za-z0-9 _.-]{1,40}", key) else "?"


def _is_known(key: str) -> bool:
    return key.strip().lower().replace(" ", "_") in _KNOWN
