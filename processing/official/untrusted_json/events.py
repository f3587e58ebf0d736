"""Untrusted JSON in, a stream of events out: strict, in bounded memory for any size of file.

bytes -> encoding by its byte order mark (else UTF-8) -> tokens -> grammar -> events

`json` and `orjson` build the whole document, and keep only one of two equal keys in an object. A
list with consequences must be read completely or not at all, so nothing is repaired here. If a file
has several values, each must be on a line of its own (JSON lines).
"""

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from ..dump.problems import Unusable

MAX_BYTES = 4_000_000_000
"""Largest list that is read (ours: the names of all clips of the dump take about 340 MB)."""
MAX_TEXT = 1_000_000
"""Characters of the longest text or number in it (ours: a name has about 50)."""
MAX_DEPTH = 100
"""Brackets in brackets (ours: the known lists have two or three)."""

Kind = Literal["[", "]", "{", "}", "key", "text", "number", "literal"]
Event = tuple[Kind, str]
"""Its kind and text: of a key or text the characters, of a number or literal as it is written."""

_CHUNK_BYTES = 1 << 20
_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_TOKEN = re.compile(
    r"([ \t\n\r]*+)"
    r'(?:("(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")'
    r"|(-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)"
    r"|(true|false|null|NaN|-?Infinity)"
    r"|([\[\]{},:])"
    r"|\Z)"
)
_KINDS = ("?", "", "string", "number", "literal", "mark")
"""Kind of a token by the last group that matched; only white space means the end."""
_CLOSING = {"[": "]", "{": "}"}
_VALUE, _FIRST_VALUE = "a value", "a value or ]"
_KEY, _FIRST_KEY = "a key in double quotes", "a key in double quotes or }"
_COLON, _AFTER = "a colon", "a comma or a closing bracket"
_TOP = "nothing, or a value on a line of its own"
_EMPTY = {"]": _FIRST_VALUE, "}": _FIRST_KEY}


def read_events(path: Path) -> Iterator[Event]:
    """Every bracket, key and value of a file, in its order.

    Raises:
        Unusable: it is not valid JSON as a whole, or exceeds the limits above. Events before the
            error must not be used. The detail says where the error is, and quotes nothing.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise Unusable("too_large", f"it has {size} bytes; at most {MAX_BYTES} are read")
    with path.open("rb") as file:
        yield from _events(_texts(file))


def _texts(file: BinaryIO) -> Iterator[str]:
    chunk = file.read(_CHUNK_BYTES)
    encoding = next((name for mark, name in _ENCODINGS if chunk.startswith(mark)), "utf-8")
    decoder = codecs.getincrementaldecoder(encoding)()
    num_bytes = 0
    try:
        while chunk:
            yield decoder.decode(chunk)
            num_bytes += len(chunk)
            chunk = file.read(_CHUNK_BYTES)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        name = encoding.removesuffix("-sig").upper()
        raise Unusable("wrong_encoding", f"after byte {num_bytes} it is no {name}") from error


def _tokens(texts: Iterator[str]) -> Iterator[tuple[str, str, bool, int]]:
    """Kind, text, whether a line ended before it, and position; the last token has no kind.

    Text that is no token of JSON gives a token of kind `?`.
    """
    buffer, at, num_read, is_whole, is_new_line = "", 0, 0, False, False
    while True:
        token = _TOKEN.match(buffer, at)
        kind = _KINDS[token.lastindex or 0] if token else "?"
        end = token.end() if token else at
        # At the end of the buffer a token may continue, up to two characters after a digit.
        is_cut = kind in ("?", "") or (kind == "number" and len(buffer) - end < 3)
        if is_cut and kind == "":
            is_new_line |= "\n" in buffer[at:end]
            at = end
        if is_cut and not is_whole and len(buffer) - at <= MAX_TEXT:
            more = next(texts, None)
            is_whole = more is None
            buffer, at = buffer[at:] + (more or ""), 0
            num_read += len(more or "")
            continue
        if token is None or (is_cut and not is_whole):
            yield "?", "", False, num_read - len(buffer) + at
            return
        assert token.lastindex is not None, "white space is a group that always matches"
        text = token[token.lastindex]
        is_new_line |= "\n" in token[1]
        yield kind, text, is_new_line, num_read - len(buffer) + end - len(text)
        if kind == "":
            return
        at, is_new_line = end, False


def _events(texts: Iterator[str]) -> Iterator[Event]:
    """Checks the tokens against the grammar, and yields events."""
    stack: list[str] = []
    wanted = _VALUE
    for kind, text, is_new_line, position in _tokens(texts):
        if wanted == _TOP and (is_new_line or kind == ""):
            if kind == "":
                return
            wanted = _VALUE
        is_value = wanted in (_VALUE, _FIRST_VALUE)
        if kind == "string" and (is_value or wanted in (_KEY, _FIRST_KEY)):
            yield "text" if is_value else "key", json.loads(text) if "\\" in text else text[1:-1]
            wanted = _COLON if not is_value else _AFTER
        elif kind in ("number", "literal") and is_value:
            yield ("number" if kind == "number" else "literal"), text
            wanted = _AFTER
        elif text in ("[", "{") and is_value:
            if len(stack) == MAX_DEPTH:
                raise Unusable("too_deep", f"more than {MAX_DEPTH} brackets in brackets")
            stack.append(text)
            yield ("[" if text == "[" else "{"), text
            wanted = _FIRST_VALUE if text == "[" else _FIRST_KEY
            continue
        elif stack and text == _CLOSING[stack[-1]] and wanted in (_AFTER, _EMPTY[text]):
            stack.pop()
            yield ("]" if text == "]" else "}"), text
            wanted = _AFTER
        elif text == "," and wanted == _AFTER:
            wanted = _KEY if stack[-1] == "{" else _VALUE
        elif text == ":" and wanted == _COLON:
            wanted = _VALUE
        else:
            is_empty = kind == "" and wanted == _VALUE and not stack
            what = "it is empty: " if is_empty else "it ends here: " if kind == "" else ""
            raise Unusable("not_json", f"at character {position}: {what}{wanted} belongs here")
        if wanted == _AFTER and not stack:
            wanted = _TOP
