"""From long two-person videos of any user to a release.

A mental model: a stage is a function of one source and of tables of earlier stages. An engine runs
it, a store keeps its tables under a key of everything that decides them, so a second run does only
what is new. Gates are rules over stored scores; changing one runs no model (`retier`).

    folders of videos
         |  run/find_videos
         v
    sources ---> stages/ ---> store of tables ---> tiers/ ---> ../assembly ---> release
                   ^             (scores)        gates, tiers,   cut, write
                   |                 |             samples
    profiles/: a model a stage,      `---> report/: scores, thumbnails
    composed in backends/ out of ../models

stages/      one stage, one file, by its own name: probe, look, scenes, ... annotated
vision/      measures of frames: the frame pass, faces, people, tracks, light, shots
speech/      a source's audio, and its two main voices
people/      which face goes with which voice, and who is who
clips/       frames, clean speech and tables of single clips
contract/    how stages are built, and the tables that stages pass to one another
backends/    backends of stages, composed from `processing.models`: what `--backend` chooses
profiles/    which backend does which stage, and which gates judge its clips
tiers/       clips of finished sources --> scores, tiers, samples; what was lost
run/         `curate` and `retier`
report/      what a run has measured so far
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .people.mouth_binding import BoundTrack, bind, speech_envelope
    from .people.tracks import bound_from
    from .profiles.profile import PROFILES, TABLE, Missing, NotReady, Profile, missing, profile_of
    from .report.choices import chosen_tracks
    from .report.scored_clips import ScoredClips, scored_clips
    from .report.thumbnails import clip_thumbnails, source_thumbnails
    from .run.curate import curate, curation_status, retier
    from .run.curation import Curation
    from .run.estimate import CannotRun, Estimate, estimate
    from .run.find_videos import FoundSources, find_own_sources
    from .run.options import CurateOptions, EngineName
    from .run.recorded import Recorded, recorded
    from .run.report import CurateReport
    from .speech.audio import read_source_audio
    from .speech.main_voices import diarize
    from .tiers.catalogue import CuratedCatalogue
    from .tiers.clipless import Clipless
    from .tiers.funnel import TieringReport, funnel_of
    from .tiers.scoring import MEASURES
    from .vision.frame_pass import Tap, run_frame_pass
    from .vision.frame_pass_gpu import run_frame_pass_on
    from .vision.light import Cells, cell_means
    from .vision.shots import (
        CutScores,
        FoundScene,
        content_score,
        find_shots,
        shrunk_for_scores,
        to_hsv,
    )
    from .vision.tracking import track

__all__ = [
    "MEASURES",
    "PROFILES",
    "TABLE",
    "BoundTrack",
    "CannotRun",
    "Cells",
    "Clipless",
    "CurateOptions",
    "CurateReport",
    "CuratedCatalogue",
    "Curation",
    "CutScores",
    "EngineName",
    "Estimate",
    "FoundScene",
    "FoundSources",
    "Missing",
    "NotReady",
    "Profile",
    "Recorded",
    "ScoredClips",
    "Tap",
    "TieringReport",
    "bind",
    "bound_from",
    "cell_means",
    "chosen_tracks",
    "clip_thumbnails",
    "content_score",
    "curate",
    "curation_status",
    "diarize",
    "estimate",
    "find_own_sources",
    "find_shots",
    "funnel_of",
    "missing",
    "profile_of",
    "read_source_audio",
    "recorded",
    "retier",
    "run_frame_pass",
    "run_frame_pass_on",
    "scored_clips",
    "shrunk_for_scores",
    "source_thumbnails",
    "speech_envelope",
    "to_hsv",
    "track",
]

_PLACES = {
    "people.mouth_binding": ("BoundTrack", "bind", "speech_envelope"),
    "people.tracks": ("bound_from",),
    "profiles.profile": (
        "PROFILES",
        "TABLE",
        "Missing",
        "NotReady",
        "Profile",
        "missing",
        "profile_of",
    ),
    "report.choices": ("chosen_tracks",),
    "report.scored_clips": ("ScoredClips", "scored_clips"),
    "report.thumbnails": ("clip_thumbnails", "source_thumbnails"),
    "tiers.catalogue": ("CuratedCatalogue",),
    "tiers.clipless": ("Clipless",),
    "run.curate": ("curate", "curation_status", "retier"),
    "run.curation": ("Curation",),
    "run.estimate": ("CannotRun", "Estimate", "estimate"),
    "run.find_videos": ("FoundSources", "find_own_sources"),
    "tiers.funnel": ("TieringReport", "funnel_of"),
    "run.options": ("CurateOptions", "EngineName"),
    "run.recorded": ("Recorded", "recorded"),
    "run.report": ("CurateReport",),
    "tiers.scoring": ("MEASURES",),
    "speech.audio": ("read_source_audio",),
    "speech.main_voices": ("diarize",),
    "vision.frame_pass": ("Tap", "run_frame_pass"),
    "vision.frame_pass_gpu": ("run_frame_pass_on",),
    "vision.light": ("Cells", "cell_means"),
    "vision.shots": (
        "CutScores",
        "FoundScene",
        "content_score",
        "find_shots",
        "shrunk_for_scores",
        "to_hsv",
    ),
    "vision.tracking": ("track",),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
