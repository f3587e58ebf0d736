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
    from .dump.defects import (
        EXPECTED_REJECTS as EXPECTED_REJECTS,
        LOST as LOST,
        add_lost_records as add_lost_records,
        repairable as repairable,
    )
    from .dump.files import (
        ShowFiles as ShowFiles,
        show_files as show_files,
        write_dump as write_dump,
    )
    from .plan.camera import MIN_SCENE_SECONDS as MIN_SCENE_SECONDS
    from .plan.characters import CASTS as CASTS, Cast as Cast
    from .plan.show import ShowKind as ShowKind, ShowSpec as ShowSpec, plan_show as plan_show
    from .plan.truth import (
        FPS as FPS,
        ShowTruth as ShowTruth,
        TrueClip as TrueClip,
        TrueListening as TrueListening,
        TrueSamples as TrueSamples,
    )
    from .render import find_show as find_show, render_show as render_show
    from .speech_synthesis import require_espeak as require_espeak
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
