"""A container brought to a time: to before the key frame from which that time can be decoded."""

import contextlib
from collections.abc import Iterator
from typing import Any

import av.container
import av.error

from .probe import first_video

_SEEK_BACK_SECONDS = (0.0, 4.0, 16.0, 64.0)
"""Containers without an index land late; then the seek is repeated this much earlier (ours)."""
_SLACK_SECONDS = 1e-4
"""A key frame this little after a time is at it (ours: times are decimal numbers)."""


class SoughtContainer:
    """An open container whose time 0 is the source's: the earliest start of its streams."""

    def __init__(self, container: av.container.InputContainer, start_seconds: float) -> None:
        self.container = container
        """Is closed by whoever opened it."""
        self.video = first_video(container)
        """The pictures."""
        self._begin = start_seconds

    def seconds(self, pts: float) -> float:
        """Source time of a time stamp of the pictures."""
        return float(pts * (self.video.time_base or 1)) - self._begin

    def seek(self, start_seconds: float, *, lead: float = 0.0) -> int | None:
        """Goes to before the last key frame that is not after a time, and gives its pts.

        Pictures before that frame are not for decoding. None: decoding begins with the file.

        Args:
            start_seconds: source time.
            lead: go at least so many seconds before it.
        """
        for back in _SEEK_BACK_SECONDS:
            try:
                self._go_to(start_seconds - back)
                found = self._last_key(start_seconds, first_is_best=back == 0.0)
            except av.error.FFmpegError:
                continue
            if found is not None:
                self._go_to(start_seconds - max(back, lead))
                return found
        self._go_to(0.0)
        return None

    def packets_from(self, key: int | None) -> Iterator["av.Packet[Any]"]:
        """Gives the packets of the pictures, in the order of decoding.

        Args:
            key: time of the key frame with which to begin; None: with the first packet.
        """
        if key is not None:
            for back in _SEEK_BACK_SECONDS:
                try:
                    self._go_to(self.seconds(key) - back)
                    packets = self.container.demux(self.video)
                    first = next((one for one in packets if self._is_at(one, key)), None)
                except av.error.FFmpegError:
                    continue
                if first is not None and first.size and first.pts == key:
                    yield first
                    yield from packets
                    return
        self._go_to(0.0)
        for packet in self.container.demux(self.video):
            if key is None or _is_key(packet, key):
                key = None
                yield packet

    def _is_at(self, packet: "av.Packet[Any]", key: int) -> bool:
        """Whether it is the key frame, or the search has gone past it."""
        return (packet.is_keyframe and packet.pts == key) or self.is_after(
            packet, self.seconds(key)
        )

    def is_after(self, packet: "av.Packet[Any]", seconds: float) -> bool:
        """Whether a packet of the pictures is decoded after a source time."""
        # Matroska tells no decoding time right after a seek.
        stamp = packet.pts if packet.dts is None else packet.dts
        return stamp is not None and self.seconds(stamp) > seconds

    def _go_to(self, seconds: float) -> None:
        if seconds <= 0:
            # Transport streams search by any stream's time: before all of them is the first
            # frame. Other containers may refuse that.
            with contextlib.suppress(av.error.FFmpegError):
                self.container.seek(round((self._begin - 1.0) * av.time_base), backward=True)
                return
        self.container.seek(round((self._begin + max(0.0, seconds)) * av.time_base), backward=True)

    def _last_key(self, start_seconds: float, *, first_is_best: bool) -> int | None:
        """Pts of the last key frame from here on that is not after a time.

        An indexed file lands on that frame; others land on any frame, and are read up to `start`.
        """
        found: int | None = None
        for packet in self.container.demux(self.video):
            if packet.pts is None:
                return found
            if packet.is_keyframe and self.seconds(packet.pts) <= start_seconds + _SLACK_SECONDS:
                found = int(packet.pts)
                if first_is_best:
                    return found
            if self.is_after(packet, start_seconds):
                return found
            first_is_best = False
        return found


def _is_key(packet: "av.Packet[Any]", key: int) -> bool:
    # Without a time at which it is shown, it is known by the one at which it is decoded.
    return packet.is_keyframe and (packet.dts if packet.pts is None else packet.pts) == key
