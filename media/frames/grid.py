"""Which frame of a source is shown on each frame of a clip, and which clips are decoded together.

a clip's seconds --num_frames_of--> the number of its frames
times of a clip --shown_frames--> its frames that are shown then
frames of a source, in order --FrameGrid--> how many frames of the clip each one fills
clips of a source, by start --overlapping--> groups, each read in one pass
"""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

MAX_MISSING_SECONDS = 0.1
"""How much of a clip's range the source may leave without a frame; the nearest frame fills it
(ours: diarized and detected ends exceed the last frame by a frame or two, and audio may begin a
frame before the video)."""
SLACK_SECONDS = 1e-4
"""Slack of comparisons, since times are rounded decimals; far less than a frame (ours)."""
JOIN_SECONDS = 2.0
"""A shorter gap is decoded, since a seek goes back to the last key frame: half of five seconds on
average (ours, measured: 38 % fewer frames for scenes one after the other)."""
SLACK_FRAMES = 1e-3
"""Rounding moves a number of frames that is meant to be whole by less (ours)."""

T = TypeVar("T")


def num_frames_of(seconds: float, fps: float) -> int:
    """Number of frames of a clip of this length."""
    return max(1, int(seconds * fps + SLACK_FRAMES))


def shown_frames(first: float, step: float, count: int, num_frames: int) -> list[int]:
    """Which frames of a clip are shown at evenly spaced times.

    Args:
        first: the first time, in frames of the clip; its first frame is shown before it, too.
        step: from one time to the next, in frames of the clip.
        count: number of times.
        num_frames: of the clip; its last frame is shown after it, too.
    """
    return [
        min(max(math.floor(first + step * time + SLACK_FRAMES), 0), num_frames - 1)
        for time in range(count)
    ]


def overlapping(
    items: Iterable[T], span: Callable[[T], tuple[float, float]], gap_seconds: float = 0.0
) -> Iterator[list[T]]:
    """Groups of what overlaps in time.

    Args:
        items: by start.
        span: start and end of an item.
        gap_seconds: items with a shorter gap between them are one group too.
    """
    group: list[T] = []
    group_end = float("-inf")
    for item in items:
        start, end = span(item)
        if group and start >= group_end + gap_seconds:
            yield group
            group = []
        group.append(item)
        group_end = max(group_end, end)
    if group:
        yield group


class FrameGrid:
    """Frames of constant rate, taken in order: frame k is at `start_seconds + k / fps`.

    Args:
        start_seconds: source time of frame 0.
        fps: frames per second.
        num_frames: their number; endless if left out.
    """

    def __init__(self, start_seconds: float, fps: float, num_frames: int | None = None) -> None:
        self._start_seconds, self._num_frames = start_seconds, num_frames
        self.fps = fps
        """Frames per second."""
        self.index = 0
        """The next frame."""
        self.num_missing = 0
        """Frames so far on which nothing is shown."""

    @property
    def is_full(self) -> bool:
        """Whether all frames were taken."""
        return self.index == self._num_frames

    @property
    def lacks_too_much(self) -> bool:
        """Whether frames are missing for longer than `MAX_MISSING_SECONDS`."""
        return self.num_missing / self.fps > MAX_MISSING_SECONDS

    def take(self, start_seconds: float, stop_seconds: float) -> tuple[int, int]:
        """Takes the frames up to the end of a source's frame.

        Args:
            start_seconds: source time from which it is shown.
            stop_seconds: source time at which it is no longer shown.

        Returns:
            The number of next frames without any source frame, and of frames after them that show
            this one.
        """
        missing = self._until(start_seconds)
        self.num_missing += missing
        return missing, self._until(stop_seconds)

    def finish(self) -> int:
        """Takes the frames after the end of the source, which show nothing.

        Returns:
            Their number.
        """
        assert self._num_frames is not None
        missing, self.index = self._num_frames - self.index, self._num_frames
        self.num_missing += missing
        return missing

    def _until(self, seconds: float) -> int:
        begin = self.index
        while (
            not self.is_full
            and self._start_seconds + self.index / self.fps + SLACK_SECONDS < seconds
        ):
            self.index += 1
        return self.index - begin
