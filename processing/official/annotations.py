"""A dump in, clips by source and a report out; the dump is read and joined only once.

    lists, archives -> spills (one each) -> partitions (clips, rejects) -> directory, report

Every arrow is a rename, so a killed import continues where it was. The name of the folder is a
digest of the dump and of what decides its content: another dump, or another cut range, has another
folder.
"""

import hashlib
import json
import multiprocessing
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ...records import (
    Clip,
    Listener,
    Progress,
    Reject,
    atomic_file,
    clips_of,
    file_lock,
    silent,
    sweep_draft,
)
from ...release import previous_release, work_folder
from ..assumptions import CutRange
from .dump.files import LISTS, TESTSET, Dump, find_dump
from .join_clips import join_partition
from .read_records import read_file
from .spill import Spill, add_counts

ANNOTATIONS_VERSION = 2
"""Goes up when the same dump would give other clips."""
PARTITION_BYTES = 2_000_000
"""Compressed bytes of annotations a partition (ours: some 25 MB of Python objects)."""
MAX_PARTITIONS = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class DumpReport:
    """What is in a dump, what was repaired, and what could not be used."""

    num_files: int
    """Archives and lists read."""
    missing: list[str]
    """Parts of the published layout that are missing."""
    num_records: dict[str, int]
    """Usable records by kind."""
    repairs: dict[str, int]
    """How often each repair was made."""
    counts: dict[str, int]
    """Counts of joining: clips, clips without a transcript, records without a clip, ..."""
    rejects: dict[str, int]
    """Rows of the table of rejects, by reason."""
    problems: list[str]
    """What is wrong with the dump as a whole."""

    @property
    def num_rejects(self) -> int:
        """Rows of the table of rejects."""
        return sum(self.rejects.values())


class Annotations:
    """The clips of a dump, by source."""

    def __init__(self, folder: Path) -> None:
        values = json.loads((folder / "report.json").read_text())
        self.folder = folder
        """The folder of the tables, including `rejects-*.parquet`."""
        self.report = DumpReport(**values["report"])
        """What is in the dump."""
        directory = pq.read_table(folder / "sources.parquet").to_pydict()
        rows = zip(
            directory["partition"], directory["first_row"], directory["num_rows"], strict=True
        )
        self._rows_of_source = dict(zip(directory["source_id"], rows, strict=True))

    @property
    def source_ids(self) -> Sequence[str]:
        """Every source with at least one clip."""
        return list(self._rows_of_source)

    def rejects(self) -> Iterator[Reject]:
        """What could not be used: records of the dump, and pairs of the benchmark's list."""
        for path in sorted(self.folder.glob("rejects-*.parquet")):
            for row in pq.read_table(path).to_pylist():
                yield Reject(
                    stage="testset" if row["file"] == TESTSET else "annotations",
                    source_id=row["source_id"] or "",
                    name=row["member"] or row["file"],
                    reason=row["reason"],
                    detail=row["detail"] or "",
                )

    def source(self, source_id: str) -> list[Clip]:
        """All clips of a source, by start and id."""
        partition, first, count = self._rows_of_source[source_id]
        return clips_of(self._partition(partition).slice(first, count))

    @lru_cache(maxsize=2)  # noqa: B019  # as long as the annotations are open
    def _partition(self, partition: int) -> pa.Table:
        return pq.read_table(self.folder / f"clips-{partition:04x}.parquet")


def annotations_of(out: Path) -> Annotations | None:
    """The annotations that a release was made of; before it is written, those last read.

    None if no import has read any.
    """
    previous = previous_release(out)
    cut_range = previous.manifest.facts.assumptions.get("cut_range") if previous else None
    reports = (work_folder(out) / "annotations").glob(f"*-{cut_range or '*'}/report.json")
    newest = max(reports, key=lambda path: path.stat().st_mtime_ns, default=None)
    return None if newest is None else Annotations(newest.parent)


