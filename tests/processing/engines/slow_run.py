"""A small run, started as a program: FOLDER LOG ENGINE; a line of the log for every unit begun.

`hold(LOG, number)` has units wait once so many are begun, until the run says that it stops, or they
are released.
"""

import contextlib
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pyarrow as pa

from speakervid5m.processing.engines import (
    Backend,
    Engine,
    Inline,
    Local,
    Source,
    Stage,
    StageStore,
    Stateless,
    Stop,
    Tables,
    run_stages,
)
from speakervid5m.records import Progress

NUM_SOURCES = 8
STAGES = (("a", ()), ("b", ("a",)), ("c", ("a", "b")))
SECONDS = 0.02


def slow(source: Source, _: Mapping[str, Tables], *, log: str, name: str) -> Tables:
    with Path(log).open("a") as file:
        file.write(f"{name} {source.source_id}\n")
    time.sleep(SECONDS)
    while is_held(Path(log)):
        time.sleep(0.005)
    return {"t": pa.table({"value": list(range(2000))})}


def hold(log: Path, number: int) -> None:
    log.with_suffix(".gate").write_text(str(number))


def release(log: Path) -> None:
    log.with_suffix(".gate").unlink(missing_ok=True)


def is_held(log: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        number = int(log.with_suffix(".gate").read_text())
        return len(log.read_text().splitlines()) >= number
    return False


def release_when_told(progress: Progress, log: Path) -> None:
    """Units end once the run has said, while they are in work, that it stops."""
    if progress.stopping:
        log.with_suffix(".words").write_text(progress.stopping)
        release(log)


def stages(log: str) -> list[Stage]:
    backend = Backend(name="plain", licence="Apache-2.0")
    return [
        Stage(
            name=name,
            what="sleeps",
            reads=reads,
            backend=backend,
            load=Stateless(partial(slow, log=log, name=name)),
        )
        for name, reads in STAGES
    ]


def sources() -> list[Source]:
    return [
        Source(source_id=f"s{number}", path=Path("x"), digest=str(number), name="")
        for number in range(NUM_SOURCES)
    ]


def engine_of(name: str) -> Engine:
    if name == "ray":
        from speakervid5m.processing.engines.ray import RayEngine

        return RayEngine()
    return Inline() if name == "inline" else Local()


def main() -> None:
    folder, log, name = sys.argv[1:4]
    store = StageStore(Path(folder))
    engine = engine_of(name)
    try:
        with Stop() as stop:
            told = partial(release_when_told, log=Path(log))
            report = run_stages(
                stages(log), sources(), store, engine=engine, stop=stop, progress=told
            )
    finally:
        engine.close()
    sys.stdout.write(f"{report.stopped}\n")
