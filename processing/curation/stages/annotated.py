"""`annotated`: everything that was measured of a clip, in one row. The last stage of a source.

clips, tables `measured` of other stages --> clips with all their columns

What no stage measured stays null; each model's score has its own column.
"""

from collections.abc import Mapping
from functools import partial

import pyarrow as pa

from ....records import CLIP_SCHEMA
from ...engines import Source, Stage, Stateless, Tables
from ..clips.clip_tables import clips_so_far
from ..contract.builder import StageContext


def annotated_stage(context: StageContext) -> Stage:
    """Merges the measures of all earlier stages."""
    return context.stage(
        name="annotated",
        what="clips with everything that was measured of them",
        reads=("clips", *context.measured),
        writes={"clips": CLIP_SCHEMA},
        params={"backends_id": context.profile},
        load=Stateless(partial(_annotated, context.measured, context.profile)),
    )


def _annotated(
    stages: tuple[str, ...], backends_id: str, _: Source, inputs: Mapping[str, Tables]
) -> Tables:
    clips = clips_so_far(inputs, stages)
    where = clips.schema.get_field_index("backends_id")
    names = pa.array([backends_id] * len(clips), pa.string())
    return {"clips": clips.set_column(where, clips.schema.field(where), names)}
