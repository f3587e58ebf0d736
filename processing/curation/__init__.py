"""From long two-person videos of any user to a release.

A mental model: a stage is a function of one source and of tables of earlier stages. An engine runs
it, a store keeps its tables under a key of everything that decides them, so a second run does only
what is new. Gates are rules over stored scores; changing one runs no model (`retier`).

    folders of videos
         |  run/find_videos, run/sources
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
    from .people.mouth_binding import (
        BoundTrack as BoundTrack,
        bind as bind,
        speech_envelope as speech_envelope,
    )
    from .people.mouths import PIXELS as PIXELS
    from .people.tracks import bound_from as bound_from
    from .profiles.backend_choice import backend_names as backend_names, profile_of as profile_of
    from .profiles.profile import (
        DEFAULT as DEFAULT,
        PROFILES as PROFILES,
        TABLE as TABLE,
        Profile as Profile,
    )
    from .profiles.requirements import (
        Missing as Missing,
        NotReady as NotReady,
        ProfileWeights as ProfileWeights,
        missing as missing,
        weights_of_profiles as weights_of_profiles,
    )
    from .report.choices import chosen_tracks as chosen_tracks
    from .report.rejects import curation_rejects as curation_rejects
    from .report.scored_clips import ScoredClips as ScoredClips, scored_clips as scored_clips
    from .report.thumbnails import (
        clip_thumbnails as clip_thumbnails,
        source_thumbnails as source_thumbnails,
    )
    from .run.curate import curate as curate, curation_status as curation_status, retier as retier
    from .run.curation import Curation as Curation
    from .run.estimate import CannotRun as CannotRun, Estimate as Estimate, estimate as estimate
    from .run.find_videos import FoundSources as FoundSources, find_own_sources as find_own_sources
    from .run.options import CurateOptions as CurateOptions, EngineName as EngineName
    from .run.recorded import Recorded as Recorded, recorded as recorded
    from .run.report import CurateReport as CurateReport
    from .speech.audio import read_source_audio as read_source_audio
    from .speech.main_voices import diarize as diarize
    from .tiers.catalogue import CuratedCatalogue as CuratedCatalogue, StoredClips as StoredClips
    from .tiers.clipless import Clipless as Clipless, clipless_sources as clipless_sources
    from .tiers.funnel import TieringReport as TieringReport, funnel_of as funnel_of
    from .tiers.scoring import MEASURES as MEASURES
    from .vision.cut_scores import (
        CutScores as CutScores,
        content_score as content_score,
        shrunk_for_scores as shrunk_for_scores,
        to_hsv as to_hsv,
    )
    from .vision.frame_pass import Tap as Tap, run_frame_pass as run_frame_pass
    from .vision.frame_pass_gpu import run_frame_pass_on as run_frame_pass_on
    from .vision.light import Cells as Cells, cell_means as cell_means
    from .vision.margins import find_margins as find_margins
    from .vision.shots import FoundScene as FoundScene, find_shots as find_shots
    from .vision.tracking import track as track
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
