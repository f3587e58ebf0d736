"""Cuts the sources that have arrived into the store, several at a time, each piece once.

What is pending is asked of the store: what is done is never done again. A source that fails
leaves its reasons in its part and does not stop the others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ...records import Listener, Progress, silent
from ..engines import Stop, Stopped
from .catalogue import Catalogue, requests_of
from .clip_store import CutStore, StoredCuts
from .cut_clips import CutClip, CutCounts, CutReject, CutRequest, CutSettings, cut_source
from .cut_workers import Crash, cut_in_processes


@dataclass(frozen=True, slots=True)
class CutRejection:
    """A clip that a source's video did not give."""

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
    """What a wave cut, earlier waves' parts included where their videos are still there."""

    num_cut: int = 0
    """Sources cut in this run."""
    num_done_before: int = 0
    """Sources of which nothing was missing in the store."""
    num_pending: int = 0
    """Sources that `limit`, a stop, a crash, or a video that went or changed, left for the next
    run."""
    num_clips: int = 0
    """Pieces of these sources in the store."""
    deleted: list[Path] = field(default_factory=list)
    """Videos removed after a complete cut."""
    rejects: list[CutRejection] = field(default_factory=list)
    """What could not be cut."""
    choices: list[tuple[str, str]] = field(default_factory=list)
    """Source, and which of its tracks was read and why, where it gave a choice; of this run."""
    stopped: Stopped | None = None
    """Why cutting was to end, whatever is left."""


@dataclass(frozen=True, slots=True)
class _Job:
    source_id: str
    video: Path
    requests: list[CutRequest]
    """What the release asks of it."""
    missing: Sequence[CutRequest]
    """What of that was not cut yet."""


def cut_sources(
    catalogue: Catalogue,
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
        store: where parts stand.
        limit: at most so many sources are cut.
        jobs: processes, one source each.
        delete_sources: remove a video when its part is complete, read back and without rejects.
        stop: when to stop: sources in flight are cut to their end; never, if left out.
        progress: told of every source.
    """
    report, stop = CutReport(), stop or Stop()
    store.sweep()
    pending: list[_Job] = []
    for source_id, video in videos.items():
        requests = requests_of(catalogue.samples(source_id))
        found = store.find(source_id, requests, source_stamp=stamp_of(video))
        job = _Job(source_id, video, requests, found.missing)
        if job.missing:
            pending.append(job)
        else:
            report.num_done_before += 1
            _account(report, job, found, delete_sources)
    chosen = pending[:limit]
    for number, (job, answer) in enumerate(_run(chosen, store, jobs, stop)):
        if isinstance(answer, Crash):
            report.rejects += _crashed(job, answer)
        else:
            report.choices += [(job.source_id, choice) for choice in answer]
        found = store.find(job.source_id, job.requests)
        if not found.missing:
            report.num_cut += 1
            _account(report, job, found, delete_sources)
        progress(Progress("cut", number + 1, len(chosen), "sources", job.source_id))
    report.num_pending, report.stopped = len(pending) - report.num_cut, stop.asked
    report.rejects.sort(key=lambda reject: (reject.source_id, reject.clip_id))
    report.choices.sort()
    return report


def _run(
    chosen: list[_Job], store: CutStore, jobs: int, stop: Stop
) -> Iterator[tuple[_Job, tuple[str, ...] | Crash]]:
    """Cuts, and gives every source that is done with what was chosen of its tracks."""
    cut = partial(_cut, folder=store.folder, settings=store.settings)
    if jobs > 1 and len(chosen) > 1:
        yield from cut_in_processes(chosen, cut, jobs, stop)
        return
    for job in chosen:
        if stop.asked is not None:
            return
        yield job, cut(job)


def _crashed(job: _Job, crash: Crash) -> list[CutRejection]:
    """Not kept in the store: it may have been want of memory, so the next run tries again."""
    return [
        CutRejection(job.source_id, request.clip_id, "crashed", crash.how)
        for request in job.missing
    ]


def _cut(job: _Job, folder: Path, settings: CutSettings) -> tuple[str, ...]:
    """Gives what was chosen of its tracks.

    Keeps nothing if the video went meanwhile, or became another: another run has cut and deleted
    it, or somebody still writes it.
    """
    stamp = stamp_of(job.video)
    if stamp is None:
        return ()
    counts = CutCounts()
    results = cut_source(job.video, job.missing, settings, counts=counts)
    results = _of_one_file(results, job.video, stamp)
    try:
        CutStore(folder, settings).write(job.source_id, job.missing, results, source_stamp=stamp)
    except (FileNotFoundError, _Changed):
        if stamp_of(job.video) == stamp:
            raise
        return ()
    return counts.choices


class _Changed(Exception):
    """A video became another while it was cut."""


def _of_one_file(
    results: Iterator[CutClip | CutReject], video: Path, stamp: str
) -> Iterator[CutClip | CutReject]:
    """What was cut of a file, if it is the same at the end: no clip is of two."""
    yield from results
    if stamp_of(video) != stamp:
        raise _Changed


def stamp_of(video: Path) -> str | None:
    """Size and time of a file; None where it has gone."""
    try:
        status = video.stat()
    except FileNotFoundError:
        return None
    return f"{status.st_size} {status.st_mtime_ns}"


def _account(report: CutReport, job: _Job, found: StoredCuts, delete_sources: bool) -> None:
    rejects = found.rejects
    report.num_clips += len(found.pieces) - len(rejects)
    report.rejects += [
        CutRejection(job.source_id, piece.clip_id, str(piece.reason), str(piece.detail))
        for piece in rejects
    ]
    # Of a video that nothing is asked of, nothing was cut that could stand for it.
    if delete_sources and job.requests and not rejects:
        for name in found.pieces:
            found.media(name)
        job.video.unlink(missing_ok=True)
        report.deleted.append(job.video)
