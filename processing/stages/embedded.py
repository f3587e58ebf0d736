"""The stages of the profile `embedded`: nothing to download, no weights but silero-vad's own."""

import importlib.metadata
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...media import MediaError, encoder_builds, probe
from ...records import VoiceInterval
from ..engines import Backend, Source, Stage, Stateless, Tables
from .binding import bind, speech_envelope
from .clipping import LIGHT_EVERY, clips_table
from .cuts import CutParams, CutScores, FoundScene, find_shots, scenes_of
from .diarization import diarize
from .faces import Faces
from .glance import FPS, look
from .hearing import read_sound
from .identity import identify
from .measures import Cells
from .tables import NamedOutcome, SeenTrack, bound_from, tracks_from, tracks_table
from .tracking import track
from .voice_activity import SileroVoiceActivity, speech_intervals

_APACHE = "Apache-2.0"
_END_SLACK_SECONDS = 1.0
"""How much earlier than declared a source's pictures may end: sound is often longer (ours)."""


def embedded_stages() -> tuple[Stage, ...]:
    """All of them, in the paper's order."""
    ours = Backend(name="speakervid5m", licence=_APACHE)
    return (
        Stage(
            name="probe",
            what="how large, how long, with sound or without",
            backend=Backend(name="pyav", build=encoder_builds()["libavcodec"], licence="LGPL-2.1"),
            load=Stateless(_probe),
        ),
        Stage(
            name="look",
            what="one decode: frame scores, faces and mouths, light and motion",
            reads=("probe",),
            params={"detect_every": 5, "max_width": 640, "light_every": LIGHT_EVERY},
            backend=Backend(
                name="opencv-haar",
                build=_version("opencv-python-headless"),
                licence=_APACHE,
                weights="haarcascade_frontalface_alt2, inside OpenCV's wheel",
            ),
            load=Stateless(_look),
        ),
        Stage(
            name="scenes",
            what="shots by PySceneDetect's adaptive rule and by fades; scenes of 3 to 14 s",
            reads=("look",),
            params=asdict(CutParams()),
            backend=ours,
            load=Stateless(_scenes),
        ),
        Stage(
            name="voices",
            what="diarization of the whole sound; two main speakers, else the source is dropped",
            reads=("probe",),
            backend=Backend(
                name="silero-vad, mfcc",
                build=_version("silero-vad"),
                licence="MIT",
                weights="silero_vad.onnx, inside silero-vad's wheel",
            ),
            load=Stateless(_voices),
        ),
        Stage(
            name="tracks",
            what="faces followed through each scene; one static box a person",
            reads=("look", "scenes"),
            backend=ours,
            load=Stateless(_tracks),
        ),
        Stage(
            name="binding",
            what="which mouth goes with which voice; by how much the sound is late",
            reads=("tracks", "voices"),
            backend=ours,
            load=Stateless(_binding),
        ),
        Stage(
            name="identity",
            what="who is who over the source; voices corrected by faces",
            reads=("tracks", "binding"),
            backend=ours,
            load=Stateless(_identity),
        ),
        Stage(
            name="clips",
            what="one person in one scene, by the official name",
            reads=("probe", "look", "scenes", "voices", "tracks", "binding", "identity"),
            backend=ours,
            load=Stateless(clips_table),
        ),
    )


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _probe(source: Source, _: Mapping[str, Tables]) -> Tables:
    info = probe(source.path)
    if info.sample_rate is None:
        raise MediaError("no_audio", f"{source.name!r} has no sound: nobody can be heard")
    facts = {
        "width": info.width,
        "height": info.height,
        "fps": info.fps,
        "duration_seconds": info.duration_seconds,
        "bit_rate": info.bit_rate,
        "sample_rate": info.sample_rate,
        "video_codec": info.video_codec,
    }
    return {"facts": pa.Table.from_pylist([facts])}


def _look(source: Source, inputs: Mapping[str, Tables]) -> Tables:
    scores, faces, cells = CutScores(), Faces(), Cells(every=LIGHT_EVERY)
    looked = look(source.path, [scores, faces, cells])
    declared = inputs["probe"]["facts"]["duration_seconds"][0].as_py()
    reached = looked.num_frames / FPS
    if looked.damage or (declared is not None and reached < declared - _END_SLACK_SECONDS):
        said = looked.damage or f"pictures end at {reached:.2f} s of {declared:.2f} s"
        raise MediaError("truncated", said)
    return {
        "looked": pa.Table.from_pylist([asdict(looked)]),
        "scores": scores.finish(),
        "faces": faces.finish(),
        "cells": cells.finish(),
    }


def _scenes(_: Source, inputs: Mapping[str, Tables]) -> Tables:
    shots = find_shots(inputs["look"]["scores"], CutParams())
    return {
        "shots": pa.Table.from_pylist(
            [one._asdict() for one in shots],
            schema=pa.schema(
                [("first", pa.int64()), ("stop", pa.int64()), ("transition", pa.string())]
            ),
        ),
        "scenes": pa.Table.from_pylist(
            [one._asdict() for one in scenes_of(shots)],
            schema=pa.schema([(name, pa.int64()) for name in FoundScene._fields]),
        ),
    }


def _voices(source: Source, _: Mapping[str, Tables]) -> Tables:
    samples, seconds = read_sound(source.path)
    speech = speech_intervals(SileroVoiceActivity().probabilities(samples), seconds)
    found = diarize(samples, speech)
    if found.main is None:
        raise NamedOutcome(str(found.reason), "the paper keeps sources with two main voices")
    return {
        "intervals": pa.Table.from_pylist(
            [asdict(one) for one in found.intervals],
            schema=pa.schema(
                [
                    ("start_seconds", pa.float64()),
                    ("stop_seconds", pa.float64()),
                    ("voice", pa.string()),
                ]
            ),
        ),
        "envelope": pa.table({"level": speech_envelope(samples)}),
    }


def _tracks(_: Source, inputs: Mapping[str, Tables]) -> Tables:
    scenes = [FoundScene(**row) for row in inputs["scenes"]["scenes"].to_pylist()]
    return {"tracks": tracks_table(track(inputs["look"]["faces"], scenes))}


def _binding(_: Source, inputs: Mapping[str, Tables]) -> Tables:
    tracks = tracks_from(inputs["tracks"]["tracks"])
    voices = [VoiceInterval(**row) for row in inputs["voices"]["intervals"].to_pylist()]
    envelope: NDArray[np.float32] = inputs["voices"]["envelope"]["level"].to_numpy()
    found = bind(tracks, voices, envelope)
    rows = [asdict(one) for one in found.tracks]
    return {
        "bound": pa.Table.from_pylist(rows, schema=_BOUND),
        "offset": pa.table({"frames": pa.array([found.offset_frames], pa.int64())}),
    }


_BOUND = pa.schema(
    [
        ("scene", pa.int64()),
        ("box_index", pa.int64()),
        ("voice", pa.string()),
        ("role", pa.string()),
        (
            "syncs",
            pa.list_(
                pa.struct(
                    [
                        ("voice", pa.string()),
                        ("seconds", pa.float64()),
                        ("confidence", pa.float64()),
                        ("distance", pa.float64()),
                        ("offset_frames", pa.int64()),
                        ("source_distance", pa.float64()),
                    ]
                )
            ),
        ),
    ]
)


def _identity(_: Source, inputs: Mapping[str, Tables]) -> Tables:
    tracks: list[SeenTrack] = tracks_from(inputs["tracks"]["tracks"])
    found = identify(tracks, bound_from(inputs["binding"]["bound"]))
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