def import_annotations(
    dump_root: Path,
    out: Path,
    *,
    cut_range: CutRange,
    jobs: int | None = None,
    progress: Listener = silent,
) -> Annotations:
    """Reads a dump, or opens the tables of an earlier run.

    Args:
        dump_root: the folder as downloaded.
        out: where the tables go, in a folder of their own.
        cut_range: which of the dump's two ranges is cut.
        jobs: number of processes; the number of cores if left out.
        progress: called for every archive and partition.

    Raises:
        FileNotFoundError: the folder has no dump.
        UnreadableList: a list of clips cannot be read.
        ValueError: the dump has no usable clip.
    """
    dump = find_dump(dump_root)
    asked = json.dumps([ANNOTATIONS_VERSION, dump.digest])
    name = hashlib.sha256(asked.encode()).hexdigest()[:24]
    folder = out / f"{name}-{cut_range}"
    out.mkdir(parents=True, exist_ok=True)
    # Jobs of several shards start together; the first one reads, the others wait for it.
    with file_lock(out / "lock", wait=True):
        if not (folder / "report.json").exists():
            _build(dump, folder, cut_range, jobs or os.cpu_count() or 1, progress)
            for other in out.iterdir():
                if other.is_dir() and other.name.partition("-")[0] != name:
                    shutil.rmtree(other, ignore_errors=True)
    annotations = Annotations(folder)
    if not annotations.source_ids:
        raise ValueError(
            f"{str(dump_root)!r} holds no usable clip. Rejected: {_rejects_in_words(annotations)}; "
            f"the table is {folder!s}/rejects-*.parquet"
        )
    return annotations


def _build(dump: Dump, folder: Path, cut_range: CutRange, jobs: int, progress: Listener) -> None:
    spills = folder / "spills"
    spills.mkdir(parents=True, exist_ok=True)
    for draft in folder.rglob(".*"):
        sweep_draft(draft)
    num_partitions = 1
    while (
        num_partitions < MAX_PARTITIONS and num_partitions * PARTITION_BYTES < dump.num_small_bytes
    ):
        num_partitions *= 2
    paths = [spills / f"{number:05d}.{num_partitions}" for number in range(len(dump.files))]
    tasks = [
        (path, read_file, (file, path, num_partitions))
        for path, file in zip(paths, dump.files, strict=True)
        if not path.exists()
    ]
    # Lists come first, since a bad one ends the import; then the largest archives, so that no
    # worker reads a large one alone at the end.
    tasks.sort(key=lambda task: -task[2][0].num_bytes)
    lists = [task for task in tasks if task[2][0].kind in LISTS]
    archives = [task for task in tasks if task[2][0].kind not in LISTS]
    join_outputs = [folder / f"joined-{number:04x}.json" for number in range(num_partitions)]
    joins: list[Task] = [
        (path, _join_to, (path, paths, number, cut_range, folder))
        for number, path in enumerate(join_outputs)
        if not path.exists()
    ]
    with _Workers(min(jobs, max(len(archives), len(joins), 1)), progress) as workers:
        workers.run(lists, "annotations", "files", len(paths) - len(archives))
        workers.run(archives, "annotations", "files", len(paths))
        workers.run(joins, "join", "partitions", len(join_outputs))
    _summarise(dump, folder, paths, join_outputs)
    shutil.rmtree(spills)
    for path in join_outputs:
        path.unlink()


Task = tuple[Path, Callable[..., None], tuple[Any, ...]]


class _Workers:
    """Worker processes that start once, on first use, and run all tasks."""

    def __init__(self, jobs: int, progress: Listener) -> None:
        self._jobs = jobs
        self._progress = progress
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> "_Workers":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def run(self, tasks: Sequence[Task], stage: str, unit: str, total: int) -> None:
        """Runs all tasks, and reports after each how many of the total are done."""
        done = total - len(tasks)
        for _ in self._results(tasks):
            done += 1
            self._progress(Progress(stage, done, total, unit))

    def _results(self, tasks: Sequence[Task]) -> Iterator[None]:
        if self._jobs <= 1 or len(tasks) <= 1:
            for _, function, arguments in tasks:
                yield function(*arguments)
            return
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._jobs, mp_context=context)
        futures = [self._pool.submit(function, *arguments) for _, function, arguments in tasks]
        for future in as_completed(futures):
            yield future.result()


