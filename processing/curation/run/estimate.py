"""What a run will take, before it begins: time, disk, memory, GPUs; and what it lacks of them.

Speeds are those of this machine's own journal where a stage has run on three minutes of video,
else ours; a backend that nobody has measured has none, and the plan says so.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ....release import work_folder
from ...assembly.clip_store import CutStore
from ...engines import Engine, Source, Stage, StageStore
from .options import CurateOptions, CurateReport
from .resolve import chosen_stages, stages_of, store_of
from .scoring import SCORES

_LEAST_SECONDS = 180.0
"""Video on which a speed of this machine's own rests (ours)."""
_OURS: Mapping[tuple[str, str], tuple[float, float]] = {
    ("probe", "pyav"): (0.0005, 40),
    ("look", "opencv-haar"): (0.14, 6_800),
    ("scenes", "speakervid5m"): (0.0001, 45),
    ("voices", "silero-vad, mfcc"): (0.03, 150),
    ("tracks", "speakervid5m"): (0.001, 430),
    ("binding", "speakervid5m"): (0.001, 105),
    ("identity", "speakervid5m"): (0.0001, 31),
    ("clips", "speakervid5m"): (0.001, 340),
    ("annotated", "speakervid5m"): (0.0001, 340),
}
"""Stage and backend to seconds on one core, and bytes of the store, for each second of video of
640 x 360 (`python -m benchmarks.curating --overhead`)."""
_CUTS_OF_SOURCE = 2.2
"""Bytes of cut clips for each byte of a source (ours, on rendered shows of 640 x 360, of which all
scenes are kept: crops of two people overlap, and are encoded at crf 20)."""
_RELEASE_OF_CUTS = 2.5
"""Bytes of a release for each byte of cut clips: every config embeds what it uses (ours, there)."""


class CannotRun(ValueError):
    """What a run takes is not there."""

    reason = "cannot_run"

    def __init__(self, lacks: Sequence[str]) -> None:
        super().__init__("; ".join(lacks))


