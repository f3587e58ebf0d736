"""Runs all rows, prints them as a table and writes them as JSON."""

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from speakervid5m.loaders import Loader, VideoSpec
from speakervid5m.release import Samples

from . import peers
from .data import make_media, make_release, raw_samples
from .decoding import decoding_rows, mean_bit_rate
from .measure import Cost, Row, compared, in_turns, machine, value
from .remote import remote_rows
from .scale import scale_rows

_RAW_TARGETS = {"WebDataset": 3.0, "MDS": 2.0, "LitData": 1.0}
_WORKER_TARGETS = {"WebDataset": 4.0, "MDS": 4.0, "LitData": 4.0}
_FIRST_TARGETS = {"HF streaming": 10.0, "MDS": 10.0, "LitData": 5.0}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the comparison and gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loading", description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="where the rows are written")
    parser.add_argument("--quick", action="store_true", help="under five minutes")
    parser.add_argument("--only", nargs="*", help="decoding raw decoded first remote resume scale")
    parser.add_argument("--rounds", type=int, help="of each comparison")
    parser.add_argument("--rows", type=int, help="of the large index")
    options = parser.parse_args(arguments)
    logging.disable(logging.WARNING)
    rounds = options.rounds or (5 if options.quick else 15)
    began = time.monotonic()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="speakervid5m-loading-") as name:
        folder = Path(name)
        os.environ["SPEAKERVID5M_CACHE"] = str(folder / "cache")
        bench = _Bench(folder, quick=options.quick, rounds=rounds)
        for part, run in bench.parts(options.rows).items():
            if options.only and part not in options.only:
                continue
            for row in run():
                rows.append(row)
                _show(row)
            print(f"-- {part}: {time.monotonic() - began:.0f} s so far", flush=True)
    report = {
        "machine": machine(),
        "rounds": rounds,
        "seconds": time.monotonic() - began,
        "peers_left_out": [
            one for one in ("webdataset", "litdata", "streaming") if not peers.installed(one)
        ],
        "video_mbit_per_second": bench.bit_rate,
        "rows": [row.to_dict() for row in rows],
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=1) + "\n")
    return 0


