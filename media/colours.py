"""Frames of any pixel format as 4:2:0 of 8 bit, with the colours that FFmpeg shows of them."""

import av
from av.video.reformatter import ColorRange, Colorspace

from .errors import MediaError

_AS_IT_IS = ("yuv420p", "yuvj420p")
_KEPT = (1, 2, 5, 6)
"""FFmpeg's AVColorSpace of what stays as it is: BT.709, unspecified and BT.601."""
_CONVERTED = (4, 7, 9, 10)
"""Of what FFmpeg's scaler knows beside these: FCC, SMPTE 240M and BT.2020."""
_HDR = {16: "PQ", 18: "HLG"}
"""FFmpeg's AVColorTransferCharacteristic of what is lighter than a screen."""


def check_colours(frame: av.VideoFrame) -> None:
    """Refuses what FFmpeg's scaler would take for other colours.

    Raises:
        MediaError: planes of a colour space that it does not know.
    """
    space = int(frame.colorspace)
    if _has_chroma(frame.format) and space not in (*_KEPT, *_CONVERTED):
        raise MediaError(
            "unsupported_video",
            f"its colours are of FFmpeg's colour space {space}; BT.601, BT.709, BT.2020, "
            "SMPTE 240M, FCC and RGB are read",
        )


def transfer_of(frame: av.VideoFrame) -> str | None:
    """Name of the transfer of HDR; None for others."""
    return _HDR.get(int(frame.color_trc))


def planes_420(frame: av.VideoFrame) -> av.VideoFrame:
    """The same frame in 4:2:0 of 8 bit, of BT.601's or BT.709's matrix, or none stated.

    What has that form stays as it is, its range too. RGB, grey, and planes of other matrices become
    BT.709 of limited range. Alpha is left out, as FFmpeg does.
    """
    form, space = frame.format, int(frame.colorspace)
    if form.name in _AS_IT_IS and space in _KEPT:
        return frame
    if _has_chroma(form) and space in _KEPT:
        return frame.reformat(format="yuv420p")
    if not form.is_rgb:
        # By way of RGB: from one matrix to another the scaler is four levels off.
        frame = frame.reformat(format="rgb24", dst_color_range=ColorRange.JPEG)
    return frame.reformat(
        format="yuv420p",
        src_color_range=ColorRange.JPEG,
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
    )


def _has_chroma(form: av.VideoFormat) -> bool:
    return not form.is_rgb and not form.has_palette and len(form.components) >= 3