@dataclass(frozen=True, kw_only=True, slots=True)
class StageEstimate:
    """What is left of one stage."""

    name: str
    """The stage."""
    media_seconds: float
    """Video that is pending, where its length is known."""
    seconds: float | None
    """On one process; None where nobody knows its speed."""
    processes: int
    """That run it at once."""
    store_bytes: float
    """Of its tables."""
    from_here: bool
    """Whether the speed is this machine's own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """What a run will take."""

    num_sources: int
    """Videos."""
    media_seconds: float
    """Their length together."""
    num_of_unknown_length: int
    """Those whose header does not say."""
    stages: tuple[StageEstimate, ...]
    """Those that were chosen, in order; the ones over all sources together cost nothing to speak
    of."""
    processes: int
    """Of the stage that has most of them at once."""
    store_bytes: float
    """To come, of the stages."""
    cut_bytes: float
    """To come, of cut clips."""
    release_bytes: float
    """To come, of the release."""
    disk_bytes_free: int
    """Where the release will stand."""
    memory_bytes: int
    """Most that the processes of a stage hold together."""
    memory_bytes_there: int
    """Of this machine, or of the machines of a cluster together; 0 if nobody can say."""
    gpu_bytes: int
    """Most that a process takes of a GPU."""
    lacks: tuple[str, ...]
    """Why it cannot run, in words; empty if it can."""

    @property
    def seconds(self) -> float | None:
        """Of all stages on their processes; None where the speed of one is not known."""
        pending = [stage for stage in self.stages if stage.media_seconds]
        if any(one.seconds is None for one in pending):
            return None
        return sum((one.seconds or 0.0) / one.processes for one in pending)


def estimate(options: CurateOptions, looked: CurateReport, engine: Engine) -> Estimate:
    """Adds up what is pending and will run: of the stages and as many sources as were asked for.

    Args:
        options: of the run.
        looked: how the store stands.
        engine: what the stages would run on; says what it lacks for them.
    """
    sources, store = looked.found.sources, store_of(options)
    known = stages_of(options)
    chosen = chosen_stages(options, [stage.name for stage in known])
    one_by_one = [stage for stage in known if stage.kind != "global"]
    stages = [stage for stage in one_by_one if stage.name in chosen]
    pending = _pending(options, looked, stages)
    speeds = _speeds(store)
    # What has nothing to do needs no room; what looks at all sources cannot know it yet.
    due = [one for one in known if one.name in chosen and pending.get(one.name, True)]
    room = engine.capacity(due)
    rows = tuple(
        _of_stage(stage, pending[stage.name], speeds, room.processes.get(stage.name, 1))
        for stage in stages
    )
    lengths = [source.duration_seconds for source in sources]
    store_bytes = sum(row.store_bytes for row in rows)
    last = one_by_one[-1].name
    writes = options.shard is None and SCORES in chosen
    cut_bytes, release_bytes = 0.0, 0.0
    if writes or (options.shard is not None and chosen[-1] == last):
        cut_bytes, standing = _cuts(options, looked, pending.get(last, ()), last)
        if writes:
            release_bytes = _RELEASE_OF_CUTS * (cut_bytes + standing)
    free = shutil.disk_usage(_existing(work_folder(options.out))).free
    on_gpu = [one for one in due if one.device_in(options.device) != "cpu"]
    lacks = [*room.lacks]
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
        processes=max(room.processes.values(), default=1),
        store_bytes=store_bytes,
        cut_bytes=cut_bytes,
        release_bytes=release_bytes,
        disk_bytes_free=free,
        memory_bytes=max(
            (room.processes[one.name] * one.resources.memory_bytes for one in due), default=0
        ),
        memory_bytes_there=room.memory_bytes,
        gpu_bytes=max((one.resources.gpu_bytes for one in on_gpu), default=0),
        lacks=tuple(lacks),
    )


def _pending(
    options: CurateOptions, looked: CurateReport, stages: Sequence[Stage]
) -> dict[str, list[Source]]:
    """By stage the sources of which a unit will run, chosen as `run_stages` does."""
    failed = (
        set() if options.retry_failed else {failure.source_id for failure in looked.stages.failures}
    )
    done = {name: set(keys) for name, keys in looked.stages.keys.items()}
    begun: set[str] = set()
    pending: dict[str, list[Source]] = {}
    for stage in stages:
        ready = [
            source
            for source in sorted(looked.found.sources, key=lambda one: one.source_id)
            if source.source_id not in failed
            and stage.name not in done[source.source_id]
            and done[source.source_id].issuperset(stage.reads)
        ]
        if options.limit is not None:
            fresh = [one.source_id for one in ready if one.source_id not in begun]
            begun |= set(fresh[: max(0, options.limit - len(begun))])
            ready = [one for one in ready if one.source_id in begun]
        for one in ready:
            done[one.source_id].add(stage.name)
        pending[stage.name] = ready
    return pending


def _cuts(
    options: CurateOptions, looked: CurateReport, fresh: Sequence[Source], last: str
) -> tuple[float, float]:
    """Bytes of clips to cut, and of those that stand and are in no release yet.

    What exactly a source gives is not known before its gates: one that was finished before is
    taken for cut if anything of it was.
    """
    store = CutStore(work_folder(options.out) / "cuts", options.settings)
    before = [
        source for source in looked.found.sources if last in looked.stages.keys[source.source_id]
    ]
    sizes = [store.size(one.source_id) for one in before]
    uncut = [one for one, size in zip(before, sizes, strict=True) if not size]
    to_cut = _CUTS_OF_SOURCE * _bytes_of([*fresh, *uncut])
    return to_cut, 0.0 if options.out.exists() else float(sum(sizes))


def _bytes_of(sources: Sequence[Source]) -> int:
    return sum(source.path.stat().st_size for source in sources)


def _of_stage(
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
            one = sums.setdefault((note["stage"], note["backend"]), [0.0, 0.0, 0.0])
            for at, name in enumerate(("media_seconds", "seconds", "num_bytes")):
                one[at] += note[name]
    return {
        name: (seconds / length, num_bytes / length)
        for name, (length, seconds, num_bytes) in sums.items()
        if length >= _LEAST_SECONDS
    }


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path.resolve()
