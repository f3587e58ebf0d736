"""SyncNet, LR-ASD and their cepstra give the published code's numbers for the same parameters.

The numbers were computed once by the authors' own code, with parameters of a formula.
"""

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch", reason="the extra loaders is not installed")
pytest.importorskip("cv2", reason="the extra curate is not installed")

import torch

from speakervid5m.processing.models.audio_visual.lr_asd import LrAsd, SpeakerNetwork
from speakervid5m.processing.models.audio_visual.mfcc import cepstra
from speakervid5m.processing.models.audio_visual.syncnet import SyncNet, SyncNetwork
from speakervid5m.processing.models.onnx_graph import WrongWeights

NUM_FRAMES = 12


def by_formula(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Parameters that any code can make again."""
    state = network.state_dict()
    for number, (name, value) in enumerate(sorted(state.items())):
        if not value.dtype.is_floating_point:
            continue
        waves = np.sin(np.arange(value.numel()) * 12.9898 + number) * 43758.5453
        waves -= np.floor(waves)
        if "running_var" in name:
            waves = 0.5 + waves
        elif value.ndim > 1:
            waves = (waves - 0.5) * math.sqrt(24.0 / max(1, int(np.prod(value.shape[1:]))))
        else:
            waves = 0.5 + waves / 2 if name.endswith("weight") else (waves - 0.5) * 0.2
        value.copy_(torch.from_numpy(waves.reshape(value.shape)))
    return dict(state)


def a_face() -> NDArray[np.uint8]:
    t = np.arange(NUM_FRAMES)[:, None, None, None]
    y, x = np.arange(224)[None, :, None, None], np.arange(224)[None, None, :, None]
    waves = np.sin(x / 9 + t / 2 + np.arange(3)) * np.cos(y / 13 - t / 3)
    return np.asarray(127 + 100 * waves).astype(np.uint8)


def a_sound() -> NDArray[np.float32]:
    k = np.arange(NUM_FRAMES * 640 + 240)
    return np.asarray(0.3 * np.sin(k * 0.05) * np.sin(k * 0.0007), np.float32)


@pytest.mark.parametrize("room", [1, 3])
def test_windows_that_do_not_fit_are_halved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    network = SyncNetwork()
    torch.save(by_formula(network), tmp_path / "syncnet.model")
    model = SyncNet(tmp_path / "syncnet.model", "cpu")
    whole = model.features(a_face(), a_sound())
    frame_vectors, audio_vectors = SyncNetwork.frame_vectors, SyncNetwork.audio_vectors

    def pictures(self: SyncNetwork, frames: torch.Tensor) -> torch.Tensor:
        if frames.shape[1] - 4 > room:
            raise torch.OutOfMemoryError("no room")
        return frame_vectors(self, frames)

    def sound(self: SyncNetwork, windows: torch.Tensor) -> torch.Tensor:
        if len(windows) > room:
            raise torch.OutOfMemoryError("no room")
        return audio_vectors(self, windows)

    monkeypatch.setattr(SyncNetwork, "frame_vectors", pictures)
    monkeypatch.setattr(SyncNetwork, "audio_vectors", sound)
    for halved, found in zip(model.features(a_face(), a_sound()), whole, strict=True):
        assert halved.shape == found.shape == (NUM_FRAMES - 5, 1024)
        np.testing.assert_allclose(halved, found, rtol=1e-4, atol=1e-4)


def test_cepstra_are_python_speech_features() -> None:
    found = cepstra(a_sound())
    assert found.shape == (48, 13)
    assert found[[0, 20, -1]][:, [0, 1, 12]] == pytest.approx(
        np.array(
            [
                [13.7519, 23.01, -10.0021],
                [16.5796, 23.3885, -12.2483],
                [16.7385, 25.47, -11.1998],
            ]
        ),
        abs=1e-4,
    )
    assert cepstra(np.zeros(100, np.float32)).shape == (1, 13)


@pytest.fixture(scope="module")
def syncnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "syncnet_v2.model"
    torch.save(by_formula(SyncNetwork().eval()), path)
    return path


def test_syncnets_vectors_are_the_published_codes(syncnet: Path) -> None:
    model = SyncNet(syncnet, "cpu")
    pictures, sounds = model.features(a_face(), a_sound()[: NUM_FRAMES * 640])
    assert pictures.shape == sounds.shape == (7, 1024)
    assert pictures[[0, 3, 6]][:, [0, 100, 1023]] == pytest.approx(
        np.array(
            [
                [-34.7155, -84.5532, -42.1024],
                [-33.9886, -101.35, -45.5217],
                [-29.1083, -90.4023, -41.6777],
            ]
        ),
        abs=2e-3,
    )
    assert sounds[[0, 3, 6]][:, [0, 100, 1023]] == pytest.approx(
        np.array(
            [[8.7057, 2.8839, -8.3841], [9.7389, 3.0406, -10.3509], [9.8106, 1.1732, -8.7226]]
        ),
        abs=1e-3,
    )


def test_one_pass_over_a_track_is_its_windows_one_by_one(syncnet: Path) -> None:
    network = SyncNet(syncnet, "cpu")._network
    frames = torch.from_numpy(a_face()).permute(3, 0, 1, 2).float()
    with torch.inference_mode():
        whole = network.frame_vectors(frames)
        single = torch.cat([network.frame_vectors(frames[:, k : k + 5]) for k in range(8)])
    assert whole.shape == (8, 1024)
    torch.testing.assert_close(whole, single, rtol=1e-5, atol=1e-3)


def test_too_little_to_compare_is_nothing(syncnet: Path) -> None:
    model = SyncNet(syncnet, "cpu")
    for frames, samples in ((5, 6400), (12, 640 * 5), (0, 0)):
        pictures, sounds = model.features(a_face()[:frames], np.zeros(samples, np.float32))
        assert pictures.shape == sounds.shape == (0, 1024)


def test_lr_asds_probabilities_are_the_published_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = by_formula(SpeakerNetwork().eval())
    # The published file has the head of a second loss as well.
    state |= {"lossV.FC.weight": torch.zeros(2, 128), "lossV.FC.bias": torch.zeros(2)}
    torch.save(state, tmp_path / "lr_asd.model")
    model = LrAsd(tmp_path / "lr_asd.model", "cpu")
    # The authors' numbers are of one piece; of pieces the mean is taken.
    monkeypatch.setattr("speakervid5m.processing.models.audio_visual.lr_asd._DURATIONS", {1: 1})
    found = model.probabilities(a_face(), a_sound())
    assert found.shape == (NUM_FRAMES,)
    assert found[[0, 3, 7, 11]] == pytest.approx([0.4589, 0.4065, 0.3804, 0.4045], abs=1e-3)


def test_pieces_of_a_track_are_averaged(tmp_path: Path) -> None:
    torch.save(by_formula(SpeakerNetwork().eval()), tmp_path / "lr_asd.model")
    model = LrAsd(tmp_path / "lr_asd.model", "cpu")
    face = np.concatenate([a_face(), a_face()[::-1], a_face()])
    found = model.probabilities(face, np.tile(a_sound(), 3)[: 36 * 640])
    assert found.shape == (36,)
    assert np.all((found > 0) & (found < 1))
    # A face whose sound ends early hears silence.
    assert model.probabilities(face, a_sound()).shape == (36,)


def test_other_files_are_told(tmp_path: Path, syncnet: Path) -> None:
    with pytest.raises(WrongWeights, match="is not LR-ASD: "):
        LrAsd(syncnet, "cpu")
    torch.save([1, 2], tmp_path / "list.model")
    with pytest.raises(WrongWeights, match="holds a list, not SyncNet v2's parameters"):
        SyncNet(tmp_path / "list.model", "cpu")
    (tmp_path / "text.model").write_text("no numbers")
    with pytest.raises(WrongWeights, match="does not load as SyncNet v2"):
        SyncNet(tmp_path / "text.model", "cpu")


def test_nothing_in_a_file_is_run(tmp_path: Path) -> None:
    import pickle

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            import os

            return os.system, (f"touch {tmp_path / 'ran'}",)

    (tmp_path / "evil.model").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(WrongWeights):
        SyncNet(tmp_path / "evil.model", "cpu")
    assert not (tmp_path / "ran").exists()
