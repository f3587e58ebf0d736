"""`speakervid5m materialize`: a release without media and videos in, a release with media out."""

from pathlib import Path
from typing import Annotated

import typer

from speakervid5m.processing import CutSettings, materialize
from speakervid5m.records import own_command, typed_path

from ..release.card import card_documents
from ..release.retract import finish_retraction
from ..terminal.arguments import argument, local_path, option
from ..terminal.option_groups import with_option_groups
from ..terminal.progress_display import ProgressDisplay
from ..terminal.reports import cut_rejects, cut_section, videos_section, written_section
from ..terminal.result import Result
from .import_release import Cutting

app = typer.Typer()


@app.command("materialize")
@with_option_groups
def run_materialize(
    release: Annotated[
        Path, argument("RELEASE", "the release without media; is not changed", parser=local_path)
    ],
    videos: Annotated[Path, option("FOLDER", "folder of the source videos")],
    out: Annotated[Path, option("RELEASE", "the release with media")],
    cutting: Cutting,
) -> Result:
    """Fills a release without media from a folder of videos."""
    finish_retraction(out)
    with ProgressDisplay() as display:
        report = materialize(
            release,
            out,
            videos,
            settings=CutSettings(long_side=cutting.long_side),
            limit=cutting.limit,
            jobs=cutting.jobs,
            delete_sources=cutting.delete_sources,
            drop_missing=cutting.drop_missing,
            documents=card_documents(),
            progress=display,
        )
    root = typed_path(out)
    return Result(
        sections=[
            videos_section(report.videos, report.num_sources),
            cut_section(report.cut),
            written_section(report.written),
        ],
        out=out,
        rejects=cut_rejects(report.cut),
        rejects_of=out,
        next=[own_command("verify", root), own_command("explore", root)],
    )
