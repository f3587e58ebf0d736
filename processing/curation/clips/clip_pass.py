"""Every frame of every clip as the release shows it, for models that measure clips.

source, clips --> each stretch decoded once --> the box of a clip in every frame --> onlookers

Frame k of a clip is the picture shown at start + k / 25 s, cut and scaled as `cutting` does, so
points and boxes that are found here are those of the released clip.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np

from ....media import (
    FrameGrid,
    MediaError,
    Picture,
    Planes,
    Rectangle,
    SourceReader,
    crop_rectangle,
    shrunk,
)
from ....records import Clip
from ...models.vision.frame import FPS, Image

LONG_SIDE = 1920
"""Pixels that a clip's long side has at most (official code)."""


class ClipTap(Protocol):
    """Looks at every frame of one clip."""

    def add_frame(self, image: Image) -> None:
        """Takes the next frame (h, w, 3), blue, green, red."""


Seen = TypeVar("Seen", bound=ClipTap)


def num_frames_of(clip: Clip) -> int:
    """Frames of a clip once it is cut."""
    return max(1, int(clip.duration_seconds * FPS + 1e-3))


def run_clip_pass(
    path: Path, clips: Sequence[Clip], begin: Callable[[Clip], Seen]
) -> Iterator[tuple[Clip, Seen]]:
    """Shows every clip to an onlooker of its own; clips of one time share the decoded pictures.

    Args:
        path: the source's file.
        clips: of the source.
        begin: makes a clip's onlooker.

    Yields:
        Each clip and its onlooker, which has seen it all, by time. A clip that cannot be cut (its
        box is too small, the source shows nothing then) is left out; it is named with its reason
        when the release is cut.

    Raises:
        MediaError: the source does not open.
    """
    with SourceReader(path) as reader:
        for together in _stretches(clips):
            shown = []
            for clip in together:
                with contextlib.suppress(MediaError):
                    shown.append(_Shown(clip, begin(clip), reader))
            start, stop = together[0].start_seconds, max(one.end_seconds for one in together)
            for picture in reader.pictures(start, stop):
                for one in shown:
                    one.take(picture, reader)
            while shown:
                # Let go of one by one: what an onlooker keeps may be large.
                one = shown.pop(0)
                if one.is_whole():
                    yield one.clip, one.tap


class _Shown(Generic[Seen]):
    """A clip while its frames pass."""

    def __init__(self, clip: Clip, tap: Seen, reader: SourceReader) -> None:
        self.clip, self.tap = clip, tap
        self._where: Rectangle = crop_rectangle(clip.bbox, reader.info.width, reader.info.height)
        self._size = shrunk(self._where.width, self._where.height, LONG_SIDE)
        self._grid = FrameGrid(clip.start_seconds, FPS, num_frames_of(clip))
        self._last: Image | None = None

    def take(self, picture: Picture, reader: SourceReader) -> None:
        """Shows the picture as often as it is a frame of the clip."""
        missing, shown = self._grid.take(picture.start_seconds, picture.stop_seconds)
        if self._grid.lacks_too_much or not missing + shown:
            return
        planes = Planes.of(picture.frame, reader.info)
        frame = planes.crop(self._where, *self._size)
        image = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
        self._see(image if self._last is None else self._last, missing)
        self._see(image, shown)

    def is_whole(self) -> bool:
        """Shows a last frame that is missing as the one before it, and says whether all is seen."""
        missing = self._grid.finish()
        if self._last is None or self._grid.lacks_too_much:
            return False
        self._see(self._last, missing)
        return True

    def _see(self, image: Image, times: int) -> None:
        for _ in range(times):
            self.tap.add_frame(image)
        self._last = image


def _stretches(clips: Sequence[Clip]) -> Iterator[list[Clip]]:
    """Clips that overlap in time, together."""
    together: list[Clip] = []
    for clip in sorted(clips, key=lambda one: (one.start_seconds, one.clip_id)):
        if together and clip.start_seconds >= max(one.end_seconds for one in together):
            yield together
            together = []
        together.append(clip)
    if together:
        yield together
