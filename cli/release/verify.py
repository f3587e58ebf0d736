"""`speakervid5m verify` and `reindex`: is a release whole, and its index made anew."""

import argparse

from speakervid5m.records import Progress
from speakervid5m.release import reindex, verify

from ..terminal.arguments import local_path
from ..terminal.progress_display import Screen

DONE, FAILED = 0, 1
_SHOWN = 50


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the commands."""
    check = commands.add_parser(
        "verify", help="is a release whole?", description="Looks at every byte, range and rule."
    )
    check.set_defaults(run=run_verify)
    check.add_argument("release", type=local_path)
    check.add_argument("--no-decode", action="store_true", help="do not decode pictures and sound")
    anew = commands.add_parser(
        "reindex", help="make a release's index anew", description="data/ stays as it is."
    )
    anew.set_defaults(run=run_reindex)
    anew.add_argument("release", type=local_path)


def run_verify(options: argparse.Namespace) -> int:
    """Runs `verify`; returns its exit status."""
    screen = Screen()

    def told(done: int, total: int, name: str) -> None:
        screen(Progress("verify", done, total, "configs", name))

    report = verify(str(options.release), decode=not options.no_decode, progress=told)
    screen.close()
    print(
        f"{report.num_files} files, {report.num_rows} rows, {report.num_media} pieces of media, "
        f"{report.num_frames} frames"
    )
    for problem in report.problems[:_SHOWN]:
        print(f"  {problem.where}: {problem.what}")
    if len(report.problems) > _SHOWN:
        print(f"  and {len(report.problems) - _SHOWN} more")
    print("whole" if report.ok else f"DAMAGED: {len(report.problems)} problems")
    return DONE if report.ok else FAILED


def run_reindex(options: argparse.Namespace) -> int:
    """Runs `reindex`; returns its exit status."""
    manifest = reindex(options.release)
    print(f"indexed {len(manifest.configs)} configs anew; data/ is unchanged")
    return DONE
