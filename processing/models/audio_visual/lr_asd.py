"""LR-ASD: whether a face speaks in each frame, from the face and the audio.

grey inner halves of head crops at 25 a second  } --> encoders --> attention, a recurrent layer
audio as cepstra, four a frame                  }     each way --> a probability for each frame

Our own implementation of "LR-ASD: Lightweight and Robust Network for Active Speaker Detection"
(Liao and others, 2025) with the published layer sizes. Parameters have the published names, so
`finetuning_TalkSet.model` loads unchanged.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, max_pool3d

from ..opencv import cv2
from ..torch_weights import load_parameters
from .mfcc import cepstra

_CHANNELS = 128
_CEPSTRA_PER_FRAME = 4
_SAMPLES_OF_LAST_WINDOW = 240
"""Beyond a track's end, so that its last frame has four windows of 25 ms, one every 10 ms."""
SAMPLES_PER_FRAME = 640
"""At 16 kHz and 25 frames a second."""
_DURATIONS = {1: 3, 2: 3, 3: 2, 4: 1, 5: 1, 6: 1}
"""Seconds of a chunk of the track, and the weight of that length (published demo)."""
_FPS = 25
_MEAN, _DEVIATION = 0.4161, 0.1688
"""Of grey levels, 0 to 1 (published)."""


class SpeakerNetwork(nn.Module):
    """All layers, by their published names."""

    def __init__(self) -> None:
        super().__init__()
        self.model = _Encoders()
        self.lossAV = _Classes()

    def forward(self, faces: Tensor, audio: Tensor) -> Tensor:
        """(T, 2) of (T, 112, 112) grey levels and (4 T, 13) cepstra: silent, speaking."""
        logits: Tensor = self.lossAV(self.model(faces, audio))
        return logits


class _Encoders(nn.Module):
    """Encoders of both streams, their fusion, and the detector."""

    def __init__(self) -> None:
        super().__init__()
        self.visualEncoder = _VisualEncoder()
        self.audioEncoder = _AudioEncoder()
        self.fusion = _Fusion(2 * _CHANNELS)
        self.detector = _Detector(2 * _CHANNELS)

    def forward(self, faces: Tensor, audio: Tensor) -> Tensor:
        features = torch.cat([self.audioEncoder(audio), self.visualEncoder(faces)], dim=2)
        scores: Tensor = self.detector(self.fusion(features))
        return scores


class _Classes(nn.Module):
    """The last layer, which belongs to the loss in the published code."""

    def __init__(self) -> None:
        super().__init__()
        self.FC = nn.Linear(_CHANNELS, 2)

    def forward(self, values: Tensor) -> Tensor:
        logits: Tensor = self.FC(values)[0]
        return logits


class _VisualEncoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.block1 = _VisualBlock(1, 32, stride=2)
        self.block2 = _VisualBlock(32, 64, stride=1)
        self.block3 = _VisualBlock(64, _CHANNELS, stride=1)

    def forward(self, faces: Tensor) -> Tensor:
        values = (faces[None, None] / 255 - _MEAN) / _DEVIATION
        values = max_pool3d(self.block1(values), (1, 3, 3), (1, 2, 2), (0, 1, 1))
        values = max_pool3d(self.block2(values), (1, 3, 3), (1, 2, 2), (0, 1, 1))
        features: Tensor = self.block3(values).amax(dim=(3, 4)).transpose(1, 2)
        return features


class _AudioEncoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.block1 = _AudioBlock(1, 32)
        self.block2 = _AudioBlock(32, 64)
        self.block3 = _AudioBlock(64, _CHANNELS)

    def forward(self, audio: Tensor) -> Tensor:
        values = max_pool2d(self.block1(audio.T[None, None]), (1, 3), (1, 2), (0, 1))
        values = max_pool2d(self.block2(values), (1, 3), (1, 2), (0, 1))
        features: Tensor = self.block3(values).mean(dim=2).transpose(1, 2)
        return features


