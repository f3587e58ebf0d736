"""What a config can be filtered by: the ranges of its scores, and its languages.

Ranges stand at the ends of the index's files; no column is read for them.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow.compute as pc

from .config_index import Footer, Shelf
from .filters import SCORES, columns_for, speech_columns

_READERS = 8
"""Parts whose ends are read at once (ours: a release elsewhere answers each in a round trip)."""


def sliders_of(shelf: Shelf) -> list[dict[str, Any]]:
    """Scores that were measured, with their least and greatest value, and the slider's step."""
    with ThreadPoolExecutor(_READERS) as readers:
        footers = list(readers.map(shelf.footer, range(shelf.num_parts)))
    sliders = []
    for score in SCORES:
        columns = columns_for(shelf.branch, score.name)
        if not columns or (found := _range(score.name, columns, footers)) is None:
            continue
        low = math.floor(round(found[0] / score.step, 6)) * score.step
        high = math.ceil(round(found[1] / score.step, 6)) * score.step
        if low < high:
            sliders.append(
                {
                    "name": score.name,
                    "title": score.title,
                    "unit": score.unit,
                    "step": score.step,
                    "low": round(low, 6),
                    "high": round(high, 6),
                }
            )
    return sliders


def _range(score: str, columns: list[str], footers: list[Footer]) -> tuple[float, float] | None:
    if score == "duration_seconds" and len(columns) > 1:
        # Clips last 3 to 14 s; the index holds begins and ends alone.
        return 0.0, 15.0
    found = [footer.ranges[name] for footer in footers for name in columns if name in footer.ranges]
    if not found:
        return None
    return min(low for low, _ in found), max(high for _, high in found)


def languages_of(shelf: Shelf) -> list[str]:
    """Languages in the first part of the index, the most frequent first."""
    if shelf.branch == "multi_turn":
        turns = shelf.table(0, ["turns"])["turns"].combine_chunks()
        spoken = [turns.flatten().field("language")]
    else:
        columns = speech_columns(shelf.branch, "language")
        spoken = [column.combine_chunks() for column in shelf.table(0, columns).columns]
    counts: dict[str, int] = {}
    for column in spoken:
        for value_count in pc.value_counts(column.drop_null()).to_pylist():
            counts[value_count["values"]] = (
                counts.get(value_count["values"], 0) + value_count["counts"]
            )
    return sorted(counts, key=lambda name: (-counts[name], name))[:50]
