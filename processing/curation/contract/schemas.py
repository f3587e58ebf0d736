"""Schemas of the tables of whole sources, by stage; a stage with other columns fails its unit.

tables of a stage --> checked against its schemas --> stored, and read by later stages

Schemas of single clips are in `clips/clip_tables.py`, `stages/captions.py` and `stages/pose.py`.
"""

import pyarrow as pa

from ..people.tracks import TRACKS
from ..vision.cut_scores import SCHEMA as SCORES
from ..vision.face_crops import CROPS
from ..vision.faces import SCHEMA as FACES
from ..vision.light import SCHEMA as CELLS
from ..vision.persons import PERSONS
from ..vision.shots_by_model import TRANSITIONS

PROBE = {
    "facts": pa.schema(
        {
            "width": pa.int64(),
            "height": pa.int64(),
            "fps": pa.float64(),
            "num_bytes": pa.int64(),
            "bit_rate": pa.int64(),
            "sample_rate": pa.int64(),
            "video_codec": pa.string(),
            "choices": pa.list_(pa.string()),
        }
    )
}
"""Fields of `media.SourceInfo`, and the file's size."""

LOOK = {
    "looked": pa.schema(
        {
            "num_frames": pa.int64(),
            "num_pictures_decoded": pa.int64(),
            "width": pa.int64(),
            "height": pa.int64(),
            "duration_seconds": pa.float64(),
            "damage": pa.string(),
        }
    ),
    "scores": SCORES,
    "cells": CELLS,
    "faces": FACES,
}
"""Fields of `frame_pass.FramePassReport`, and a table of each tap."""

LOOK_OF_MODELS = {"crops": CROPS, "persons": PERSONS, "transitions": TRANSITIONS}
"""Further tables of some backends of `look`."""

SCENES = {
    "shots": pa.schema({"first": pa.int64(), "stop": pa.int64(), "transition": pa.string()}),
    "scenes": pa.schema(
        {"index": pa.int64(), "first": pa.int64(), "stop": pa.int64(), "shot": pa.int64()}
    ),
}
"""Fields of `shots.FoundShot` and `shots.FoundScene`."""

VOICES = {
    "intervals": pa.schema(
        {"start_seconds": pa.float64(), "stop_seconds": pa.float64(), "voice": pa.string()}
    ),
    "envelope": pa.schema({"level": pa.float32()}),
    "missing": pa.schema({"start_seconds": pa.float64(), "stop_seconds": pa.float64()}),
}
"""Fields of `records.VoiceInterval`; `mouth_binding.speech_envelope`; intervals without audio."""

TRACKED = {"tracks": TRACKS}
"""Fields of `tracks.StoredTrack`."""

BINDING = {
    "bound": pa.schema(
        {
            "scene": pa.int64(),
            "box_index": pa.int64(),
            "voice": pa.string(),
            "role": pa.string(),
            "syncs": pa.list_(
                pa.struct(
                    {
                        "voice": pa.string(),
                        "seconds": pa.float64(),
                        "confidence": pa.float64(),
                        "distance": pa.float64(),
                        "offset_frames": pa.int64(),
                        "source_distance": pa.float64(),
                    }
                )
            ),
            "models": pa.list_(
                pa.struct(
                    {
                        "voice": pa.string(),
                        "num_frames": pa.int64(),
                        "sync_confidence": pa.float64(),
                        "sync_distance": pa.float64(),
                        "sync_offset_frames": pa.float64(),
                        "asd_score": pa.float64(),
                    }
                )
            ),
        }
    ),
    "offset": pa.schema({"frames": pa.int64()}),
}
"""Fields of `mouth_binding.BoundTrack`; the delay of the source's audio."""

IDENTITY = {
    "persons": pa.schema({"person": pa.string(), "voice": pa.string(), "face": pa.int64()}),
    "corrections": pa.schema({"num_corrected": pa.int64(), "num_unverified": pa.int64()}),
}
"""Fields of `face_matching.Identity`: a row a track; the number of corrected voices."""