def _join_to(
    target: Path, spills: Sequence[Path], partition: int, cut_range: CutRange, folder: Path
) -> None:
    _write_json(target, join_partition(spills, partition, cut_range, folder))


def _summarise(
    dump: Dump, folder: Path, spills: Iterable[Path], join_outputs: Sequence[Path]
) -> None:
    num_records: Counter[str] = Counter()
    repairs: Counter[str] = Counter()
    counts: dict[str, int] = {}
    directory: list[tuple[str, int, int, int]] = []
    problems: list[str] = []
    for file, path in zip(dump.files, spills, strict=True):
        summary = Spill(path).summary
        num_records[file.kind] += summary["num_records"]
        repairs.update(summary["repairs"])
        if num_others := summary.get("num_others"):
            problems.append(f"{file.name}: {num_others} texts in it are not names of clips")
    for partition, path in enumerate(join_outputs):
        output = json.loads(path.read_text())
        counts = add_counts(counts, output["counts"])
        first = 0
        for source_id, count in output["sources"]:
            directory.append((source_id, partition, first, count))
            first += count
    names = ("source_id", "partition", "first_row", "num_rows")
    columns = zip(*directory, strict=True) if directory else ([] for _ in names)
    pq.write_table(
        pa.table(dict(zip(names, map(list, columns), strict=True))), folder / "sources.parquet"
    )
    report = DumpReport(
        num_files=len(dump.files),
        missing=dump.missing,
        num_records=dict(sorted(num_records.items())),
        repairs=dict(sorted(repairs.items())),
        counts=counts,
        rejects=_count_rejects(folder, len(join_outputs)),
        problems=problems + _idle_lists(dump, num_records, counts) + _uneven_archives(dump),
    )
    _write_json(folder / "report.json", {"report": asdict(report)})


def _rejects_in_words(annotations: Annotations) -> str:
    """Every reason with its count and one example."""
    examples: dict[str, str] = {}
    for reject in annotations.rejects():
        examples.setdefault(reject.reason, f"{reject.name}: {reject.detail}")
    rejects = annotations.report.rejects
    counts_in_words = (
        f"{reason} {count} ({examples[reason]})" for reason, count in rejects.items()
    )
    return ", ".join(counts_in_words) or "nothing"


def _count_rejects(folder: Path, num_partitions: int) -> dict[str, int]:
    reasons: Counter[str] = Counter()
    for partition in range(num_partitions):
        table = pq.read_table(folder / f"rejects-{partition:04x}.parquet", columns=["reason"])
        reasons.update(table["reason"].to_pylist())
    return dict(sorted(reasons.items()))


def _idle_lists(dump: Dump, num_records: Mapping[str, int], counts: Mapping[str, int]) -> list[str]:
    """Lists that have no effect, and what follows from it."""
    problems = []
    for kind in sorted({file.kind for file in dump.files} & LISTS.keys()):
        if not num_records.get(kind):
            problems.append(f"{LISTS[kind]}: it is an empty list")
    if not counts.get("clips_in_sft_list"):
        num_names = num_records.get("sft", 0)
        why = f"none of its {num_names} names is a clip of this dump" if num_names else "no names"
        problems.append(f"{LISTS['sft']}: {why}: EVERY clip is `pretrain`")
    return problems


def _uneven_archives(dump: Dump) -> list[str]:
    numbers = Counter(file.kind for file in dump.files if file.is_archive)
    most = max(numbers.values(), default=0)
    return [
        f"{numbers[kind]} archives of {kind}, {most} of another kind: clips of the missing ones "
        "are listed among the rejects"
        for kind in sorted(numbers)
        if numbers[kind] < most and kind not in ("scenes", "voices")
    ]


def _write_json(path: Path, values: Mapping[str, Any]) -> None:
    with atomic_file(path) as draft:
        draft.write_text(json.dumps(values))