class LrAsd:
    """The network on a device; see `SpeakingModel`.

    Raises:
        WrongWeights: the file holds other parameters.
    """

    def __init__(self, path: Path, device: str) -> None:
        self._device = torch.device(device)
        self._network = SpeakerNetwork()
        # The published file also holds the head of a second loss, for training only.
        load_parameters(self._network, path, network_name="LR-ASD", ignored=("lossV.",))
        self._network.to(self._device).eval()

    def probabilities(
        self, crops: NDArray[np.uint8], samples: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `SpeakingModel.probabilities`."""
        count = len(crops)
        needed = count * SAMPLES_PER_FRAME + _SAMPLES_OF_LAST_WINDOW
        audio = np.zeros(needed, np.float32)
        audio[: min(needed, len(samples))] = samples[:needed]
        values = torch.from_numpy(cepstra(audio)[: count * _CEPSTRA_PER_FRAME]).to(self._device)
        quarter = crops.shape[1] // 4
        inner = [
            cv2.cvtColor(crop[quarter:-quarter, quarter:-quarter], cv2.COLOR_BGR2GRAY)
            for crop in crops
        ]
        faces = torch.from_numpy(np.stack(inner)).to(self._device).float()
        sums = torch.zeros(count, device=self._device)
        with torch.inference_mode():
            for seconds, weight in _DURATIONS.items():
                step = seconds * _FPS
                for first in range(0, count, step):
                    span = slice(first, first + step)
                    cepstra_span = slice(
                        first * _CEPSTRA_PER_FRAME, (first + step) * _CEPSTRA_PER_FRAME
                    )
                    logits = self._network(faces[span], values[cepstra_span])
                    sums[span] += weight * logits.softmax(dim=1)[:, 1]
        return np.asarray((sums / sum(_DURATIONS.values())).cpu().numpy(), np.float32)


class _VisualBlock(nn.Module):
    """Space first, then time; each by a wide and a narrow kernel."""

    def __init__(self, in_channels: int, out_channels: int, *, stride: int) -> None:
        super().__init__()
        half = out_channels // 2
        self.s_1 = nn.Conv3d(
            in_channels, half, (1, 5, 5), (1, stride, stride), padding=(0, 2, 2), bias=False
        )
        self.s_norm_1 = nn.BatchNorm3d(half, eps=1e-3, momentum=0.01)
        self.s_2 = nn.Conv3d(half, out_channels, (1, 3, 3), padding=(0, 1, 1), bias=False)
        self.s_norm_2 = nn.BatchNorm3d(out_channels, eps=1e-3, momentum=0.01)
        self.t_1 = nn.Conv3d(out_channels, out_channels, (5, 1, 1), padding=(2, 0, 0), bias=False)
        self.t_norm_1 = nn.BatchNorm3d(out_channels, eps=1e-3, momentum=0.01)
        self.t_2 = nn.Conv3d(out_channels, out_channels, (3, 1, 1), padding=(1, 0, 0), bias=False)
        self.t_norm_2 = nn.BatchNorm3d(out_channels, eps=1e-3, momentum=0.01)

    def forward(self, values: Tensor) -> Tensor:
        values = self.s_norm_1(self.s_1(values)).relu()
        values = self.s_norm_2(self.s_2(values)).relu()
        values = self.t_norm_1(self.t_1(values)).relu()
        features: Tensor = self.t_norm_2(self.t_2(values)).relu()
        return features


class _AudioBlock(nn.Module):
    """Cepstra first, then time; each by a wide and a narrow kernel."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        half = out_channels // 2
        self.m_1 = nn.Conv2d(in_channels, half, (5, 1), padding=(2, 0), bias=False)
        self.m_norm_1 = nn.BatchNorm2d(half, eps=1e-3, momentum=0.01)
        self.m_2 = nn.Conv2d(half, out_channels, (3, 1), padding=(1, 0), bias=False)
        self.m_norm_2 = nn.BatchNorm2d(out_channels, eps=1e-3, momentum=0.01)
        self.t_1 = nn.Conv2d(out_channels, out_channels, (1, 5), padding=(0, 2), bias=False)
        self.t_norm_1 = nn.BatchNorm2d(out_channels, eps=1e-3, momentum=0.01)
        self.t_2 = nn.Conv2d(out_channels, out_channels, (1, 3), padding=(0, 1), bias=False)
        self.t_norm_2 = nn.BatchNorm2d(out_channels, eps=1e-3, momentum=0.01)

    def forward(self, values: Tensor) -> Tensor:
        values = self.m_norm_1(self.m_1(values)).relu()
        values = self.m_norm_2(self.m_2(values)).relu()
        values = self.t_norm_1(self.t_1(values)).relu()
        features: Tensor = self.t_norm_2(self.t_2(values)).relu()
        return features


class _Fusion(nn.Module):
    """Every channel weighed by all channels of its frame."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.attention = nn.Conv1d(channels, channels, 1, bias=False)
        self.bn = nn.BatchNorm1d(channels, eps=1e-3, momentum=0.01)

    def forward(self, values: Tensor) -> Tensor:
        across = values.transpose(1, 2)
        weighed: Tensor = (across * self.bn(self.attention(across)).sigmoid()).transpose(1, 2)
        return weighed


class _Detector(nn.Module):
    """Memory forwards and backwards in time, weighed together."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gru_forward = nn.GRU(channels, channels // 4, batch_first=True)
        self.gru_backward = nn.GRU(channels, channels // 4, batch_first=True)
        self.attention = _Fusion(channels // 2)

    def forward(self, values: Tensor) -> Tensor:
        forwards, _ = self.gru_forward(values)
        backwards, _ = self.gru_backward(values.flip(1))
        scores: Tensor = self.attention(torch.cat([forwards, backwards.flip(1)], dim=2))
        return scores
