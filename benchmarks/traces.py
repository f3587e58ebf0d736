"""Searching folders for what should not be there: decoded values, and bytes as they lie.

Sought -> every parquet file decoded, every file's bytes -> Found
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

_NEEDLE_BYTES = 8
"""Out of the middle of a piece: chance finds one in 1e19, and a hit is compared whole."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sought:
    """What is looked for."""

    names: frozenset[str]
    """Ids and words that stand there before."""
    silent: frozenset[str] = frozenset()
    """Words that may never stand there, though they do not before."""
    media: tuple[bytes, ...]
    """Pieces of media."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What was found."""

    num_names: int
    """Different names."""
    num_media: int
    """Different pieces, as a value or as bytes."""

    def share(self, sought: Sought) -> float:
        """Of what was sought, from 0 to 1."""
        return (self.num_names + self.num_media) / (len(sought.names) + len(sought.media))


def found_in(folders: Iterable[Path], sought: Sought, *, silent: bool = False) -> Found:
    """Looks everywhere under some folders.

    Args:
        folders: those that are not there are passed over.
        sought: what to look for.
        silent: also look for the silent words.
    """
    names = sought.names | (sought.silent if silent else frozenset())
    pieces = {piece: number for number, piece in enumerate(sought.media)}
    needles = _Needles(sought.media)
    seen_names: set[str] = set()
    seen_media: set[int] = set()
    for folder in folders:
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            data = path.read_bytes()
            text = data.decode("utf-8", "replace") if path.suffix != ".parquet" else ""
            if path.suffix == ".parquet":
                texts, values = _decoded(path)
                text = "\n".join(texts)
                seen_media |= {pieces[one] for one in values if one in pieces}
            seen_names |= {name for name in names - seen_names if name in text or name in str(path)}
            seen_media |= needles.places(data)
    return Found(num_names=len(seen_names), num_media=len(seen_media))


def files_of(root: Path) -> dict[str, bytes]:
    """Every file under a folder, by name."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


class _Needles:
    """Eight bytes out of the middle of every piece, sorted, so that all are looked for at once."""

    def __init__(self, media: Sequence[bytes]) -> None:
        middles = [_at(piece, len(piece) // 2).ljust(_NEEDLE_BYTES, b"\0") for piece in media]
        numbers = np.frombuffer(b"".join(middles), "<u8")
        order = np.argsort(numbers)
        self._media = [media[number] for number in order]
        self._numbers = [order[number] for number in range(len(order))]
        self._needles = numbers[order]

    def places(self, data: bytes) -> set[int]:
        """Which pieces lie in these bytes, wherever they begin."""
        found: set[int] = set()
        for shift in range(_NEEDLE_BYTES):
            count = (len(data) - shift) // _NEEDLE_BYTES
            if count <= 0 or not len(self._needles):
                continue
            view = np.frombuffer(data, "<u8", count, shift)
            near = np.searchsorted(self._needles, view) % len(self._needles)
            for hit in np.flatnonzero(self._needles[near] == view):
                found |= self._whole(data, shift + int(hit) * _NEEDLE_BYTES, int(near[hit]))
        return found

    def _whole(self, data: bytes, offset: int, first: int) -> set[int]:
        """The pieces of which not the needle alone lies there, but all."""
        found = set()
        for place in range(first, len(self._needles)):
            if self._needles[place] != self._needles[first]:
                break
            piece = self._media[place]
            begin = offset - len(piece) // 2
            if begin >= 0 and data[begin : begin + len(piece)] == piece:
                found.add(int(self._numbers[place]))
        return found


def _at(piece: bytes, offset: int) -> bytes:
    return piece[offset : offset + _NEEDLE_BYTES]


def _decoded(path: Path) -> tuple[list[str], Iterator[bytes]]:
    """Texts of a parquet file's columns, and its binary values."""
    with pq.ParquetFile(path) as file:
        tables = [file.read_row_group(number) for number in range(file.num_row_groups)]
        said = [str(file.schema_arrow.metadata)]
    leaves = [leaf for table in tables for column in table.columns for leaf in _leaves(column)]
    for leaf in leaves:
        if pa.types.is_string(leaf.type) or pa.types.is_large_string(leaf.type):
            said += [one for one in leaf.to_pylist() if one is not None]
    binary = (leaf for leaf in leaves if pa.types.is_binary(leaf.type))
    return said, (one for leaf in binary for one in leaf.to_pylist() if one is not None)


def _leaves(column: pa.ChunkedArray | pa.Array) -> Iterator[pa.Array]:
    """The flat arrays in a nested one."""
    for chunk in column.chunks if isinstance(column, pa.ChunkedArray) else [column]:
        if pa.types.is_dictionary(chunk.type):
            yield from _leaves(chunk.dictionary_decode())
        elif pa.types.is_struct(chunk.type):
            for child in chunk.flatten():
                yield from _leaves(child)
        elif pa.types.is_list(chunk.type) or pa.types.is_large_list(chunk.type):
            yield from _leaves(chunk.flatten())
        else:
            yield chunk
