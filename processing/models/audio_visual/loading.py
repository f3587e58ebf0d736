"""Models of a mouth and a waveform: publishers, licences, and how to load each model.

folder of weights, device --> a model behind its protocol. Imports nothing heavy before that.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from ...engines import Resources
from ...weights.table import LR_ASD_FILE, SYNCNET_FILE
from ..model_spec import ModelSpec
from ..packages import OPENCV, TORCH, required

if TYPE_CHECKING:
    from .protocols import SpeakingModel, SyncModel


def load_syncnet(weights: Path, device: str) -> "SyncModel":
    """SyncNet from the folder of weights."""
    required(TORCH)
    from .syncnet import SyncNet

    return SyncNet(SYNCNET_FILE.path(weights), device)


def load_lr_asd(weights: Path, device: str) -> "SpeakingModel":
    """LR-ASD from the folder of weights."""
    required(TORCH)
    from .lr_asd import LrAsd

    return LrAsd(LR_ASD_FILE.path(weights), device)


SYNCNET: ModelSpec["SyncModel"] = ModelSpec(
    name="syncnet-v2",
    licence="MIT",
    make=load_syncnet,
    packages=(TORCH, OPENCV),
    files=(SYNCNET_FILE,),
    resources=Resources(gpu_bytes=2 << 30, memory_bytes=4 << 30, limit_times_real_time=100),
)
"""How well a mouth and audio fit, and by how much the audio is late (paper)."""
LR_ASD: ModelSpec["SpeakingModel"] = ModelSpec(
    name="lr-asd",
    licence="MIT",
    make=load_lr_asd,
    packages=(TORCH, OPENCV),
    files=(LR_ASD_FILE,),
    resources=Resources(gpu_bytes=1 << 30, memory_bytes=4 << 30, limit_times_real_time=100),
)
"""Whether a face speaks in each frame."""
