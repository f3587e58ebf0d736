"""Errors of media, each with a stable short reason that reports count by.

ValueError
+-- MediaError      this file or piece of media cannot be used; `.reason` says why
"""

from typing import Literal, get_args

Reason = Literal[
    "unreadable",
    "empty_file",
    "no_video",
    "no_audio",
    "audio_missing",
    "unsupported_video",
    "truncated",
    "too_large",
    "frame_times",
    "not_shown",
    "range_outside_source",
    "box_outside_frame",
    "box_too_small",
]
REASONS: tuple[Reason, ...] = get_args(Reason)


class MediaError(ValueError):
    """A file or a piece of media that cannot be used."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason: Reason = reason
        """One of `REASONS`."""
        self.detail = detail
        """What was found, in words."""

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


def is_of_the_gpu(error: RuntimeError) -> bool:
    """Whether an error of PyTorch is one of a GPU, such as lack of its memory, and of no clip.

    By name, since this room does without PyTorch where it is not installed.
    """
    names = {one.__name__ for one in type(error).__mro__}
    return bool(names & {"OutOfMemoryError", "AcceleratorError"}) or "CUDA" in str(error)
