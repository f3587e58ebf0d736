"""A profile by its name, with other backends than its own: what `--backend STAGE=NAME` may name.

name, STAGE=NAME, the folder of weights --> the model of each stage, or none where it is left out
    --> gates that these answer, gates of the profile that are left out by name --> `Profile`
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ....release import GATES, Gate
from ...models.model_spec import ModelSpec
from ...weights import Weights
from .gates import (
    HAND_SHARPNESS,
    LANGUAGE,
    SFT_HAND_SHARPNESS,
    SFT_UVQ_SCORE,
    UVQ_SCORE,
)
from .profile import EVERY_MODEL, PROFILES, TABLE, ModelSpecs, Profile

NONE = "none"
"""The name that leaves a stage out."""
OPTIONAL = ("transcripts", "pose", "quality", "captions")
"""Stages that only measure clips: without them the clips are the same."""
OF_ITS_PROFILE = ("look", "binding", "identity")
"""Stages whose models read each other's tables, so they are chosen within a profile."""

Cells = Mapping[str, Sequence[ModelSpec[Any]]]

_GATES_OF_STAGE: Mapping[str, tuple[Gate, ...]] = {
    "transcripts": (LANGUAGE,),
    "pose": (HAND_SHARPNESS, SFT_HAND_SHARPNESS),
    "quality": (UVQ_SCORE, SFT_UVQ_SCORE),
}
"""Gates of our own over what a stage measures."""
_FIELDS_OF_STAGE: Mapping[str, tuple[str, ...]] = {
    "transcripts": (
        "asr_avg_logprob",
        "asr_no_speech_prob",
        "asr_compression_ratio",
        "language_share",
    ),
    "pose": ("hand_sharpness",),
    "captions": ("motion_degree",),
}
_FIELDS_OF_MODEL: Mapping[str, tuple[str, ...]] = {"dover": ("dover",), "uvq-1.5": ("uvq",)}
"""Of the stage `quality`, whose measure is its model's own."""


def profile_of(
    name: str, backends: Mapping[str, str] | None = None, weights: Path | None = None
) -> Profile:
    """The profile of that name.

    Args:
        name: of a profile.
        backends: stage to the name of another model, or `none`; see `chosen_model`.
        weights: the folder of weights. A model whose optional files are not in it is replaced as
            if the other one were named; the profile's name then says so. None: all are there.

    Raises:
        ValueError: no such profile, stage or model, or a stage that cannot be left out.
    """
    if name not in PROFILES:
        raise ValueError(f"no profile {name!r}; there are {', '.join(PROFILES)}")
    profile = PROFILES[name]
    models, named = dict(profile.models), [name]
    cells: dict[str, ModelSpecs] = {row.stage: getattr(row, name) for row in TABLE}
    chosen = dict(backends or {})
    by_folder: dict[str, str] = {}
    wanting: list[tuple[Weights, str]] = []
    for stage, spec in profile.models.items():
        if stage in chosen or weights is None or spec.instead is None:
            continue
        there = spec.in_folder(weights)
        chosen[stage] = by_folder[stage] = there.name
        wanting += [
            (file, spec.name)
            for file in spec.files
            if file not in there.files and not file.is_there(weights)
        ]
    for stage, backend in sorted(chosen.items()):
        model = chosen_model(name, stage, backend, cells, EVERY_MODEL)
        if model is models.get(stage):
            continue
        if model is None:
            del models[stage]
        else:
            models[stage] = model
            models |= model.brings
        named.append(f"{stage}={backend}")
    models = {row.stage: models[row.stage] for row in TABLE if row.stage in models}
    own_gates, left_out = gates_with(profile.own_gates, profile.left_out, profile.models, models)
    return Profile(
        name="+".join(named),
        summary=profile.summary,
        models=models,
        own_gates=own_gates,
        left_out=left_out,
        by_folder=by_folder,
        wanting=tuple(wanting),
    )


def backend_names(profile: str, stage: str) -> tuple[str, ...]:
    """What `--backend STAGE=` may name in a profile, its own default first."""
    cells: dict[str, ModelSpecs] = {row.stage: getattr(row, profile) for row in TABLE}
    return tuple(selectable(stage, cells, EVERY_MODEL))


def selectable(stage: str, own: Cells, every: Cells) -> dict[str, ModelSpec[Any]]:
    """Name to model: the profile's own models of a stage first, then those of other profiles.

    Args:
        stage: its name.
        own: cells of the profile.
        every: models of the stage in all profiles.
    """
    specs = list(own.get(stage, ()))
    if stage not in OF_ITS_PROFILE:
        specs += every.get(stage, ())
    named: dict[str, ModelSpec[Any]] = {}
    for spec in specs:
        named.setdefault(spec.name, spec)
    return named


def chosen_model(
    profile: str, stage: str, name: str, own: Cells, every: Cells
) -> ModelSpec[Any] | None:
    """The model of that name; None where the stage is left out.

    Raises:
        ValueError: no such stage or model, or a stage without which there is no clip.
    """
    if name == NONE and stage in every:
        if stage in OPTIONAL:
            return None
        raise ValueError(
            f"{stage} cannot be left out: no clip comes without it; {NONE} is for "
            f"{', '.join(OPTIONAL)}"
        )
    choices = selectable(stage, own, every)
    if name in choices:
        return choices[name]
    elsewhere = {spec.name for spec in every.get(stage, ())}
    if name in elsewhere:
        raise ValueError(
            f"{stage}={name} belongs to another profile than {profile}: "
            f"{', '.join(OF_ITS_PROFILE)} read each other's tables; choose its --profile"
        )
    listing = []
    for known in every:
        names = [*selectable(known, own, every), *([NONE] if known in OPTIONAL else [])]
        if len(names) > 1:
            listing.append(f"{known}={' or '.join(names)}")
    raise ValueError(
        f"no backend {name!r} for the stage {stage!r} in {profile}; to choose from: "
        f"{'; '.join(listing)}"
    )


def gates_with(
    own_gates: tuple[Gate, ...],
    left_out: tuple[str, ...],
    before: Mapping[str, ModelSpec[Any]],
    models: Mapping[str, ModelSpec[Any]],
) -> tuple[tuple[Gate, ...], tuple[str, ...]]:
    """Gates over own measures, and names of gates that are left out, with other models.

    Args:
        own_gates: of the profile.
        left_out: of the profile.
        before: the profile's own models, by stage.
        models: those that run.
    """
    had, has = _fields(before), _fields(models)
    lost, gained = had - has, has - had
    kept = tuple(gate for gate in own_gates if gate.field not in lost)
    dropped = [gate.name for gate in own_gates if gate.field in lost]
    more = tuple(
        gate for stage in models for gate in _GATES_OF_STAGE.get(stage, ()) if gate.field in gained
    )
    fields = {gate.name: gate.field for gate in GATES}
    still = [name for name in left_out if fields.get(name) not in gained]
    still += [gate.name for gate in GATES if gate.field in lost and gate.name not in still]
    return (*kept, *more), (*still, *dropped)


def _fields(models: Mapping[str, ModelSpec[Any]]) -> set[str]:
    """What gates may read that these models measure, of the stages that can be left out."""
    return {
        name
        for stage, spec in models.items()
        for name in (
            _FIELDS_OF_MODEL.get(spec.name, ())
            if stage == "quality"
            else _FIELDS_OF_STAGE.get(stage, ())
        )
    }
