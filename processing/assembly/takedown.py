"""Applies takedowns to the work folder, and to every import after them.

    catalogue, release -> the catalogue as every step sees it: without what was retracted
    release, retracted sources -> a work folder without their cuts, annotations and stage results

After a takedown, a source of which anything was retracted keeps what the release still holds of
it and gains nothing new: another run may give voices other names, and then a retracted person could
come back under another name.
"""

import dataclasses
import os
import shutil
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ...media import EncodeSettings
from ...records import Sample, atomic_file, atomic_folder, in_bucket_order, sweep_draft
from ...release import Release, Samples, open_release, work_folder
from ...release.takedown import Takedown, rows_of_sources
from .catalogue import (
    Assigned,
    Catalogue,
    SourcePlan,
    cuts_by_column,
    requests_of,
    with_measures,
)
from .clip_store import CutStore
from .cut_clips import CutSettings
from .stored_cuts import StoredCut

CACHED_CLIPS = 20_000
"""Most clips whose samples stay in memory (ours: some 100 MB)."""


class KeptCatalogue:
    """A catalogue for a release: partly retracted sources give only what the release still holds.

    Every way in makes one, and all steps read it source by source, in four passes: plan, cut,
    gather, write. The samples of the last sources stay in memory, up to `CACHED_CLIPS` clips. So a
    release of that size makes each source's samples once; a larger one makes them once a pass, and
    while it writes once more for each config whose buckets hold more clips than that.

    Args:
        catalogue: what there is, by the dump, the stored clips or another release.
        out: the release; what was retracted from it stays out.
        previous: as it is now; None if there is none.
        retracted: what was retracted from the release that the catalogue reads.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        out: Path,
        previous: Release | None,
        retracted: Takedown | None = None,
    ) -> None:
        self.out, self.retracted = out, retracted or Takedown()
        self._catalogue = catalogue
        self._plans = _RecentPlans(catalogue)
        self.apply(previous)

    def apply(self, previous: Release | None) -> None:
        """Leaves out what was retracted from the release by now."""
        self.previous = previous
        """The release before it is written; None if there is none."""
        here = Takedown.read(previous.files) if previous else Takedown()
        self.takedown = here.plus(self.retracted)
        """All that was retracted."""
        self.num_buckets: Mapping[str, int] = {}
        """Shards by config that stay as they are, though a takedown leaves fewer samples."""
        self._kept: dict[str, list[tuple[str, int, Sample]]] = {}
        source_ids: Iterable[str] = self._catalogue.source_ids()
        if previous and here.tombstones:
            self.num_buckets = previous.manifest.facts.num_buckets
            touched = {name for name in previous.source_ids() if here.touches(name)}
            self._kept = _kept_rows(previous, touched)
            source_ids = {*self._kept, *(name for name in source_ids if not here.touches(name))}
        self._source_ids = in_bucket_order(source_ids)

    def source_ids(self) -> Sequence[str]:
        """All sources that were not retracted as a whole, in the order of their buckets."""
        return self._source_ids

    def touched_ids(self) -> list[str]:
        """Sources of the catalogue and the release of which anything was retracted."""
        if not self.takedown.tombstones:
            return []
        known = {*self._catalogue.source_ids()}
        known |= self.previous.source_ids() if self.previous else frozenset()
        return sorted(source_id for source_id in known if self.takedown.touches(source_id))

    def source(self, source_id: str) -> SourcePlan:
        """The samples of one source, and the cut requests for them."""
        if source_id in self._kept:
            rows = self._kept[source_id]
            return SourcePlan(samples=[(name, _unmeasured(sample)) for name, _, sample in rows])
        return self._plans.plan(source_id)

    def poses(self, source_id: str) -> Mapping[str, bytes]:
        """Clip id to the `.npy` file of its pose, of the source's clips that have one."""
        if self.previous is None or source_id not in self._kept:
            return self._catalogue.poses(source_id)
        return {
            clip_id: pose
            for name, number, sample in self._kept[source_id]
            for clip_id, pose in _poses_of(self.previous.whole(name), number, sample)
        }


