"""Speaker vectors of Resemblyzer (GE2E): a mel spectrogram of 1.6 s through three layers of LSTM.

waveforms --> at least -30 dBFS --> 160 frames of 40 mel bands --> LSTM, 3 x 256
          --> its last state, linear, negative numbers cut off --> vectors of 256, length 1

NumPy runs it on a CPU, 6 ms a window where PyTorch takes 3, so that PyTorch is not needed; on a GPU
PyTorch runs it.
"""

import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...engines import Resources
from ...weights.table import RESEMBLYZER_FILE, SILERO_VAD_FILE
from ..model_spec import ModelSpec
from ..packages import ONNXRUNTIME, SCIPY, SILERO, TORCH, required
from .fbank import HOP_SAMPLES
from .mel import mel_power
from .protocols import SAMPLE_RATE, Diarizer
from .three_d_speaker import SpeakerWindows, ThreeDSpeaker
from .voice_clustering import VoiceLimits

Floats = NDArray[np.float32]

NUM_BINS, NUM_FRAMES = 40, 160
"""Mel bands, and frames of 10 ms, that the network was trained on (Resemblyzer)."""
WIDTH, NUM_LAYERS = 256, 3
"""Of the LSTM; a vector has as many numbers (Resemblyzer)."""
QUIETEST_DBFS = -30.0
"""Quieter speech is amplified to this mean power; louder speech stays (Resemblyzer)."""
WINDOW_SECONDS = NUM_FRAMES * HOP_SAMPLES / SAMPLE_RATE
"""Audio behind one vector (Resemblyzer)."""
MAX_PAUSE_SECONDS = 0.0
"""No pause is bridged (ours: where people answer within half a second, windows over the pause hold
both, and 16 of 23 dialogues of real voices were told apart; with windows of one voice 22)."""
HOP_SECONDS = 0.8
"""Between vectors (ours: half a window, as in 3D-Speaker)."""
LIMITS = VoiceLimits(linkage_cosine=0.62, merge_cosine=0.82)
"""How alike vectors of one voice are (ours: with one speaker left out at a time, dialogues of real
voices put the first at .60 to .66 and the second at .82; right from .60 to .72, .81 to .83)."""
_EXPECTED = "Resemblyzer's encoder, converted by `weights get`"


class Resemblyzer:
    """The encoder from its converted file.

    Args:
        path: the .npz of its parameters, under their names in PyTorch.
        device: `cpu` or `cuda:0`.

    Raises:
        ImportError: a GPU was asked for and PyTorch is not installed.
        WrongWeights: another file.
    """

    windows = SpeakerWindows(WINDOW_SECONDS, HOP_SECONDS, MAX_PAUSE_SECONDS, LIMITS)

    def __init__(self, path: Path, device: str) -> None:
        weights = _weights(path)
        self._linear, self._bias = weights["linear.weight"].T, weights["linear.bias"]
        if device.startswith("cuda"):
            self._last_state: Callable[[Floats], Floats] = _on_gpu(weights, device)
        else:
            layers = [_Layer(weights, number) for number in range(NUM_LAYERS)]
            self._last_state = partial(_through, layers)

    def __call__(self, waveforms: Floats) -> Floats:
        """(n, 256) of length 1, of waveforms (n, 25600) at 16 kHz."""
        frames = mel_power(_loud(waveforms), NUM_BINS)[:, :NUM_FRAMES]
        vectors = np.maximum(self._last_state(frames) @ self._linear + self._bias, 0.0)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)


def _loud(waveforms: Floats) -> Floats:
    power = np.mean(np.square(waveforms, dtype=np.float64), axis=1, keepdims=True)
    gain = 10 ** (QUIETEST_DBFS / 20) / np.sqrt(np.maximum(power, 1e-12))
    return np.asarray(waveforms * np.maximum(gain, 1.0), np.float32)


