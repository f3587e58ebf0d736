"""`voices`: speaker diarization of the whole source, and its two main voices.

audio --> Diarizer --> turns --> letters, loudness of every frame, gaps without audio
"""

from collections.abc import Mapping
from dataclasses import asdict

import pyarrow as pa

from ...engines import Source, Stage, Tables
from ...models.speech.protocols import Diarizer, TellsNearness
from ..contract.builder import StageContext, WithModel
from ..contract.schemas import VOICES
from ..people.mouth_binding import speech_envelope
from ..speech.audio import read_source_audio
from ..speech.main_voices import name_voices


def voices_stage(context: StageContext) -> Stage:
    """Who speaks when; the paper's rule on the two main voices."""
    return context.stage(
        name="voices",
        what="diarization of the whole audio; two main speakers, else the source is dropped",
        kind="group",
        version=3,
        reads=("probe",),
        writes=VOICES,
        load=WithModel(context.spec, context.weights, _voices),
    )


def _voices(diarizer: Diarizer, source: Source, _: Mapping[str, Tables]) -> Tables:
    samples, seconds, missing = read_source_audio(source.path)
    diarization = name_voices(diarizer.turns(samples, seconds), seconds)
    if diarization.main is None:
        detail = "the paper keeps sources with two main voices"
        if diarization.reason == "one_voice" and isinstance(diarizer, TellsNearness):
            near = diarizer.nearness(samples, seconds)
            detail += f"; {near}" if near else ""
        raise NamedOutcome(str(diarization.reason), detail)
    return {
        "intervals": pa.Table.from_pylist(
            [asdict(interval) for interval in diarization.intervals], schema=VOICES["intervals"]
        ),
        "envelope": pa.table({"level": speech_envelope(samples)}),
        "missing": pa.Table.from_pylist(
            [asdict(interval) for interval in missing], schema=VOICES["missing"]
        ),
    }


class NamedOutcome(ValueError):
    """A source that the rules drop: an expected rejection, not an error."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        """A stable short word."""
