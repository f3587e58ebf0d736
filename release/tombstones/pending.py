"""Rows that a release still holds although they were taken back: readers leave them out.

Who copies a newer `takedown/` into an older release has data that the tombstones name. The
manifest says which tombstones its data know of; others are applied when the release is opened.
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
    """The samples of a config, also those that tombstones name."""

    def table(self, columns: Sequence[str]) -> pa.Table:
        """Columns of the index, a row a sample."""

    def __getitem__(self, number: int) -> Sample:
        """The record of a row."""


class StoredRelease(Protocol):
    """An open release, of which tombstones name rows."""

    @property
    def root(self) -> str:
        """Folder or URL."""

    @property
    def files(self) -> Files:
        """Where its files are."""

    @property
    def manifest(self) -> Manifest:
        """Says which tombstones the data know of."""

    @property
    def configs(self) -> tuple[str, ...]:
        """Configs that have rows."""

    def whole(self, name: str) -> StoredSamples:
        """Every stored row of a config."""


def tombstones_digest(files: Files) -> str | None:
    """The sha256 of what was taken back; None where nothing ever was."""
    stored = files.read_takedown(TOMBSTONES)
    return None if stored is None else hashlib.sha256(stored).hexdigest()


def has_newer_tombstones(release: StoredRelease) -> bool:
    """Whether tombstones lie beside data that know nothing of them.

    Raises:
        DamagedRelease: the manifest knows tombstones that are not there.
    """
    stored, entry = _stored(release.files, release.manifest), release.manifest.files.get(TOMBSTONES)
    return stored is not None and (entry is None or entry.sha256 != stored)


def _stored(files: Files, manifest: Manifest) -> str | None:
    stored = tombstones_digest(files)
    if stored is None and TOMBSTONES in manifest.files and files.takedown_check:
        raise DamagedRelease(
            f"{files.address(TOMBSTONES)} is missing, and the manifest knows it. Copy it again: "
            "nobody knows what was taken back"
        )
    return stored


def refuse_newer_tombstones(release: StoredRelease) -> None:
    """What readers leave out must not be written as if it belonged to the release.

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
    """Compares a release with what is to stand in its place: no takedown is undone.

    Args:
        root: where the release stands, or will stand.
        new: what was written, with its manifest.

    Raises:
        ReleaseError: a tombstone is not in the new one, or names a row of it.
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
    why = f"{lost} of its tombstones are not in what was written" if lost else ""
    if rows:
        counts = ", ".join(f"{count} samples of {name}" for name, count in rows.items())
        why = f"its tombstones name {counts} of what was written"
    raise ReleaseError(
        f"{str(root)!r}: {why}, so a takedown would be undone; nothing was changed. Run "
        f"`speakervid5m retract {shlex.quote(str(root))}` first, or leave out what it names"
    )


def pending_rows(release: StoredRelease) -> Mapping[str, NDArray[np.int64]]:
    """Rows by config, in index order, that tombstones name of which the data know nothing.

    Raises:
        DamagedRelease: the tombstones cannot be read, so nobody knows what they name.
    """
    if not has_newer_tombstones(release):
        return {}
    return tombstoned_rows(release, Takedown.read(release.files))


def tombstoned_rows(release: StoredRelease, takedown: Takedown) -> Mapping[str, NDArray[np.int64]]:
    """Rows by config, in index order, that tombstones name."""
    rows: dict[str, list[tuple[str, int, Sample]]] = {}
    for source, name, number, sample in rows_of_sources(release, _sources(release, takedown)):
        rows.setdefault(source, []).append((name, number, sample))
    found: dict[str, list[int]] = {}
    for source, of_source in rows.items():
        clips = [clip for *_, one in of_source for clip in one.clips]
        request = _request(source, {clip.clip_id for clip in clips}, takedown)
        traces = TakedownRule(source, clips, request)
        for name, number, sample in of_source:
            if traces.touches(sample):
                found.setdefault(name, []).append(number)
    return {name: np.array(sorted(numbers), np.int64) for name, numbers in found.items()}


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
    """What the tombstones ask of a source, in plain ids."""
    people = (f"{source}#{chr(letter)}" for letter in range(ord("A"), ord("Z") + 1))
    return Request(
        sources=frozenset([source] if takedown.names("source", source) else []),
        people=frozenset(person for person in people if takedown.names("person", person)),
        clips=frozenset(clip_id for clip_id in clip_ids if takedown.names("clip", clip_id)),
    )
