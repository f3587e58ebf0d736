"""The store of stage results: tables by stage and key in and out; immutable folders on disk.

    RELEASE.work/stages/<stage>/<key>/<table>.parquet       done
    RELEASE.work/stages/<stage>/<key>.failed.json           failed, with its error
    RELEASE.work/stages/locks/<first two digits of a key>   locks of the units with such keys
    RELEASE.work/stages/journal/<machine>.jsonl             when units began and ended, for people

The key is a digest of everything that decides a result. A result is written under a temporary name
and renamed when it is complete, so a killed run leaves nothing half-written. Several processes, on
several machines, may fill one store: a process runs a unit while it holds the lock of its key, and
the lock of a killed process is free.
"""

import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ....records import (
    atomic_file,
    atomic_folder,
    file_lock,
    machine,
    sweep_draft,
    temporary_name,
)
from .stage import Source, Stage, Tables

_KEY_LENGTH = 40
_LOCKS, _JOURNAL = "locks", "journal"
_NOTE_SECONDS = 60.0
"""Drafts of failure notes are removed at this age, and markers not touched since: their process is
dead (ours)."""


@dataclass(frozen=True, slots=True)
class Part:
    """A finished result."""

    folder: Path

    def tables(self) -> Tables:
        """All of its tables, each read on first use: some are as large as their video."""
        return _PartTables(self)

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """One of its tables, or some columns of it."""
        return pq.read_table(self.folder / f"{name}.parquet", columns=columns)

    def num_rows(self, name: str) -> int:
        """Rows of one of its tables, without reading them."""
        return int(pq.read_metadata(self.folder / f"{name}.parquet").num_rows)

    @property
    def num_bytes(self) -> int:
        """Size on disk."""
        return sum(path.stat().st_size for path in self.folder.iterdir())


class _PartTables(Mapping[str, pa.Table]):
    """Tables of a part, by name, each read once."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._names = sorted(path.stem for path in part.folder.glob("*.parquet"))
        self._read: dict[str, pa.Table] = {}

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self._names:
            raise KeyError(f"{name!r}; the part has {', '.join(self._names)}")
        if name not in self._read:
            self._read[name] = self._part.table(name)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class StageStore:
    """Results by stage and key, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def key(self, stage: Stage, source: Source, inputs: Sequence[str]) -> str:
        """Names the result of a stage for a source whose inputs have these keys."""
        return _digest(
            _identity(stage) | {"source": [source.source_id, source.digest], "inputs": list(inputs)}
        )

    def global_key(self, stage: Stage, inputs: Iterable[tuple[Source, Sequence[str]]]) -> str:
        """Names the result of a stage for all sources, whatever their order."""
        rows = sorted([source.source_id, source.digest, *keys] for source, keys in inputs)
        return _digest(_identity(stage) | {"sources": rows})

    def find(self, stage: str, key: str) -> Part | None:
        """The finished part, or None."""
        folder = self.folder / stage / key
        return Part(folder) if folder.is_dir() else None

    def write(self, stage: str, key: str, tables: Tables) -> Part:
        """Writes a part, and removes a failure of the same key."""
        final = self.folder / stage / key
        with atomic_folder(final) as draft:
            for name, table in tables.items():
                pq.write_table(table, draft / f"{name}.parquet", compression="zstd")
        self._failure(stage, key).unlink(missing_ok=True)
        return Part(final)

    def fail(self, stage: str, key: str, facts: Mapping[str, object]) -> None:
        """Stores why a unit failed."""
        with atomic_file(self._failure(stage, key)) as draft:
            draft.write_text(json.dumps(facts, sort_keys=True, indent=1) + "\n")

    def failure(self, stage: str, key: str) -> dict[str, str] | None:
        """Why a unit failed, or None; a power failure may have left an empty file."""
        try:
            facts = json.loads(self._failure(stage, key).read_text())
        except (FileNotFoundError, ValueError):
            return None
        return facts if isinstance(facts, dict) else None

    @contextmanager
    def claim(self, key: str) -> Iterator[bool]:
        """Whether this process may run the units of this key, until the block ends.

        A file system without locks grants every claim: parts are still written whole, and at worst
        a unit runs twice.
        """
        with file_lock(self.folder / _LOCKS / key[:2], optional=True) as other:
            yield other is None

    def sweep(self) -> None:
        """Removes what killed runs left, but nothing that a running process writes."""
        for draft in self.folder.glob("*/.*"):
            if draft.is_file():
                sweep_draft(draft, seconds=_NOTE_SECONDS)
                continue
            with self.claim(draft.name[1 : 1 + _KEY_LENGTH]) as ours:
                if ours:
                    sweep_draft(draft, unlocked=True)

    def marker(self) -> Path:
        """The path of a file by which this process signals others of the same run.

        No other process, on any machine, has the same path. `sweep` removes it if its process was
        killed; a running process touches it again.
        """
        folder = self.folder.resolve() / _LOCKS
        folder.mkdir(parents=True, exist_ok=True)
        return temporary_name(folder / "stop")

    def note(self, **facts: Any) -> None:
        """Adds a line to this machine's journal."""
        path = self.folder / _JOURNAL / f"{machine()}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"time": round(time.time(), 3)} | facts, sort_keys=True) + "\n"
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)

    def notes(self) -> Iterator[dict[str, Any]]:
        """The lines of all journals; a line that a power failure cut short is skipped."""
        for path in sorted((self.folder / _JOURNAL).glob("*.jsonl")):
            for line in path.read_text().splitlines():
                try:
                    facts: dict[str, Any] = json.loads(line)
                except ValueError:
                    continue
                yield facts

    def _failure(self, stage: str, key: str) -> Path:
        return self.folder / stage / f"{key}.failed.json"


def _identity(stage: Stage) -> dict[str, Any]:
    return {
        "stage": stage.name,
        "version": stage.version,
        "params": dict(stage.params),
        "backend": [stage.backend.name, stage.backend.build],
    }


def _digest(decided_by: Mapping[str, Any]) -> str:
    text = json.dumps(decided_by, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_LENGTH]
