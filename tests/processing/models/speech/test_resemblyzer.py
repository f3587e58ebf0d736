"""Resemblyzer's encoder: librosa's spectrogram, PyTorch's LSTM, files that are refused."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("onnxruntime", reason="the extra curate is not installed")

from speakervid5m.processing import weights_folder
from speakervid5m.processing.models import RESEMBLYZER, WrongWeights
from speakervid5m.processing.models.speech.mel import mel_power
from speakervid5m.processing.models.speech.resemblyzer import (
    HOP_SECONDS,
    NUM_BINS,
    NUM_FRAMES,
    NUM_LAYERS,
    WIDTH,
    WINDOW_SECONDS,
    Resemblyzer,
)

WEIGHTS = weights_folder()
"""As the environment names it: tests themselves see none of ours."""
NUM_SAMPLES = round(WINDOW_SECONDS * 16_000)


def chirp() -> NDArray[np.float32]:
    time = np.arange(NUM_SAMPLES) / 16_000
    rising = 0.3 * np.sin(2 * np.pi * (200 * time + 900 * time**2))
    return (rising + 0.05 * np.sin(2 * np.pi * 3100 * time)).astype(np.float32)


def made_weights() -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(0)
    shapes: dict[str, tuple[int, ...]] = {"linear.weight": (WIDTH, WIDTH), "linear.bias": (WIDTH,)}
    for layer in range(NUM_LAYERS):
        shapes[f"lstm.weight_ih_l{layer}"] = (4 * WIDTH, WIDTH if layer else NUM_BINS)
        shapes[f"lstm.weight_hh_l{layer}"] = (4 * WIDTH, WIDTH)
        shapes[f"lstm.bias_ih_l{layer}"] = shapes[f"lstm.bias_hh_l{layer}"] = (4 * WIDTH,)
    return {
        name: (0.1 * rng.standard_normal(shape)).astype(np.float32)
        for name, shape in shapes.items()
    }


def written(path: Path, weights: Mapping[str, NDArray[np.float32]]) -> Path:
    np.savez(path, **weights)  # type: ignore[arg-type]
    return path


def test_the_spectrogram_is_librosas() -> None:
    # librosa 0.11.0: melspectrogram(y=chirp(), sr=16000, n_fft=400, hop_length=160, n_mels=40)
    bands = [0, 3, 9, 20, 39]
    true = {
        0: [0.641692, 1.06298, 0.00187035, 8.5538e-07, 1.41439e-05],
        1: [0.0115816, 2.42255, 1.94596e-05, 3.62085e-08, 1.28868e-07],
        159: [1.4475e-05, 1.47411e-05, 1.64816e-05, 3.52963e-05, 3.48758e-06],
    }
    power = mel_power(chirp()[None], NUM_BINS)
    assert power.shape == (1, NUM_FRAMES + 1, NUM_BINS)
    for frame, values in true.items():
        assert power[0, frame, bands] == pytest.approx(values, rel=1e-3, abs=1e-7)


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda:0", marks=pytest.mark.cuda)])
def test_the_network_is_pytorchs(tmp_path: Path, device: str) -> None:
    torch = pytest.importorskip("torch", reason="the extra models is not installed")
    weights = made_weights()
    encoder = Resemblyzer(written(tmp_path / "encoder.npz", weights), device)
    noise = 0.1 * np.random.default_rng(1).standard_normal((2, NUM_SAMPLES))
    waveforms = np.concatenate([noise.astype(np.float32), chirp()[None]])
    lstm = torch.nn.LSTM(NUM_BINS, WIDTH, NUM_LAYERS, batch_first=True)
    lstm.load_state_dict(
        {
            name.removeprefix("lstm."): torch.from_numpy(values)
            for name, values in weights.items()
            if name.startswith("lstm.")
        }
    )
    # Louder than -30 dBFS, so their power stays.
    frames = torch.from_numpy(mel_power(waveforms, NUM_BINS)[:, :NUM_FRAMES].copy())
    with torch.inference_mode():
        _, (states, _cells) = lstm(frames)
    true = np.maximum(states[-1].numpy() @ weights["linear.weight"].T + weights["linear.bias"], 0)
    true /= np.linalg.norm(true, axis=1, keepdims=True)
    assert np.abs(encoder(waveforms) - true).max() < (1e-5 if device == "cpu" else 2e-3)


def test_quiet_speech_has_the_same_vector_and_silence_a_finite_one(tmp_path: Path) -> None:
    encoder = Resemblyzer(written(tmp_path / "encoder.npz", made_weights()), "cpu")
    level = 10 ** (-30 / 20) / float(np.sqrt(np.mean(chirp() ** 2)))
    vectors = encoder(np.stack([level * chirp(), 0.03 * level * chirp(), 0 * chirp()]))
    assert np.abs(vectors[0] - vectors[1]).max() < 1e-4
    assert np.isfinite(vectors).all()


def test_another_file_is_refused(tmp_path: Path) -> None:
    weights = made_weights()
    text = tmp_path / "text.npz"
    text.write_text("no archive")
    for path, words in (
        (written(tmp_path / "part.npz", {"linear.bias": weights["linear.bias"]}), "linear.weight"),
        (
            written(tmp_path / "shape.npz", weights | {"linear.bias": np.zeros(3, np.float32)}),
            "expected \\(256,\\)",
        ),
        (text, "Resemblyzer"),
        (tmp_path / "missing.npz", "missing"),
    ):
        with pytest.raises(WrongWeights, match=words):
            Resemblyzer(path, "cpu")


def test_the_published_encoder_gives_directions_of_length_one() -> None:
    (file,) = RESEMBLYZER.files
    if not file.is_there(WEIGHTS):
        pytest.skip(f"{file.file} is not in the folder of weights")
    vectors = Resemblyzer(file.path(WEIGHTS), "cpu")(np.stack([chirp(), chirp()[::-1]]))
    assert vectors.shape == (2, 256)
    assert (vectors >= 0).all()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)
    assert float(vectors[0] @ vectors[1]) < 0.95
    assert 2 * HOP_SECONDS == WINDOW_SECONDS
