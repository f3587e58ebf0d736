"""Pictures of a clip by index, through one of several decoders that must agree.

    clip bytes --> open_video(data, backend="pyav") --> reader.frames([0, 12, 24]) --> FrameBatch

The conformance test holds them to the same number of frames, the same times, and pixels within
a stated tolerance. Which of them is fastest is a matter for the benchmarks.
"""

import functools
import importlib
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Protocol, Self, get_args, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .bounds import check_mp4, check_pixels
from .errors import MediaError

logger = logging.getLogger(__name__)

Backend = Literal["torchcodec", "pyav", "decord", "torchcodec-cuda"]
BACKENDS: tuple[Backend, ...] = get_args(Backend)


@dataclass(frozen=True, slots=True)
class FrameBatch:
    """Decoded pictures."""

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
        """Decodes frames by index, in the order asked; an index may come twice.

        Raises:
            IndexError: an index is not in [0, num_frames).
            MediaError: the clip is damaged.
        """

    def close(self) -> None:
        """Lets go of the decoder."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


@runtime_checkable
class DeviceReader(VideoReader, Protocol):
    """One open clip whose pictures are decoded in the memory of a GPU."""

    def tensor(self, indices: Sequence[int]) -> Any:
        """As `frames`, but (N, H, W, 3) uint8 as a tensor where they were decoded."""


def open_video(data: bytes, *, backend: Backend | None = None) -> VideoReader:
    """Opens the bytes of an mp4.

    Args:
        data: the whole file.
        backend: which library decodes; `default_backend()` if left out.

    Raises:
        ValueError: no such backend.
        ImportError: it is not installed, or torchcodec finds no FFmpeg; says what to do.
        MediaError: the bytes are no mp4, or one that asks for more than a clip does.
    """
    name = backend or default_backend()
    if name not in BACKENDS:
        raise ValueError(f"no decoding backend {name!r}; there are {', '.join(BACKENDS)}")
    backend_module = _load(name)
    # Not every decoder can be told its bounds, or which formats it may take the bytes for.
    check_mp4(io.BytesIO(data))
    reader: VideoReader = backend_module.Reader(data)
    try:
        check_pixels(reader.width, reader.height)
    except MediaError:
        reader.close()
        raise
    return reader


@functools.cache
def default_backend() -> Backend:
    """Gives torchcodec where it loads, else PyAV, which brings its own FFmpeg."""
    try:
        _load("torchcodec")
    except ImportError as error:
        logger.info("decoding with pyav, since torchcodec does not load: %s", error)
        return "pyav"
    return "torchcodec"


def available_backends() -> dict[Backend, str | None]:
    """Every backend, with None if it loads and otherwise the reason why not."""
    found: dict[Backend, str | None] = {}
    for name in BACKENDS:
        try:
            _load(name)
            found[name] = None
        except ImportError as error:
            found[name] = str(error)
    return found


def check_indices(indices: Sequence[int], num_frames: int) -> None:
    """Refuses what is outside the clip: no backend wraps around or clamps.

    Raises:
        IndexError: an index is not in [0, num_frames).
    """
    for index in indices:
        if not 0 <= index < num_frames:
            raise IndexError(f"frame {index} of a clip of {num_frames}; the first is 0")


class _BackendModule(Protocol):
    Reader: type


@functools.cache
def _load(name: Backend) -> _BackendModule:
    return importlib.import_module(f".decoding_{name.replace('-', '_')}", __package__)
