"""The store of the stages' results: immutable folders of tables, named by all that decides them.

    RELEASE.work/stages/<stage>/<key>/<table>.parquet       done
    RELEASE.work/stages/<stage>/<key>.failed.json           failed, with its error

A part is written under another name and renamed when it is complete, so a killed run leaves
nothing half-written, and several machines may fill one store.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from .stage import Source, Stage, Tables


@dataclass(frozen=True, slots=True)
class Part:
    """A finished result."""

    folder: Path

    def tables(self) -> Tables:
        """All of its tables."""
        return {path.stem: pq.read_table(path) for path in sorted(self.folder.glob("*.parquet"))}


class StageStore:
    """Results by stage and key, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def key(self, stage: Stage, source: Source, inputs: Sequence[str]) -> str:
        """Names the result of a stage for a source whose inputs have these keys."""
        decided_by = {
            "stage": stage.name,
            "version": stage.version,
            "params": dict(stage.params),
            "backend": [stage.backend.name, stage.backend.build],
            "source": [source.source_id, source.digest],
            "inputs": list(inputs),
        }
        text = json.dumps(decided_by, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:40]

    def find(self, stage: str, key: str) -> Part | None:
        """The finished part, or None."""
        folder = self.folder / stage / key
        return Part(folder) if folder.is_dir() else None

    def write(self, stage: str, key: str, tables: Tables) -> Part:
        """Writes a part; a failure of the same key is forgotten."""
        final = self.folder / stage / key
        draft = final.with_name(f".{key}.{os.getpid()}")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        for name, table in tables.items():
            path = draft / f"{name}.parquet"
            pq.write_table(table, path, compression="zstd")
            with path.open("rb") as file:
                os.fsync(file.fileno())
        try:
            draft.rename(final)
        except OSError:
            # Another machine was faster with the same result.
            shutil.rmtree(draft)
        self._failure(stage, key).unlink(missing_ok=True)
        return Part(final)

    def fail(self, stage: str, key: str, facts: Mapping[str, object]) -> None:
        """Keeps why a unit failed."""
        path = self._failure(stage, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        draft.write_text(json.dumps(facts, sort_keys=True, indent=1) + "\n")
        draft.replace(path)

    def failure(self, stage: str, key: str) -> dict[str, str] | None:
        """Why a unit failed, or None."""
        path = self._failure(stage, key)
        if not path.exists():
            return None
        facts: dict[str, str] = json.loads(path.read_text())
        return facts

    def sweep(self) -> None:
        """Removes what killed runs have left; only under the lock."""
        for draft in self.folder.glob("*/.*"):
            shutil.rmtree(draft, ignore_errors=True)
        for draft in self.folder.glob("*/*.tmp"):
            draft.unlink(missing_ok=True)

    def _failure(self, stage: str, key: str) -> Path:
        return self.folder / stage / f"{key}.failed.json"
