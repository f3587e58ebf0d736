"""`materialize`: a release without media and a folder of videos in, a release with media out.

The release itself is the catalogue: its samples stay the same and only gain media.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...records import CONFIGS, Listener, silent
from ...release import Release, open_release, previous_release, work_folder
from ...release.takedown import Takedown
from ..assembly.catalogue import Assigned
from ..assembly.clip_store import CutStore
from ..assembly.cut_clips import CutSettings
from ..assembly.cut_sources import CutReport, cut_sources
from ..assembly.destination import destination
from ..assembly.source_files import SourceFolder, find_sources, require_videos
from ..assembly.takedown import KeptCatalogue
from ..assembly.write import WriteReport, write_catalogue


class ReleaseCatalogue:
    """Samples of a release, by source."""

    def __init__(self, release: Release) -> None:
        self._samples = {name: release[name] for name in release.configs}
        rows: dict[str, dict[str, list[int]]] = {}
        for name, samples in self._samples.items():
            ids = samples.table(["conversation_id"])["conversation_id"].to_pylist()
            for row, source_id in enumerate(ids):
                rows.setdefault(source_id, {}).setdefault(name, []).append(row)
        self._rows = rows

    def source_ids(self) -> Sequence[str]:
        """All sources of the release."""
        return list(self._rows)

    def samples(self, source_id: str) -> Sequence[Assigned]:
        """The samples of one source, and the config of each."""
        rows = self._rows[source_id]
        return [(name, self._samples[name][row]) for name in CONFIGS for row in rows.get(name, [])]

    def poses(self, source_id: str) -> Mapping[str, bytes]:
        """A release without media has none."""
        del source_id
        return {}


@dataclass(frozen=True, kw_only=True, slots=True)
class MaterializeReport:
    """What one run did."""

    num_sources: int
    """Sources of the release."""
    videos: SourceFolder
    """The available videos."""
    cut: CutReport
    """What was cut, and what could not be."""
    written: WriteReport
    """What the release holds now."""


def materialize(
    release_root: Path,
    out: Path,
    videos: Path,
    *,
    settings: CutSettings | None = None,
    limit: int | None = None,
    jobs: int = 1,
    delete_sources: bool = False,
    drop_missing: bool = False,
    documents: Callable[[Path], None] | None = None,
    progress: Listener = silent,
) -> MaterializeReport:
    """Fills a release that was written without media; may be run again as videos arrive.

    Args:
        release_root: the release without media; it is not changed.
        out: the release with media.
        videos: folder of source videos.
        settings: how clips are cut and encoded.
        limit: this run cuts at most this many sources.
        jobs: processes that cut.
        delete_sources: remove a source's video once its cut is complete and read back.
        drop_missing: whether sources may leave `out` though they were not retracted.
        documents: writes further documents into the new folder before its manifest.
        progress: called with the progress of every stage.

    Raises:
        FileNotFoundError: no folder of videos.
        ValueError: `out` is `release_root`, or overlaps with an input; sources would leave it.
        ReleaseError: `release_root` is no release or damaged, or `out` is not a release.
        OSError: `out` cannot be written, or its disk is full.
    """
    if out.resolve() == release_root.resolve():
        raise ValueError(
            f"{str(out)!r} is the release without media itself; give another folder for the one "
            "with media, so that nothing is lost if videos are missing"
        )
    require_videos(videos)
    release = open_release(str(release_root))
    with destination(out, [release_root, videos]):
        retracted = Takedown.read(release.files)
        catalogue = KeptCatalogue(ReleaseCatalogue(release), out, previous_release(out), retracted)
        store = CutStore(work_folder(out) / "cuts", settings or CutSettings())
        source_folder = find_sources(videos, frozenset(catalogue.source_ids()))
        cut = cut_sources(
            catalogue,
            source_folder.files,
            store,
            limit=limit,
            jobs=jobs,
            delete_sources=delete_sources,
            progress=progress,
        )
        facts = replace(
            release.manifest.facts,
            with_media=True,
            backends={**release.manifest.facts.backends, **store.settings.facts()},
        )
        written = write_catalogue(
            catalogue,
            store,
            facts,
            drop_missing=drop_missing,
            documents=documents,
            progress=progress,
        )
        return MaterializeReport(
            num_sources=len(catalogue.source_ids()), videos=source_folder, cut=cut, written=written
        )
