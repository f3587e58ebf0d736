"""What every reader of a clip offers, for any decoding library.

reader.frames([0, 12, 24]) --> pixels (3, H, W, 3)
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray


class VideoReader(Protocol):
    """One open clip."""

    num_frames: int
    """Frames of the clip."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""

    def frames(self, indices: Sequence[int]) -> NDArray[np.uint8]:
        """(N, H, W, 3) RGB by index, in the order of `indices`; an index may come twice.

        Raises:
            IndexError: an index is not in [0, num_frames).
            MediaError: the clip is damaged.
        """

    def close(self) -> None:
        """Closes the decoder."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


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
