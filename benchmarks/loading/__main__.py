"""Runs all rows, prints them as a table and writes them as JSON."""

import argparse
import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from speakervid5m.loaders import Loader, VideoSpec
from speakervid5m.release import Samples

from . import peers
from .data import make_media, make_release
from .decoded import decoded_epochs, num_rows
from .decoding import decoding_rows, mean_bit_rate
from .engines import EngineRow, engine_rows
from .installing import install_peers
from .measure import Row, compared, in_turns, machine, value
from .memory import memory_rows
from .raw import first_rows, raw_rows
from .remote import remote_rows
from .report import draw, markdown, verdict
from .scale import scale_rows
from .soak import soak_rows

_PARTS = (
    "decoding",
    "decoded",
    "engines",
    "raw",
    "first",
    "memory",
    "remote",
    "resume",
    "scale",
    "soak",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the comparison and gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loading", description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="rows; plots stand beside it")
    parser.add_argument("--quick", action="store_true", help="under five minutes")
    parser.add_argument("--only", nargs="*", help=f"some of: {' '.join(_PARTS)}")
    parser.add_argument("--rounds", type=int, help="of each comparison")
    parser.add_argument("--rows", type=int, help="of the large index")
    parser.add_argument("--install", action="store_true", help="the peers first, by uv")
    options = parser.parse_args(arguments)
    if wrong := set(options.only or ()) - set(_PARTS):
        parser.error(f"--only {' '.join(sorted(wrong))}: there are {', '.join(_PARTS)}")
    if options.install:
        install_peers()
    logging.disable(logging.WARNING)
    rounds = options.rounds or (3 if options.quick else 15)
    # A process for each contender takes its time.
    parts = [one for one in _PARTS if not (options.quick and one in ("memory", "soak"))]
    began = time.monotonic()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="speakervid5m-loading-") as name:
        folder = Path(name)
        os.environ["SPEAKERVID5M_CACHE"] = str(folder / "cache")
        bench = _Bench(folder, quick=options.quick, rounds=rounds)
        for part, run in bench.parts(options.rows).items():
            if part not in (options.only or parts):
                continue
            for row in run():
                rows.append(row)
                _show(row)
            print(f"-- {part}: {time.monotonic() - began:.0f} s so far", flush=True)
    report = {
        "machine": machine(),
        "rounds": rounds,
        "seconds": time.monotonic() - began,
        "peers_left_out": [one for one in peers.PACKAGES if not peers.installed(one)],
        "video_mbit_per_second": bench.bit_rate,
        "rows": [row.to_dict() for row in rows],
        "engines": [one.to_dict() for one in bench.engines],
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=1) + "\n")
    drawn = draw(rows, bench.engines, options.json.parent)
    print(f"\n{report['machine']}; {rounds} rounds, {report['seconds']:.0f} s\n")
    print(markdown(rows, bench.engines))
    if left_out := report["peers_left_out"]:
        print(f"\nnot installed, so left out: {left_out}; --install gets them")
    print(f"\nwritten: {', '.join(str(path) for path in [options.json, *drawn])}")
    return 0


class _Bench:
    def __init__(self, folder: Path, *, quick: bool, rounds: int) -> None:
        self._folder, self._quick, self._rounds = folder, quick, rounds
        number = 4 if quick else 12
        lengths = [100 + 37 * index % 100 for index in range(number)]
        self._media = [make_media(seed, length, 25) for seed, length in enumerate(lengths)]
        self._sparse = [make_media(seed, 250, 250) for seed in range(2 if quick else 6)]
        self.bit_rate = mean_bit_rate(self._media)
        self.engines: list[EngineRow] = []
        self._formats: peers.Formats | None = None

    def parts(self, large: int | None) -> dict[str, Callable[[], list[Row]]]:
        return {
            "decoding": lambda: decoding_rows(self._media, self._sparse, self._rounds),
            "decoded": self._decoded,
            "engines": self._engines,
            "raw": lambda: [
                row
                for workers in (0, 2)
                for row in raw_rows(self._released(), workers, self._rounds)
            ],
            "first": lambda: first_rows(
                self._released(), 3 if self._quick else 7, quick=self._quick
            ),
            "memory": self._memory,
            "remote": lambda: remote_rows(self._released().root, self._rounds),
            "resume": self._resume,
            "soak": lambda: soak_rows(
                self._folder / "soak", self._media, 9 if self._quick else 1800
            ),
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

    def _engines(self) -> list[Row]:
        self.engines = engine_rows(self._media[:1] + self._sparse[:1], self._rounds)
        return []

    def _pairs(self) -> Path:
        """A small release for those who decode it."""
        root = self._folder / "decoded" / "speakervid5m"
        if not root.exists():
            make_release(root, self._media, 8 if self._quick else 48)
        return root

    def _memory(self) -> list[Row]:
        return memory_rows(self._released(), self._pairs())

    def _decoded(self) -> list[Row]:
        rows = []
        count = 8 if self._quick else 48
        for windows, target in ((False, 1.3), (True, 2.0)):
            epochs = decoded_epochs(self._pairs(), windows)
            runs = {name: _drained(epoch, count) for name, epoch in epochs.items()}
            costs = in_turns(runs, min(self._rounds, 4))
            what = "windows of 32 frames" if windows else "whole clips"
            for name, found in costs.items():
                if name != "ours":
                    rows.append(
                        compared(
                            f"decoded dialogue batches RGB, {what}, over {name}, 2 workers",
                            costs["ours"],
                            found,
                            target=target if name == "HF streaming with Video" else None,
                            note="DataLoaders' frames cross by shared memory; ours and SPDL's are "
                            "decoded by threads",
                        )
                    )
        return rows

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
            ids_again = [one for batch in zip(*parts, strict=True) for ids in batch for one in ids]
            exact.append(ids_again == whole[8:])
        seconds: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(self._rounds):
            for decodes, found in seconds.items():
                resumed = _loader(samples, 8, video if decodes else None, workers=2)
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
                note="on two threads, 8 random frames of each clip and a reference",
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


def _drained(epoch: Callable[[], Iterator[Any]], expected: int) -> Callable[[], None]:
    def run() -> None:
        found = sum(num_rows(batch) for batch in epoch())
        assert found == expected, f"{found} rows came, {expected} are there"

    return run


def _show(row: Row) -> None:
    aim = "" if row.target is None else f" (aim {'<=' if row.at_most else '>='} {row.target:g})"
    cpu = ""
    if row.cpu_ratio is not None:
        cpu = f", cpu {row.cpu_ratio:.2f} [{row.cpu_low:.3g}, {row.cpu_high:.3g}]"
    print(
        f"{row.name}: {row.ratio:.3g} {row.unit} [{row.low:.3g}, {row.high:.3g}]{cpu}{aim} "
        f"{verdict(row)}",
        flush=True,
    )


if __name__ == "__main__":
    raise SystemExit(main())
