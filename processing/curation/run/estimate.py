"""What a run will take, before it begins: time, disk, memory, GPUs; and what the machine lacks.

status of the store, engine --> `Estimate`

Speeds come from the journal of this machine once a stage has run on three minutes of video, else
from our measurements; a backend that nobody measured has no speed, and the plan says so.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ....release import work_folder
from ...engines import Engine, Source, Stage, StageStore, due_sources
from ..tiers.scoring import SCORES
from .report import CurateReport

_LEAST_SECONDS = 180.0
"""Least length of video from which a speed of this machine is taken (ours)."""
_OURS: Mapping[tuple[str, str], tuple[float, float]] = {
    ("probe", "pyav"): (0.0005, 40),
    ("look", "opencv-haar"): (0.14, 6_800),
    ("look", "yunet, face mesh, dlib"): (0.23, 6_800),
    ("look", "yunet, face mesh, hog"): (0.23, 6_800),
    ("scenes", "speakervid5m"): (0.0001, 45),
    ("voices", "silero-vad, mfcc"): (0.03, 150),
    ("voices", "resemblyzer, silero-vad"): (0.02, 150),
    ("tracks", "speakervid5m"): (0.001, 430),
    ("binding", "speakervid5m"): (0.001, 105),
    ("binding", "face mesh and loudness"): (0.001, 105),
    ("identity", "speakervid5m"): (0.0001, 31),
    ("identity", "dlib distance 0.42"): (0.0001, 31),
    ("clips", "speakervid5m"): (0.001, 340),
    ("annotated", "speakervid5m"): (0.0001, 340),
}
"""Stage and backend to seconds on one core, and bytes of the store, for each second of video of
640 x 360 (`python -m benchmarks.curating --overhead`; of networks, on rendered shows of that size
by `python -m benchmarks.accuracy --profile compact`)."""
_CUTS_OF_SOURCE = 2.2
"""Bytes of cut clips for each byte of a source (ours, on rendered shows of 640 x 360 that keep all
scenes: crops of two people overlap, and are encoded at crf 20)."""
_RELEASE_OF_CUTS = 2.5
"""Bytes of a release for each byte of cut clips: every config embeds what it uses (ours, on the
same shows)."""


class CannotRun(ValueError):
    """This machine lacks what the run takes."""

    reason = "cannot_run"

    def __init__(self, lacks: Sequence[str]) -> None:
        super().__init__("; ".join(lacks))


@dataclass(frozen=True, kw_only=True, slots=True)
class StageEstimate:
    """What remains of one stage."""

    name: str
    """The stage."""
    media_seconds: float
    """Pending video, where its length is known."""
    seconds: float | None
    """On one process; None where its speed is unknown."""
    processes: int
    """Processes that run it at once."""
    store_bytes: float
    """Size of its tables."""
    from_here: bool
    """Whether the speed was measured on this machine."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """What a run will take."""

    num_sources: int
    """Videos."""
    media_seconds: float
    """Their length together."""
    num_of_unknown_length: int
    """Videos whose header gives no length."""
    stages: tuple[StageEstimate, ...]
    """The chosen stages, in order; stages over all sources together cost next to nothing."""
    processes: int
    """Of the stage with the most processes."""
    store_bytes: float
    """Still to be written by the stages."""
    cut_bytes: float
    """Still to be written as cut clips."""
    release_bytes: float
    """Still to be written as the release."""
    disk_bytes_free: int
    """On the disk of the release."""
    memory_bytes: int
    """Most memory that the processes of one stage take together."""
    memory_bytes_there: int
    """Of this machine, or of all machines of a cluster; 0 if unknown."""
    gpu_bytes: int
    """Most GPU memory that one process takes."""
    lacks: tuple[str, ...]
    """Why it cannot run, in words; empty if it can."""

    @property
    def seconds(self) -> float | None:
        """Of all stages on their processes; None where a speed is unknown."""
        pending = [stage for stage in self.stages if stage.media_seconds]
        if any(stage.seconds is None for stage in pending):
            return None
        return sum((stage.seconds or 0.0) / stage.processes for stage in pending)


def estimate(status: CurateReport, engine: Engine) -> Estimate:
    """Adds up what is pending and will run: the chosen stages over the chosen sources.

    Args:
        status: of the store, by a dry run.
        engine: what the stages would run on; says what it lacks for them.
    """
    curation, sources = status.curation, status.videos.sources
    options, chosen = curation.options, curation.chosen
    per_source = [stage for stage in curation.stages if stage.kind != "global"]
    stages = [stage for stage in per_source if stage.name in chosen]
    pending = due_sources(
        per_source,
        status.stages,
        sources,
        curation.store,
        chosen=chosen,
        limit=options.limit,
        retry_failed=options.retry_failed,
    )
    speeds = _speeds(curation.store)
    # A stage without pending sources needs no capacity; whether a global one has any is unknown.
    due = [
        stage for stage in curation.stages if stage.name in chosen and pending.get(stage.name, True)
    ]
    capacity = engine.capacity(due)
    rows = tuple(
        _stage_estimate(stage, pending[stage.name], speeds, capacity.processes.get(stage.name, 1))
        for stage in stages
    )
    lengths = [source.duration_seconds for source in sources]
    store_bytes = sum(row.store_bytes for row in rows)
    last = per_source[-1].name
    writes = options.shard is None and SCORES in chosen
    cut_bytes, release_bytes = 0.0, 0.0
    if writes or (options.shard is not None and chosen[-1] == last):
        cut_bytes, unreleased = _cut_bytes(status, pending.get(last, ()), last)
        if writes:
            release_bytes = _RELEASE_OF_CUTS * (cut_bytes + unreleased)
    free = shutil.disk_usage(_existing(work_folder(options.out))).free
    on_gpu = [stage for stage in due if stage.device_in(options.device) != "cpu"]
    lacks = [*capacity.lacks]
    to_write = store_bytes + cut_bytes + release_bytes
    if to_write > free:
        fewer = ", or a smaller --limit" if options.limit else ", or --limit"
        fewer = "" if options.finish else fewer
        lacks.append(
            f"about {to_write / 1e9:.1f} GB will be written and "
            f"{free / 1e9:.1f} GB are free: choose another --out{fewer}"
        )
    return Estimate(
        num_sources=len(sources),
        media_seconds=sum(length or 0.0 for length in lengths),
        num_of_unknown_length=lengths.count(None),
        stages=rows,
        processes=max(capacity.processes.values(), default=1),
        store_bytes=store_bytes,
        cut_bytes=cut_bytes,
        release_bytes=release_bytes,
        disk_bytes_free=free,
        memory_bytes=max(
            (capacity.processes[stage.name] * stage.resources.memory_bytes for stage in due),
            default=0,
        ),
        memory_bytes_there=capacity.memory_bytes,
        gpu_bytes=max((stage.resources.gpu_bytes for stage in on_gpu), default=0),
        lacks=tuple(lacks),
    )


def _cut_bytes(status: CurateReport, fresh: Sequence[Source], last: str) -> tuple[float, float]:
    """Bytes of clips to cut, and of clips that are cut and in no release yet.

    Which clips a source gives is unknown before its gates, so a finished source counts as cut if
    any clip of it is.
    """
    store = status.curation.cuts
    finished = [
        source for source in status.videos.sources if last in status.stages.keys[source.source_id]
    ]
    sizes = [store.size(source.source_id) for source in finished]
    uncut = [source for source, size in zip(finished, sizes, strict=True) if not size]
    to_cut = _CUTS_OF_SOURCE * _bytes_of([*fresh, *uncut])
    return to_cut, 0.0 if status.curation.options.out.exists() else float(sum(sizes))


def _bytes_of(sources: Sequence[Source]) -> int:
    return sum(source.path.stat().st_size for source in sources)


def _stage_estimate(
    stage: Stage,
    sources: Sequence[Source],
    speeds: Mapping[tuple[str, str], tuple[float, float]],
    processes: int,
) -> StageEstimate:
    pending = sum(source.duration_seconds or 0.0 for source in sources)
    name = (stage.name, stage.backend.name)
    speed = speeds.get(name) or _OURS.get(name)
    return StageEstimate(
        name=stage.name,
        media_seconds=pending,
        seconds=None if speed is None else speed[0] * pending,
        processes=processes,
        store_bytes=0.0 if speed is None else speed[1] * pending,
        from_here=name in speeds,
    )


def _speeds(store: StageStore) -> dict[tuple[str, str], tuple[float, float]]:
    """Seconds and bytes for a second of video, by stage and backend."""
    sums: dict[tuple[str, str], list[float]] = {}
    for note in store.notes():
        if note["event"] == "done" and note.get("media_seconds"):
            totals = sums.setdefault((note["stage"], note["backend"]), [0.0, 0.0, 0.0])
            for position, name in enumerate(("media_seconds", "seconds", "num_bytes")):
                totals[position] += note[name]
    return {
        name: (seconds / length, num_bytes / length)
        for name, (length, seconds, num_bytes) in sums.items()
        if length >= _LEAST_SECONDS
    }


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path.resolve()
