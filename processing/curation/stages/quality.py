"""`quality`: video quality of every clip, by a model (paper: DOVER).

frames of a clip --> the frames that the model samples --> one score, in the model's column
"""

from collections.abc import Mapping
from typing import get_args

from ....records import Clip, clips_of
from ...engines import Source, Stage, Tables, WrongResult
from ...models.contract import scalar
from ...models.vision.protocols import QualityColumn, QualityModel
from ..clips.clip_pass import run_clip_pass
from ..clips.clip_tables import MEASURED, measured_schema, measured_table
from ..contract.builder import StageContext, WithModel

MEASURES = measured_schema("dover", "uvq")


def quality_stage(context: StageContext) -> Stage:
    """Video quality of all clips."""
    return context.stage(
        name="quality",
        what="quality of the video, by a model",
        reads=("clips",),
        writes={MEASURED: MEASURES},
        load=WithModel(context.spec, context.weights, _quality),
    )


def _quality(model: QualityModel, source: Source, inputs: Mapping[str, Tables]) -> Tables:
    if model.column not in get_args(QualityColumn):
        raise WrongResult(
            f"a quality model's column must be {' or '.join(get_args(QualityColumn))}, "
            f"got {model.column!r}"
        )
    clips: list[Clip] = clips_of(inputs["clips"]["clips"])
    rows: dict[str, dict[str, float | None]] = {}
    taps = run_clip_pass(source.path, clips, model.begin)
    for clip, tap in taps:
        answer = tap.score()
        score = None if answer is None else round(scalar("a quality model's score", answer), 6)
        rows[clip.clip_id] = {model.column: score}
    return {MEASURED: measured_table(rows, MEASURES)}
