"""See the package."""

import argparse
import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from . import __doc__ as what
from .simulate import claims, curves


def main(argv: Sequence[str] | None = None) -> int:
    """Runs what is asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.vidchatbench",
        description=what,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--simulate", action="store_true", help="what has a target")
    asked.add_argument("--curves", action="store_true", help="what has none")
    parser.add_argument("--pairs", type=int, default=2000, help="of equal models (%(default)s)")
    parser.add_argument("--sets", type=int, default=1000, help="for each interval (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of all draws (%(default)s)")
    parser.add_argument("--json", type=Path, help="where the figures go")
    options = parser.parse_args(argv)
    with threadpool_limits(1):  # Small decompositions: threads would wait for one another.
        rows = [*(_claims(options) if options.simulate else _curves(options))]
    if options.json:
        figures = {
            "seed": options.seed,
            "rows": rows,
            "machine": platform.machine(),
            "num_cores": os.cpu_count(),
        }
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0 if options.curves or all(row["holds"] for row in rows) else 1


def _claims(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for claim in claims(options.pairs, options.sets, options.seed):
        print(
            f"{'holds' if claim.holds else 'MISSED':6} {claim.name}: {claim.measured:.4g}, target "
            f"{claim.low:g} to {claim.high:g}, {claim.num_runs} runs {_figures(claim.more)}",
            flush=True,
        )
        yield claim.to_dict()


def _curves(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for row in curves(options.sets, options.seed):
        print(f"{row['name']}: {_figures(row)}", flush=True)
        yield row


def _figures(values: Mapping[str, object]) -> str:
    numbers = {name: value for name, value in values.items() if isinstance(value, float)}
    return ", ".join(f"{name} {value:.4g}" for name, value in numbers.items())


if __name__ == "__main__":
    raise SystemExit(main())
