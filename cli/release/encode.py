"""`speakervid5m encode`: a release's media through a model once; the release keeps the result."""

import argparse
from pathlib import Path

from speakervid5m.processing.encoding import ENCODERS, encode_release, load_encoder
from speakervid5m.release import open_release

from ..terminal.arguments import local_path
from ..terminal.screen import Screen, table
from .card import card_documents
from .retract import complete

DONE, DONE_WITH_REJECTS = 0, 3
_SHOWN = 20

_EPILOG = """\
Weights are not fetched for you. Each encoder's stand in a folder of their own name under --weights
DIR, else under SPEAKERVID5M_WEIGHTS, else under ~/.cache/speakervid5m/weights; without them the
command says what goes where, and on which terms.

A run that was stopped goes on when it is started again. --shard 0/4 encodes a quarter of the
sources and only fills the work folder: four machines may do so at once, and then one run without
--shard finishes.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command."""
    known = "\n".join(f"  {one.name:<12} {one.output}" for one in ENCODERS.values())
    parser = commands.add_parser(
        "encode",
        help="a release's media through a model, once",
        description=f"{__doc__}\n\nencoders:\n{known}",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("release", type=local_path)
    parser.add_argument("--encoder", required=True, choices=list(ENCODERS))
    parser.add_argument("--weights", type=Path, metavar="DIR", help="folder of weights")
    parser.add_argument("--device", default="cpu", help="PyTorch's: cpu, cuda (default: cpu)")
    parser.add_argument("--config", action="append", default=[], help="only these configs")
    parser.add_argument(
        "--shard", type=part_of, metavar="I/N", help="only this part of the sources"
    )
    parser.add_argument(
        "--skip-damaged", action="store_true", help="clips that do not decode have no features"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be encoded")


def part_of(text: str) -> tuple[int, int]:
    """`0/4` as numbers."""
    try:
        number, count = (int(one) for one in text.split("/"))
    except ValueError:
        number, count = 0, 0
    if not 0 <= number < count:
        raise argparse.ArgumentTypeError(f"{text!r} is no part: write 0/4, 1/4, 2/4 or 3/4")
    return number, count


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit status."""
    root: Path = options.release
    known = ENCODERS[options.encoder]
    if options.dry_run:
        release = open_release(str(root))
        names = options.config or release.configs
        rows = [(name, release.manifest.entry(name).num_rows) for name in names]
        print(table(["config", "samples"], rows))
        print(f"dry run: {known.name} gives {known.output}; nothing was changed")
        return DONE
    complete(root)
    encoder = load_encoder(options.encoder, folder=options.weights, device=options.device)
    screen = Screen()
    report = encode_release(
        root,
        encoder,
        configs=options.config,
        shard=options.shard,
        on_error="skip" if options.skip_damaged else "raise",
        documents=card_documents(),
        progress=screen,
    )
    screen.close()
    print(
        f"{report.num_sources} sources: {report.num_encoded} clips encoded, {report.num_kept} "
        f"kept of earlier runs, {len(report.failed)} without features"
    )
    for name, reason in list(report.failed.items())[:_SHOWN]:
        print(f"  {name}: {reason}")
    if not report.finished:
        print("the work folder is filled; a run without --shard writes them into the release")
    return DONE_WITH_REJECTS if report.failed else DONE
