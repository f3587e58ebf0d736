"""The stages in the paper's order; `curation/profiles/profile.py` says who does them in a profile.

probe        highest resolution, is there sound
look         one decode of the video for all that look at pictures
scenes       shots, and scenes of 3 to 14 s
voices       who speaks when in the whole sound; two main voices
tracks       who is where; one static box a person and scene
binding      which face speaks with which voice; offset of sound and picture
identity     who is who over the source; corrected voices
clips        one person in one scene, by the official name
             - from here on, what is measured of every clip -
transcripts  what each person says, heard in the clip's clean speech
pose         where body, hands and face are in every frame; how sharp face and hands are
quality      how good the picture is, by a model
captions     what is seen, in words; motion degree, topic: of clips that no other base gate drops
annotated    clips with everything that was measured of them
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ....release import Gate
from ...engines import Stage
from ...models.model_spec import ModelSpec
from ..clips.clip_tables import MEASURED
from ..contract.builder import StageContext
from .annotated import annotated_stage
from .binding import binding_stage
from .captions import captions_stage
from .clips import clips_stage
from .identity import identity_stage
from .look import look_stage
from .pose import pose_stage
from .probe import probe_stage
from .quality import quality_stage
from .scenes import scenes_stage
from .tracks import tracks_stage
from .transcripts import transcripts_stage
from .voices import voices_stage

STAGES: dict[str, Callable[[StageContext], Stage]] = {
    "probe": probe_stage,
    "look": look_stage,
    "scenes": scenes_stage,
    "voices": voices_stage,
    "tracks": tracks_stage,
    "binding": binding_stage,
    "identity": identity_stage,
    "clips": clips_stage,
    "transcripts": transcripts_stage,
    "pose": pose_stage,
    "quality": quality_stage,
    "captions": captions_stage,
    "annotated": annotated_stage,
}
"""Name to builder, in order; each reads only those above it."""


def build_stages(
    models: Mapping[str, ModelSpec[Any]], weights: Path, *, profile: str, gates: tuple[Gate, ...]
) -> tuple[Stage, ...]:
    """The stages that have a model, in order.

    Args:
        models: stage to the model that does it; a stage without a model is left out, and what it
            would measure is null.
        weights: the folder of weights.
        profile: name of this set of models.
        gates: those of the profile.

    Raises:
        ValueError: a model for an unknown stage.
    """
    if unknown := sorted(set(models) - set(STAGES)):
        raise ValueError(f"no stage {unknown[0]!r}; there are {', '.join(STAGES)}")
    stages: list[Stage] = []
    measured: tuple[str, ...] = ()
    for name, builder in STAGES.items():
        if name not in models:
            continue
        context = StageContext(
            spec=models[name], weights=weights, profile=profile, gates=gates, measured=measured
        )
        stage = builder(context)
        assert stage.name == name, f"the builder of {name} gives {stage.name}"
        if MEASURED in (stage.writes or {}):
            measured = (*measured, name)
        stages.append(stage)
    return tuple(stages)


__all__ = ["STAGES", "build_stages"]
