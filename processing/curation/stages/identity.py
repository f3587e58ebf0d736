"""`identity`: who is who over the source; voices corrected by faces."""

from collections.abc import Mapping

import pyarrow as pa

from ...engines import Source, Stage, Tables
from ..contract.builder import StageContext, WithModel
from ..contract.schemas import IDENTITY
from ..people.face_matching import identify
from ..people.tracks import StoredTrack, bound_from, tracks_from


def identity_stage(context: StageContext) -> Stage:
    """Who is who over the source."""
    return context.stage(
        name="identity",
        what="who is who over the source; voices corrected by faces",
        kind="group",
        reads=("tracks", "binding"),
        writes=IDENTITY,
        load=WithModel(context.spec, context.weights, _identity),
    )


def _identity(distance: float | None, _: Source, inputs: Mapping[str, Tables]) -> Tables:
    tracks: list[StoredTrack] = tracks_from(inputs["tracks"]["tracks"])
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
