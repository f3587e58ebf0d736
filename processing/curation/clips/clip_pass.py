"""Every frame of every clip as in the release, for models that measure clips.

source, clips --> each overlapping group decoded once --> the clip's box in every frame --> taps

Frame k of a clip is the frame shown at start + k / 25 s, cropped and scaled as in
`assembly.cut_clips`, so points and boxes found here fit the released clip.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np

from ....media import (
    FrameGrid,
    MediaError,
    Planes,
    Rectangle,
    ShownFrame,
    SourceReader,
    crop_rectangle,
    shrunk,
)
from ....records import Clip
from ...models.vision.frame import FPS, Image

LONG_SIDE = 1920
"""Pixels that a clip's long side has at most (official code)."""


class ClipTap(Protocol):
    """Reads every frame of one clip."""

    def add_frame(self, frame: Image) -> None:
        """Takes the next frame (h, w, 3), blue, green, red."""


AnyTap = TypeVar("AnyTap", bound=ClipTap)


def num_frames_of(clip: Clip) -> int:
    """Number of frames of a clip after cutting."""
    return max(1, int(clip.duration_seconds * FPS + 1e-3))


def run_clip_pass(
    path: Path, clips: Sequence[Clip], new_tap: Callable[[Clip], AnyTap]
) -> Iterator[tuple[Clip, AnyTap]]:
    """Gives every clip's frames to a tap of its own; overlapping clips share decoded frames.

    Args:
        path: the source's file.
        clips: of the source.
        new_tap: makes a clip's tap.

    Yields:
        Each clip and its tap after the last frame, by time. A clip that cannot be cut (its box is
        too small, the source has no frames there) is left out; cutting the release reports it
        with the reason.

    Raises:
        MediaError: the source does not open.
    """
    with SourceReader(path) as reader:
        for group in _overlapping(clips):
            open_clips = []
            for clip in group:
                with contextlib.suppress(MediaError):
                    open_clips.append(_OpenClip(clip, new_tap(clip), reader))
            start, stop = group[0].start_seconds, max(clip.end_seconds for clip in group)
            for decoded in reader.frames(start, stop):
                for open_clip in open_clips:
                    open_clip.take(decoded, reader)
            while open_clips:
                # Released one at a time, since a tap may hold much memory.
                open_clip = open_clips.pop(0)
                if open_clip.is_whole():
                    yield open_clip.clip, open_clip.tap


class _OpenClip(Generic[AnyTap]):
    """A clip during the pass, and its tap."""

    def __init__(self, clip: Clip, tap: AnyTap, reader: SourceReader) -> None:
        self.clip, self.tap = clip, tap
        self._where: Rectangle = crop_rectangle(clip.bbox, reader.info.width, reader.info.height)
        self._size = shrunk(self._where.width, self._where.height, LONG_SIDE)
        self._grid = FrameGrid(clip.start_seconds, FPS, num_frames_of(clip))
        self._last: Image | None = None

    def take(self, decoded: ShownFrame, reader: SourceReader) -> None:
        """Gives a decoded frame to the tap once for each frame of the clip that it fills."""
        missing, shown = self._grid.take(decoded.start_seconds, decoded.stop_seconds)
        if self._grid.lacks_too_much or not missing + shown:
            return
        planes = Planes.of(decoded.frame, reader.info)
        frame = planes.crop(self._where, *self._size)
        pixels = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
        self._repeat(pixels if self._last is None else self._last, missing)
        self._repeat(pixels, shown)

    def is_whole(self) -> bool:
        """Repeats the last frame for a missing end, and returns whether the clip is complete."""
        missing = self._grid.finish()
        if self._last is None or self._grid.lacks_too_much:
            return False
        self._repeat(self._last, missing)
        return True

    def _repeat(self, pixels: Image, times: int) -> None:
        for _ in range(times):
            self.tap.add_frame(pixels)
        self._last = pixels


def _overlapping(clips: Sequence[Clip]) -> Iterator[list[Clip]]:
    """Groups of clips that overlap in time."""
    group: list[Clip] = []
    for clip in sorted(clips, key=lambda clip: (clip.start_seconds, clip.clip_id)):
        if group and clip.start_seconds >= max(member.end_seconds for member in group):
            yield group
            group = []
        group.append(clip)
    if group:
        yield group
