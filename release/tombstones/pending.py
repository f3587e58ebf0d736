"""Pending rows: tombstones name them and the data still hold them, so readers leave them out.

    open release, takedown/ --pending_rows--> numbers of rows by config

A user who copies a newer `takedown/` into an earlier release has data that the tombstones name. The
manifest says which tombstones were applied to the data; readers apply the others at opening.
"""

import hashlib
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...records import Sample
from ..errors import DamagedRelease, ReleaseError
from ..layout import MANIFEST
from ..manifest import Manifest
from ..storage.files import Files, read_manifest
from .records import TOMBSTONES, Request, Takedown, digest
from .rule import TakedownRule


class StoredSamples(Protocol):
    """The samples of a config, also pending ones."""

    def table(self, columns: Sequence[str]) -> pa.Table:
        """Columns of the index, a row for each sample."""

    def __getitem__(self, number: int) -> Sample:
        """The record of a row."""


class StoredRelease(Protocol):
    """An open release whose rows tombstones may name."""

    @property
    def root(self) -> str:
        """Folder or URL."""

    @property
    def files(self) -> Files:
        """Its files."""

    @property
    def manifest(self) -> Manifest:
        """Says which tombstones were applied to the data."""

    @property
    def configs(self) -> tuple[str, ...]:
        """Configs that have rows."""

    def whole(self, name: str) -> StoredSamples:
        """Every stored row of a config."""


def tombstones_digest(files: Files) -> str | None:
    """sha256 of the tombstones; None without any."""
    stored = files.read_takedown(TOMBSTONES)
    return None if stored is None else hashlib.sha256(stored).hexdigest()


def has_newer_tombstones(release: StoredRelease) -> bool:
    """Whether there are tombstones that were not applied to the data.

    Raises:
        DamagedRelease: the manifest lists tombstones that are missing.
    """
    stored, entry = _stored(release.files, release.manifest), release.manifest.files.get(TOMBSTONES)
    return stored is not None and (entry is None or entry.sha256 != stored)


def _stored(files: Files, manifest: Manifest) -> str | None:
    stored = tombstones_digest(files)
    if stored is None and TOMBSTONES in manifest.files and files.takedown_check:
        raise DamagedRelease(
            f"{files.address(TOMBSTONES)} is missing, and the manifest lists it. Copy it again: "
            "nobody knows what was retracted"
        )
    return stored


def refuse_newer_tombstones(release: StoredRelease) -> None:
    """Refuses to write a release while it has pending rows.

    Raises:
        ReleaseError: tombstones are newer than the data; says what to run.
        DamagedRelease: tombstones cannot be read.
    """
    if has_newer_tombstones(release):
        Takedown.read(release.files)
        root = release.root
        raise ReleaseError(
            f"{root!r}: its takedown/ is newer than its data. Run `speakervid5m retract "
            f"{shlex.quote(root)}` first, which removes what it names"
        )


def refuse_undone_takedown(root: Path, new: StoredRelease) -> None:
    """Refuses a new release that would undo a takedown of the one that it replaces.

    Args:
        root: the release's folder, present or not.
        new: the new release, with its manifest.

    Raises:
        ReleaseError: the new release lacks a tombstone, or has a row that one names.
        DamagedRelease: tombstones cannot be read.
    """
    takedown, files = Takedown.read(new.files), Files(str(root))
    if files.exists(MANIFEST):
        _stored(files, read_manifest(files))
    known = {(tombstone.kind, tombstone.digest) for tombstone in takedown.tombstones}
    lost = sum(
        (tombstone.kind, tombstone.digest) not in known
        for tombstone in Takedown.read(files).tombstones
    )
    rows = {name: len(numbers) for name, numbers in tombstoned_rows(new, takedown).items()}
    if not lost and not rows:
        return
    reason = f"{lost} of its tombstones are not in the new release" if lost else ""
    if rows:
        counts = ", ".join(f"{count} samples of {name}" for name, count in rows.items())
        reason = f"its tombstones name {counts} in the new release"
    raise ReleaseError(
        f"{str(root)!r}: {reason}, so a takedown would be undone; nothing was changed. Run "
        f"`speakervid5m retract {shlex.quote(str(root))}` first, or leave out what it names"
    )


def pending_rows(release: StoredRelease) -> Mapping[str, NDArray[np.int64]]:
    """Rows by config, in index order, that tombstones name and the data still hold.

    Raises:
        DamagedRelease: the tombstones cannot be read, so nobody knows what they name.
    """
    if not has_newer_tombstones(release):
        return {}
    return tombstoned_rows(release, Takedown.read(release.files))


def tombstoned_rows(release: StoredRelease, takedown: Takedown) -> Mapping[str, NDArray[np.int64]]:
    """Rows by config, in index order, that tombstones name."""
    by_source: dict[str, list[tuple[str, int, Sample]]] = {}
    for source, name, number, sample in rows_of_sources(release, _sources(release, takedown)):
        by_source.setdefault(source, []).append((name, number, sample))
    named: dict[str, list[int]] = {}
    for source, rows in by_source.items():
        clips = [clip for *_, sample in rows for clip in sample.clips]
        request = _request(source, {clip.clip_id for clip in clips}, takedown)
        rule = TakedownRule(source, clips, request)
        for name, number, sample in rows:
            if rule.touches(sample):
                named.setdefault(name, []).append(number)
    return {name: np.array(sorted(numbers), np.int64) for name, numbers in named.items()}


def rows_of_sources(
    release: StoredRelease, source_ids: Collection[str]
) -> Iterator[tuple[str, str, int, Sample]]:
    """Every row of some sources: source, config, position in index order, sample."""
    wanted = pa.array(sorted(source_ids), pa.string())
    for name in release.configs if source_ids else ():
        samples = release.whole(name)
        ids = samples.table(["conversation_id"])["conversation_id"]
        for number in np.flatnonzero(pc.is_in(ids, value_set=wanted).to_numpy()).tolist():
            yield ids[number].as_py(), name, number, samples[number]


def _sources(release: StoredRelease, takedown: Takedown) -> set[str]:
    every: set[str] = set()
    for name in release.configs if takedown.tombstones else ():
        every.update(
            pc.unique(release.whole(name).table(["conversation_id"])["conversation_id"]).to_pylist()
        )
    return {source for source in every if digest(source) in takedown.sources}


def _request(source: str, clip_ids: Collection[str], takedown: Takedown) -> Request:
    """The request that the tombstones of a source record, in plain ids."""
    people = (f"{source}#{chr(letter)}" for letter in range(ord("A"), ord("Z") + 1))
    return Request(
        sources=frozenset([source] if takedown.names("source", source) else []),
        people=frozenset(person for person in people if takedown.names("person", person)),
        clips=frozenset(clip_id for clip_id in clip_ids if takedown.names("clip", clip_id)),
    )
