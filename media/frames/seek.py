"""A container sought to a key frame, from which decoding begins.

time of a key frame --seek, earlier if it lands late--> packets of the video from that frame
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import av.container
import av.error

from ..errors import MediaError
from ..source_info import SourceInfo, chosen_video

_SEEK_BACK_SECONDS = (0.0, 4.0, 16.0, 64.0)
"""Seeks without an index land late; they are then repeated this much earlier (ours)."""
_BEFORE_ALL_SECONDS = 3600.0
"""A time surely before the first decoding time, counted back from the start of the source (ours:
frames are decoded up to 16 frames before they are shown)."""


class SoughtContainer:
    """An open container whose time 0 is the source's: the earliest start of its streams."""

    def __init__(self, container: av.container.InputContainer, info: SourceInfo) -> None:
        self.container = container
        """The container; its opener closes it."""
        self.video = chosen_video(container, info)
        """Its video stream."""
        self._begin = info.start_seconds

    def seconds(self, pts: float) -> float:
        """Source time of a time stamp of the video."""
        return float(pts * (self.video.time_base or 1)) - self._begin

    def packets_from(self, key: int | None) -> Iterator["av.Packet[Any]"]:
        """Gives the packets of the video, in decoding order.

        Args:
            key: time of the key frame to begin with; None: begin with the first packet.

        Raises:
            MediaError: `frame_times`: no key frame has that time.
        """
        if key is not None:
            for back in _SEEK_BACK_SECONDS:
                try:
                    self._go_to(self.seconds(key) - back)
                    packets = self.container.demux(self.video)
                    first = next(
                        (packet for packet in packets if self._ends_search(packet, key)), None
                    )
                except av.error.FFmpegError:
                    continue
                if first is not None and _is_key(first, key):
                    yield first
                    yield from packets
                    return
        self._go_to(0.0)
        begun = key is None
        for packet in self.container.demux(self.video):
            begun = begun or _is_key(packet, key)
            if begun:
                yield packet
        if not begun:
            raise MediaError("frame_times", "a key frame is not found again by its time")

    def _ends_search(self, packet: "av.Packet[Any]", key: int) -> bool:
        """Whether a packet is the key frame, or comes after it."""
        return _is_key(packet, key) or self.is_after(packet, self.seconds(key))

    def is_after(self, packet: "av.Packet[Any]", seconds: float) -> bool:
        """Whether a packet of the video is decoded after a source time."""
        # Matroska gives no decoding time right after a seek.
        stamp = packet.pts if packet.dts is None else packet.dts
        return stamp is not None and self.seconds(stamp) > seconds

    def _go_to(self, seconds: float) -> None:
        if seconds <= 0:
            # Transport streams seek by any stream's decoding time, so only a time before all of
            # them reaches the first frame. Other containers may reject it.
            with contextlib.suppress(av.error.FFmpegError):
                before_all = self._begin - _BEFORE_ALL_SECONDS
                self.container.seek(round(before_all * av.time_base), backward=True)
                return
        self.container.seek(round((self._begin + max(0.0, seconds)) * av.time_base), backward=True)


def _is_key(packet: "av.Packet[Any]", key: int | None) -> bool:
    # A packet without a presentation time is known by its decoding time.
    return packet.is_keyframe and (packet.dts if packet.pts is None else packet.pts) == key
