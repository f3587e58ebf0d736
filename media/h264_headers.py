"""What H.264's own headers say: the size of the frames, and which of them others refer to.

codec header (avcC) --> width, height          bytes of a frame --> is it a reference?
"""

from .errors import MediaError

_SLICES = (1, 5)
_WITH_CHROMA = {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244}
_MOST_BITS = 1 << 13


class NalLength:
    """Reads the NAL units of a frame as an mp4 stores them: length, then bytes."""

    def __init__(self, codec_header: bytes) -> None:
        if len(codec_header) < 8 or codec_header[0] != 1:
            raise MediaError("unreadable", "the codec header is not H.264's avcC")
        self._num_bytes = (codec_header[4] & 3) + 1

    def is_reference(self, frame: memoryview) -> bool:
        """Whether other frames may be predicted from this one."""
        place, size = 0, self._num_bytes
        while place + size < len(frame):
            head = frame[place + size]
            if head & 31 in _SLICES:
                # nal_ref_idc: 0 where no frame refers to it, for all slices of a frame.
                return bool(head & 0x60)
            place += size + int.from_bytes(frame[place : place + size], "big")
        return True


def frame_size(codec_header: bytes) -> tuple[int, int]:
    """Width and height of the frames, after cropping.

    Raises:
        MediaError: the header is damaged, or its frames are not 8-bit 4:2:0.
    """
    if len(codec_header) < 8 or codec_header[0] != 1 or not codec_header[5] & 31:
        raise MediaError("unreadable", "the codec header is not H.264's avcC")
    size = int.from_bytes(codec_header[6:8], "big")
    try:
        return _read_sps(_Bits(codec_header[8 : 8 + size].replace(b"\0\0\3", b"\0\0")))
    except IndexError as error:
        raise MediaError("unreadable", "the codec header is cut off") from error


def _read_sps(bits: "_Bits") -> tuple[int, int]:
    bits.take(8)
    profile = bits.take(8)
    bits.take(16)
    bits.number()
    if profile in _WITH_CHROMA:
        kind, luma_depth, chroma_depth = bits.number(), bits.number(), bits.number()
        if (kind, luma_depth, chroma_depth) != (1, 0, 0):
            raise MediaError("unreadable", "frames that are not 8-bit 4:2:0")
        bits.take(1)
        if bits.take(1):
            for length in (16,) * 6 + (64,) * 2:
                _skip_scaling_list(bits, length)
    bits.number()
    match bits.number():
        case 0:
            bits.number()
        case 1:
            bits.take(1)
            bits.signed(), bits.signed()
            for _ in range(bits.number()):
                bits.signed()
    bits.number()
    bits.take(1)
    width, height = 16 * (bits.number() + 1), 16 * (bits.number() + 1)
    if not bits.take(1):
        height *= 2
        bits.take(1)
        rows = 4
    else:
        rows = 2
    bits.take(1)
    if bits.take(1):
        width -= 2 * (bits.number() + bits.number())
        height -= rows * (bits.number() + bits.number())
    if width <= 0 or height <= 0:
        raise MediaError("unreadable", f"the codec header says {width}x{height} pixels")
    return width, height


def _skip_scaling_list(bits: "_Bits", length: int) -> None:
    if not bits.take(1):
        return
    last = following = 8
    for _ in range(length):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


class _Bits:
    """A bit string with H.264's two codes for numbers."""

    def __init__(self, data: bytes) -> None:
        self._text = "".join(f"{byte:08b}" for byte in data[: _MOST_BITS // 8])
        self._place = 0

    def take(self, count: int) -> int:
        """The next bits as a number."""
        bits = self._text[self._place : self._place + count]
        if len(bits) < count:
            raise IndexError("past the end")
        self._place += count
        return int(bits, 2)

    def number(self) -> int:
        """The next number from 0 (`ue`)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + (self.take(zeros) if zeros else 0)

    def signed(self) -> int:
        """The next whole number (`se`)."""
        code = self.number()
        return (code + 1) // 2 if code % 2 else -(code // 2)
