"""Contenders in turns, ratios of their times, and what chance does to them."""

import gc
import importlib.metadata
import os
import platform
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .processes import cpu_seconds

_PACKAGES = (
    *("torch", "torchcodec", "av", "decord", "datasets", "webdataset", "litdata"),
    *("mosaicml-streaming", "torchdata", "spdl"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the report."""

    name: str
    """What is compared."""
    ratio: float
    """Theirs by ours: above 1, ours is faster; or a plain value, see `unit`."""
    low: float
    """Begin of the 95 % interval."""
    high: float
    """Its end."""
    target: float | None = None
    """What was aimed at; at most it where `at_most`."""
    at_most: bool = False
    """Whether smaller is better."""
    unit: str = "ratio"
    """What the numbers are."""
    cpu_ratio: float | None = None
    """The same by processor time, children included."""
    cpu_low: float | None = None
    """Begin of its 95 % interval."""
    cpu_high: float | None = None
    """Its end."""
    note: str = ""
    """What to know of it."""

    @property
    def holds(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        return self.ratio <= self.target if self.at_most else self.ratio >= self.target

    @property
    def claim(self) -> str:
        """What may be said of a ratio: nothing where its interval touches 1."""
        if self.unit != "ratio":
            return ""
        return "no claim" if self.low <= 1 <= self.high else "faster" if self.low > 1 else "slower"

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return {**asdict(self), "holds": self.holds, "claim": self.claim}


@dataclass(frozen=True, slots=True)
class Cost:
    """Time of one run."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of processor, children that ended included."""


def timed(run: Callable[[], object]) -> Cost:
    """The cost of one run; what it says itself, if it says a cost."""
    gc.collect()
    cpu, wall = cpu_seconds(), time.perf_counter()
    found = run()
    if isinstance(found, Cost):
        return found
    return Cost(time.perf_counter() - wall, cpu_seconds() - cpu)


def in_turns(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[Cost]]:
    """Runs all of them once for warming up, then in turns: forwards, backwards, forwards."""
    for run in contenders.values():
        run()
    found: dict[str, list[Cost]] = {name: [] for name in contenders}
    for number in range(rounds):
        names = list(contenders)
        for name in names[::-1] if number % 2 else names:
            found[name].append(timed(contenders[name]))
    return found


def compared(
    name: str,
    ours: Sequence[Cost],
    theirs: Sequence[Cost],
    *,
    target: float | None = None,
    by_cpu: bool = False,
    note: str = "",
    scale: float = 1.0,
) -> Row:
    """Theirs by ours, round by round.

    Args:
        name: of the row.
        ours: costs.
        theirs: costs.
        target: least ratio aimed at.
        by_cpu: whether the ratio is of processor time: for what runs on one thread anyway.
        note: of the row.
        scale: factor, where both do not do equally much in one run.
    """
    wall = [scale * b.wall / a.wall for a, b in zip(ours, theirs, strict=True)]
    cpu = [scale * b.cpu / max(a.cpu, 1e-9) for a, b in zip(ours, theirs, strict=True)]
    ratios = cpu if by_cpu else wall
    low, high = bootstrap(ratios)
    cpu_low, cpu_high = bootstrap(cpu)
    return Row(
        name=name,
        ratio=statistics.median(ratios),
        low=low,
        high=high,
        target=target,
        cpu_ratio=statistics.median(cpu),
        cpu_low=cpu_low,
        cpu_high=cpu_high,
        note=note,
    )


def value(
    name: str,
    values: Sequence[float],
    unit: str,
    *,
    target: float | None = None,
    at_most: bool = True,
    note: str = "",
) -> Row:
    """A plain number, its median and interval."""
    low, high = bootstrap(values)
    return Row(
        name=name,
        ratio=statistics.median(values),
        low=low,
        high=high,
        target=target,
        at_most=at_most,
        unit=unit,
        note=note,
    )


def bootstrap(values: Sequence[float], draws: int = 2000) -> tuple[float, float]:
    """The 95 % interval of the median, by drawing rounds with replacement."""
    rng = random.Random(0)
    medians = sorted(statistics.median(rng.choices(values, k=len(values))) for _ in range(draws))
    return medians[int(0.025 * draws)], medians[int(0.975 * draws) - 1]


def resident_bytes(kind: str = "RssAnon") -> int:
    """Memory of this process: `RssAnon` is its own, `VmRSS` counts mapped files too."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"no {kind} in /proc/self/status")


def machine() -> str:
    """Processors, what else runs, and versions."""
    found = [f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}"]
    found.append(f"Python {platform.python_version()}")
    for name in _PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return ", ".join(found)
