"""`speakervid5m materialize`: a release without media and videos become a release with media."""

import argparse
from pathlib import Path

from speakervid5m.processing import CutSettings, materialize

from ..release.card import card_documents
from ..release.retract import complete
from ..terminal.arguments import local_path
from ..terminal.progress_display import Screen
from .import_release import (
    DONE,
    DONE_WITH_REJECTS,
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
        "release", type=local_path, help="the release without media; stays as it is"
    )
    parser.add_argument("--videos", type=Path, required=True, help="folder of the source videos")
    parser.add_argument("--out", type=Path, required=True, help="the release with media")
    add_cutting_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit status."""
    complete(options.out)
    screen = Screen()
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
            progress=screen,
        )
    finally:
        screen.close()
    print_videos(report.videos, report.num_sources)
    print_cut(report.cut)
    print_written(report.written)
    return DONE_WITH_REJECTS if report.cut.rejects else DONE
