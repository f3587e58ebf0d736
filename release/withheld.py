"""Rows that a release still holds although they were taken back: readers leave them out.

Who copies a newer `takedown/` into an older release has data that the tombstones name. The
manifest says which tombstones its data know of; others are applied when the release is opened.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..records import Sample
from .opening import Files
from .retracted import TOMBSTONES, Request, Takedown, digest
from .traces import Traces

if TYPE_CHECKING:
    from .samples import Release


def tombstones_of(files: Files) -> str | None:
    """The sha256 of what was taken back; None where nothing ever was."""
    stored = files.read_takedown(TOMBSTONES)
    return None if stored is None else hashlib.sha256(stored).hexdigest()


def has_newer_tombstones(release: "Release") -> bool:
    """Whether tombstones lie beside data that know nothing of them."""
    found, entry = tombstones_of(release.files), release.manifest.files.get(TOMBSTONES)
    return found is not None and (entry is None or entry.sha256 != found)


def withheld_rows(release: "Release") -> Mapping[str, NDArray[np.int64]]:
    """Rows by config, in index order, that tombstones name of which the data know nothing.

    Raises:
        DamagedRelease: the tombstones cannot be read, so nobody knows what they name.
    """
    if not has_newer_tombstones(release):
        return {}
    takedown = Takedown.read(release.files)
    rows: dict[str, list[tuple[str, int, Sample]]] = {}
    for source, name, number, sample in rows_of(release, _sources(release, takedown)):
        rows.setdefault(source, []).append((name, number, sample))
    found: dict[str, list[int]] = {}
    for source, of_source in rows.items():
        clips = [clip for *_, one in of_source for clip in one.clips]
        request = _request(source, {clip.clip_id for clip in clips}, takedown)
        traces = Traces(source, clips, request)
        for name, number, sample in of_source:
            if traces.in_sample(sample):
                found.setdefault(name, []).append(number)
    return {name: np.array(sorted(numbers), np.int64) for name, numbers in found.items()}


def rows_of(
    release: "Release", source_ids: Collection[str]
) -> Iterator[tuple[str, str, int, Sample]]:
    """Every row of some sources: source, config, position in index order, sample."""
    wanted = pa.array(sorted(source_ids), pa.string())
    for name in release.configs if source_ids else ():
        samples = release.whole(name)
        ids = samples.table(["conversation_id"])["conversation_id"]
        for number in np.flatnonzero(pc.is_in(ids, value_set=wanted).to_numpy()).tolist():
            yield ids[number].as_py(), name, number, samples[number]


def _sources(release: "Release", takedown: Takedown) -> set[str]:
    every: set[str] = set()
    for name in release.configs:
        every.update(
            pc.unique(release.whole(name).table(["conversation_id"])["conversation_id"]).to_pylist()
        )
    return {source for source in every if digest(source) in takedown.sources}


def _request(source: str, clip_ids: Collection[str], takedown: Takedown) -> Request:
    """What the tombstones ask of a source, in plain ids."""
    people = (f"{source}#{chr(letter)}" for letter in range(ord("A"), ord("Z") + 1))
    return Request(
        sources=frozenset([source] if takedown.names("source", source) else []),
        people=frozenset(one for one in people if takedown.names("person", one)),
        clips=frozenset(one for one in clip_ids if takedown.names("clip", one)),
    )
