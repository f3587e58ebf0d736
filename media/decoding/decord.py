"""Decoding with decord, which many training codes use; it is no longer maintained.

bytes of an mp4 --> Reader, a `VideoReader`
"""

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...records import lacking
from ..errors import MediaError
from .video_reader import VideoReader, check_indices

try:
    import decord
except (ImportError, OSError) as error:
    raise lacking(
        "backend='pyav' runs everywhere; decoding with decord needs the package, which has wheels "
        "for x86-64 Linux and Windows alone",
        error,
        "loaders",
    ) from error


class Reader(VideoReader):
    """One clip on one thread."""

    def __init__(self, data: bytes) -> None:
        try:
            self._reader = decord.VideoReader(io.BytesIO(data), num_threads=1)
            self.num_frames = len(self._reader)
            self.height, self.width = self._reader[0].shape[:2]
        except (decord.DECORDError, RuntimeError) as error:
            raise MediaError("unreadable", f"the clip does not open: {error}") from error

    def frames(self, indices: Sequence[int]) -> NDArray[np.uint8]:
        """See `VideoReader.frames`."""
        check_indices(indices, self.num_frames)
        if not indices:
            return np.zeros((0, self.height, self.width, 3), np.uint8)
        try:
            return np.asarray(self._reader.get_batch(list(indices)).asnumpy(), np.uint8)
        except (decord.DECORDError, RuntimeError) as error:
            raise MediaError("unreadable", f"the clip does not decode: {error}") from error

    def close(self) -> None:
        """Drops the decoder; decord frees it with the object."""
        del self._reader
