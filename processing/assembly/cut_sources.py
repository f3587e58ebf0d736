"""Cuts the sources whose videos have arrived into the store, several at a time, each clip once.

    catalogue, videos, store -> what the store lacks -> cut -> parts in the store, and a report

The store says what is pending, so nothing is cut twice. A source that fails leaves the reasons in
its part and does not stop the others.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ...records import Listener, Progress, Working, silent
from ..engines import Stop, Stopped
from .clip_store import CutStore
from .cut_clips import CutClip, CutCounts, CutReject, CutRequest, CutSettings, cut_source
from .cut_workers import Crash, Cutting, cut_in_processes
from .stored_cuts import StoredCuts
from .takedown import KeptCatalogue


@dataclass(frozen=True, slots=True)
class CutRejection:
    """A clip that could not be cut from a source's video."""

    source_id: str
    """The source."""
    clip_id: str
    """The clip, or the voice from off screen (`...#voice-A`)."""
    reason: str
    """A stable short word."""
    detail: str
    """What exactly was wrong."""


@dataclass(slots=True)
class CutReport:
    """What a run cut, including what earlier runs cut of the videos that are still there."""

    num_cut: int = 0
    """Sources cut in this run."""
    num_done_before: int = 0
    """Sources that the store already had completely."""
    num_pending: int = 0
    """Sources left for the next run: by `limit`, a stop, a crash, or because the video
    disappeared or changed."""
    num_clips: int = 0
    """Clips of these sources in the store."""
    deleted: list[Path] = field(default_factory=list)
    """Videos removed after a complete cut."""
    rejects: list[CutRejection] = field(default_factory=list)
    """What could not be cut."""
    choices: list[tuple[str, str]] = field(default_factory=list)
    """Source, and which of its several tracks was read and why; of this run."""
    stopped: Stopped | None = None
    """Why cutting stopped early; None if it did not."""


@dataclass(frozen=True, slots=True)
class _Job:
    source_id: str
    video: Path
    requests: Sequence[CutRequest]
    """All that the release needs of it."""
    missing: Sequence[CutRequest]
    """Those that are not cut yet."""


def cut_sources(
    catalogue: KeptCatalogue,
    videos: Mapping[str, Path],
    store: CutStore,
    *,
    limit: int | None = None,
    jobs: int = 1,
    delete_sources: bool = False,
    stop: Stop | None = None,
    progress: Listener = silent,
) -> CutReport:
    """Cuts what is pending of these sources.

    Args:
        catalogue: which clips every source gives.
        videos: source id to file.
        store: where the parts are written.
        limit: cuts at most this many sources.
        jobs: processes, one source each.
        delete_sources: remove a video when its part is complete, read back and without rejects.
        stop: when to stop; sources in progress are still finished. Never, if left out.
        progress: called for every source.
    """
    report, stop = CutReport(), stop or Stop()
    store.sweep()
    pending: list[_Job] = []
    for source_id, video in videos.items():
        requests = catalogue.source(source_id).requests
        stored = store.find(source_id, requests, source_stamp=stamp_of(video))
        job = _Job(source_id, video, requests, stored.missing)
        if job.missing:
            pending.append(job)
        else:
            report.num_done_before += 1
            _account(report, job, stored, delete_sources)
    chosen = pending[:limit]
    number = 0

    def tell(running: Sequence[_Job | None]) -> None:
        workers = tuple(Working("" if job is None else job.video.name) for job in running)
        progress(
            Progress("cut", number, len(chosen), "sources", workers=workers, stopping=stop.words)
        )

    for event in _run(chosen, store, jobs, stop, tell):
        if isinstance(event, Cutting):
            tell(event.jobs)
            continue
        job, answer = event
        number += 1
        if isinstance(answer, Crash):
            report.rejects += _crashed(job, answer)
        else:
            report.choices += [(job.source_id, choice) for choice in answer]
        stored = store.find(job.source_id, job.requests)
        if not stored.missing:
            report.num_cut += 1
            _account(report, job, stored, delete_sources)
        progress(
            Progress("cut", number, len(chosen), "sources", job.source_id, stopping=stop.words)
        )
    report.num_pending, report.stopped = len(pending) - report.num_cut, stop.asked
    report.rejects.sort(key=lambda reject: (reject.source_id, reject.clip_id))
    report.choices.sort()
    return report


def _run(
    chosen: list[_Job],
    store: CutStore,
    jobs: int,
    stop: Stop,
    tell: Callable[[Sequence[_Job]], None],
) -> Iterator[tuple[_Job, tuple[str, ...] | Crash] | Cutting[_Job]]:
    """Cuts, and yields every finished source with the choice of its tracks, or a crash.

    Signs of life come in between; without worker processes, `tell` is called for every clip.
    """
    cut = partial(_cut, folder=store.folder, settings=store.settings)
    if jobs > 1 and len(chosen) > 1:
        yield from cut_in_processes(chosen, cut, jobs, stop)
        return
    for job in chosen:
        if stop.asked is not None:
            return
        yield job, cut(job, tell=partial(tell, [job]))


def _crashed(job: _Job, crash: Crash) -> list[CutRejection]:
    """Not kept in the store: memory may have run out, so the next run tries again."""
    return [
        CutRejection(job.source_id, request.clip_id, "crashed", crash.how)
        for request in job.missing
    ]


def _cut(
    job: _Job, folder: Path, settings: CutSettings, tell: Callable[[], None] = lambda: None
) -> tuple[str, ...]:
    """Cuts one source, and returns which of its tracks were chosen.

    Writes nothing if the video disappeared or changed meanwhile: another run has cut and deleted
    it, or somebody is still writing it.
    """
    stamp = stamp_of(job.video)
    if stamp is None:
        return ()
    counts = CutCounts()
    results = cut_source(job.video, job.missing, settings, counts=counts)
    results = _of_one_file(results, job.video, stamp, tell)
    try:
        CutStore(folder, settings).write(job.source_id, job.missing, results, source_stamp=stamp)
    except (FileNotFoundError, _Changed):
        if stamp_of(job.video) == stamp:
            raise
        return ()
    return counts.choices


class _Changed(Exception):
    """A video changed while it was cut."""


def _of_one_file(
    results: Iterator[CutClip | CutReject], video: Path, stamp: str, tell: Callable[[], None]
) -> Iterator[CutClip | CutReject]:
    """The results of a file, if it has not changed at the end: no clip mixes two files."""
    tell()
    for result in results:
        yield result
        tell()
    if stamp_of(video) != stamp:
        raise _Changed


def stamp_of(video: Path) -> str | None:
    """Size and time of a file; None if it is gone."""
    try:
        status = video.stat()
    except FileNotFoundError:
        return None
    return f"{status.st_size} {status.st_mtime_ns}"


def _account(report: CutReport, job: _Job, stored: StoredCuts, delete_sources: bool) -> None:
    rejects = stored.rejects
    report.num_clips += len(stored.cuts) - len(rejects)
    report.rejects += [
        CutRejection(job.source_id, reject.clip_id, str(reject.reason), str(reject.detail))
        for reject in rejects
    ]
    # A video without requests stays: the store has no cuts that could replace it.
    if delete_sources and job.requests and not rejects:
        for name in stored.cuts:
            stored.media(name)
        job.video.unlink(missing_ok=True)
        report.deleted.append(job.video)
