"""The stages that look at and listen to a whole source, up to its clips by their names."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ....media import MediaError, probe
from ....media.surfaces import UnfitError
from ....records import VoiceInterval
from ...engines import Run, Source, Stage, Stateless, Tables
from ...models import Tool, Using
from ...models.speech.cepstral_voices import Diarizer, name_voices
from ..clips.clip_tables import CLIP_SCHEMA
from ..contract.builder import Making
from ..contract.frame_tables import checked_tables
from ..contract.schemas import (
    BINDING,
    IDENTITY,
    LOOK,
    LOOK_OF_MODELS,
    PROBE,
    SCENES,
    TRACKED,
    VOICES,
)
from ..people.face_matching import identify
from ..people.model_binding import Binder, bind_by
from ..people.mouth_binding import bind, speech_envelope
from ..people.tracks import NamedOutcome, SeenTrack, bound_from, tracks_from, tracks_table
from ..speech.audio import read_sound
from ..vision.frame_pass import Looked, Onlookers, Tap, look
from ..vision.light import Cells
from ..vision.persons import with_persons
from ..vision.shots import CutParams, CutScores, FoundScene, find_shots, scenes_of
from ..vision.shots_by_model import shots_of
from ..vision.tracking import track
from .clips import LIGHT_EVERY, clips_table

logger = logging.getLogger(__name__)


def probe_stage(making: Making) -> Stage:
    """How large, how long; which tracks are read."""
    return making.stage(
        name="probe",
        what="how large, how long; which tracks are read",
        version=3,
        writes=PROBE,
        load=Stateless(_probe),
    )


def look_stage(making: Making) -> Stage:
    """The one decode. Its tool gives the taps that are its own, by the names of their tables."""
    return making.stage(
        name="look",
        what="one decode: frame scores, faces and mouths, light and motion",
        reads=("probe",),
        version=4,
        writes=LOOK,
        may_write=LOOK_OF_MODELS,
        params={"light_every": LIGHT_EVERY},
        load=_Looking(making.tool, making.weights),
    )


def scenes_stage(making: Making) -> Stage:
    """Shots and scenes."""
    return making.stage(
        name="scenes",
        what="shots by PySceneDetect's adaptive rule and by fades; scenes of 3 to 14 s",
        kind="explode",
        reads=("look",),
        writes=SCENES,
        params=asdict(CutParams()),
        load=Stateless(_scenes),
    )


def voices_stage(making: Making) -> Stage:
    """Who speaks when; the paper's rule on the two main voices."""
    return making.stage(
        name="voices",
        what="diarization of the whole sound; two main speakers, else the source is dropped",
        kind="group",
        version=3,
        reads=("probe",),
        writes=VOICES,
        load=Using(making.tool, making.weights, _voices),
    )


def tracks_stage(making: Making) -> Stage:
    """Who is where."""
    return making.stage(
        name="tracks",
        what="faces followed through each scene; one static box a person",
        kind="explode",
        reads=("look", "scenes"),
        writes=TRACKED,
        load=Stateless(_tracks),
    )


def binding_stage(making: Making) -> Stage:
    """Which face goes with which voice."""
    return making.stage(
        name="binding",
        what="which mouth goes with which voice; by how much the sound is late",
        version=3,
        # Only a network looks at the crops, which lie in the parts of `look`.
        reads=("tracks", "voices", *(("look",) if making.tool.files else ())),
        writes=BINDING,
        load=Using(making.tool, making.weights, _binding),
    )


def identity_stage(making: Making) -> Stage:
    """Who is who over the source."""
    return making.stage(
        name="identity",
        what="who is who over the source; voices corrected by faces",
        kind="group",
        reads=("tracks", "binding"),
        writes=IDENTITY,
        load=Using(making.tool, making.weights, _identity),
    )


def clips_stage(making: Making) -> Stage:
    """Clips by their official names, and what costs no model to know of them."""
    return making.stage(
        name="clips",
        what="one person in one scene, by the official name",
        version=3,
        reads=("probe", "look", "scenes", "voices", "tracks", "binding", "identity"),
        writes={"clips": CLIP_SCHEMA},
        load=Stateless(clips_table),
    )


def _probe(source: Source, _: Mapping[str, Tables]) -> Tables:
    info = probe(source.path)
    if info.audio_index is None:
        raise MediaError("no_audio", f"nobody can be heard: {info.no_audio}")
    facts = {
        "width": info.width,
        "height": info.height,
        "fps": info.fps,
        "num_bytes": source.path.stat().st_size,
        "bit_rate": info.bit_rate,
        "sample_rate": info.sample_rate,
        "video_codec": info.video_codec,
        "choices": list(info.choices),
    }
    return {"facts": pa.Table.from_pylist([facts], schema=PROBE["facts"])}


