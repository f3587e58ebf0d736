"""The stages in the paper's order; `curation/profiles/profile.py` names the model of each.

file, tables of earlier stages --> a stage --> its tables, stored

probe        size and length of the source; is there audio
look         the frame pass: one decode for everything measured on whole frames
scenes       shots, and scenes of 3 to 14 s
voices       speaker diarization of the whole audio; two main voices
tracks       who is where; one static box a person and scene
binding      which face speaks with which voice; delay of the audio
identity     who is who over the source; corrected voices
clips        one person in one scene, by the official name
             - the stages below measure every clip -
transcripts  what each person says, by the clip's clean speech
pose         body, hands and face in every frame; sharpness of face and hands
quality      video quality, by a model
captions     text, motion degree and topic of the clips that no other base gate drops
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
