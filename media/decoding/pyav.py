"""Decoding with PyAV: its wheel brings FFmpeg, so it works wherever pip does.

bytes of an mp4 --> Reader, a `VideoReader`
"""

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...records import lacking
from ..clip_limits import clip_packets, open_clip
from ..errors import MediaError
from ..mp4 import check_times
from .video_reader import VideoReader, check_indices

try:
    import av
    import av.error
except ImportError as error:
    raise lacking("decoding with pyav needs the package av", error, "loaders") from error


class Reader(VideoReader):
    """One clip; decoding begins at the last key frame before each requested frame."""

    def __init__(self, data: bytes) -> None:
        try:
            self._container = open_clip(io.BytesIO(data))
            if not self._container.streams.video:
                raise MediaError("no_video", "the clip has no video stream")
            self._stream = self._container.streams.video[0]
            packets = clip_packets(self._container, self._stream, len(data))
        except av.error.FFmpegError as error:
            raise MediaError("unreadable", f"the clip does not open: {error}") from error
        if len(packets) < max(1, self._stream.frames):
            raise MediaError(
                "truncated",
                f"{len(packets)} of the clip's {self._stream.frames} frames are present",
            )
        check_times(packets)
        self._stream.thread_type = "NONE"
        self._pts = sorted(int(packet.pts or 0) for packet in packets)
        self._keys = sorted(int(packet.pts or 0) for packet in packets if packet.is_keyframe)
        self.num_frames = len(self._pts)
        self.width = self._stream.codec_context.width
        self.height = self._stream.codec_context.height

    def frames(self, indices: Sequence[int]) -> NDArray[np.uint8]:
        """See `VideoReader.frames`."""
        check_indices(indices, self.num_frames)
        wanted = {self._pts[index] for index in indices}
        try:
            decoded = self._decode(sorted(wanted))
        except av.error.FFmpegError as error:
            raise MediaError("unreadable", f"the clip does not decode: {error}") from error
        if lost := wanted - decoded.keys():
            raise MediaError("truncated", f"{len(lost)} frames of the clip do not decode")
        shape = (0, self.height, self.width, 3)
        frames = [decoded[self._pts[index]] for index in indices]
        return np.stack(frames) if frames else np.zeros(shape, np.uint8)

    def _decode(self, wanted: list[int]) -> dict[int, NDArray[np.uint8]]:
        groups: dict[int, set[int]] = {}
        for pts in wanted:
            key = max((key for key in self._keys if key <= pts), default=self._pts[0])
            groups.setdefault(key, set()).add(pts)
        decoded: dict[int, NDArray[np.uint8]] = {}
        for key, group in groups.items():
            self._container.seek(key, stream=self._stream, backward=True)
            for frame in self._container.decode(self._stream):
                if frame.pts in group:
                    decoded[frame.pts] = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
                    group.remove(frame.pts)
                if not group:
                    break
        return decoded

    def close(self) -> None:
        """Closes the decoder."""
        self._container.close()
