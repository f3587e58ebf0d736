"""Speaker diarization by 3D-Speaker's recipe: vectors of windows, clustered (the paper: CAM++).

speech --> windows of 1.5 s every 0.75 s --> a network of speakers, such as CAM++ --> clusters
       --> turns; where windows of two voices overlap, the voice changes in the middle

silero-vad finds speech and not 3D-Speaker's FSMN-VAD, which needs FunASR. For CAM++ pauses under
half a second are bridged before windows are laid out, since FSMN-VAD gives long intervals.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ....records import Interval
from ...engines import Resources, in_halves
from ...weights.table import CAMPLUSPLUS_FILE, SILERO_VAD_FILE
from ..model_spec import ModelSpec
from ..packages import ONNXRUNTIME, SCIPY, SILERO
from .cepstral_voices import HOP_SECONDS, MAX_PAUSE_SECONDS, WINDOW_SECONDS
from .fbank import FRAME_SAMPLES, log_mel
from .protocols import SAMPLE_RATE, Diarizer, Turn
from .voice_activity import SileroVoiceActivity, speech_in
from .voice_clustering import VoiceLimits, cluster, likeness_of_halves

_BATCH = 64
"""Windows at a time (3D-Speaker); fewer if memory does not suffice."""
_MIN_WINDOW_SECONDS = FRAME_SAMPLES / SAMPLE_RATE
CAMPLUSPLUS_LIMITS = VoiceLimits(linkage_cosine=0.4, merge_cosine=0.8)
"""How alike vectors of one voice are (3D-Speaker)."""


class SpeakerWindows(NamedTuple):
    """What vectors a network of speakers makes, and how they are clustered."""

    seconds: float
    """Audio behind one vector."""
    hop_seconds: float
    """Between vectors."""
    max_pause_seconds: float
    """A shorter pause is bridged; a window over a bridged pause may hold two voices."""
    limits: VoiceLimits
    """How alike vectors of one voice are."""


class SpeakerEmbedding(Protocol):
    """A network that gives vectors of speakers."""

    windows: SpeakerWindows

    def __call__(self, waveforms: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) of windows (n, S) at 16 kHz."""


