"""Profiles: the models of all stages in one table, and the gates of each profile.

the table, a column --> `Profile` --> stages, gates

A score that a profile cannot measure is None, and the profile names its gate as left out. Another
measure of the same thing has its own column and gate.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from ....release import GATES, Gate
from ...engines import Stage
from ...models.model_spec import ModelSpec
from ...models.speech.cepstral_voices import CEPSTRA
from ...models.speech.faster_whisper import FASTER_WHISPER_TINY_EN, FASTER_WHISPER_TURBO
from ...models.speech.pyannote import PYANNOTE_COMMUNITY
from ...models.speech.resemblyzer import RESEMBLYZER
from ...models.speech.three_d_speaker import THREE_D_SPEAKER
from ...models.speech.whisper import WHISPER_LARGE_V3, WHISPER_TURBO
from ...models.vision.loading import DOVER, DWPOSE, RTMW, UVQ
from ...models.vision.qwen_vl import QWEN3_VL, QWEN25_VL
from ...weights import Weights
from ..backends.binding import LR_ASD, SYNCNET
from ..backends.compact import COMPACT_LOOK, COMPACT_LOOK_HOG, DLIB_MATCHES, MESH_MOUTHS
from ..backends.embedded import HAAR, OURS, PIXEL_MOUTHS, PYAV
from ..backends.look import ARCFACE_MATCHES, PAPER_LOOK, PERMISSIVE_LOOK, SFACE_LOOK, TRANSNET_LOOK
from ..stages import build_stages
from .gates import (
    ASD,
    FACE_SHARPNESS,
    HAND_SHARPNESS,
    LANGUAGE,
    LIPS,
    SFT_FACE_SHARPNESS,
    SFT_HAND_SHARPNESS,
    SFT_UVQ_SCORE,
    UVQ_SCORE,
)

ProfileName = Literal["compact", "embedded", "permissive", "paper"]
DEFAULT: ProfileName = "compact"
"""The profile where nobody names one."""
ModelSpecs = tuple[ModelSpec[Any], ...]


class Row(NamedTuple):
    """The models of one stage, by profile.

    The first model of a cell is the default; the others, and most models of other profiles, can be
    chosen (`--backend STAGE=NAME`). An empty cell leaves the stage out, and its measures are null.
    """

    stage: str
    compact: ModelSpecs
    embedded: ModelSpecs
    permissive: ModelSpecs
    paper: ModelSpecs


_VOICES: ModelSpecs = (THREE_D_SPEAKER, PYANNOTE_COMMUNITY, RESEMBLYZER)
_COMPACT_VOICES: ModelSpecs = (RESEMBLYZER, THREE_D_SPEAKER, PYANNOTE_COMMUNITY)
_COMPACT: ModelSpecs = (COMPACT_LOOK, COMPACT_LOOK_HOG)
_LOOKS: ModelSpecs = (PERMISSIVE_LOOK, SFACE_LOOK, TRANSNET_LOOK)
_FASTER: ModelSpecs = (FASTER_WHISPER_TURBO, FASTER_WHISPER_TINY_EN)
_WORDS: ModelSpecs = (WHISPER_LARGE_V3, WHISPER_TURBO, *_FASTER)
_FAST_WORDS: ModelSpecs = (WHISPER_TURBO, WHISPER_LARGE_V3, *_FASTER)

TABLE: tuple[Row, ...] = (
    #    stage          compact          embedded         permissive          paper
    Row("probe",       (PYAV,),         (PYAV,),         (PYAV,),            (PYAV,)),
    Row("look",        _COMPACT,        (HAAR,),         _LOOKS,             (PAPER_LOOK,)),
    Row("scenes",      (OURS,),         (OURS,),         (OURS,),            (OURS,)),
    Row("voices",      _COMPACT_VOICES, (CEPSTRA,),      _VOICES,            _VOICES),
    Row("tracks",      (OURS,),         (OURS,),         (OURS,),            (OURS,)),
    Row("binding",     (MESH_MOUTHS,),  (PIXEL_MOUTHS,), (LR_ASD,),          (SYNCNET,)),
    Row("identity",    (DLIB_MATCHES,), (OURS,),         (ARCFACE_MATCHES,), (ARCFACE_MATCHES,)),
    Row("clips",       (OURS,),         (OURS,),         (OURS,),            (OURS,)),
    Row("transcripts", (),              (),              _FAST_WORDS,        _WORDS),
    Row("pose",        (),              (),              (RTMW,),            (DWPOSE,)),
    Row("quality",     (),              (),              (UVQ,),             (DOVER,)),
    Row("captions",    (),              (),              (QWEN3_VL,),        (QWEN25_VL,)),
    Row("annotated",   (OURS,),         (OURS,),         (OURS,),            (OURS,)),
)  # fmt: skip
"""The models of every stage; each spec holds licences, sources and sizes of weights."""
EVERY_MODEL: Mapping[str, ModelSpecs] = {
    row.stage: tuple(spec for cell in row[1:] for spec in cell) for row in TABLE
}
"""Stage to the models of all profiles."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """A choice of models, and the gates that it can answer."""

    name: str
    """As on the command line: `--profile embedded`; followed by other backends than its own."""
    summary: str
    """One sentence."""
    models: Mapping[str, ModelSpec[Any]]
    """Stage to the model that does it, in the order of the stages."""
    own_gates: tuple[Gate, ...]
    """Gates over this profile's own measures."""
    left_out: tuple[str, ...]
    """Gates of the paper that this profile cannot answer."""
    by_folder: dict[str, str] = field(default_factory=dict)
    """Stage to the name of its model, where optional weights decided which."""
    wanting: tuple[tuple[Weights, str], ...] = ()
    """Optional weights that are missing, each with the name of the model that needs it."""

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The paper's gates that it can answer, and its own."""
        return (*(gate for gate in GATES if gate.name not in self.left_out), *self.own_gates)

    def stages(self, weights: Path) -> tuple[Stage, ...]:
        """The stages in the paper's order; keys change with the files in this folder."""
        return build_stages(self.models, weights, profile=self.name, gates=self.gates)


