"""`binding`: which face goes with which voice, by mouths or by a network.

tracks, voices, envelope (with a network: head crops, audio) --> a label a track, the audio's delay
"""

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ....records import VoiceInterval
from ...engines import Source, Stage, Tables
from ..contract.builder import StageContext, WithModel
from ..contract.schemas import BINDING
from ..people.model_binding import Binder, bind_by
from ..people.mouth_binding import bind
from ..people.mouths import PIXELS, MouthLimits
from ..people.tracks import tracks_from
from ..speech.audio import read_source_audio


def binding_stage(context: StageContext) -> Stage:
    """Which face goes with which voice."""
    return context.stage(
        name="binding",
        what="which mouth goes with which voice; by how much the audio is late",
        version=4,
        # Only a network reads the crops, which are an output of `look`.
        reads=("tracks", "voices", *(("look",) if context.spec.files else ())),
        writes=BINDING,
        load=WithModel(context.spec, context.weights, _binding),
    )


def _binding(model: Binder | MouthLimits, source: Source, inputs: Mapping[str, Tables]) -> Tables:
    tracks = tracks_from(inputs["tracks"]["tracks"])
    voices = [VoiceInterval(**row) for row in inputs["voices"]["intervals"].to_pylist()]
    envelope: NDArray[np.float32] = inputs["voices"]["envelope"]["level"].to_numpy()
    limits = model if isinstance(model, MouthLimits) else PIXELS
    binding = bind(tracks, voices, envelope, limits)
    if not isinstance(model, MouthLimits):
        samples = read_source_audio(source.path).samples
        crops = inputs["look"]["crops"]
        binding = bind_by(model, binding, tracks, voices, crops, samples, limits)
    rows = [asdict(track) for track in binding.tracks]
    return {
        "bound": pa.Table.from_pylist(rows, schema=BINDING["bound"]),
        "offset": pa.table({"frames": pa.array([binding.offset_frames], pa.int64())}),
    }
