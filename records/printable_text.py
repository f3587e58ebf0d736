"""The one printable form of a name that strangers gave: a file's, a folder's, a site's words."""

import re
import unicodedata
from os import PathLike

_HIDDEN = frozenset(("Cc", "Cs", "Zl", "Zp"))
"""Categories that no line shows: controls (ANSI escapes begin with one), bytes that are not UTF-8,
separators of lines and paragraphs (Unicode)."""
_TURNING = frozenset(("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"))
"""Directions that reorder what follows: `gpj.exe` passes for `exe.jpg` (Unicode)."""

_BYTES = re.compile("[\udc80-\udcff]+")
"""Bytes that Python could not read as text, by which all that is not ASCII comes in an ASCII locale
(PEP 383)."""


def printable(name: "str | PathLike[str]") -> str:
    r"""A name as it may stand in a line, a page, a table and a JSON file: text, on one line.

    Bytes that are not UTF-8, which Python keeps as lone surrogates, controls and marks that turn
    the direction are spelled out. All else stays, so a name of ordinary letters is itself, also
    where the locale of the machine is ASCII.

    >>> printable("a talk \udcff\n.mp4")
    'a talk \\xff\\x0a.mp4'
    >>> printable("José 対談.mp4"), printable("Jos\udcc3\udca9")
    ('José 対談.mp4', 'José')
    """
    text = str(name)
    if text.isprintable():
        return text
    text = _BYTES.sub(_decoded, text)
    return "".join(_spelled(letter) for letter in text)


def _decoded(bytes_of_name: re.Match[str]) -> str:
    return bytes_of_name[0].encode("ascii", "surrogateescape").decode("utf-8", "surrogateescape")


def _spelled(letter: str) -> str:
    hidden = unicodedata.category(letter) in _HIDDEN
    if not hidden and unicodedata.bidirectional(letter) not in _TURNING:
        return letter
    code = ord(letter)
    if _BYTES.match(letter):
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
