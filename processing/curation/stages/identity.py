"""`identity`: who is who over the source; voices corrected by faces.

tracks with descriptors, labels of `binding` --> a person and a corrected voice for each track
"""

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
        version=2,
        reads=("tracks", "binding"),
        writes=IDENTITY,
        load=WithModel(context.spec, context.weights, _identity),
    )


def _identity(distance: float | None, _: Source, inputs: Mapping[str, Tables]) -> Tables:
    tracks: list[StoredTrack] = tracks_from(inputs["tracks"]["tracks"])
    bound = bound_from(inputs["binding"]["bound"])
    identity = identify(tracks, bound, same_face_distance=distance)
    return {
        "persons": pa.table(
            {
                "person": pa.array(identity.persons, pa.string()),
                "voice": pa.array(identity.voices, pa.string()),
                "face": pa.array(identity.groups, pa.int64()),
            }
        ),
        "corrections": pa.table(
            {"num_corrected": [identity.num_corrected], "num_unverified": [identity.num_unverified]}
        ),
    }
