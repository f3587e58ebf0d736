"""`speakervid5m verify` and `reindex`: a release in; a list of problems, or a new index, out."""

from typing import Annotated

import typer

from speakervid5m.release import reindex, verify

from ..terminal.arguments import ReleaseFolder, flag
from ..terminal.exit_codes import DONE, FAILED
from ..terminal.progress_display import ProgressDisplay

app = typer.Typer()
_SHOWN = 50


@app.command("verify")
def run_verify(
    release: ReleaseFolder,
    no_decode: Annotated[bool, flag("--no-decode", "do not decode video and audio")] = False,
) -> int:
    """Checks every checksum, byte range, frame and rule."""
    with ProgressDisplay() as display:
        report = verify(str(release), decode=not no_decode, progress=display)
    print(
        f"{report.num_files} files, {report.num_rows} rows, {report.num_media} media values, "
        f"{report.num_frames} frames"
    )
    for problem in report.problems[:_SHOWN]:
        print(f"  {problem.where}: {problem.what}")
    if len(report.problems) > _SHOWN:
        print(f"  and {len(report.problems) - _SHOWN} more")
    print("no problems" if report.ok else f"DAMAGED: {len(report.problems)} problems")
    return DONE if report.ok else FAILED


@app.command("reindex")
def run_reindex(release: ReleaseFolder) -> int:
    """Rebuilds the index; data/ stays unchanged."""
    manifest = reindex(release)
    print(f"rebuilt the index of {len(manifest.configs)} configs; data/ is unchanged")
    return DONE
