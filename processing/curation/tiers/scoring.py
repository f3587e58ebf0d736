"""All clips' scores in one table, and the percentiles over them: the only global stage.

annotated clips of every finished source -> scores (a row a clip), percentiles
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ....records import CLIP_SCHEMA
from ...engines import Backend, Source, Stage, Stateless, Tables

SCORES = "scores"
CLARITY_PERCENT = 5.0
"""Clips below this percentile of clarity are dropped (paper: the lowest 5 %)."""

_NAMES = ("clip_id", "source_id", "role", "human_body")


def _is_score(field: pa.Field) -> bool:
    return bool(pa.types.is_integer(field.type) or pa.types.is_floating(field.type))


_PLACE_AND_FORM = {
    "scene", "box_index", "scene_start_seconds", "scene_end_seconds", "start_seconds",
    "end_seconds", "source_width", "source_height", "width", "height", "fps", "num_frames",
    "sample_rate",
}  # fmt: skip
MEASURES = (
    "duration_seconds",
    *(
        field.name
        for field in CLIP_SCHEMA
        if _is_score(field) and field.name not in _PLACE_AND_FORM
    ),
)
"""Fields of `Clip` that were measured, with a gate or without; its other numbers say where the
clip lies and what form it has."""

SCORES_SCHEMA = pa.schema(
    [field for field in CLIP_SCHEMA if field.name in _NAMES or _is_score(field)]
)
"""What gates read: numbers, and the columns that decide to whom a gate applies."""
_PERCENTILES = pa.schema(
    [("field", pa.string()), ("percent", pa.float64()), ("value", pa.float64())]
)


def scores_stage() -> Stage:
    """The last stage, over all finished sources together."""
    return Stage(
        name=SCORES,
        what="all clips' scores in one table; the lowest clarity, as a percentile of all",
        kind="global",
        reads=("annotated",),
        writes={"scores": SCORES_SCHEMA, "percentiles": _PERCENTILES},
        params={"percent": CLARITY_PERCENT},
        backend=Backend(name="speakervid5m", licence="Apache-2.0"),
        load=Stateless(_gathered),
    )


def _gathered(sources: Iterable[tuple[Source, Mapping[str, Tables]]]) -> Tables:
    tables = [inputs["annotated"]["clips"].select(SCORES_SCHEMA.names) for _, inputs in sources]
    scores = pa.concat_tables(tables).cast(SCORES_SCHEMA).combine_chunks()
    lowest = {"field": "clarity", "percent": CLARITY_PERCENT, "value": _lowest(scores["clarity"])}
    return {"scores": scores, "percentiles": pa.Table.from_pylist([lowest], schema=_PERCENTILES)}


def _lowest(clarity: pa.ChunkedArray) -> float:
    values = np.sort(pc.drop_null(clarity).to_numpy())
    return float(values[int(len(values) * CLARITY_PERCENT / 100)]) if len(values) else 0.0
