"""See the package."""

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import __doc__ as what
from .equality import equality
from .kills import kills
from .overhead import overhead
from .resolution import resolution
from .retiering import retiering


def main(argv: Sequence[str] | None = None) -> int:
    """Runs what is asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.curating",
        description=what,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--overhead", type=float, metavar="SECONDS", help="length of the show")
    asked.add_argument("--kills", type=int, metavar="N", help="kills at random moments")
    asked.add_argument("--equal", action="store_true", help="all engines, shards, orders")
    asked.add_argument("--retier", type=int, metavar="CLIPS", help="clips of the finished store")
    asked.add_argument(
        "--resolution", type=int, nargs="+", metavar="LINES", help="heights of the same show"
    )
    parser.add_argument("--engine", choices=("local", "ray"), default="local", help="of --kills")
    parser.add_argument("--shows", type=int, default=2, help="of --kills, --equal (%(default)s)")
    parser.add_argument("--seconds", type=float, default=48.0, help="of each show (%(default)s)")
    parser.add_argument(
        "--clips-of-source", type=int, default=34,
        help="of --retier (%(default)s, the paper's mean: 5.2 M clips of 153,000 videos)",
    )  # fmt: skip
    parser.add_argument("--folder", type=Path, help="work there, and leave it")
    parser.add_argument("--json", type=Path, help="where the figures go")
    options = parser.parse_args(argv)
    if options.folder is not None:
        figures = _run(options, options.folder)
    else:
        with tempfile.TemporaryDirectory() as folder:
            figures = _run(options, Path(folder))
    figures |= {"machine": platform.machine(), "num_cores": os.cpu_count()}
    text = json.dumps(figures, indent=1)
    print(text)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + "\n")
    return 0


def _run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    if options.overhead is not None:
        return overhead(folder, options.overhead)
    if options.kills is not None:
        return kills(folder, options.kills, options.engine, options.shows, options.seconds)
    if options.resolution:
        return resolution(folder, options.resolution, options.seconds)
    if options.equal:
        return equality(folder, options.shows, options.seconds)
    return retiering(folder, options.retier, options.clips_of_source)


if __name__ == "__main__":
    raise SystemExit(main())
