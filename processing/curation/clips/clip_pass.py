"""Every frame of every clip as in the release, for models that measure clips.

source, clips --> each overlapping group decoded once --> the clip's box in every frame --> taps

Frame k of a clip is the frame shown at start + k / 25 s, cropped and scaled as in
`assembly.cut_clips`, so points and boxes found here fit the released clip.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import av
import numpy as np

from ....media import (
    CroppedClip,
    FrameGrid,
    MediaError,
    ShownFrame,
    SourceReader,
    num_frames_of,
    overlapping,
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


def run_clip_pass(
    path: Path, clips: Sequence[Clip], new_tap: Callable[[int], AnyTap]
) -> Iterator[tuple[Clip, AnyTap]]:
    """Gives every clip's frames to a tap of its own; overlapping clips share decoded frames.

    Args:
        path: the source's file.
        clips: of the source.
        new_tap: makes the tap of a clip of this many frames.

    Yields:
        Each clip and its tap after the last frame, by time. A clip that cannot be cut (its box is
        too small, the source has no frames there) is left out; cutting the release reports it
        with the reason.

    Raises:
        MediaError: the source does not open.
    """
    with SourceReader(path) as reader:
        ordered = sorted(clips, key=lambda clip: (clip.start_seconds, clip.clip_id))
        for group in overlapping(ordered, lambda clip: (clip.start_seconds, clip.end_seconds)):
            open_clips = []
            for clip in group:
                with contextlib.suppress(MediaError):
                    open_clips.append(_OpenClip(clip, new_tap, reader))
            start, stop = group[0].start_seconds, max(clip.end_seconds for clip in group)
            for decoded in reader.frames(start, stop):
                for open_clip in open_clips:
                    open_clip.take(decoded)
            while open_clips:
                # Released one at a time, since a tap may hold much memory.
                open_clip = open_clips.pop(0)
                if open_clip.is_whole():
                    yield open_clip.clip, open_clip.tap


class _OpenClip(Generic[AnyTap]):
    """A clip during the pass, and its tap."""

    def __init__(self, clip: Clip, new_tap: Callable[[int], AnyTap], reader: SourceReader) -> None:
        num_frames = num_frames_of(clip.duration_seconds, FPS)
        self.clip, self.tap = clip, new_tap(num_frames)
        grid = FrameGrid(clip.start_seconds, FPS, num_frames)
        self._frames = CroppedClip(reader.info, clip.bbox, grid, LONG_SIDE)
        self._last: tuple[av.VideoFrame, Image] | None = None

    def take(self, decoded: ShownFrame) -> None:
        """Gives a decoded frame to the tap once for each frame of the clip that it fills."""
        self._give(self._frames.take(decoded))

    def is_whole(self) -> bool:
        """Repeats the last frame for a missing end, and returns whether the clip is complete."""
        missing = self._frames.finish()
        self._give(missing or [])
        return missing is not None

    def _give(self, frames: Sequence[av.VideoFrame]) -> None:
        for frame in frames:
            if self._last is None or self._last[0] is not frame:
                self._last = frame, np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
            self.tap.add_frame(self._last[1])
