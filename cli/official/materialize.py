"""`speakervid5m materialize`: a release without media and videos in, a release with media out."""

import argparse
from pathlib import Path

from speakervid5m.processing import CutSettings, materialize

from ..release.card import card_documents
from ..release.retract import finish_retraction
from ..terminal.arguments import local_path
from ..terminal.exit_codes import DONE, DONE_WITH_REJECTS
from ..terminal.progress_display import ProgressDisplay
from .import_release import (
    add_cutting_arguments,
    print_cut,
    print_videos,
    print_written,
)


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "materialize", help="release without media + videos -> release", description=__doc__
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "release", type=local_path, help="the release without media; is not changed"
    )
    parser.add_argument("--videos", type=Path, required=True, help="folder of the source videos")
    parser.add_argument("--out", type=Path, required=True, help="the release with media")
    add_cutting_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit status."""
    finish_retraction(options.out)
    display = ProgressDisplay()
    try:
        report = materialize(
            options.release,
            options.out,
            options.videos,
            settings=CutSettings(long_side=options.long_side),
            limit=options.limit,
            jobs=options.jobs,
            delete_sources=options.delete_sources,
            drop_missing=options.drop_missing,
            documents=card_documents(),
            progress=display,
        )
    finally:
        display.close()
    print_videos(report.videos, report.num_sources)
    print_cut(report.cut)
    print_written(report.written)
    return DONE_WITH_REJECTS if report.cut.rejects else DONE
