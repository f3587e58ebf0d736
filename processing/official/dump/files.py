"""A folder in, the files of the dump out: as published, or as downloads look.

all_data_list.json  SFT_set.json  testset.json
merged_anno/*.tar.gz            (`merge_anno` on the card)
raw_labels/{asr,anno,l_score,scene_json,speaker_json}/*.tar.gz
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .archives import SUFFIXES

Kind = Literal["merged", "asr", "anno", "blur", "scenes", "voices", "listed", "sft"]
"""What a file describes: a clip, its transcript, caption or blur, a video's scenes or voices, which
clips there are, or which of them are SFT."""

_FOLDERS: dict[Kind, tuple[str, ...]] = {
    "merged": ("merged_anno", "merge_anno"),
    "asr": ("raw_labels/asr", "asr"),
    "anno": ("raw_labels/anno", "anno"),
    "blur": ("raw_labels/l_score", "l_score"),
    "scenes": ("raw_labels/scene_json", "scene_json"),
    "voices": ("raw_labels/speaker_json", "speaker_json"),
}
LISTS: dict[Kind, str] = {"listed": "all_data_list.json", "sft": "SFT_set.json"}
TESTSET = "testset.json"
_MAX_DEPTH = 8
"""Levels of folders that are searched (ours)."""


@dataclass(frozen=True, slots=True)
class DumpFile:
    """One archive or list, or any other file in a folder of archives."""

    kind: Kind
    """What it describes."""
    path: Path
    """Where it is."""
    name: str
    """Its path within the dump, for reports."""
    num_bytes: int
    """Its size."""
    changed_ns: int
    """When it was changed, in nanoseconds."""

    @property
    def is_archive(self) -> bool:
        """Whether its name is an archive's."""
        return self.path.name.lower().endswith(SUFFIXES)


@dataclass(frozen=True, slots=True)
class Dump:
    """The files of a dump."""

    root: Path
    """The folder."""
    files: tuple[DumpFile, ...]
    """Archives and lists, by kind and name."""

    @property
    def missing(self) -> list[str]:
        """Missing folders and lists of the published layout, except the benchmark's list."""
        kinds = {file.kind for file in self.files if file.is_archive or file.kind in LISTS}
        names = {kind: names[0] for kind, names in _FOLDERS.items()} | dict(LISTS)
        return [name for kind, name in names.items() if kind not in kinds]

    @property
    def digest(self) -> str:
        """Digest of names, sizes and times of change: another dump, another digest.

        The benchmark's list is no part of it: no table depends on it.
        """
        stamps = [(file.name, file.num_bytes, file.changed_ns) for file in self.files]
        return hashlib.sha256(json.dumps(stamps).encode()).hexdigest()

    @property
    def num_small_bytes(self) -> int:
        """Bytes of all files except the per-frame scores, of which only means are kept."""
        return sum(file.num_bytes for file in self.files if file.kind != "blur")


def find_dump(root: Path) -> Dump:
    """Finds the files of a dump.

    Raises:
        FileNotFoundError: the folder does not exist, or has no files of the dump; says which files
            it should have.
    """
    files = find_files(root)
    if not any(file.kind == "merged" for file in files):
        raise FileNotFoundError(
            f"no annotations in {str(root)!r}: looked for merged_anno/*.tar.gz (or merge_anno/). "
            "Download the dataset repository dorni/SpeakerVid-5M-Dataset and give its folder; the "
            "archives are read as they are"
        )
    return Dump(root, files)


def find_files(root: Path) -> tuple[DumpFile, ...]:
    """All files of a dump, even of an incomplete one."""
    return tuple(_files(root)) if root.is_dir() else ()


def _files(root: Path) -> Iterator[DumpFile]:
    for kind, folders in _FOLDERS.items():
        for folder in folders:
            if (root / folder).is_dir():
                for path in _below(root / folder):
                    yield _file(kind, root, path)
    for kind, name in LISTS.items():
        # A list that exists and cannot be opened, such as a dead link, is an error, not missing.
        if os.path.lexists(root / name):
            yield _file(kind, root, root / name)


def _below(folder: Path, depth: int = _MAX_DEPTH) -> Iterator[Path]:
    """Every file below a folder, by name; for unpacked `.json` files, their folder."""
    inner: list[Path] = []
    unpacked = False
    with os.scandir(folder) as entries:
        # There may be millions of unpacked records, so their names are not kept.
        for entry in entries:
            if entry.name.endswith(".json") and not entry.is_dir():
                unpacked = True
            else:
                inner.append(Path(entry.path))
    if unpacked:
        yield folder
    for path in sorted(inner):
        if path.is_dir() and depth:
            yield from _below(path, depth - 1)
        else:
            yield path


def _file(kind: Kind, root: Path, path: Path) -> DumpFile:
    # A link to nothing is named like any other file that is no archive.
    status = path.stat() if path.exists() else path.lstat()
    name = os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", "replace")
    return DumpFile(kind, path, name, status.st_size, status.st_mtime_ns)
