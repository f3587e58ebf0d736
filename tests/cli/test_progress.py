"""Progress on a terminal and off it, and how the first and the second Ctrl-C are answered."""

import io
import os
import re
import signal
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest
from rich.console import Console

from speakervid5m.cli.terminal.progress_display import ProgressDisplay, worker_line
from speakervid5m.processing.engines import (
    Backend,
    Source,
    Stage,
    StageStore,
    Stateless,
    Stop,
    Tables,
    run_stages,
)
from speakervid5m.records import Progress, Working

BUSY = Progress(
    "look",
    1,
    4,
    "sources",
    workers=(Working("[red]a very long name of a talk\x1b[31m of two.mp4", 60.0), Working()),
)


def console(*, is_terminal: bool, **environment: str) -> Console:
    return Console(
        file=io.StringIO(),
        force_terminal=is_terminal,
        width=60,
        height=12,
        _environ={"TERM": "xterm-256color", **environment},
    )


def said(screen: Console) -> str:
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


def test_a_terminal_has_a_line_for_each_process_and_one_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen = console(is_terminal=True, NO_COLOR="1")
    with ProgressDisplay(screen) as display:
        display(BUSY)
        assert display._live is not None
        display._live.refresh()
        shown = re.sub(r"\x1b\[[?0-9;]*[A-Za-z]|\r", "\n", said(screen)).split("\n")[-3:]
    assert shown == [
        " 1 look  [red]a very long name of a talk\\x1b[31m of…  0 done",
        " 2 look  idle  0 done",
        "look         1/4 sources",
    ]
    assert max(map(len, shown)) <= 60
    assert said(screen).count("look         1/4 sources\n") >= 1, "the last line stays"
    assert "\x1b[31m" not in said(screen)


def test_more_processes_than_lines_are_counted() -> None:
    screen = console(is_terminal=True)
    with ProgressDisplay(screen) as display:
        display(Progress("look", 0, 90, "sources", workers=(Working("a.mp4"),) * 64))
        text = display._render().plain.splitlines()
    assert len(text) == 11 and text[-2:] == ["and 55 more processes", "look         0/90 sources"]


def test_off_a_terminal_a_stage_ends_in_one_plain_line() -> None:
    screen = console(is_terminal=False)
    with ProgressDisplay(screen) as display:
        for done in range(5):
            display(Progress("look", done, 4, "sources", workers=BUSY.workers))
    assert said(screen) == "look         4/4 sources\n"


def test_the_name_of_a_video_gives_way_to_figures() -> None:
    talk = Working("a talk of two people.mp4", 600.0, 3, 1200.0)
    times = {"unit_spent": 20.0, "spent": 140.0}
    assert worker_line(1, "look", talk, **times, width=51) == (
        " 1 look  a talk of…  3 done  10.0x  0 min 40 s left"
    )
    assert worker_line(1, "look", talk, **times, width=9).startswith(" 1 look  a talk …  3 done")


def stage_that(signals: int, at: str) -> Stage:
    def run(source: Source, _: Mapping[str, Tables]) -> Tables:
        if source.source_id == at:
            for _signal in range(signals):
                os.kill(os.getpid(), signal.SIGINT)
        return {"t": pa.table({"x": [1]})}

    return Stage(
        name="look",
        what="is interrupted",
        backend=Backend(name="plain", licence="MIT"),
        load=Stateless(run),
    )


def sources() -> list[Source]:
    return [
        Source(source_id=f"s{n}", path=Path("x"), digest=str(n), name=f"talk {n}.mp4")
        for n in range(4)
    ]


def test_the_first_ctrl_c_says_what_it_waits_for_and_how_to_stop_now(tmp_path: Path) -> None:
    screen = console(is_terminal=False)
    with ProgressDisplay(screen) as display, Stop() as stop:
        report = run_stages(
            [stage_that(1, "s1")], sources(), StageStore(tmp_path), stop=stop, progress=display
        )
    assert report.stopped == "interrupted"
    assert (report.counts["look"].num_done, report.counts["look"].num_pending) == (2, 2)
    assert said(screen).splitlines() == [
        "stopping; Ctrl-C once more: stop now. Waiting for look of s1"
    ]


def test_the_second_ctrl_c_stops_now(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), Stop() as stop:
        run_stages([stage_that(2, "s1")], sources(), StageStore(tmp_path), stop=stop)
    assert signal.getsignal(signal.SIGINT) is before
