"""Frames of any pixel format as 8-bit 4:2:0, with the colours that FFmpeg shows.

av.VideoFrame of any format --planes_420--> av.VideoFrame in yuv420p, BT.601 or BT.709
"""

import av
from av.video.reformatter import ColorRange, Colorspace

from .errors import MediaError

_AS_IT_IS = ("yuv420p", "yuvj420p")
_KEPT = (1, 2, 5, 6)
"""FFmpeg's AVColorSpace values that stay as they are: BT.709, unspecified and BT.601."""
_CONVERTED = (4, 7, 9, 10)
"""The other values that FFmpeg's scaler supports: FCC, SMPTE 240M and BT.2020."""
_HDR = {16: "PQ", 18: "HLG"}
"""FFmpeg's AVColorTransferCharacteristic values of HDR."""


def check_colours(frame: av.VideoFrame) -> None:
    """Rejects frames whose colours FFmpeg's scaler would misread.

    Raises:
        MediaError: planes of a colour space that it does not support.
    """
    space = int(frame.colorspace)
    if _has_chroma(frame.format) and space not in (*_KEPT, *_CONVERTED):
        raise MediaError(
            "unsupported_video",
            f"its colours are of FFmpeg's colour space {space}; BT.601, BT.709, BT.2020, "
            "SMPTE 240M, FCC and RGB are read",
        )


def transfer_of(frame: av.VideoFrame) -> str | None:
    """Name of an HDR transfer; None for others."""
    return _HDR.get(int(frame.color_trc))


def planes_420(frame: av.VideoFrame) -> av.VideoFrame:
    """The same frame in 8-bit 4:2:0, by the matrix of BT.601 or BT.709, or an unstated one.

    A frame of that form stays as it is, with its range. RGB, grey, and planes of other matrices
    become BT.709 of limited range. Alpha is dropped, as in FFmpeg.
    """
    form, space = frame.format, int(frame.colorspace)
    if form.name in _AS_IT_IS and space in _KEPT:
        return frame
    if _has_chroma(form) and space in _KEPT:
        return frame.reformat(format="yuv420p")
    if not form.is_rgb:
        # Through RGB: directly from one matrix to another the scaler is four levels off.
        frame = frame.reformat(format="rgb24", dst_color_range=ColorRange.JPEG)
    return frame.reformat(
        format="yuv420p",
        src_color_range=ColorRange.JPEG,
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
    )


def _has_chroma(form: av.VideoFormat) -> bool:
    return not form.is_rgb and not form.has_palette and len(form.components) >= 3
