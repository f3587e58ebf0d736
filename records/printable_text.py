"""Text for people: the printable form of an untrusted name, and of a number of bytes.

a name of any bytes, of a file, a folder or a site --printable--> text on one line
a number of bytes --readable_size--> a number with a unit
"""

import re
import unicodedata
from os import PathLike

_HIDDEN = frozenset(("Cc", "Cs", "Zl", "Zp"))
"""Unicode categories that are never shown: controls (ANSI escapes begin with one), bytes that are
not UTF-8, separators of lines and paragraphs."""
_TURNING = frozenset(("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"))
"""Unicode direction marks, which reorder the text after them: `gpj.exe` looks like `exe.jpg`."""

_BYTES = re.compile("[\udc80-\udcff]+")
"""Bytes that Python could not read as text; in an ASCII locale, every character beyond ASCII
arrives like this (PEP 383)."""


def printable(name: "str | PathLike[str]") -> str:
    r"""A name that is safe in a line, a page, a table and a JSON file: text, on one line.

    It spells out bytes that are not UTF-8 (lone surrogates in Python), controls and direction
    marks. Everything else stays, so a name of ordinary letters does not change, also in an ASCII
    locale.

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


def readable_size(num_bytes: float) -> str:
    """Bytes with a unit, in powers of 1000.

    >>> readable_size(12), readable_size(508_000_000)
    ('12 B', '508.0 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if abs(num_bytes) < 1000:
            return f"{num_bytes:.0f} {unit}" if unit == "B" else f"{num_bytes:.1f} {unit}"
        num_bytes /= 1000
    return f"{num_bytes:.1f} TB"


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
