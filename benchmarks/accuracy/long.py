"""A ten-minute show to a verified release by the command that users type, with no network."""

import contextlib
import os
import resource
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from speakervid5m.cli import main as speakervid5m
from speakervid5m.records import BRANCHES
from speakervid5m.release import open_release, verify, work_folder

from .compare import Comparison
from .pipeline import run_profile
from .shows import FIRST_SEED, rendered, specs

SECONDS = 600.0
"""Length of the show."""
_PROCESSES = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
_SEED = 1000
"""Beside the reported shows: 2000 in all."""


def long_show(
    folder: Path, work: Path, profile: str, *, seconds: float = SECONDS
) -> dict[str, Any]:
    """Renders, curates, verifies, compares.

    Args:
        folder: where the show is kept.
        work: where the release is built.
        profile: whose stages run.
        seconds: length of the show.

    Raises:
        RuntimeError: `curate run` ended otherwise than well, or the release is not whole.
    """
    (show,) = rendered(specs([_SEED], "clean", seconds=seconds), folder)
    out = work / "speakervid5m"
    arguments = ["curate", "run", str(show.path), "--out", str(out), "--profile", profile]
    began, on_the_clock = _cpu_seconds(), time.monotonic()
    # What is printed is the command's, and no figure.
    with refused(), contextlib.redirect_stdout(sys.stderr):
        status = speakervid5m(arguments)
    spent, waited = _cpu_seconds() - began, time.monotonic() - on_the_clock
    if status:
        raise RuntimeError(f"speakervid5m {' '.join(arguments)} ended with {status}")
    report = verify(str(out))
    if not report.ok:
        raise RuntimeError(f"the release is not whole: {report.problems[:3]}")
    release = open_release(str(out))
    rows = {name: len(release[name]) for name in release.configs}
    missing = [one for one in BRANCHES if not any(name.startswith(one) for name in rows)]
    ran = run_profile(profile, [show.source], work_folder(out) / "compared")
    comparison = Comparison()
    comparison.add(show, ran.found[show.truth.source_id])
    return {
        "kind": "long",
        "seconds": seconds,
        "first_seed": FIRST_SEED + _SEED,
        "profile": profile,
        "verified": report.ok,
        "branches_missing": missing,
        **{f"num_{name}": count for name, count in rows.items()},
        **comparison.figures(),
        "real_time_factor": ran.cpu_seconds / seconds,
        "real_time_factor_to_release": spent / seconds,
        "seconds_on_the_clock": waited,
        "peak_memory_mb": max(resource.getrusage(one).ru_maxrss for one in _PROCESSES) / 1024,
    }


def _cpu_seconds() -> float:
    """Of this process and of those that it has waited for."""
    return sum(os.times()[:4])


@contextlib.contextmanager
def refused() -> Iterator[None]:
    """Every connection of this process is, so that none is made without a word."""

    def refuse(_: socket.socket, address: object) -> NoReturn:
        raise ConnectionRefusedError(f"no network in this benchmark: {address}")

    whole = socket.socket.connect
    socket.socket.connect = refuse  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        socket.socket.connect = whole  # type: ignore[method-assign]
