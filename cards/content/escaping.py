"""Strangers' text in, safe text out: never Markdown, HTML, YAML or template code.

Transcripts, captions, topics and names come from videos and from models. In a template every
value passes through `text` unless it is marked as safe.
"""

import re
import unicodedata
from typing import Any

from markupsafe import Markup

_MEANS_SOMETHING = re.compile(r"[&<>*_`\[\]{}|\\/~$#@^]|(?<=www)\.", re.IGNORECASE)
_BIDI_CONTROLS = dict.fromkeys([0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_LONGEST = 300


def plain(value: str, longest: int = _LONGEST) -> str:
    """One line of printable characters, without bidirectional control characters."""
    line = " ".join(value.translate(_BIDI_CONTROLS).split())
    line = "".join(sign if sign.isprintable() else " " for sign in line)
    return line if len(line) <= longest else f"{line[: longest - 3]}..."


def text(value: Any) -> Markup:
    """A value inside a Markdown paragraph or table cell.

    Every character with a meaning in Markdown, HTML or a template becomes a numeric reference.
    Right-to-left text is isolated, so that it cannot reorder a line.
    """
    if isinstance(value, Markup):
        return value
    if isinstance(value, bool) or value is None:
        return Markup({True: "yes", False: "no", None: "unknown"}[value])
    if isinstance(value, int | float):
        return Markup(str(value))
    line = plain(str(value))
    safe = _MEANS_SOMETHING.sub(lambda sign: f"&#{ord(sign[0])};", line)
    return Markup(f"&#8296;{safe}&#8297;" if is_right_to_left(line) else safe)


def code(value: Any) -> Markup:
    """A value as a Markdown code span."""
    line = plain(str(value)).replace("`", "'").replace("|", "\\|")
    return Markup(f"`{line}`")


def is_right_to_left(value: str) -> bool:
    """Whether any letter is written from right to left."""
    return any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in value)
