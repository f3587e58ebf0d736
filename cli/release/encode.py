"""`speakervid5m encode`: a release and an encoder in, features stored in the release out."""

import argparse
from pathlib import Path

from speakervid5m.processing.encoding import ENCODERS, encode_release, load_encoder
from speakervid5m.release import open_release

from ..terminal.arguments import local_path, shard
from ..terminal.exit_codes import DONE, DONE_WITH_REJECTS
from ..terminal.formatting import table
from ..terminal.progress_display import ProgressDisplay
from .card import card_documents
from .retract import finish_retraction

_SHOWN = 20

_EPILOG = """\
Weights are not downloaded for you. Each encoder's weights belong into a folder of its name under
--weights DIR, else under SPEAKERVID5M_WEIGHTS, else under ~/.cache/speakervid5m/weights. Without
them the command says which files go where, and on which terms.

An interrupted run continues when it is started again. --shard 0/4 encodes a quarter of the sources
and only fills the work folder: four machines can do so at once; then one run without --shard
finishes.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command."""
    encoders = "\n".join(f"  {encoder.name:<12} {encoder.output}" for encoder in ENCODERS.values())
    parser = commands.add_parser(
        "encode",
        help="compute a release's latents, tokens or hidden states",
        description=f"{__doc__}\n\nencoders:\n{encoders}",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("release", type=local_path)
    parser.add_argument("--encoder", required=True, choices=list(ENCODERS))
    parser.add_argument("--weights", type=Path, metavar="DIR", help="folder of weights")
    parser.add_argument("--device", default="cpu", help="PyTorch device: cpu, cuda (default: cpu)")
    parser.add_argument(
        "--config", action="append", default=[], help="only this config; may be repeated"
    )
    parser.add_argument("--shard", type=shard, metavar="I/N", help="only this part of the sources")
    parser.add_argument(
        "--skip-damaged",
        action="store_true",
        help="leave clips that do not decode without features",
    )
    parser.add_argument("--dry-run", action="store_true", help="print what would be encoded")


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit status."""
    root: Path = options.release
    entry = ENCODERS[options.encoder]
    if options.dry_run:
        release = open_release(str(root))
        names = options.config or release.configs
        rows = [(name, release.manifest.entry(name).num_rows) for name in names]
        print(table(["config", "samples"], rows))
        print(f"dry run: {entry.name} gives {entry.output}; nothing was changed")
        return DONE
    finish_retraction(root)
    encoder = load_encoder(options.encoder, folder=options.weights, device=options.device)
    display = ProgressDisplay()
    report = encode_release(
        root,
        encoder,
        configs=options.config,
        shard=options.shard,
        on_error="skip" if options.skip_damaged else "raise",
        documents=card_documents(),
        progress=display,
    )
    display.close()
    print(
        f"{report.num_sources} sources: {report.num_encoded} clips encoded, {report.num_kept} "
        f"kept from earlier runs, {len(report.failed)} without features"
    )
    for name, reason in list(report.failed.items())[:_SHOWN]:
        print(f"  {name}: {reason}")
    if not report.finished:
        print("shard done; when all are, a run without --shard writes them into the release")
    return DONE_WITH_REJECTS if report.failed else DONE
