"""Records of an archive in, the same records by partition of their source out: half of the join.

    one archive -> one spill file: runs of (partition 0, partition 1, ...), JSON lines each
    one partition <- its lines of every run of every spill file

Memory holds one run.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import orjson

RUN_BYTES = 16_000_000
"""Bytes of records in memory before they are written to their partitions (ours)."""


class SpillWriter:
    """Collects the records of one archive by partition.

    Args:
        file: where they are written.
        num_partitions: of the sources.
    """

    def __init__(self, file: BinaryIO, num_partitions: int) -> None:
        self._file = file
        self._lines: list[list[bytes]] = [[] for _ in range(num_partitions)]
        self._held = 0
        self._runs: list[list[tuple[int, int, int]]] = []

    def add(self, partition: int, record: Sequence[Any]) -> None:
        """Adds a record."""
        line = orjson.dumps(record)
        self._lines[partition].append(line)
        self._held += len(line) + 64
        if self._held >= RUN_BYTES:
            self._flush()

    def finish(self, summary: dict[str, Any]) -> None:
        """Writes the rest and the directory."""
        self._flush()
        begin = self._file.tell()
        self._file.write(orjson.dumps({"runs": self._runs, "summary": summary}))
        self._file.write(begin.to_bytes(8, "little"))

    def clear(self) -> None:
        """Removes all records."""
        for lines in self._lines:
            lines.clear()
        self._held, self._runs = 0, []
        self._file.seek(0)
        self._file.truncate()

    def _flush(self) -> None:
        places = []
        for partition, lines in enumerate(self._lines):
            if lines:
                block = b",".join(lines)
                places.append((partition, self._file.tell(), len(block)))
                self._file.write(block)
                lines.clear()
        if places:
            self._runs.append(places)
        self._held = 0


class Spill:
    """A finished spill file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            file.seek(-8, os.SEEK_END)
            end = file.tell()
            begin = int.from_bytes(file.read(8), "little")
            file.seek(begin)
            directory = orjson.loads(file.read(end - begin))
        self.summary: dict[str, Any] = directory["summary"]
        """The counts of the writer."""
        self._places: dict[int, list[tuple[int, int]]] = {}
        for run in directory["runs"]:
            for partition, offset, size in run:
                self._places.setdefault(partition, []).append((offset, size))

    def records(self, partition: int) -> Iterator[list[Any]]:
        """The records of a partition, in the order of the archive."""
        if partition not in self._places:
            return
        with self._path.open("rb") as file:
            for offset, size in self._places[partition]:
                file.seek(offset)
                yield from orjson.loads(b"[" + file.read(size) + b"]")


@cache
def open_spill(path: Path) -> Spill:
    """A finished spill file; its directory is read once a process, since files never change."""
    return Spill(path)


def add_counts(*counts: dict[str, int]) -> dict[str, int]:
    """Sums by key, sorted."""
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return dict(sorted(total.items()))