def _profile(
    name: ProfileName, summary: str, own_gates: tuple[Gate, ...], left_out: tuple[str, ...]
) -> Profile:
    cells: dict[str, ModelSpecs] = {row.stage: getattr(row, name) for row in TABLE}
    return Profile(
        name=name,
        summary=summary,
        models={stage: cell[0] for stage, cell in cells.items() if cell},
        own_gates=own_gates,
        left_out=left_out,
    )


_NO_WORDS = ("asr_logprob", "asr_no_speech", "asr_compression", "sft_asr_logprob")
_NO_HANDS = ("hand_blur", "sft_hand_blur")
_NO_FACE_BLUR = ("face_blur", "sft_face_blur")
_NO_DOVER = ("dover", "sft_dover")
_SHARPNESS = (FACE_SHARPNESS, SFT_FACE_SHARPNESS, HAND_SHARPNESS, SFT_HAND_SHARPNESS)
_NO_CAPTIONS = ("sft_motion",)

PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        _profile(
            "compact",
            "small networks for faces and lips of real people, out of ordinary packages",
            (LIPS, FACE_SHARPNESS, SFT_FACE_SHARPNESS),
            ("sync", *_NO_DOVER, *_NO_FACE_BLUR, *_NO_HANDS, *_NO_WORDS, *_NO_CAPTIONS),
        ),
        _profile(
            "embedded",
            "nothing to download: detectors and signal measures inside well-kept libraries; "
            "misses a third of real speakers",
            (LIPS, FACE_SHARPNESS, SFT_FACE_SHARPNESS),
            ("sync", *_NO_DOVER, *_NO_FACE_BLUR, *_NO_HANDS, *_NO_WORDS, *_NO_CAPTIONS),
        ),
        _profile(
            "permissive",
            "models whose code and weights may be used for anything",
            (ASD, *_SHARPNESS, UVQ_SCORE, SFT_UVQ_SCORE, LANGUAGE),
            ("sync", *_NO_DOVER, *_NO_FACE_BLUR, *_NO_HANDS),
        ),
        _profile(
            "paper",
            "the paper's models, some of them for research only",
            (*_SHARPNESS, LANGUAGE),
            # The paper's normalisation of blur is not published; ours has columns of its own.
            (*_NO_FACE_BLUR, *_NO_HANDS),
        ),
    )
}
"""All profiles by name."""

assert set(get_args(ProfileName)) == set(PROFILES), "every column of the table is a profile"
