"""The benchmark's command; see docs/accuracy.md.

python -m benchmarks.accuracy --seeds 20 --kind clean --json build/accuracy.json
python -m benchmarks.accuracy --predictions mine.json --kind clean --folder shows
python -m benchmarks.accuracy --dataset voxconverse --root DIR
python -m benchmarks.accuracy --long
python -m benchmarks.accuracy --real --json build/real.json
python -m benchmarks.accuracy --altered --json build/altered.json
"""

import argparse
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from speakervid5m.processing.curation import NotReady
from speakervid5m.processing.studio import ShowKind

from .altered import ROWS, altered
from .compare import Comparison
from .datasets import DATASETS, score_dataset
from .found import nothing, read_predictions, write_predictions
from .long import long_show
from .pipeline import run_profile
from .real import default_profile, real_people, real_people_printed
from .shows import FIRST_SEED, rendered, specs

_ALTERED_SEEDS = 4
"""Shows of `--altered`: 34 cuts and 12 or so pairs a row."""


def on_shows(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Renders shows, curates them or reads what somebody else found, and compares."""
    wanted = specs(
        range(options.seeds), options.kind, seconds=options.seconds, first_seed=options.first_seed
    )
    shows = rendered(wanted, folder, options.jobs)
    facts: dict[str, Any] = {
        "kind": options.kind,
        "num_shows": len(shows),
        "seconds": options.seconds,
        "first_seed": options.first_seed,
    }
    speed: dict[str, Any] = {"real_time_factor": None, "failures": []}
    if options.predictions:
        found = read_predictions(options.predictions)
        facts["predictions"] = options.predictions.name
        # Else a wrong seed reads as a bad pipeline.
        facts["not_of_these_shows"] = sorted(set(found) - {one.truth.source_id for one in shows})
    else:
        with tempfile.TemporaryDirectory() as work:
            ran = run_profile(options.profile, [show.source for show in shows], Path(work))
        found = ran.found
        facts["profile"] = options.profile
        speed = {
            "real_time_factor": ran.cpu_seconds / (options.seconds * len(shows)),
            "failures": list(ran.failures),
        }
        if options.save_predictions:
            write_predictions(options.save_predictions, found.values())
    comparison = Comparison()
    for show in shows:
        name = show.truth.source_id
        comparison.add(show, found.get(name) or nothing(name))
    return facts | comparison.figures() | speed


def printed(report: Mapping[str, Any]) -> str:
    """A line a figure; what was not judged is a dash."""
    lines = []
    for name, value in report.items():
        shown = "-" if value is None else f"{value:.4f}" if isinstance(value, float) else value
        if isinstance(value, list):
            shown = "".join(f"\n    {one}" for one in value) or "none"
        if isinstance(value, dict):
            shown = "".join(f"\n{printed({key: one})}" for key, one in value.items()) or "none"
        lines.append(f"{name:28} {shown}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--seeds", type=int, default=20, help="how many shows")
    parser.add_argument("--kind", choices=get_args(ShowKind), default="clean")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of each")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED, help="of the shows")
    parser.add_argument("--profile", help="whose stages run")
    parser.add_argument("--folder", type=Path, help="where rendered shows are kept")
    parser.add_argument("--jobs", type=int, default=1, help="processes that render")
    parser.add_argument("--predictions", type=Path, help="score this instead of our stages")
    parser.add_argument("--save-predictions", type=Path, help="what our stages found")
    parser.add_argument("--dataset", choices=DATASETS, help="a public data set instead of shows")
    parser.add_argument("--root", type=Path, help="where the data set lies")
    parser.add_argument("--long", action="store_true", help="a 10-minute show to a release")
    parser.add_argument("--real", action="store_true", help="real people, fetched and removed")
    parser.add_argument("--material", type=Path, help="of --real: a folder of yours that keeps it")
    parser.add_argument(
        "--backend", action="append", default=[], help="of --real: STAGE=NAME, once a stage"
    )
    parser.add_argument(
        "--altered",
        action="store_true",
        help="the first shows, changed as real videos come: a row each",
    )
    parser.add_argument("--detectors", action="store_true", help="others' cuts of --altered too")
    parser.add_argument("--only", choices=ROWS, nargs="+", default=(), help="rows of --altered")
    parser.add_argument("--json", type=Path, help="where the figures go")
    options = parser.parse_args(arguments)
    if options.real:
        _real(parser, options)
        return
    if options.material or options.backend:
        parser.error("--material and --backend go with --real")
    options.profile = options.profile or "embedded"
    if (options.dataset is None) != (options.root is None):
        parser.error("--dataset and --root go together")
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        if options.dataset:
            report = score_dataset(options.dataset, options.root)
        elif options.altered:
            seeds = range(min(options.seeds, _ALTERED_SEEDS))
            wanted = specs(seeds, "clean", seconds=options.seconds, first_seed=options.first_seed)
            shows = rendered(wanted, folder / "clean", options.jobs)
            report = altered(
                shows,
                options.profile,
                folder / "altered",
                only=options.only,
                into=options.json,
                detectors=options.detectors,
            )
        elif options.long:
            report = long_show(folder / "long", Path(scratch), options.profile)
        else:
            report = on_shows(options, folder / options.kind)
    print(printed(report))
    _save(report, options.json)


def _real(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Ends with 1 if a package could not be had, so that some figures are null."""
    if options.folder or options.predictions or options.save_predictions:
        parser.error("--real keeps nothing of the people it measures on: no --folder, predictions")
    backends = dict(pair.partition("=")[::2] for pair in options.backend)
    try:
        report = real_people(options.profile or default_profile(), backends, options.material)
    except (NotReady, ValueError) as error:
        parser.error(str(error))
    print(real_people_printed(report))
    _save(report, options.json)
    if report["missing"]:
        raise SystemExit(1)


def _save(report: Mapping[str, Any], path: Path | None) -> None:
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
