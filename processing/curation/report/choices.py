"""Which track was read of each source with several, so that a user can check the choice.

stored results of the stage `probe` --> lines of text
"""

from ..run.report import CurateReport


def chosen_tracks(report: CurateReport) -> list[str]:
    """A line for each choice that the stage `probe` made, with the id of its source."""
    lines = []
    store = report.curation.store
    for source in report.videos.sources:
        key = report.stages.keys[source.source_id].get("probe")
        output = None if key is None else store.find("probe", key)
        if output is not None:
            choices = output.tables()["facts"]["choices"][0].as_py()
            lines += [f"{source.source_id}: {choice}" for choice in choices]
    return lines