@dataclass(frozen=True, slots=True)
class _Looking:
    """`load` of the stage `look`: its tool, and where pictures are decoded."""

    tool: Tool[Onlookers]
    weights: Path

    def __call__(self, device: str) -> Run:
        return partial(_look, device, self.tool.make(self.weights, device))


def _look(device: str, onlookers: Onlookers, source: Source, _: Mapping[str, Tables]) -> Tables:
    def new_taps() -> dict[str, Tap]:
        return {"scores": CutScores(), "cells": Cells(every=LIGHT_EVERY), **onlookers.begin()}

    taps, width = new_taps(), onlookers.max_width
    looked: Looked | None = None
    if device != "cpu":
        from ..vision.frame_pass_gpu import look_on

        try:
            looked = look_on(source.path, list(taps.values()), device=device, max_width=width)
        except UnfitError as error:
            logger.warning("%r is decoded on the CPU, not on %s: %s", source.name, device, error)
            taps = new_taps()
    if looked is None:
        looked = look(source.path, list(taps.values()), max_width=width)
    if looked.damage is not None:
        raise looked.damage
    return {
        "looked": pa.Table.from_pylist([asdict(looked)], schema=LOOK["looked"]),
        **checked_tables({name: tap.finish() for name, tap in taps.items()}, looked.num_frames),
    }


def _scenes(_: Source, inputs: Mapping[str, Tables]) -> Tables:
    looked = inputs["look"]
    if "transitions" in looked:
        shots = shots_of(looked["transitions"])
    else:
        shots = find_shots(looked["scores"], CutParams())
    return {
        "shots": pa.Table.from_pylist([one._asdict() for one in shots], schema=SCENES["shots"]),
        "scenes": pa.Table.from_pylist(
            [one._asdict() for one in scenes_of(shots)], schema=SCENES["scenes"]
        ),
    }


def _voices(diarizer: Diarizer, source: Source, _: Mapping[str, Tables]) -> Tables:
    samples, seconds, missing = read_sound(source.path)
    found = name_voices(diarizer.turns(samples, seconds), seconds)
    if found.main is None:
        raise NamedOutcome(str(found.reason), "the paper keeps sources with two main voices")
    return {
        "intervals": pa.Table.from_pylist(
            [asdict(one) for one in found.intervals], schema=VOICES["intervals"]
        ),
        "envelope": pa.table({"level": speech_envelope(samples)}),
        "missing": pa.Table.from_pylist([asdict(one) for one in missing], schema=VOICES["missing"]),
    }


def _tracks(_: Source, inputs: Mapping[str, Tables]) -> Tables:
    scenes = [FoundScene(**row) for row in inputs["scenes"]["scenes"].to_pylist()]
    tracks = track(inputs["look"]["faces"], scenes)
    if "persons" in inputs["look"]:
        tracks = with_persons(tracks, inputs["look"]["persons"], scenes)
    return {"tracks": tracks_table(tracks)}


def _binding(binder: Binder | None, source: Source, inputs: Mapping[str, Tables]) -> Tables:
    tracks = tracks_from(inputs["tracks"]["tracks"])
    voices = [VoiceInterval(**row) for row in inputs["voices"]["intervals"].to_pylist()]
    envelope: NDArray[np.float32] = inputs["voices"]["envelope"]["level"].to_numpy()
    found = bind(tracks, voices, envelope)
    if binder is not None:
        samples = read_sound(source.path).samples
        found = bind_by(binder, found, tracks, voices, inputs["look"]["crops"], samples)
    rows = [asdict(one) for one in found.tracks]
    return {
        "bound": pa.Table.from_pylist(rows, schema=BINDING["bound"]),
        "offset": pa.table({"frames": pa.array([found.offset_frames], pa.int64())}),
    }


def _identity(distance: float | None, _: Source, inputs: Mapping[str, Tables]) -> Tables:
    tracks: list[SeenTrack] = tracks_from(inputs["tracks"]["tracks"])
    bound = bound_from(inputs["binding"]["bound"])
    found = identify(tracks, bound, same_face_distance=distance)
    return {
        "persons": pa.table(
            {
                "person": pa.array(found.persons, pa.string()),
                "voice": pa.array(found.voices, pa.string()),
                "face": pa.array(found.groups, pa.int64()),
            }
        ),
        "corrections": pa.table(
            {"num_corrected": [found.num_corrected], "num_unverified": [found.num_unverified]}
        ),
    }
