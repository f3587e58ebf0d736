"""Frames of a clip by index, through one of several decoders that must agree.

    clip bytes --> open_video(data, backend="pyav") --> reader.frames([0, 12, 24]) --> RGB pixels

Each backend is tried once per process, on a clip of one frame: torchcodec imports without FFmpeg's
libraries, and fails only at its first decoder. So a missing library is never an error of a clip.

The conformance test requires the same number of frames, and pixels within a stated tolerance. The
benchmarks say which backend is fastest.
"""

import functools
import importlib
import io
import logging
from typing import Literal, Protocol, get_args

from ...records import first_line, trouble_of
from ..clip_limits import check_mp4, check_pixels
from ..errors import MediaError
from .trial_clip import trial_clip
from .video_reader import VideoReader

logger = logging.getLogger(__name__)

Backend = Literal["torchcodec", "pyav", "decord", "torchcodec-cuda"]
BACKENDS: tuple[Backend, ...] = get_args(Backend)


def open_video(data: bytes, *, backend: Backend | None = None) -> VideoReader:
    """Opens the bytes of an mp4.

    Args:
        data: the whole file.
        backend: which library decodes; `default_backend()` if left out.

    Raises:
        ValueError: no such backend.
        ImportError: it is not installed, or does not decode here; says what to do.
        MediaError: the bytes are no mp4, or one that asks for more than a clip does.
    """
    name = backend or default_backend()
    if name not in BACKENDS:
        raise ValueError(f"no decoding backend {name!r}; there are {', '.join(BACKENDS)}")
    require_backend(name)
    # Not every decoder lets us set its bounds, or the formats that it accepts.
    check_mp4(io.BytesIO(data))
    reader: VideoReader = _load(name).Reader(data)
    try:
        check_pixels(reader.width, reader.height)
    except MediaError:
        reader.close()
        raise
    return reader


@functools.cache
def default_backend() -> Backend:
    """Gives torchcodec where it decodes, else PyAV, which brings its own FFmpeg."""
    if trouble := trouble_of(_TRIALS["torchcodec"]):
        logger.info("decoding with pyav, since torchcodec does not decode here: %s", trouble)
        return "pyav"
    return "torchcodec"


def available_backends() -> dict[Backend, str | None]:
    """Every backend, with None if it decodes here, else the reason why not."""
    return {name: trouble_of(_TRIALS[name]) for name in BACKENDS}


def require_backend(name: Backend) -> None:
    """Checks that a backend decodes here.

    Raises:
        ImportError: it does not; says what to do.
    """
    if trouble := trouble_of(_TRIALS[name]):
        raise ImportError(trouble)


class _BackendModule(Protocol):
    Reader: type


@functools.cache
def _load(name: Backend) -> _BackendModule:
    return importlib.import_module(f".{name.replace('-', '_')}", __package__)


_FFMPEG = (
    "torchcodec loads FFmpeg's shared libraries from the system: apt-get install ffmpeg (or conda "
    "install ffmpeg); backend='pyav' needs nothing"
)
_REMEDIES: dict[Backend, str] = {
    "torchcodec": _FFMPEG,
    "torchcodec-cuda": f"{_FFMPEG}, and backend='torchcodec' no GPU",
    "pyav": "install the wheel of av, which brings FFmpeg",
    "decord": "backend='pyav' runs everywhere",
}
"""What to do where a backend is installed and does not decode."""


def _try(name: Backend) -> None:
    try:
        with _load(name).Reader(trial_clip()) as reader:
            reader.frames([0])
    except ImportError:
        raise
    except Exception as error:
        raise ImportError(
            f"{name} is installed and does not decode ({first_line(error.__cause__ or error)}): "
            f"{_REMEDIES[name]}"
        ) from error


_TRIALS = {name: functools.partial(_try, name) for name in BACKENDS}