class CamPlusPlus:
    """Speaker vectors of CAM++, from an ONNX file of 3D-Speaker's own exporter or sherpa-onnx's.

    Raises:
        WrongWeights: another graph.
    """

    windows = SpeakerWindows(WINDOW_SECONDS, HOP_SECONDS, MAX_PAUSE_SECONDS, CAMPLUSPLUS_LIMITS)

    def __init__(self, path: Path, device: str) -> None:
        # Here and not above: planning a run must not import onnxruntime.
        from ..onnx_graph import Graph, WrongWeights

        expected = "CAM++, features (n, frames, 80) in, one vector each out"
        self._graph = Graph(path, device, expected=expected)
        width = self._graph.shapes[self._graph.inputs[0]][-1]
        if isinstance(width, int) and width != 80:
            raise WrongWeights(f"{str(path)!r} takes features of {width}; expected {expected}")

    def __call__(self, waveforms: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) of waveforms (n, S) at 16 kHz."""
        features = log_mel(waveforms)
        features -= features.mean(axis=1, keepdims=True)
        vectors: NDArray[Any] = self._graph(features)[0]
        return np.asarray(vectors, np.float32).reshape(len(waveforms), -1)


class ThreeDSpeaker:
    """Turns of a source; see the module.

    Args:
        embedding: gives the vectors of windows.
    """

    def __init__(self, embedding: SpeakerEmbedding) -> None:
        self._embed = embedding
        self._activity = SileroVoiceActivity()

    def turns(self, samples: NDArray[np.float32], seconds: float) -> Sequence[Turn]:
        """See `Diarizer.turns`."""
        windows, vectors = self._embedded(samples, seconds)
        turns = turns_of(windows, cluster(vectors, self._embed.windows.limits).tolist())
        return without_pauses(turns)

    def nearness(self, samples: NDArray[np.float32], seconds: float) -> str | None:
        """See `TellsNearness.nearness`."""
        likeness = likeness_of_halves(self._embedded(samples, seconds)[1])
        if likeness is None:
            return None
        limit = self._embed.windows.limits.merge_cosine
        return (
            f"the two most different halves of its speech have a cosine of {likeness:.2f}; "
            f"voices from {limit:g} on are one"
        )

    def _embedded(
        self, samples: NDArray[np.float32], seconds: float
    ) -> tuple[list[Interval], NDArray[np.float32]]:
        """Windows over speech, and (windows, d) their vectors."""
        form = self._embed.windows
        windows = [
            window
            for interval in bridged(
                speech_in(self._activity, samples, seconds), form.max_pause_seconds
            )
            for window in windows_of(interval, form.seconds, form.hop_seconds)
        ]

        def vectors(batch: Sequence[Interval]) -> list[NDArray[np.float32]]:
            cut = [_window_samples(samples, window, form.seconds) for window in batch]
            return list(self._embed(np.stack(cut)))

        embedded = in_halves(windows, vectors, size=_BATCH) if windows else []
        return windows, np.stack(embedded) if embedded else np.zeros((0, 1), np.float32)


def bridged(speech: Sequence[Interval], max_pause_seconds: float) -> list[Interval]:
    """Intervals of speech with shorter pauses than this bridged."""
    merged: list[Interval] = []
    for interval in speech:
        if merged and interval.start_seconds - merged[-1].stop_seconds < max_pause_seconds:
            merged[-1] = Interval(merged[-1].start_seconds, interval.stop_seconds)
        elif interval.duration_seconds >= _MIN_WINDOW_SECONDS:
            merged.append(interval)
    return merged


def windows_of(
    interval: Interval, seconds: float = WINDOW_SECONDS, hop_seconds: float = HOP_SECONDS
) -> list[Interval]:
    """Windows over an interval as in 3D-Speaker; a short one is one window (ours: not none)."""
    starts = [interval.start_seconds]
    while starts[-1] + seconds < interval.stop_seconds:
        starts.append(starts[-1] + hop_seconds)
    return [Interval(start, min(start + seconds, interval.stop_seconds)) for start in starts]


def without_pauses(turns: Sequence[Turn]) -> list[Turn]:
    """Turns with short pauses of one voice bridged, as between the words of a sentence."""
    bridged_turns: list[Turn] = []
    for turn in turns:
        last = bridged_turns[-1] if bridged_turns else None
        if (
            last is not None
            and turn.voice == last.voice
            and turn.start_seconds - last.stop_seconds < MAX_PAUSE_SECONDS
        ):
            bridged_turns[-1] = last._replace(stop_seconds=turn.stop_seconds)
        else:
            bridged_turns.append(turn)
    return bridged_turns


def _window_samples(
    samples: NDArray[np.float32], window: Interval, seconds: float
) -> NDArray[np.float32]:
    """A window's samples; a shorter window is repeated up to the full length (3D-Speaker)."""
    first, stop = (int(time * SAMPLE_RATE) for time in (window.start_seconds, window.stop_seconds))
    size = round(seconds * SAMPLE_RATE)
    inside = samples[first : max(stop, first + 1)]
    return np.resize(inside[:size], size) if len(inside) else np.zeros(size, np.float32)


def turns_of(windows: Sequence[Interval], voices: Sequence[int]) -> list[Turn]:
    """Merged windows of each voice; overlaps of two voices are split in the middle (3D-Speaker)."""
    turns: list[Turn] = []
    for window, voice in zip(windows, voices, strict=True):
        start, stop = window.start_seconds, window.stop_seconds
        last = turns[-1] if turns else None
        if last is not None and voice == last.voice and start <= last.stop_seconds:
            turns[-1] = last._replace(stop_seconds=max(stop, last.stop_seconds))
            continue
        if last is not None and start < last.stop_seconds:
            start = (last.stop_seconds + start) / 2
            turns[-1] = last._replace(stop_seconds=start)
        turns.append(Turn(start, stop, voice))
    return [turn for turn in turns if turn.stop_seconds > turn.start_seconds]


def _three_d_speaker(weights: Path, device: str) -> ThreeDSpeaker:
    return ThreeDSpeaker(CamPlusPlus(CAMPLUSPLUS_FILE.path(weights), device))


THREE_D_SPEAKER: ModelSpec[Diarizer] = ModelSpec(
    name="3d-speaker, silero-vad",
    licence="Apache-2.0",
    make=_three_d_speaker,
    packages=(ONNXRUNTIME, SILERO, SCIPY),
    files=(CAMPLUSPLUS_FILE,),
    bundled=(SILERO_VAD_FILE,),
    # 230 MB an hour of audio; 3,000 vectors' similarities twice; a batch of 64 windows.
    resources=Resources(num_cpus=1, gpu_bytes=1 << 30, memory_bytes=3 << 30),
)
"""No gate, no token; real-time factor 0.03 on a CPU (3D-Speaker's own figure)."""
