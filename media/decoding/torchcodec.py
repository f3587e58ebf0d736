"""Decoding with torchcodec, PyTorch's own.

    bytes of an mp4 --> Reader, a `VideoReader`

It loads FFmpeg's libraries from the system, some versions only with the first decoder.
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np

from ...records import lacking
from ..errors import MediaError, is_of_the_gpu
from .video_reader import FrameBatch, check_indices

try:
    from torchcodec.decoders import VideoDecoder  # type: ignore[attr-defined]
except ImportError as error:
    raise lacking("decoding with torchcodec needs the package", error, "loaders") from error


class Reader:
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
        self._begin = float(metadata.begin_stream_seconds or 0.0)

    def frames(self, indices: Sequence[int]) -> FrameBatch:
        """See `VideoReader.frames`."""
        check_indices(indices, self.num_frames)
        if not indices:
            return FrameBatch(
                np.zeros((0, self.height, self.width, 3), np.uint8), np.zeros(0, np.float64)
            )
        batch = self._decoded(indices)
        times = batch.pts_seconds.cpu().numpy().astype(np.float64) - self._begin
        return FrameBatch(batch.data.cpu().numpy(), times)

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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
