"""The official clip key, `{source_id}_{W}x{H}_full_video_{scene}_{label}_{box}`, in one place.

    a name, or a text with names in it --> ClipKey --str--> the same name

It is parsed around `_full_video_`, because YouTube ids contain `_` and may begin with `-`, and
labels like `A_None` contain `_` too. `ClipKey.parse(str(key)) == key` holds for every key.
"""

import re
from dataclasses import dataclass
from typing import Literal

Role = Literal["speaking", "listening", "unbound"]

_MARK = "_full_video_"
_STEM = re.compile(
    r"(?P<source_id>[A-Za-z0-9_-]{11})_(?P<width>[1-9][0-9]{0,4})x(?P<height>[1-9][0-9]{0,4})"
)
_TAIL = re.compile(
    r"(?P<scene>[0-9]{3}|[1-9][0-9]{3,5})_(?P<label>None|[A-Z](?:_None)?)"
    r"_(?P<box>[0-9]{2}|[1-9][0-9]{2,3})"
)
_ENDING = r"(?:\.json|\.mp4|\.wav)?"
_KEY = re.compile(_STEM.pattern + _MARK + _TAIL.pattern + _ENDING)
_KEY_WITHIN = re.compile(_STEM.pattern + _MARK + _TAIL.pattern + r"(?![A-Za-z0-9_-])")
_VIDEO_WITHIN = re.compile(_STEM.pattern + _MARK[:-1])


class ClipKeyError(ValueError):
    """A name that is not an official clip key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipKey:
    """Names one person in one scene of one source.

    >>> key = ClipKey.parse("BK6_XIz6-ZE_1920x1080_full_video_042_B_None_01")
    >>> key.source_id, key.scene, key.voice, key.role, key.box_index
    ('BK6_XIz6-ZE', 42, 'B', 'listening', 1)
    """

    source_id: str
    """11 characters: YouTube's id, or `x` and 10 base32 characters for one's own video."""
    source_width: int
    """Width of the source frame in pixels."""
    source_height: int
    """Height of the source frame in pixels."""
    scene: int
    """Index of the scene in the source, from 0."""
    voice: str | None
    """The voice that speaks, one capital letter, or None where the box is matched to no voice."""
    role: Role
    """`X`: the person speaks. `X_None`: voice X speaks and this is another person, who listens.
    `None`: not bound to a voice."""
    box_index: int
    """Index of the tracked person in the scene, from 0."""

    @classmethod
    def parse(cls, name: str) -> "ClipKey":
        """Parses a clip key, with or without its `.json`, `.mp4` or `.wav` ending.

        Raises:
            ClipKeyError: the name has another form; the message says which part is wrong.
        """
        match = _KEY.fullmatch(name)
        if match is None:
            raise ClipKeyError(_why_no_key(name))
        source_id, width, height, scene, label, box = match.groups()
        voice = None if label == "None" else label[0]
        role: Role = "unbound" if voice is None else "listening" if label != voice else "speaking"
        return cls(
            source_id=source_id,
            source_width=int(width),
            source_height=int(height),
            scene=int(scene),
            voice=voice,
            role=role,
            box_index=int(box),
        )

    @property
    def label(self) -> str:
        """The speaker part of the name: `A`, `A_None` or `None`."""
        if self.voice is None:
            return "None"
        return self.voice if self.role == "speaking" else f"{self.voice}_None"

    @property
    def video_name(self) -> str:
        """Stem of the source's file, `{source_id}_{W}x{H}_full_video`."""
        return f"{self.source_id}_{self.source_width}x{self.source_height}_full_video"

    @property
    def audio_name(self) -> str:
        """Stem of the scene's clean speech and transcript, which have no box index."""
        return f"{self.video_name}_{self.scene:03d}_{self.label}"

    def __str__(self) -> str:
        return f"{self.audio_name}_{self.box_index:02d}"


def parse_video_name(name: str) -> tuple[str, int, int]:
    """Splits `{source_id}_{W}x{H}_full_video` into id, width and height in pixels.

    Raises:
        ClipKeyError: the name has another form.
    """
    stem, mark, tail = name.rpartition(_MARK[:-1])
    match = _STEM.fullmatch(stem)
    if not mark or tail or match is None:
        raise ClipKeyError(
            f"not a source name: {name[:120]!r}; it looks like BK6_XIz6-ZE_1920x1080_full_video"
        )
    return match["source_id"], int(match["width"]), int(match["height"])


def find_clip_keys(text: str) -> list[ClipKey]:
    """Every clip key in a text: a path of any system, a list, a sentence.

    >>> keys = find_clip_keys("some talks/BK6_XIz6-ZE_1920x1080_full_video_042_A_00.mp4")
    >>> [key.scene for key in keys]
    [42]
    """
    return [ClipKey.parse(match[0]) for match in _KEY_WITHIN.finditer(text)]


def find_video_ids(text: str) -> list[str]:
    """The source id of every clip key and video name in a text."""
    return [match["source_id"] for match in _VIDEO_WITHIN.finditer(text)]


def _why_no_key(name: str) -> str:
    bare = re.sub(f"{_ENDING}$", "", name)
    stem, mark, _ = bare.rpartition(_MARK)
    if not mark:
        return (
            f"not a clip key: {name[:120]!r} lacks {_MARK!r}; a key looks like "
            "BK6_XIz6-ZE_1920x1080_full_video_042_A_00"
        )
    if _STEM.fullmatch(stem) is None:
        return (
            f"not a clip key: {name[:120]!r}; before {_MARK!r} must stand the 11 characters "
            "of the source id, an underscore and WIDTHxHEIGHT (1 to 5 digits each)"
        )
    return (
        f"not a clip key: {name[:120]!r}; after {_MARK!r} must stand the scene (3 digits, "
        "at most 6), a label (A, B, A_None, None, ...) and the box (2 digits, at most 4)"
    )
