"""`probe`: size and length of a source, and which of its tracks are read.

file --> one row of facts, from its header
"""

from collections.abc import Mapping

import pyarrow as pa

from ....media import MediaError, probe
from ...engines import Source, Stage, Stateless, Tables
from ..contract.builder import StageContext
from ..contract.schemas import PROBE


def probe_stage(context: StageContext) -> Stage:
    """Size, length, and the tracks that are read."""
    return context.stage(
        name="probe",
        what="how large, how long; which tracks are read",
        version=3,
        writes=PROBE,
        load=Stateless(_probe),
    )


def _probe(source: Source, _: Mapping[str, Tables]) -> Tables:
    info = probe(source.path)
    if info.audio_index is None:
        raise MediaError("no_audio", f"no audio: {info.no_audio}")
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
