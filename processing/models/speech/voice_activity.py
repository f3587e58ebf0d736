"""Voice activity: a probability of speech every 32 ms, and intervals of speech from it.

samples at 16 kHz --> VoiceActivity.probabilities --> speech_intervals --> diarization
"""

import functools
import importlib
import importlib.util
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ....records import Interval, install_command, lacking
from ..contract import numbers
from .protocols import SAMPLE_RATE

WINDOW_SAMPLES = 512
"""Samples of one probability: 32 ms (silero-vad at 16 kHz)."""
WINDOW_SECONDS = WINDOW_SAMPLES / SAMPLE_RATE
"""Seconds of one probability."""
SPEECH_PROBABILITY = 0.5
"""Speech begins at this probability (silero-vad's default `threshold`)."""
SILENCE_PROBABILITY = 0.35
"""Speech goes on down to this one (silero-vad's default: .15 under the other)."""
MIN_SPEECH_SECONDS = 0.25
"""Shorter intervals are not speech (silero-vad's default)."""
MIN_SILENCE_SECONDS = 0.1
"""Shorter pauses are bridged (silero-vad's default)."""
PADDING_SECONDS = 0.03
"""Intervals start earlier and end later by this much (silero-vad's default)."""
_CONTEXT_SAMPLES = 64


class VoiceActivity(Protocol):
    """Gives probabilities of speech."""

    def probabilities(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probability of speech in each 32 ms.

        Args:
            samples: (S,) mono at 16 kHz, -1 to 1.

        Returns:
            (ceil(S / 512),) float32 in 0 to 1; the last window is padded with silence.
        """


class SileroVoiceActivity:
    """silero-vad's network (MIT) from its wheel, run by onnxruntime in one thread.

    Raises:
        ImportError: onnxruntime or silero-vad is not installed.
    """

    def __init__(self) -> None:
        self._session = _silero_session()

    def probabilities(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `VoiceActivity.probabilities`."""
        probabilities = np.zeros(-(-len(samples) // WINDOW_SAMPLES), np.float32)
        state = np.zeros((2, 1, 128), np.float32)
        rate = np.array(SAMPLE_RATE, np.int64)
        window = np.zeros((1, _CONTEXT_SAMPLES + WINDOW_SAMPLES), np.float32)
        for number in range(len(probabilities)):
            # The network's input starts with the end of the previous window.
            window[:, :_CONTEXT_SAMPLES] = window[:, -_CONTEXT_SAMPLES:]
            samples_of_window = samples[number * WINDOW_SAMPLES : (number + 1) * WINDOW_SAMPLES]
            window[0, _CONTEXT_SAMPLES : _CONTEXT_SAMPLES + len(samples_of_window)] = (
                samples_of_window
            )
            window[0, _CONTEXT_SAMPLES + len(samples_of_window) :] = 0.0
            inputs = {"input": window, "state": state, "sr": rate}
            probability, state = self._session.run(None, inputs)
            probabilities[number] = probability[0, 0]
        return probabilities


def speech_in(
    activity: VoiceActivity, samples: NDArray[np.float32], duration_seconds: float
) -> tuple[Interval, ...]:
    """Intervals of speech in a waveform; see `speech_intervals`.

    Raises:
        WrongResult: the model does not give one probability for each 32 ms.
    """
    count = -(-len(samples) // WINDOW_SAMPLES)
    answer = activity.probabilities(samples)
    probabilities = numbers("probabilities of speech", answer, (count,), least=0, most=1)
    return speech_intervals(probabilities, duration_seconds)


def speech_intervals(
    probabilities: NDArray[np.float32], duration_seconds: float
) -> tuple[Interval, ...]:
    """Intervals of speech by silero-vad's two thresholds.

    Args:
        probabilities: (N,) one for each 32 ms.
        duration_seconds: of the audio; no interval ends later.

    Returns:
        Disjoint intervals by time.
    """
    runs = _runs(probabilities)
    merged: list[tuple[float, float]] = []
    for first, stop in runs:
        start, end = first * WINDOW_SECONDS, stop * WINDOW_SECONDS
        if merged and start - merged[-1][1] < MIN_SILENCE_SECONDS:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    spoken = [run for run in merged if run[1] - run[0] >= MIN_SPEECH_SECONDS]
    return tuple(
        Interval(max(0.0, start - PADDING_SECONDS), min(duration_seconds, end + PADDING_SECONDS))
        for start, end in spoken
    )


def _runs(probabilities: NDArray[np.float32]) -> list[tuple[int, int]]:
    """[first, stop) of windows, from one above the upper threshold to one below the lower."""
    audible = probabilities >= SILENCE_PROBABILITY
    edges = np.flatnonzero(np.diff(np.concatenate(([0], audible.astype(np.int8), [0]))))
    runs = []
    for first, stop in edges.reshape(-1, 2):
        sure = np.flatnonzero(probabilities[first:stop] >= SPEECH_PROBABILITY)
        if len(sure):
            runs.append((int(first + sure[0]), int(stop)))
    return runs


@functools.cache
def _silero_session() -> Any:
    try:
        onnxruntime = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise lacking("voice activity needs onnxruntime", error, "curate") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(_silero_file()), options, providers=["CPUExecutionProvider"]
    )


def _silero_file() -> Path:
    # Located and not imported: importing silero_vad imports torch.
    package = importlib.util.find_spec("silero_vad")
    if package is None or package.origin is None:
        raise ImportError(f"voice activity needs silero-vad: {install_command('curate')}")
    path = Path(package.origin).parent / "data" / "silero_vad.onnx"
    if not path.exists():
        raise ImportError(f"this silero-vad has no {path.name}: {install_command('curate')}")
    return path