class _RecentPlans:
    """The plans of the sources that were asked for last."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._plans: OrderedDict[str, SourcePlan] = OrderedDict()
        self._num_clips = 0

    def plan(self, source_id: str) -> SourcePlan:
        """The plan of a source: from memory, else by the catalogue."""
        if source_id not in self._plans:
            plan = SourcePlan(samples=self._catalogue.samples(source_id))
            self._plans[source_id] = plan
            self._num_clips += plan.num_clips
            while self._num_clips > CACHED_CLIPS and len(self._plans) > 1:
                self._num_clips -= self._plans.popitem(last=False)[1].num_clips
        self._plans.move_to_end(source_id)
        return self._plans[source_id]


def kept_samples(release: Release, source_ids: Collection[str]) -> dict[str, list[Assigned]]:
    """The samples of some sources in a release, as a catalogue gives them: without measures."""
    return {
        source_id: [(name, _unmeasured(sample)) for name, _, sample in rows]
        for source_id, rows in _kept_rows(release, source_ids).items()
    }


def _kept_rows(
    release: Release, source_ids: Collection[str]
) -> dict[str, list[tuple[str, int, Sample]]]:
    """Config, position and sample of every row that is not retracted, by source."""
    kept: dict[str, list[tuple[str, int, Sample]]] = {}
    for source_id, name, number, sample in rows_of_sources(release, source_ids):
        if number not in release.pending.get(name, ()):
            kept.setdefault(source_id, []).append((name, number, sample))
    return kept


def _poses_of(samples: Samples, number: int, sample: Sample) -> Iterator[tuple[str, bytes]]:
    for column, (medium, names) in cuts_by_column(sample).items():
        if medium != "pose":
            continue
        clip_ids = names if isinstance(names, tuple) else (names,)
        media = samples.media(number, column)
        poses = media if isinstance(media, list) else [media]
        for clip_id, pose in zip(clip_ids, poses, strict=True):
            if clip_id is not None and pose is not None:
                yield clip_id, pose


def _unmeasured(sample: Sample) -> Sample:
    nothing: dict[str, Any] = dict.fromkeys(field.name for field in dataclasses.fields(StoredCut))
    return with_measures(sample, {clip.clip_id: StoredCut(**nothing) for clip in sample.clips})


def delete_retracted(out: Path, source_ids: Collection[str]) -> list[str]:
    """Removes everything derived from these sources from the work folder of a release.

    The cuts of samples that the release still holds stay, so that later imports keep them.
    May be run again.

    Returns:
        What was removed, in words.
    """
    work, wanted = work_folder(out), frozenset(source_ids)
    release = open_release(str(out))
    for draft in [*work.glob(".*"), *(work / "annotations").rglob(".*")]:
        sweep_draft(draft)
    done = [*_delete_cuts(work / "cuts", release, wanted)]
    for folder in sorted((work / "annotations").glob("*/")):
        done += _delete_annotations(folder, wanted)
    if (work / "stages").exists():
        # Their keys are digests and their tables name no source, so none of them may stay.
        shutil.rmtree(work / "stages")
        done.append("all results of stages, which do not name their sources")
    for name in ("tiers.parquet", "curation.html"):
        # They name every clip and show frames of dropped ones; a later run writes them again.
        if (work / name).exists():
            (work / name).unlink()
            done.append(f"{name}, which covers all sources")
    return done


def _delete_cuts(folder: Path, release: Release, wanted: frozenset[str]) -> Iterator[str]:
    kept = kept_samples(release, wanted)
    store = CutStore(folder, _settings(release))
    for source_id in sorted(wanted):
        if number := store.keep(source_id, requests_of(kept.get(source_id, []))):
            yield f"{number} cut clips of a source"
    store.sweep()
    # Earlier versions kept parts of several sources here, which the store no longer reads.
    for path in folder.glob("??/*.parquet"):
        names = pq.read_table(path, columns=["clip_id"])["clip_id"].to_pylist()
        if not wanted.isdisjoint(name[:11] for name in names):
            path.unlink()
            yield "cut clips of an earlier version"


def _settings(release: Release) -> CutSettings:
    """How the release was cut; a release without media has no cuts, whatever the settings."""
    values = release.manifest.facts.backends.get("cutting")
    if values is None:
        return CutSettings()
    encode = EncodeSettings(**values["encode"])
    return CutSettings(fps=values["fps"], long_side=values["long_side"], encode=encode)


def _delete_annotations(folder: Path, wanted: frozenset[str]) -> Iterator[str]:
    """Replaces a folder of annotations with one without these sources.

    If a run is killed in between, there is no folder, and the next import reads the dump again.
    """
    if not (folder / "report.json").exists():
        shutil.rmtree(folder)
        yield "annotations that were not read to the end"
        return
    directory = pq.read_table(folder / "sources.parquet")
    rejects = [path for path in folder.glob("rejects-*.parquet") if _holds(path, wanted)]
    here = wanted & set(directory["source_id"].to_pylist())
    if not here and not rejects:
        return
    rows = directory.filter(pc.invert(_of(directory, wanted))).to_pylist()
    counts: dict[int, int] = {}
    for row in rows:
        row["first_row"] = counts.get(row["partition"], 0)
        counts[row["partition"]] = row["first_row"] + row["num_rows"]
    with atomic_folder(folder) as draft:
        shutil.copytree(folder, draft, copy_function=os.link, dirs_exist_ok=True)
        for path in sorted(draft.glob("*.parquet")):
            if path.name != "sources.parquet" and _holds(path, wanted):
                table = pq.read_table(path)
                _write(path, table.filter(pc.invert(_of(table, wanted))))
        _write(draft / "sources.parquet", pa.Table.from_pylist(rows, schema=directory.schema))
        shutil.rmtree(folder)
    yield f"annotations of {len(here)} sources"


def _of(table: pa.Table, wanted: frozenset[str]) -> pa.ChunkedArray:
    is_wanted = pc.is_in(table["source_id"], value_set=pa.array(sorted(wanted), pa.string()))
    return pc.fill_null(is_wanted, False)


def _holds(path: Path, wanted: frozenset[str]) -> bool:
    return bool(pc.any(_of(pq.read_table(path, columns=["source_id"]), wanted)).as_py())


def _write(path: Path, table: pa.Table) -> None:
    """Writes to a new file first: the old one may be a hard link to a file that stays."""
    with atomic_file(path) as draft:
        pq.write_table(table, draft, compression="zstd", row_group_size=20_000)