class _Bench:
    def __init__(self, folder: Path, *, quick: bool, rounds: int) -> None:
        self._folder, self._quick, self._rounds = folder, quick, rounds
        number = 4 if quick else 12
        lengths = [100 + 37 * index % 100 for index in range(number)]
        self._media = [make_media(seed, length, 25) for seed, length in enumerate(lengths)]
        self._sparse = [make_media(seed, 250, 250) for seed in range(2 if quick else 6)]
        self.bit_rate = mean_bit_rate(self._media)
        self._formats: peers.Formats | None = None

    def parts(self, large: int | None) -> dict[str, Callable[[], list[Row]]]:
        return {
            "decoding": lambda: decoding_rows(self._media, self._sparse, self._rounds),
            "decoded": self._decoded,
            "raw": lambda: [*self._raw(0), *self._raw(2)],
            "first": self._first,
            "remote": lambda: remote_rows(self._released().root, self._rounds),
            "resume": self._resume,
            "scale": lambda: scale_rows(
                self._folder / "large", large or (520_000 if self._quick else 5_200_000)
            ),
        }

    def _released(self) -> peers.Formats:
        if self._formats is None:
            root = self._folder / "speakervid5m"
            samples = make_release(root, self._media, 192 if self._quick else 512)
            self._formats = peers.Formats(root, samples)
        return self._formats

    def _raw(self, workers: int) -> list[Row]:
        formats = self._released()
        epochs = peers.raw_epochs(formats.folder, formats.root, workers)
        whole = sum(
            len(data) for _, media in raw_samples(formats.samples) for data in media.values()
        )

        def run(epoch: Callable[[], Iterator[int]]) -> Callable[[], Cost]:
            def once() -> Cost:
                found: list[int] = []
                clock: list[tuple[float, float]] = []
                for _ in range(1 if workers else 3):
                    for size in epoch():
                        found.append(size)
                        clock.append((time.perf_counter(), time.process_time()))
                assert sum(found) == whole * (1 if workers else 3), (sum(found), whole)
                # Between the first batch and the last: the start is another row.
                return Cost(clock[-1][0] - clock[0][0], clock[-1][1] - clock[0][1])

            return once

        costs = in_turns({name: run(epoch) for name, epoch in epochs.items()}, self._rounds)
        where = f"{workers} worker processes" if workers else "in process"
        targets = _WORKER_TARGETS if workers else _RAW_TARGETS
        return [
            compared(
                f"raw samples {where}, over {name}",
                costs["ours"],
                found,
                target=targets.get(name),
                note="from the first batch to the last; ours are slices of the map"
                if workers
                else "ours compares every checksum and copies nothing",
            )
            for name, found in costs.items()
            if name != "ours"
        ]

    def _decoded(self) -> list[Row]:
        rows = []
        for windows, target in ((False, 1.3), (True, 2.0)):
            samples = make_release(
                self._folder / f"decoded{int(windows)}" / "speakervid5m",
                self._media,
                12 if self._quick else 48,
            )
            root = Path(samples.release.root)
            epochs = peers.decoded_epochs(root, windows)
            costs = in_turns(
                {name: _drained(epoch) for name, epoch in epochs.items()},
                min(self._rounds, 4),
            )
            what = "windows of 32 frames" if windows else "whole clips"
            rows.append(
                compared(
                    f"decoded dialogue batches RGB, {what}, over HF streaming with Video, 2 "
                    "workers",
                    costs["ours"],
                    costs["theirs"],
                    target=target,
                    note="their frames cross by shared memory; ours are decoded by threads",
                )
            )
        return rows

    def _first(self) -> list[Row]:
        formats = self._released()
        names = ["ours", *peers.raw_epochs(formats.folder, formats.root, 0).keys() - {"ours"}]
        found: dict[str, list[Cost]] = {name: [] for name in names}
        for _ in range(3 if self._quick else 7):
            for name in names:
                command = [sys.executable, "-m", "benchmarks.loading.first", name]
                output = subprocess.run(
                    [*command, str(formats.folder), str(formats.root)],
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout
                seconds = float(output.split()[-1])
                found[name].append(Cost(seconds, seconds))
        own = sorted(cost.wall for cost in found["ours"])[len(found["ours"]) // 2]
        return [
            compared(
                f"time to first batch after imports, over {name}",
                found["ours"],
                costs,
                target=_FIRST_TARGETS.get(name),
                note=f"ours {own * 1000:.0f} ms",
            )
            for name, costs in sorted(found.items())
            if name != "ours"
        ]

    def _resume(self) -> list[Row]:
        samples = self._released().samples
        video = VideoSpec(num_frames=8, window="random")
        made = _loader(samples, 8, video)
        iterated = iter(made)
        next(iterated)
        state = made.state_dict()
        iterated.close()
        whole = [one for batch in _loader(samples, 8, None) for one in batch.sample_ids]
        exact = []
        for ranks, workers in ((1, 2), (2, 1), (4, 0)):
            parts = []
            for rank in range(ranks):
                own = _loader(samples, 8 // ranks, None, rank, ranks, workers)
                own.load_state_dict(state)
                parts.append([batch.sample_ids for batch in own])
            joined = [one for batch in zip(*parts, strict=True) for ids in batch for one in ids]
            exact.append(joined == whole[8:])
        seconds: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(self._rounds):
            for decodes, found in seconds.items():
                resumed = _loader(samples, 8, video if decodes else None)
                begun = time.perf_counter()
                resumed.load_state_dict(state)
                running = iter(resumed)
                next(running)
                found.append(time.perf_counter() - begun)
                running.close()
        return [
            value("resume: bytes of the state", [len(json.dumps(state))], "bytes", target=1024),
            value("resume: time to the next batch of 8 records", seconds[False], "s", target=0.2),
            value(
                "resume: time to the next batch of 8 decoded dialogues",
                seconds[True],
                "s",
                target=0.2,
                note="on one thread, 8 random frames of each clip and a reference",
            ),
            value(
                "resume: exact for (ranks, workers) 1x2, 2x1, 4x0",
                [float(all(exact))],
                "of 1",
                target=1.0,
                at_most=False,
            ),
        ]


def _loader(
    samples: Samples,
    batch: int,
    video: VideoSpec | None,
    rank: int = 0,
    ranks: int = 1,
    workers: int = 0,
) -> Loader:
    return Loader(
        samples,
        batch_size=batch,
        video=video,
        audio=None,
        rank=rank,
        world_size=ranks,
        num_workers=workers,
    )


def _drained(epoch: Callable[[], Iterator[Any]]) -> Callable[[], None]:
    def run() -> None:
        for _ in epoch():
            pass

    return run


def _show(row: Row) -> None:
    aim = "" if row.target is None else f" (aim {'<=' if row.at_most else '>='} {row.target:g})"
    kept = {True: "holds", False: "MISSES", None: ""}[row.holds]
    cpu = "" if row.cpu_ratio is None else f", cpu {row.cpu_ratio:.2f}"
    print(
        f"{row.name}: {row.ratio:.3g} {row.unit} [{row.low:.3g}, {row.high:.3g}]{cpu}{aim} {kept}",
        flush=True,
    )


if __name__ == "__main__":
    raise SystemExit(main())
