"""Which window of a clip is taken, and which of its frames are shown in it.

spec, rate and frames of a clip --> ClipWindow --> frame numbers, number of audio samples
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...media import SLACK_FRAMES, shown_frames
from .clip_specs import AudioSpec, VideoSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipWindow:
    """A span of a clip, on the clip's own clock."""

    start_seconds: float
    """Its start; may lie between the clip's frames where it comes from another clip's clock."""
    duration_seconds: float
    """Its length."""
    fps: float
    """Frames per second that are taken."""
    num_frames: int
    """Number of frames that are taken."""

    def indices(self, clip_fps: float, clip_frames: int) -> list[int]:
        """Which frames of a clip are shown at the window's times."""
        first, step = self.start_seconds * clip_fps, clip_fps / self.fps
        return shown_frames(first, step, self.num_frames, clip_frames)

    def num_samples(self, sample_rate: int) -> int:
        """Length of its audio, in samples."""
        return round(self.duration_seconds * sample_rate)

    def reference(self, clip_fps: float, clip_frames: int, keys: Sequence[int]) -> int | None:
        """A frame outside the window, far from it; None if all frames are inside.

        The farthest key frame, since it decodes alone; where no key frame is outside, the clip's
        far end.

        Args:
            clip_fps: frames per second of the clip.
            clip_frames: its frames.
            keys: frames at which decoding may begin.
        """
        # By the window's end, not its last index: a low rate also skips frames inside it.
        first = self.indices(clip_fps, clip_frames)[0]
        end = round((self.start_seconds + self.duration_seconds) * clip_fps)
        if first <= 0 and end >= clip_frames:
            return None

        def apart(frame: int) -> int:
            return max(first - frame, frame + 1 - end)

        outside = [frame for frame in keys if frame < clip_frames and apart(frame) > 0]
        return max(outside or (0, clip_frames - 1), key=apart)

    def moved(self, seconds: float) -> "ClipWindow":
        """The same span on the clock of a clip that begins this many seconds earlier."""
        return replace(self, start_seconds=self.start_seconds + seconds)


def choose_window(
    spec: VideoSpec | AudioSpec, *, clip_fps: float, first: int, stop: int, drawn: int
) -> ClipWindow:
    """Places a window in frames `first` to `stop` of a clip; it begins with a frame.

    Args:
        spec: length and place; the audio's where there is no video.
        clip_fps: frames per second of the clip.
        first: first frame that may be taken.
        stop: its end, exclusive; more than `first`.
        drawn: 64 random bits, for `random`.
    """
    fps, seconds = clip_fps, spec.seconds
    if isinstance(spec, VideoSpec):
        fps, frames = spec.fps or clip_fps, spec.window_frames(clip_fps)
        seconds = None if frames is None else frames / fps
    available = stop - first
    span = (
        available + 1 if seconds is None else max(1, math.ceil(seconds * clip_fps - SLACK_FRAMES))
    )
    if seconds is None or span > available:
        return ClipWindow(
            start_seconds=first / clip_fps,
            duration_seconds=available / clip_fps,
            fps=fps,
            num_frames=max(1, math.ceil(available * fps / clip_fps - SLACK_FRAMES)),
        )
    free = available - span
    begin = {"start": 0, "center": free // 2, "random": drawn * (free + 1) >> 64}[spec.window]
    return ClipWindow(
        start_seconds=(first + begin) / clip_fps,
        duration_seconds=seconds,
        fps=fps,
        num_frames=max(1, round(seconds * fps)),
    )


def frames_between(begin_seconds: Any, end_seconds: Any, fps: Any) -> tuple[Any, Any]:
    """First frame and end of the frames between two times of a clip's clock; also for arrays.

    Args:
        begin_seconds: may lie before the clip.
        end_seconds: may lie behind the clip; the end then does too.
        fps: frames per second of the clip.
    """
    first = np.maximum(0, np.ceil(begin_seconds * fps - SLACK_FRAMES))
    return first, np.floor(end_seconds * fps + SLACK_FRAMES)
