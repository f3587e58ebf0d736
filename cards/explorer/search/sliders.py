"""What a config can be filtered by: an index in, ranges of scores and languages out.

Ranges are read from the footers of the index files; no column is read for them.
"""

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow.compute as pc

from .config_index import ConfigIndex
from .filters import SCORES, columns_for, speech_columns

_READERS = 8
"""Footers that are read at once (ours: a remote release needs a round trip for each)."""


def sliders_of(index: ConfigIndex) -> list[dict[str, Any]]:
    """Measured scores with their least and greatest value, and the slider's step."""
    with ThreadPoolExecutor(_READERS) as readers:
        parts = list(readers.map(index.limits, range(len(index.parts))))
    sliders = []
    for score in SCORES:
        columns = columns_for(index.branch, score.name)
        if not columns or (limits := _range(score.name, columns, parts)) is None:
            continue
        low = math.floor(round(limits[0] / score.step, 6)) * score.step
        high = math.ceil(round(limits[1] / score.step, 6)) * score.step
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


def _range(
    score: str, columns: list[str], parts: Sequence[Mapping[str, tuple[float, float]]]
) -> tuple[float, float] | None:
    if score == "duration_seconds" and len(columns) > 1:
        # Clips last 3 to 14 s; the index holds only starts and ends.
        return 0.0, 15.0
    ranges = [limits[name] for limits in parts for name in columns if name in limits]
    if not ranges:
        return None
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def languages_of(index: ConfigIndex) -> list[str]:
    """Languages in the first part of the index, the most frequent first."""
    samples = index.samples.take(index.parts[0].rows)
    if index.branch == "multi_turn":
        turns = samples.table(["turns"])["turns"].combine_chunks()
        spoken = [turns.flatten().field("language")]
    else:
        columns = speech_columns(index.branch, "language")
        spoken = [column.combine_chunks() for column in samples.table(columns).columns]
    counts: dict[str, int] = {}
    for column in spoken:
        for value_count in pc.value_counts(column.drop_null()).to_pylist():
            counts[value_count["values"]] = (
                counts.get(value_count["values"], 0) + value_count["counts"]
            )
    return sorted(counts, key=lambda name: (-counts[name], name))[:50]
