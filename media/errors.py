"""Errors of media, each with a stable short reason that reports count by.

ValueError
+-- MediaError      this file, video or audio cannot be used; `.reason` says why
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
    """A file, video or audio that cannot be used."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason: Reason = reason
        """One of `REASONS`."""
        self.detail = detail
        """The details, in words."""

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


def is_of_the_gpu(error: RuntimeError) -> bool:
    """Whether an error of PyTorch comes from a GPU, such as lack of memory, and not from a clip.

    By name, since `media` works without PyTorch.
    """
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & {"OutOfMemoryError", "AcceleratorError"}) or "CUDA" in str(error)
