"""Which frame of a source is shown on each frame of a clip."""

MAX_MISSING_SECONDS = 0.1
"""How much of what is asked for a source may not show: what is next to it is then shown (ours:
diarized and detected ends exceed the last frame by a frame or two, and sound may begin a frame
before the video)."""
SLACK_SECONDS = 1e-4
"""Times are decimal numbers of frame boundaries; a tenth of a millisecond is no frame (ours)."""


class FrameGrid:
    """Frames of constant rate, given out in order: frame k is at `start_seconds + k / fps`.

    Args:
        start_seconds: source time of frame 0.
        fps: frames per second.
        num_frames: how many there are; without end if left out.
    """

    def __init__(self, start_seconds: float, fps: float, num_frames: int | None = None) -> None:
        self._start_seconds, self._fps, self._num_frames = start_seconds, fps, num_frames
        self.index = 0
        """The next frame."""
        self.num_missing = 0
        """Frames so far on which nothing is shown."""

    @property
    def is_full(self) -> bool:
        """Whether all frames were given out."""
        return self.index == self._num_frames

    @property
    def lacks_too_much(self) -> bool:
        """Whether nothing is shown for longer than may be."""
        return self.num_missing / self._fps > MAX_MISSING_SECONDS

    def take(self, start_seconds: float, stop_seconds: float) -> tuple[int, int]:
        """Gives out the frames up to the end of a source's frame.

        Args:
            start_seconds: source time from which it is shown.
            stop_seconds: source time at which it is shown no longer.

        Returns:
            On how many of the next frames nothing is shown, and on how many after them it is.
        """
        missing = self._until(start_seconds)
        self.num_missing += missing
        return missing, self._until(stop_seconds)

    def finish(self) -> int:
        """Gives out the frames behind the end of the source; on none of them anything is shown.

        Returns:
            How many they are.
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
