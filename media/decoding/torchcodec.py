"""Decoding with torchcodec, PyTorch's own.

    bytes of an mp4 --> Reader, a `VideoReader`

It loads FFmpeg's libraries from the system, some versions only with the first decoder.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...records import lacking
from ..errors import MediaError, is_of_the_gpu
from .video_reader import VideoReader, check_indices

try:
    from torchcodec.decoders import VideoDecoder  # type: ignore[attr-defined]
except ImportError as error:
    raise lacking("decoding with torchcodec needs the package", error, "loaders") from error


class Reader(VideoReader):
    """One clip in exact mode: the file is scanned once, and every index is what it says."""

    device = "cpu"
    """Where frames are decoded."""

    def __init__(self, data: bytes) -> None:
        try:
            self._decoder = VideoDecoder(
                data,
                seek_mode="exact",
                dimension_order="NHWC",
                num_ffmpeg_threads=1,
                device=self.device,
            )
        except (RuntimeError, ValueError) as error:
            if isinstance(error, RuntimeError) and is_of_the_gpu(error):
                raise
            raise MediaError("unreadable", f"the clip does not open: {error}") from error
        metadata = self._decoder.metadata
        self.num_frames = int(metadata.num_frames or 0)
        declared = int(metadata.num_frames_from_header or 0)
        if self.num_frames < max(1, declared):
            raise MediaError(
                "truncated", f"{self.num_frames} of the clip's {declared} frames are present"
            )
        self.width = int(metadata.width or 0)
        self.height = int(metadata.height or 0)

    def frames(self, indices: Sequence[int]) -> NDArray[np.uint8]:
        """See `VideoReader.frames`."""
        check_indices(indices, self.num_frames)
        if not indices:
            return np.zeros((0, self.height, self.width, 3), np.uint8)
        return np.asarray(self._decoded(indices).data.cpu().numpy(), np.uint8)

    def _decoded(self, indices: Sequence[int]) -> Any:
        try:
            return self._decoder.get_frames_at(list(indices))
        except RuntimeError as error:
            if is_of_the_gpu(error):
                raise
            raise MediaError("unreadable", f"the clip does not decode: {error}") from error

    def close(self) -> None:
        """Drops the decoder; torchcodec frees it with the object."""
        del self._decoder
