"""`speakervid5m verify` and `reindex`: a release in; a list of problems, or a new index, out."""

from typing import Annotated

import typer

from speakervid5m.records import own_command, typed_path
from speakervid5m.release import VerifyReport, reindex, verify

from ..terminal.arguments import ReleaseFolder, flag
from ..terminal.exit_codes import DONE, FAILED
from ..terminal.progress_display import ProgressDisplay
from ..terminal.result import Result, Section

app = typer.Typer()
_SHOWN = 50


@app.command("verify")
def run_verify(
    release: ReleaseFolder,
    no_decode: Annotated[bool, flag("--no-decode", "do not decode video and audio")] = False,
) -> Result:
    """Checks every checksum, byte range, frame and rule."""
    with ProgressDisplay() as display:
        report = verify(str(release), decode=not no_decode, progress=display)
    return Result(
        sections=[verified_section(report)],
        next=[own_command("explore", typed_path(release))] if report.ok else [],
        status=DONE if report.ok else FAILED,
    )


def verified_section(report: VerifyReport) -> Section:
    """What was checked, and what is wrong."""
    problems = report.problems
    return Section(
        values={
            "num_files": report.num_files,
            "num_rows": report.num_rows,
            "num_media": report.num_media,
            "num_frames": report.num_frames,
            "problems": problems,
        },
        lines=[
            f"{report.num_files} files, {report.num_rows} rows, {report.num_media} media values, "
            f"{report.num_frames} frames",
            *(f"  {problem.where}: {problem.what}" for problem in problems[:_SHOWN]),
            *([f"  and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []),
            "no problems" if report.ok else f"DAMAGED: {len(problems)} problems",
        ],
    )


@app.command("reindex")
def run_reindex(release: ReleaseFolder) -> Result:
    """Rebuilds the index; data/ stays unchanged."""
    manifest = reindex(release)
    line = f"rebuilt the index of {len(manifest.configs)} configs; data/ is unchanged"
    return Result(
        sections=[Section(values={"configs": sorted(manifest.configs)}, lines=[line])],
        out=release / "index",
        next=[own_command("verify", typed_path(release))],
    )