class _Layer:
    """A layer of the LSTM, its gates in PyTorch's order: input, forget, cell, output."""

    def __init__(self, weights: Mapping[str, Floats], number: int) -> None:
        # A sigmoid is half a hyperbolic tangent of half its input: one function for all gates.
        half = np.full(4 * WIDTH, 0.5, np.float32)
        half[2 * WIDTH : 3 * WIDTH] = 1.0
        self._of_input = np.ascontiguousarray(weights[f"lstm.weight_ih_l{number}"].T * half)
        self._of_state = np.ascontiguousarray(weights[f"lstm.weight_hh_l{number}"].T * half)
        self._bias = (
            weights[f"lstm.bias_ih_l{number}"] + weights[f"lstm.bias_hh_l{number}"]
        ) * half

    def __call__(self, inputs: Floats) -> Floats:
        """(frames, n, 256) states of inputs (frames, n, width)."""
        num_frames, count, width = inputs.shape
        gates = (inputs.reshape(-1, width) @ self._of_input + self._bias).reshape(
            num_frames, count, 4, WIDTH
        )
        states = np.zeros((num_frames, count, WIDTH), np.float32)
        state, cell = states[0], np.zeros((count, WIDTH), np.float32)
        for number in range(num_frames):
            due = gates[number]
            due += (state @ self._of_state).reshape(due.shape)
            np.tanh(due, out=due)
            cell *= 0.5 + 0.5 * due[:, 1]
            cell += (0.5 + 0.5 * due[:, 0]) * due[:, 2]
            state = states[number]
            np.multiply(0.5 + 0.5 * due[:, 3], np.tanh(cell), out=state)
        return states


def _through(layers: "list[_Layer]", frames: Floats) -> Floats:
    """(n, 256) last state of the last layer, of frames (n, 160, 40)."""
    states: Floats = np.ascontiguousarray(frames.transpose(1, 0, 2))
    for layer in layers:
        states = layer(states)
    last: Floats = states[-1]
    return last


def _on_gpu(weights: Mapping[str, Floats], device: str) -> Callable[[Floats], Floats]:
    """The last state by PyTorch."""
    torch = required(TORCH)
    lstm = torch.nn.LSTM(NUM_BINS, WIDTH, NUM_LAYERS, batch_first=True)
    parameters = {
        name.removeprefix("lstm."): torch.from_numpy(values)
        for name, values in weights.items()
        if name.startswith("lstm.")
    }
    lstm.load_state_dict(parameters)
    lstm = lstm.to(device).eval()

    def last_state(frames: Floats) -> Floats:
        with torch.inference_mode():
            _, (states, _cells) = lstm(torch.from_numpy(frames).to(device))
            return np.asarray(states[-1].cpu().numpy(), np.float32)

    return last_state


def _shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "linear.weight": (WIDTH, WIDTH),
        "linear.bias": (WIDTH,),
    }
    for number in range(NUM_LAYERS):
        shapes[f"lstm.weight_ih_l{number}"] = (4 * WIDTH, WIDTH if number else NUM_BINS)
        shapes[f"lstm.weight_hh_l{number}"] = (4 * WIDTH, WIDTH)
        shapes[f"lstm.bias_ih_l{number}"] = shapes[f"lstm.bias_hh_l{number}"] = (4 * WIDTH,)
    return shapes


def _weights(path: Path) -> dict[str, Floats]:
    # Here and not above: planning a run must not import onnxruntime.
    from ..onnx_graph import WrongWeights

    try:
        with np.load(path, allow_pickle=False) as archive:
            weights = {name: archive[name] for name in _shapes()}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise WrongWeights(f"{str(path)!r} is not {_EXPECTED}: {error}") from error
    for name, shape in _shapes().items():
        if weights[name].shape != shape or weights[name].dtype != np.float32:
            raise WrongWeights(
                f"{str(path)!r} is not {_EXPECTED}: {name} has {weights[name].shape} of "
                f"{weights[name].dtype}, expected {shape} of float32"
            )
    return weights


def _resemblyzer(weights: Path, device: str) -> ThreeDSpeaker:
    return ThreeDSpeaker(Resemblyzer(RESEMBLYZER_FILE.path(weights), device))


RESEMBLYZER: ModelSpec[Diarizer] = ModelSpec(
    name="resemblyzer, silero-vad",
    licence="Apache-2.0",
    make=_resemblyzer,
    packages=(ONNXRUNTIME, SILERO, SCIPY),
    files=(RESEMBLYZER_FILE,),
    bundled=(SILERO_VAD_FILE,),
    # 230 MB an hour of audio; 3,000 vectors' similarities twice; a batch of 64 windows.
    resources=Resources(num_cpus=1, gpu_bytes=1 << 30, memory_bytes=2 << 30),
)
"""Small and free: real voices by a network of 5.7 MB."""
