"""SyncNet v2: vectors of mouths and of audio, near each other where both belong together.

head crops at 25 a second --> windows of 5 --> vector    } compared at every shift by
audio as cepstra          --> windows of 20 --> vector   } `sync_score.py`

Our own implementation of "Out of time: automated lip sync in the wild" (Chung and Zisserman,
2016) with the published layer sizes. Parameters have the published names, so `syncnet_v2.model`
loads unchanged. Only the first layer of the lips' branch reaches over time, so one pass over a
track gives exactly what its windows give one by one. The audio branch pads inside a window, so it
runs on windows.
"""

from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...engines import in_halves
from ..torch_weights import load_parameters
from .mfcc import NUM_CEPSTRA, cepstra

NUM_FEATURES = 1024
"""Numbers of a vector."""
WINDOW_FRAMES = 5
"""Frames of a window."""
SAMPLES_PER_FRAME = 640
"""At 16 kHz and 25 frames a second."""
_CEPSTRA_PER_FRAME, _CEPSTRA_OF_WINDOW = 4, 20
_WINDOWS_AT_A_TIME = 64
"""Their first layer takes 0.3 GB (ours); fewer if memory does not suffice."""


class SyncNetwork(nn.Module):
    """The two branches, by their published names."""

    def __init__(self) -> None:
        super().__init__()
        self.netcnnaud = nn.Sequential(
            *_flat(1, 64, 3, padding=1),
            nn.MaxPool2d((1, 1), (1, 1)),
            *_flat(64, 192, 3, padding=1),
            nn.MaxPool2d((3, 3), (1, 2)),
            *_flat(192, 384, 3, padding=1),
            *_flat(384, 256, 3, padding=1),
            *_flat(256, 256, 3, padding=1),
            nn.MaxPool2d((3, 3), (2, 2)),
            *_flat(256, 512, (5, 4), padding=0),
        )
        self.netcnnlip = nn.Sequential(
            *_deep(3, 96, (5, 7, 7), stride=2, padding=0),
            nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
            *_deep(96, 256, (1, 5, 5), stride=2, padding=1),
            nn.MaxPool3d((1, 3, 3), (1, 2, 2), padding=(0, 1, 1)),
            *_deep(256, 256, (1, 3, 3), stride=1, padding=1),
            *_deep(256, 256, (1, 3, 3), stride=1, padding=1),
            *_deep(256, 256, (1, 3, 3), stride=1, padding=1),
            nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
            *_deep(256, 512, (1, 6, 6), stride=1, padding=0),
        )
        self.netfcaud = _head()
        self.netfclip = _head()

    def frame_vectors(self, frames: Tensor) -> Tensor:
        """(T - 4, 1024) of (3, T, 224, 224) blue, green, red, 0 to 255."""
        values = self.netcnnlip(frames[None])[0, :, :, 0, 0]
        vectors: Tensor = self.netfclip(values.T)
        return vectors

    def audio_vectors(self, windows: Tensor) -> Tensor:
        """(n, 1024) of (n, 13, 20) cepstra."""
        values = self.netcnnaud(windows[:, None]).flatten(1)
        vectors: Tensor = self.netfcaud(values)
        return vectors


class SyncNet:
    """The network on a device; see `SyncModel`.

    Raises:
        WrongWeights: the file holds other parameters.
    """

    def __init__(self, path: Path, device: str) -> None:
        self._device = torch.device(device)
        self._network = SyncNetwork()
        load_parameters(self._network, path, network_name="SyncNet v2")
        self._network.to(self._device).eval()

    def features(
        self, crops: NDArray[np.uint8], samples: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """See `SyncModel.features`."""
        count = max(0, min(len(crops), len(samples) // SAMPLES_PER_FRAME) - WINDOW_FRAMES)
        if not count:
            return np.zeros((0, NUM_FEATURES), np.float32), np.zeros((0, NUM_FEATURES), np.float32)
        with torch.inference_mode():
            windows = _windows(cepstra(samples), count)
            size = _WINDOWS_AT_A_TIME
            frame_vectors = in_halves(range(count), partial(self._frame_vectors, crops), size=size)
            audio_vectors = in_halves(windows, self._audio_vectors, size=size)
        return np.stack(frame_vectors), np.stack(audio_vectors)

    def _frame_vectors(self, crops: NDArray[np.uint8], span: range) -> list[NDArray[np.float32]]:
        window_crops = crops[span.start : span.stop + WINDOW_FRAMES - 1]
        frames = torch.from_numpy(window_crops).to(self._device)
        vectors = self._network.frame_vectors(frames.permute(3, 0, 1, 2).float())
        return list(np.asarray(vectors.cpu().numpy(), np.float32))

    def _audio_vectors(self, windows: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        vectors = self._network.audio_vectors(torch.from_numpy(windows).to(self._device))
        return list(np.asarray(vectors.cpu().numpy(), np.float32))


def _windows(values: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """(count, 13, 20): window k holds the audio of frames k to k + 4."""
    needed = (count - 1) * _CEPSTRA_PER_FRAME + _CEPSTRA_OF_WINDOW
    assert values.shape[1] == NUM_CEPSTRA and len(values) >= needed, "too little audio"
    views = np.lib.stride_tricks.sliding_window_view(values, _CEPSTRA_OF_WINDOW, axis=0)
    return np.ascontiguousarray(views[::_CEPSTRA_PER_FRAME][:count])


def _flat(
    in_channels: int, out_channels: int, size: int | tuple[int, int], *, padding: int
) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(in_channels, out_channels, size, padding=padding),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )


def _deep(
    in_channels: int, out_channels: int, size: tuple[int, int, int], *, stride: int, padding: int
) -> tuple[nn.Module, ...]:
    layer = nn.Conv3d(in_channels, out_channels, size, (1, stride, stride), (0, padding, padding))
    return layer, nn.BatchNorm3d(out_channels), nn.ReLU()


def _head() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, NUM_FEATURES)
    )
