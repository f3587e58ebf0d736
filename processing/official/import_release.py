"""`import`: the official dump and a folder of source videos in, a release out.

    annotations (once) -> catalogue -> plan -> cut available videos -> gather -> write, swap

The command is run again as more videos arrive. The result of every arrow is on disk before the
next step starts, so the command can be killed anywhere and run again, and the release depends only
on the videos that have arrived so far.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...records import (
    BRANCHES,
    CONFIGS,
    TIERS,
    Branch,
    Listener,
    Tier,
    in_bucket_order,
    silent,
)
from ...release import (
    Publication,
    Release,
    ReleaseFacts,
    describe_gates,
    previous_release,
    work_folder,
)
from ..assembly.clip_store import CutStore
from ..assembly.cut_clips import CutSettings
from ..assembly.cut_sources import CutReport, cut_sources
from ..assembly.destination import destination
from ..assembly.plan import Plan, make_plan
from ..assembly.source_files import SourceFolder, find_sources, in_shard, require_videos
from ..assembly.takedown import KeptCatalogue
from ..assembly.write import WriteReport, write_catalogue
from ..assumptions import Assumptions
from ..branches import why_left_out
from . import (
    BenchmarkList,
    BenchmarkSources,
    DumpReport,
    OfficialCatalogue,
    benchmark_sources,
    find_dump,
    import_annotations,
    read_benchmark_list,
)

OFFICIAL_MODELS = {
    "diarization": "3D-Speaker",
    "active speaker": "SyncNet v2",
    "speech recognition": "Whisper large",
    "caption": "Qwen2.5-VL",
    "topic": "Qwen-3",
    "video quality": "DOVER",
    "blur": "Laplacian variance on DWpose boxes",
    "scene cuts": "PySceneDetect HistogramDetector",
}
"""The models behind the published annotations (paper, official code)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportOptions:
    """The options of `import`."""

    dump: Path
    """Folder of the published annotations."""
    out: Path
    """The release; its work folder is next to it."""
    videos: Path | None
    """Folder of the source videos; None if this run cuts nothing."""
    assumptions: Assumptions = field(default_factory=Assumptions)
    """Values that the paper does not publish."""
    settings: CutSettings = field(default_factory=CutSettings)
    """How clips are cut and encoded."""
    branches: tuple[Branch, ...] = BRANCHES
    """The branches that are written."""
    tiers: tuple[Tier, ...] = TIERS
    """The tiers that are written; the benchmark has none."""
    source_ids: frozenset[str] | None = None
    """Only these sources; None takes all that have a video."""
    test_sources: frozenset[str] = frozenset()
    """Sources that leave training for the benchmark, besides those of `testset.json`."""
    limit: int | None = None
    """This run cuts at most this many sources."""
    shard: tuple[int, int] | None = None
    """(i, n): cut only the sources of shard i of n, and write nothing."""
    delete_sources: bool = False
    """Remove a source's video once its cut is complete and read back."""
    publication: Publication = field(default_factory=Publication)
    """What cards and terms say; kept from the previous release if nothing is said."""
    drop_missing: bool = False
    """Whether sources may leave the release though they were not retracted."""
    with_media: bool = True
    """Whether media are cut and embedded."""
    without_testset: bool = False
    """Whether the benchmark's list is ignored, though it is there."""
    jobs: int = 1
    """Processes that cut, one source each."""
    dry_run: bool = False
    """Only read the annotations, plan, and list the available videos."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportReport:
    """What one run did."""

    plan: Plan
    """What the whole dump will give."""
    videos: SourceFolder | None
    """The available videos."""
    cut: CutReport | None
    """What was cut, and what could not be."""
    written: WriteReport | None
    """What the release holds now; None for a shard, which only fills the work folder."""
    benchmark: BenchmarkSources
    """The sources that leave training for the benchmark."""
    unknown_ids: tuple[str, ...]
    """Those of `source_ids` that the annotations do not have."""
    dump: DumpReport
    """What is in the dump, what was repaired, what could not be used."""
    rejects_folder: Path
    """The folder of the tables `rejects-*.parquet` of the dump."""

    @property
    def has_rejects(self) -> bool:
        """Whether anything was left out."""
        return bool(
            self.dump.num_rejects or self.benchmark.refused or (self.cut and self.cut.rejects)
        )


def import_release(
    options: ImportOptions,
    *,
    documents: Callable[[Path], None] | None = None,
    progress: Listener = silent,
) -> ImportReport:
    """Imports what is available now; see the module.

    Checks first whether `out` can take a release.

    Args:
        options: the options.
        documents: writes further documents into the new folder before its manifest.
        progress: called with the progress of every stage.

    Raises:
        FileNotFoundError: no dump, or no folder of videos.
        UnreadableList: a list that decides something cannot be read.
        ValueError: the dump holds no usable record; sources would leave the release, or would
            leave the benchmark for training.
        ReleaseError: `out` is not a release, or another run has locked it.
        OSError: `out` cannot be written, or its disk is full.
    """
    # Report errors before reading the dump, which takes long.
    if options.with_media and options.videos is not None:
        require_videos(options.videos)
    find_dump(options.dump)
    tests = read_benchmark_list(options.dump, left_out=options.without_testset)
    with destination(options.out, [path for path in (options.dump, options.videos) if path]):
        return _import(options, tests, documents, progress)


def _import(
    options: ImportOptions,
    tests: BenchmarkList,
    documents: Callable[[Path], None] | None,
    progress: Listener,
) -> ImportReport:
    work = work_folder(options.out)
    annotations = import_annotations(
        options.dump,
        work / "annotations",
        cut_range=options.assumptions.cut_range,
        progress=progress,
    )
    benchmark = benchmark_sources(tests, annotations, options.test_sources)
    previous = previous_release(options.out)
    _refuse_forgotten_tests(options, benchmark, previous)
    catalogue = KeptCatalogue(
        OfficialCatalogue(
            annotations, benchmark, options.assumptions, options.branches, options.tiers
        ),
        options.out,
        previous,
    )
    plan = make_plan(catalogue, progress)
    store, videos, cut = None, None, None
    if options.with_media:
        store = CutStore(work / "cuts", options.settings)
    if store is not None and options.videos is not None:
        videos = find_sources(options.videos, frozenset(catalogue.source_ids()))
    if store is not None and videos is not None and not options.dry_run:
        wanted = [name for name in catalogue.source_ids() if _wanted(name, options)]
        cut = cut_sources(
            catalogue,
            {name: videos.files[name] for name in wanted if name in videos.files},
            store,
            limit=options.limit,
            jobs=options.jobs,
            delete_sources=options.delete_sources,
            progress=progress,
        )
    written = None
    if options.shard is None and not options.dry_run:
        written = write_catalogue(
            catalogue,
            store,
            _facts_of(options, plan, annotations.report, benchmark),
            drop_missing=options.drop_missing,
            documents=documents,
            progress=progress,
        )
    return ImportReport(
        plan=plan,
        videos=videos,
        cut=cut,
        written=written,
        benchmark=benchmark,
        unknown_ids=tuple(sorted((options.source_ids or frozenset()) - {*annotations.source_ids})),
        dump=annotations.report,
        rejects_folder=annotations.folder,
    )


@dataclass(frozen=True, slots=True)
class SourceNeed:
    """A source that the annotations, or a list of ids, name."""

    source_id: str
    num_clips: int | None
    """Clips that it would give; None if only the id is known."""
    seconds: float | None
    """Sum of their durations; None if only the id is known."""


def sources_needed(dump: Path, out: Path, *, progress: Listener = silent) -> list[SourceNeed]:
    """The sources that a dump needs; `import` does not read the annotations again.

    Raises:
        FileNotFoundError: the folder has no dump.
        ValueError: the dump holds no usable record.
    """
    annotations = import_annotations(
        dump,
        work_folder(out) / "annotations",
        cut_range=Assumptions().cut_range,
        progress=progress,
    )
    needs = []
    for source_id in in_bucket_order(annotations.source_ids):
        clips = annotations.source(source_id)
        seconds = sum(clip.duration_seconds for clip in clips)
        needs.append(SourceNeed(source_id, len(clips), seconds))
    return needs


def _refuse_forgotten_tests(
    options: ImportOptions, benchmark: BenchmarkSources, previous: Release | None
) -> None:
    """A source of the benchmark never enters training because a list changed or disappeared."""
    if previous is None or options.without_testset:
        return
    tested = frozenset[str]()
    if "vidchatbench" in previous.configs:
        tested = previous.source_ids("vidchatbench")
    entering = sorted(source_id for source_id in tested if benchmark.pairs_of(source_id) is None)
    was_followed = previous.manifest.facts.lists.get("testset.json", {}).get("state") == "applied"
    if entering or (was_followed and benchmark.state != "applied"):
        which = f"{', '.join(entering[:3])} of it" if entering else "its sources"
        raise ValueError(
            f"{str(options.out)!r} was written with a testset.json that is not there now: {which} "
            "would enter training. Nothing was changed. Put the list back, pass the same "
            "--test-sources as before, or --without-testset"
        )


def _facts_of(
    options: ImportOptions, plan: Plan, dump: DumpReport, benchmark: BenchmarkSources
) -> ReleaseFacts:
    """What the manifest says about how the release was made."""
    return ReleaseFacts(
        origin="official",
        num_buckets=plan.num_buckets,
        with_media=options.with_media,
        empty_configs={
            name: reason
            for name in CONFIGS
            if not plan.num_samples[name]
            and (reason := _why_empty(name, options, plan, dump, benchmark))
        },
        publication=options.publication,
        lists={"testset.json": benchmark.facts(), "SFT_set.json": _sft_facts(dump)},
        gates=describe_gates(),
        assumptions=options.assumptions.to_dict(),
        backends={"official": OFFICIAL_MODELS}
        | (options.settings.facts() if options.with_media else {}),
    )


def _why_empty(
    name: str, options: ImportOptions, plan: Plan, dump: DumpReport, benchmark: BenchmarkSources
) -> str | None:
    """Why the dump gives no sample of a config; None if there is no special reason."""
    config, counts = CONFIGS[name], dump.counts
    if left_out := why_left_out(config, options.branches, options.tiers):
        return left_out
    if name == "vidchatbench":
        return benchmark.why_no_rows
    if voiceless := counts.get("sources_without_voices", 0) if config.branch != "single" else 0:
        return (
            f"no sample of this branch and tier; {voiceless} of {plan.num_sources} sources have no "
            "speaker_json that could be read, and without voices there are no turns"
        )
    if config.tier == "sft" and not counts.get("clips_in_sft_list"):
        return "no clip of the dump stands in SFT_set.json"
    return None


def _sft_facts(dump: DumpReport) -> dict[str, Any]:
    if "SFT_set.json" in dump.missing:
        return {"state": "missing"}
    names = dump.num_records.get("sft", 0)
    return {
        "state": "applied" if names else "empty",
        "num_names": names,
        "num_clips_here": dump.counts.get("clips_in_sft_list", 0),
    }


def _wanted(source_id: str, options: ImportOptions) -> bool:
    chosen = options.source_ids is None or source_id in options.source_ids
    return chosen and in_shard(source_id, options.shard)
