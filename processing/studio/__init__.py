"""Rendered talk shows of two people with known truth, and the truth as an official dump.

    plan/             a seed in, the truth of a show out: script, camera, characters, clips
    heads, stage_set  draw the frames
    speech_synthesis, soundtrack  make the audio
    render            a planned show in, an mp4 and its truth as JSON out
    dump/             the truth of shows in, a dump in the official layout out, with its defects

plan_show / render_show -> ShowTruth -> show_files -> write_dump
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .dump.defects import EXPECTED_REJECTS, LOST, add_lost_records, repairable
    from .dump.files import ShowFiles, show_files, write_dump
    from .plan.camera import MIN_SCENE_SECONDS
    from .plan.characters import CASTS, Cast
    from .plan.show import ShowKind, ShowSpec, plan_show
    from .plan.truth import FPS, ShowTruth, TrueClip, TrueListening, TrueSamples
    from .render import find_show, render_show
    from .speech_synthesis import require_espeak

__all__ = [
    "CASTS",
    "EXPECTED_REJECTS",
    "FPS",
    "LOST",
    "MIN_SCENE_SECONDS",
    "Cast",
    "ShowFiles",
    "ShowKind",
    "ShowSpec",
    "ShowTruth",
    "TrueClip",
    "TrueListening",
    "TrueSamples",
    "add_lost_records",
    "find_show",
    "plan_show",
    "render_show",
    "repairable",
    "require_espeak",
    "show_files",
    "write_dump",
]

_PLACES = {
    "dump.defects": (
        "EXPECTED_REJECTS",
        "LOST",
        "add_lost_records",
        "repairable",
    ),
    "dump.files": (
        "ShowFiles",
        "show_files",
        "write_dump",
    ),
    "plan.camera": ("MIN_SCENE_SECONDS",),
    "plan.characters": (
        "CASTS",
        "Cast",
    ),
    "plan.show": (
        "ShowKind",
        "ShowSpec",
        "plan_show",
    ),
    "plan.truth": (
        "FPS",
        "ShowTruth",
        "TrueClip",
        "TrueListening",
        "TrueSamples",
    ),
    "render": (
        "find_show",
        "render_show",
    ),
    "speech_synthesis": ("require_espeak",),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
