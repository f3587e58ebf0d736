"""Frames of a clip by its frame table: no container is opened, and only what is needed is decoded.

    table of the index, read(begin, end) --> TableReader --> the GOPs with the requested frames
        --> packets, without those on which no requested frame depends --> RGB or 4:2:0 planes

The table says where every frame lies, so a window is one byte range. H.264 marks the frames that
others refer to; frames without such a mark that are not requested are skipped. The result is the
same, pixel for pixel: the conformance test compares it with the backends.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from ..clip_limits import MAX_FRAME_PIXELS
from ..errors import MediaError
from ..h264_headers import NalLength, frame_size
from ..mp4 import FrameTable
from .pixels import ColourSpace, PixelFormat, PixelWriter
from .video_reader import VideoReader, check_indices

Ints = NDArray[np.int64]
Read = Callable[[int, int], bytes | memoryview]
"""Gives bytes `begin` to `end` of the mp4."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FramePlaces:
    """A frame table as arrays, in decoding order."""

    codec_header: bytes
    """The decoder's configuration (`avcC`)."""
    pts: Ints
    """(N,) when each frame is shown, in any unit."""
    size_bytes: Ints
    """(N,) bytes of each frame."""
    offset_bytes: Ints
    """(N,) where each frame begins in the mp4."""
    is_key: NDArray[np.bool_]
    """(N,) whether decoding may begin there."""

    @classmethod
    def of(cls, table: FrameTable) -> Self:
        """The same from a table that was read from an mp4."""
        return cls(
            codec_header=table.codec_header,
            pts=np.array(table.pts, np.int64),
            size_bytes=np.array(table.size_bytes, np.int64),
            offset_bytes=np.array(table.offset_bytes, np.int64),
            is_key=np.array(table.is_key, np.bool_),
        )

    def keys(self) -> list[int]:
        """Frames at which decoding may begin, by their number in display order."""
        keys: list[int] = np.searchsorted(np.sort(self.pts), self.pts[self.is_key]).tolist()
        return keys

    def runs(self, indices: Sequence[int]) -> list[tuple[int, int]]:
        """Packets to decode for these frames: a first and an end for each of their GOPs."""
        wanted = np.unique(np.argsort(self.pts, kind="stable")[np.asarray(indices, np.int64)])
        keys = np.flatnonzero(self.is_key)
        if not len(keys) or keys[0] > wanted[0]:
            raise MediaError("unreadable", "the frame table has no key frame where it needs one")
        group = np.searchsorted(keys, wanted, side="right") - 1
        ends = np.append(np.flatnonzero(np.diff(group)), len(group) - 1)
        return [(int(keys[group[end]]), int(wanted[end]) + 1) for end in ends]

    def span(self, indices: Sequence[int]) -> tuple[int, int]:
        """First byte and end of the byte range of the mp4 that these frames need."""
        runs = self.runs(indices)
        packets = np.concatenate([np.arange(first, end) for first, end in runs])
        begins = self.offset_bytes[packets]
        return int(begins.min()), int((begins + self.size_bytes[packets]).max())


class TableReader(VideoReader):
    """One clip on one thread; a `VideoReader`, whose bytes are read when frames are asked for."""

    def __init__(self, places: FramePlaces, read: Read) -> None:
        self._places, self._read = places, read
        self.num_frames = len(places.pts)
        if not self.num_frames:
            raise MediaError("no_video", "the frame table of the clip is empty")
        self.width, self.height = frame_size(places.codec_header)
        self._nal = NalLength(places.codec_header)
        self._shown = np.sort(places.pts)
        self.colour: ColourSpace | None = None
        """Matrix and range of the planes; known once a frame was decoded."""

    def frames(self, indices: Sequence[int]) -> NDArray[np.uint8]:
        """See `VideoReader.frames`."""
        return self.decode(indices, "rgb")

    def shape(self, form: PixelFormat) -> tuple[int, ...]:
        """Shape of one frame: (H, W, 3) of RGB, (H * 3 / 2, W) of planes."""
        if form == "rgb":
            return self.height, self.width, 3
        return self.height * 3 // 2, self.width

    def decode(
        self, indices: Sequence[int], form: PixelFormat, out: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        """Decodes frames by index, in the order of `indices`; an index may come twice.

        Args:
            indices: of the frames.
            form: `rgb`, or `yuv420`: luma rows, then blue's, then red's, each at half size.
            out: contiguous memory for them, (N, *shape(form)); allocated here if left out.

        Raises:
            IndexError: an index is not in [0, num_frames).
            MediaError: the clip is damaged, or does not match its table.
        """
        check_indices(indices, self.num_frames)
        shape = (len(indices), *self.shape(form))
        if out is None:
            out = np.empty(shape, np.uint8)
        assert out.shape == shape and out.dtype == np.uint8 and out.flags.c_contiguous
        if not indices:
            return out
        slots: dict[int, int] = {}
        for slot, index in enumerate(indices):
            slots.setdefault(int(self._shown[index]), slot)
        try:
            self._fill(indices, set(slots), slots, form, out)
        except av.error.FFmpegError as error:
            raise MediaError("unreadable", f"the clip does not decode: {error}") from error
        for slot, index in enumerate(indices):
            if (first := slots[int(self._shown[index])]) != slot:
                out[slot] = out[first]
        return out

    def _fill(
        self,
        indices: Sequence[int],
        missing: set[int],
        slots: dict[int, int],
        form: PixelFormat,
        out: NDArray[np.uint8],
    ) -> None:
        writer = PixelWriter(form, self.width, self.height)
        context = _opened(self._places.codec_header)
        address, stride = out.ctypes.data, out[0].nbytes
        for packet in self._packets(indices, frozenset(missing)):
            for frame in context.decode(packet):
                if frame.pts not in missing:
                    continue
                if frame.is_corrupt:
                    raise MediaError("unreadable", "a frame of the clip is damaged")
                writer.write(frame, address + slots[frame.pts] * stride)
                missing.remove(frame.pts)
        self.colour = writer.colour
        if missing:
            raise MediaError("truncated", f"{len(missing)} frames of the clip do not decode")

    def _packets(
        self, indices: Sequence[int], wanted: frozenset[int]
    ) -> "list[av.Packet[Any] | None]":
        places = self._places
        begin, end = places.span(indices)
        data = memoryview(self._read(begin, end))
        if len(data) < end - begin:
            raise MediaError("truncated", f"{len(data)} of the {end - begin} bytes are present")
        packets: list[av.Packet[Any] | None] = []
        for first, stop in places.runs(indices):
            for number in range(first, stop):
                where, pts = int(places.offset_bytes[number]) - begin, int(places.pts[number])
                stored = data[where : where + int(places.size_bytes[number])]
                if pts in wanted or self._nal.is_reference(stored):
                    packet: av.Packet[Any] = av.Packet(bytes(stored))
                    packet.pts = pts
                    packets.append(packet)
        return [*packets, None]

    def close(self) -> None:
        """Does nothing: nothing is held between calls."""


def _opened(codec_header: bytes) -> av.VideoCodecContext:
    context = av.CodecContext.create("h264", "r")
    context.extradata = codec_header
    context.thread_count = 1
    context.thread_type = "NONE"
    context.options = {"max_pixels": str(MAX_FRAME_PIXELS), "err_detect": "explode"}
    return context
