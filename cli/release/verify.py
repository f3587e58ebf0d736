"""`speakervid5m verify` and `reindex`: a release in; a list of problems, or a new index, out."""

import argparse

from speakervid5m.release import reindex, verify

from ..terminal.arguments import local_path
from ..terminal.exit_codes import DONE, FAILED
from ..terminal.progress_display import ProgressDisplay

_SHOWN = 50


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the commands."""
    check = commands.add_parser(
        "verify",
        help="check a release for damage",
        description="Checks every checksum, byte range, frame and rule.",
    )
    check.set_defaults(run=run_verify)
    check.add_argument("release", type=local_path)
    check.add_argument("--no-decode", action="store_true", help="do not decode video and audio")
    reindex_parser = commands.add_parser(
        "reindex",
        help="rebuild a release's index",
        description="Rebuilds the index; data/ stays unchanged.",
    )
    reindex_parser.set_defaults(run=run_reindex)
    reindex_parser.add_argument("release", type=local_path)


def run_verify(options: argparse.Namespace) -> int:
    """Runs `verify`; returns its exit status."""
    display = ProgressDisplay()
    report = verify(str(options.release), decode=not options.no_decode, progress=display)
    display.close()
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


def run_reindex(options: argparse.Namespace) -> int:
    """Runs `reindex`; returns its exit status."""
    manifest = reindex(options.release)
    print(f"rebuilt the index of {len(manifest.configs)} configs; data/ is unchanged")
    return DONE
