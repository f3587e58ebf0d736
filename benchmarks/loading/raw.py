"""Stored bytes beside peers: samples a second, and the time to the first batch."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from . import peers
from .measure import Cost, Row, compared, in_turns
from .processes import cpu_seconds

_TARGETS = {"WebDataset": 3.0, "MDS": 2.0, "LitData": 1.0}
_WORKER_TARGETS = {"WebDataset": 4.0, "MDS": 4.0, "LitData": 4.0}
_FIRST_TARGETS = {"HF streaming": 10.0, "MDS": 10.0, "LitData": 5.0}


def raw_rows(formats: peers.Formats, workers: int, rounds: int) -> list[Row]:
    """Every peer's epochs, between the first batch and the last; digests are compared before."""
    epochs = peers.raw_epochs(formats.folder, formats.root, workers)
    peers.checked(formats.samples, epochs)
    # Epochs of the faster ones are short in process; the start is another row.
    repeats = 1 if workers else 3

    def run(epoch: peers.Epoch) -> Callable[[], Cost]:
        def once() -> Cost:
            clock: list[tuple[float, float]] = []
            for _ in range(repeats):
                for _ in epoch():
                    clock.append((time.perf_counter(), cpu_seconds()))
            return Cost(clock[-1][0] - clock[0][0], clock[-1][1] - clock[0][1])

        return once

    costs = in_turns({name: run(epoch) for name, epoch in epochs.items()}, rounds)
    where = f"{workers} worker processes" if workers else "in process"
    targets = _WORKER_TARGETS if workers else _TARGETS
    note = (
        "from the first batch to the last; ours are slices of the map"
        if workers
        else "ours compares every checksum and copies nothing"
    )
    return [
        compared(
            f"raw samples {where}, over {name}",
            costs["ours"],
            found,
            target=targets.get(name),
            note=note,
        )
        for name, found in costs.items()
        if name != "ours"
    ]


def first_rows(formats: peers.Formats, rounds: int, *, quick: bool) -> list[Row]:
    """Seconds from after the imports to the first batch, each in a process of its own.

    A quick run leaves those out that have no target: their imports take longest.
    """
    names = list(peers.raw_epochs(formats.folder, formats.root, 0))
    if quick:
        names = [name for name in names if name == "ours" or name in _FIRST_TARGETS]
    found: dict[str, list[Cost]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names[::-1] if number % 2 else names:
            command = [sys.executable, "-m", "benchmarks.loading.first", name]
            output = subprocess.run(
                [*command, str(formats.folder), str(formats.root)],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            wall, cpu = (float(one) for one in output.split()[-2:])
            found[name].append(Cost(wall, cpu))
    own: Sequence[Cost] = found["ours"]
    middle = statistics.median(cost.wall for cost in own)
    return [
        compared(
            f"time to first batch after imports, over {name}",
            own,
            costs,
            target=_FIRST_TARGETS.get(name),
            note=f"ours {middle * 1000:.0f} ms",
        )
        for name, costs in sorted(found.items())
        if name != "ours"
    ]
