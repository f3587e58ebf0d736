"""What every reader of a clip offers, for any decoding library.

reader.frames([0, 12, 24]) --> FrameBatch: pixels, and when each frame is shown
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FrameBatch:
    """Decoded frames and their times."""

    pixels: NDArray[np.uint8]
    """(N, H, W, 3) RGB."""
    times_seconds: NDArray[np.float64]
    """(N,) when each is shown, from the beginning of the clip."""

    def __repr__(self) -> str:
        return f"FrameBatch(pixels=uint8{self.pixels.shape})"


class VideoReader(Protocol):
    """One open clip."""

    num_frames: int
    """Frames of the clip."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""

    def frames(self, indices: Sequence[int]) -> FrameBatch:
        """Decodes frames by index, in the order of `indices`; an index may come twice.

        Raises:
            IndexError: an index is not in [0, num_frames).
            MediaError: the clip is damaged.
        """

    def close(self) -> None:
        """Closes the decoder."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


@runtime_checkable
class DeviceReader(VideoReader, Protocol):
    """One open clip that is decoded in the memory of a GPU."""

    def tensor(self, indices: Sequence[int]) -> Any:
        """As `frames`, but a (N, H, W, 3) uint8 tensor on the device that decoded them."""


def check_indices(indices: Sequence[int], num_frames: int) -> None:
    """Rejects indices outside the clip: no backend wraps around or clamps.

    Raises:
        IndexError: an index is not in [0, num_frames).
    """
    for index in indices:
        if not 0 <= index < num_frames:
            raise IndexError(f"frame {index} of a clip of {num_frames}; the first is 0")
