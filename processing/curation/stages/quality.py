"""How good the picture of every clip is, by a model of video quality (paper: DOVER).

frames of a clip --> what the model samples of them --> one score a clip, in the model's column
"""

from collections.abc import Mapping
from typing import get_args

from ....records import Clip
from ...engines import Source, Stage, Tables, WrongResult
from ...models.contract import scalar
from ...models.vision.protocols import QualityColumn, QualityModel
from ..clips.clip_pass import num_frames_of, run_clip_pass
from ..clips.clip_tables import MEASURED, clips_of, measured_schema, measured_table
from ..contract.builder import StageContext, WithModel

MEASURES = measured_schema("dover", "uvq")


def quality_stage(context: StageContext) -> Stage:
    """Video quality of all clips."""
    return context.stage(
        name="quality",
        what="quality of the picture, by a model",
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
    judges = run_clip_pass(source.path, clips, lambda clip: model.begin(num_frames_of(clip)))
    for clip, one in judges:
        given = one.score()
        score = None if given is None else round(scalar("a quality model's score", given), 6)
        rows[clip.clip_id] = {model.column: score}
    return {MEASURED: measured_table(rows, MEASURES)}
