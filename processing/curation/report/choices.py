"""Which track was read of each source with several, so that a user can check the choice.

stored results of the stage `probe` --> lines of text
"""

from ..run.options import CurateOptions, CurateReport
from ..run.resolve import store_of


def chosen_tracks(options: CurateOptions, report: CurateReport) -> list[str]:
    """A line for each choice that the stage `probe` made, with the id of its source."""
    lines = []
    store = store_of(options)
    for source in report.videos.sources:
        key = report.stages.keys[source.source_id].get("probe")
        output = None if key is None else store.find("probe", key)
        if output is not None:
            choices = output.tables()["facts"]["choices"][0].as_py()
            lines += [f"{source.source_id}: {choice}" for choice in choices]
    return lines
