"""A decoded frame to memory of ours: RGB by FFmpeg's converter, or its planes as they are.

    av.VideoFrame, address --PixelWriter--> pixels at that address

PyAV's own conversion makes a new frame, which is then copied; FFmpeg's function, called through
`ctypes` in the library that PyAV has loaded, writes to the final address. Both release the GIL.
"""

import ctypes
import threading
from dataclasses import dataclass
from functools import cache
from typing import Literal

import av
import av.video.reformatter

from ..errors import MediaError

PixelFormat = Literal["rgb", "yuv420"]

_AS_IT_IS = ("yuv420p", "yuvj420p")
_BILINEAR = 2
_FULL_RANGE = 2
_ONE = 1 << 16
_STEP_PIXELS = 32
"""The converter writes whole steps of 8 or 16 pixels: it writes beyond the end of a row, or skips
the last columns. So other widths go through padded rows (measured with FFmpeg 8.1: up to 42 bytes
after the last row, or the last columns unchanged)."""
_BT709 = 1
_contexts = threading.local()

_Pointers = ctypes.c_void_p * 4
_Strides = ctypes.c_int * 4


@dataclass(frozen=True, slots=True)
class ColourSpace:
    """Matrix and range of planes."""

    is_709: bool
    """BT.709's matrix; else BT.601's."""
    full_range: bool
    """0 to 255; else luma from 16 to 235, chroma from 16 to 240."""


class PixelWriter:
    """Writes frames of one clip, on one thread."""

    def __init__(self, form: PixelFormat, width: int, height: int) -> None:
        self._form, self._size = form, (width, height)
        self.colour: ColourSpace | None = None
        """Colour space of the last frame that was written."""

    def write(self, frame: av.VideoFrame, address: int) -> None:
        """Writes one frame.

        Args:
            frame: 4:2:0, of the writer's size.
            address: of width * height * 3 bytes for RGB, half of that for planes.

        Raises:
            MediaError: its size or format differs from the clip's header.
        """
        if (frame.width, frame.height) != self._size or frame.format.name not in _AS_IT_IS:
            raise MediaError(
                "unreadable",
                f"a frame of {frame.width}x{frame.height} ({frame.format.name}) in a clip of "
                f"{self._size[0]}x{self._size[1]} (yuv420p)",
            )
        space = int(frame.colorspace)
        full = int(frame.color_range) == _FULL_RANGE or frame.format.name == "yuvj420p"
        self.colour = ColourSpace(space == _BT709, full)
        if self._form == "rgb":
            self._convert(frame, space, full, address)
        else:
            self._copy(frame, address)

    def _convert(self, frame: av.VideoFrame, space: int, full: bool, address: int) -> None:
        width, height = self._size
        planes, context = frame.planes, _context(width, height, space, full)
        target, stride = context.padded_rows or (address, 3 * width)
        _library().sws_scale(
            context.pointer,
            _Pointers(*(plane.buffer_ptr for plane in planes)),
            _Strides(*(plane.line_size for plane in planes)),
            0,
            height,
            _Pointers(target),
            _Strides(stride),
        )
        if context.padded_rows:
            _library().av_image_copy_plane(address, 3 * width, target, stride, 3 * width, height)

    def _copy(self, frame: av.VideoFrame, address: int) -> None:
        width, height = self._size
        if width % 2 or height % 2:
            raise MediaError("unreadable", f"planes of an odd size, {width}x{height}")
        for number, plane in enumerate(frame.planes):
            wide, high = (width // 2, height // 2) if number else (width, height)
            _library().av_image_copy_plane(
                address, wide, plane.buffer_ptr, plane.line_size, wide, high
            )
            address += wide * high


class _Context:
    """One of FFmpeg's converters, for one thread."""

    def __init__(self, width: int, height: int, space: int, full: bool) -> None:
        library = _library()
        planes, rgb = library.av_get_pix_fmt(b"yuv420p"), library.av_get_pix_fmt(b"rgb24")
        made = library.sws_getContext(
            width, height, planes, width, height, rgb, _BILINEAR, None, None, None
        )
        if not made:
            raise MediaError("unreadable", f"no converter for frames of {width}x{height}")
        table = library.sws_getCoefficients(space)
        library.sws_setColorspaceDetails(made, table, int(full), table, 0, 0, _ONE, _ONE)
        self.key, self.pointer, self._free = (
            (width, height, space, full),
            made,
            library.sws_freeContext,
        )
        self.padded_rows: tuple[int, int] | None = None
        """Address and stride of the memory to convert to first, where the width needs it."""
        if width % _STEP_PIXELS:
            stride = 3 * (width // _STEP_PIXELS + 2) * _STEP_PIXELS
            self._memory = ctypes.create_string_buffer(stride * height)
            self.padded_rows = ctypes.addressof(self._memory), stride

    def __del__(self) -> None:
        if hasattr(self, "_free"):
            self._free(self.pointer)


def _context(width: int, height: int, space: int, full: bool) -> _Context:
    known: _Context | None = getattr(_contexts, "last", None)
    if known is None or known.key != (width, height, space, full):
        known = _contexts.last = _Context(width, height, space, full)
    return known


@cache
def _library() -> ctypes.CDLL:
    # Symbols are also looked up in a library's dependencies: this finds PyAV's own FFmpeg.
    library = ctypes.CDLL(av.video.reformatter.__file__)
    pointer, number = ctypes.c_void_p, ctypes.c_int
    for name, result, arguments in (
        ("sws_getContext", pointer, [number] * 7 + [pointer] * 3),
        ("sws_freeContext", None, [pointer]),
        ("sws_getCoefficients", pointer, [number]),
        ("sws_setColorspaceDetails", number, [pointer, pointer, number, pointer] + [number] * 4),
        ("sws_scale", number, [pointer, pointer, pointer, number, number, pointer, pointer]),
        ("av_image_copy_plane", None, [pointer, number, pointer, number, number, number]),
        ("av_get_pix_fmt", number, [ctypes.c_char_p]),
    ):
        try:
            function = getattr(library, name)
        except AttributeError as error:
            raise ImportError(
                f"this build of PyAV does not let its FFmpeg be called ({error}): decode with "
                "VideoSpec(backend='pyav')"
            ) from error
        function.restype, function.argtypes = result, arguments
    return library
