"""Which track of a source was read, where it gave a choice: for whoever wants to look again."""

from ..run.options import CurateOptions, CurateReport
from ..run.resolve import store_of


def chosen_tracks(options: CurateOptions, report: CurateReport) -> list[str]:
    """A line for each choice, by the name of its source, as the stage `probe` has made it."""
    lines = []
    store = store_of(options)
    for source in report.found.sources:
        key = report.stages.keys[source.source_id].get("probe")
        part = None if key is None else store.find("probe", key)
        if part is not None:
            choices = part.tables()["facts"]["choices"][0].as_py()
            lines += [f"{source.source_id}: {choice}" for choice in choices]
    return lines
