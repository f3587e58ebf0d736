"""Which frame of a source is shown on each frame of a clip.

frames of a source, in order --FrameGrid--> how many frames of the clip each one fills
"""

MAX_MISSING_SECONDS = 0.1
"""How much of a clip's range the source may leave without a frame; the nearest frame fills it
(ours: diarized and detected ends exceed the last frame by a frame or two, and audio may begin a
frame before the video)."""
SLACK_SECONDS = 1e-4
"""Slack of comparisons, since times are rounded decimals; far less than a frame (ours)."""


class FrameGrid:
    """Frames of constant rate, taken in order: frame k is at `start_seconds + k / fps`.

    Args:
        start_seconds: source time of frame 0.
        fps: frames per second.
        num_frames: their number; endless if left out.
    """

    def __init__(self, start_seconds: float, fps: float, num_frames: int | None = None) -> None:
        self._start_seconds, self._fps, self._num_frames = start_seconds, fps, num_frames
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
        return self.num_missing / self._fps > MAX_MISSING_SECONDS

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
            and self._start_seconds + self.index / self._fps + SLACK_SECONDS < seconds
        ):
            self.index += 1
        return self.index - begin
