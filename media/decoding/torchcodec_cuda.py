"""Decoding by NVDEC, through torchcodec: frames stay on the GPU until the caller copies them.

    bytes of an mp4 --> Reader, a `DeviceReader`

For long or large clips. A small clip costs more to open on the GPU than to decode on a CPU:
in torchcodec's own figures a CPU is six times faster at 540 lines (docs/gpu.md).
"""

import logging
import os
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import torch

from . import torchcodec
from .video_reader import check_indices

if not torch.cuda.is_available():
    raise ImportError(
        "decoding with torchcodec-cuda needs an NVIDIA GPU, and torch sees none; "
        "backend='torchcodec' decodes on the CPU"
    )

logger = logging.getLogger(__name__)

_CROPS_BY_ITSELF = (0, 17)
"""Earlier versions of torchcodec cache decoders by coded size, and crop one clip by another's size
(its issue 1704)."""

if tuple(int(part) for part in version("torchcodec").split(".")[:2]) < _CROPS_BY_ITSELF:
    from torchcodec.decoders import set_nvdec_cache_capacity  # type: ignore[attr-defined]

    set_nvdec_cache_capacity(0)


def own_gpu() -> str:
    """The GPU of this process: that of its LOCAL_RANK, else the first visible one.

    Not torch's current one, which differs from thread to thread.
    """
    return f"cuda:{int(os.environ.get('LOCAL_RANK', '0')) % torch.cuda.device_count()}"


class Reader(torchcodec.Reader):
    """One clip on this process's GPU.

    A clip that NVDEC does not decode is decoded on the CPU and copied there, and the log says so.
    """

    device = own_gpu()

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        if self._decoder.cpu_fallback:
            logger.warning(
                "a clip of %dx%d is decoded on the CPU, not by NVDEC: %s",
                self.width,
                self.height,
                self._decoder.cpu_fallback,
            )

    def tensor(self, indices: Sequence[int]) -> Any:
        """See `DeviceReader.tensor`."""
        check_indices(indices, self.num_frames)
        if not indices:
            return torch.zeros(
                (0, self.height, self.width, 3), dtype=torch.uint8, device=self.device
            )
        return self._decoded(indices).data
