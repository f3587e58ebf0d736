"""Small files that ask for much: what a stranger may put where a release has its media."""

import io
from fractions import Fraction
from typing import Any

import av
import numpy as np
import soundfile
from PIL import Image


def png_in_mp4(side: int) -> bytes:
    """One grey frame of `side` times `side` pixels, which packs well."""
    picture = io.BytesIO()
    Image.new("L", (side, side)).save(picture, "PNG", compress_level=1)
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("png", rate=25)
        stream.width, stream.height, stream.pix_fmt = side, side, "gray"
        packet: av.Packet[Any] = av.Packet(picture.getvalue())
        packet.pts = packet.dts = 0
        packet.time_base, packet.is_keyframe = Fraction(1, 25), True
        packet.stream = stream
        container.mux(packet)
    return out.getvalue()


def listing_many_frames(data: bytes, num_frames: int, *, run: int | None = None) -> bytes:
    """The mp4, saying of itself that it has so many frames of one byte, all in one chunk.

    Args:
        data: an mp4 of one frame.
        num_frames: as the box of sizes says.
        run: as the box of times says, if it says another number.
    """
    found = bytearray(data)
    for name, offset, numbers in (
        (b"stsz", 8, (1, num_frames)),
        (b"stsc", 16, (num_frames,)),
        (b"stts", 12, (num_frames if run is None else run,)),
    ):
        place = found.find(name) + offset
        for number in numbers:
            found[place : place + 4] = number.to_bytes(4, "big")
            place += 4
    return bytes(found)


def flac_that_says(num_samples: int, *, sample_rate: int = 655_350, num_channels: int = 8) -> bytes:
    """A FLAC of a thousand samples whose header speaks of more."""
    buffer = io.BytesIO()
    samples = np.zeros((1000, num_channels), np.int16)
    soundfile.write(buffer, samples, sample_rate, format="FLAC", subtype="PCM_16")
    found = bytearray(buffer.getvalue())
    # The last 36 bits before the digest of STREAMINFO, whose 34 bytes begin at byte 8.
    found[21] = found[21] & 0xF0 | num_samples >> 32
    found[22:26] = (num_samples & 0xFFFFFFFF).to_bytes(4, "big")
    return bytes(found)
