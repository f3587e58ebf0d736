"""`speakervid5m encode`: a release and an encoder in, features stored in the release out."""

from pathlib import Path
from typing import Annotated

import typer

from speakervid5m.processing.encoding import (
    ENCODERS,
    EncodeReport,
    encode_release,
    load_encoder,
)
from speakervid5m.records import CONFIGS, own_command, typed_path
from speakervid5m.release import open_release

from ..terminal.arguments import ReleaseFolder, ShardOption, flag, option
from ..terminal.formatting import table
from ..terminal.progress_display import ProgressDisplay
from ..terminal.result import Result, Section
from .card import card_documents
from .retract import finish_retraction

app = typer.Typer()
_SHOWN = 20

_HELP = "Computes features of a release's clips, and stores them in the release.\n\n" + "\n".join(
    f"{encoder.name}: {encoder.output}" for encoder in ENCODERS.values()
)
_EPILOG = """\
Each encoder's weights belong into a folder under --weights DIR, else under
SPEAKERVID5M_WEIGHTS, else under ~/.cache/speakervid5m/weights. Nothing is
downloaded unless you ask: without them the command says what to type, and
on which terms.

An interrupted run continues when it is started again. --shard 0/4 encodes
a quarter of the sources and only fills the work folder: four machines can
do so at once; then one run without --shard finishes.
"""


@app.command("encode", help=_HELP, epilog=_EPILOG)
def run_encode(
    release: ReleaseFolder,
    encoder: Annotated[str, option("NAME", "one of the above", names=ENCODERS)],
    weights: Annotated[Path | None, option("DIR", "folder of weights")] = None,
    device: Annotated[str, option("DEVICE", "cpu, or cuda:0")] = "cpu",
    config: Annotated[
        list[str] | None, option("CONFIG", "only this config; may be repeated", names=CONFIGS)
    ] = None,
    shard: ShardOption = None,
    skip_damaged: Annotated[
        bool, flag("--skip-damaged", "leave clips that do not decode without features")
    ] = False,
    dry_run: Annotated[bool, flag("--dry-run", "print what would be encoded")] = False,
) -> Result:
    """Encodes every clip of a release."""
    if dry_run:
        opened, entry = open_release(str(release)), ENCODERS[encoder]
        names = config or opened.configs
        rows = [(name, opened.manifest.entry(name).num_rows) for name in names]
        lines = [
            table(["config", "samples"], rows),
            f"dry run: {entry.name} gives {entry.output}; nothing was changed",
        ]
        return Result(sections=[Section(values={"num_samples": dict(rows)}, lines=lines)])
    finish_retraction(release)
    loaded = load_encoder(encoder, folder=weights, device=device)
    with ProgressDisplay() as display:
        report = encode_release(
            release,
            loaded,
            configs=config or (),
            shard=shard,
            on_error="skip" if skip_damaged else "raise",
            documents=card_documents(),
            progress=display,
        )
    return _result(report, release)


def _result(report: EncodeReport, release: Path) -> Result:
    failed = list(report.failed.items())
    lines = [
        f"{report.num_sources} sources: {report.num_encoded} clips encoded, {report.num_kept} "
        f"kept from earlier runs, {len(failed)} without features",
        *(f"  {name}: {reason}" for name, reason in failed[:_SHOWN]),
    ]
    if not report.finished:
        lines.append("shard done; when all are, a run without --shard writes them into the release")
    values = {
        "num_sources": report.num_sources,
        "num_encoded": report.num_encoded,
        "num_kept": report.num_kept,
        "failed": report.failed,
    }
    return Result(
        sections=[Section(values=values, lines=lines)],
        out=release / "features" if report.finished else None,
        rejects={"without_features": len(failed)} if failed else {},
        next=[own_command("verify", typed_path(release))] if report.finished else [],
    )
