"""What is drawn from media on the server: a picture of a clip, and its loudness."""

import io
from typing import BinaryIO

import numpy as np
import soundfile

from ...media import MediaError

POSTER_SIDE = 320
"""Longest side of a poster in pixels (ours)."""
_PEAKS_PER_SECOND = 25
"""Of a waveform (ours: one for each frame)."""
_LONGEST_SECONDS = 120
"""Of sound that is read; clips last 3 to 14 seconds, voices from off screen as long (ours)."""


def poster(file: BinaryIO) -> bytes:
    """A frame from the middle of an mp4 as a small JPEG; no more of the file is read than it takes.

    Raises:
        MediaError: it cannot be decoded.
    """
    import av

    try:
        with av.open(file, mode="r", format="mp4") as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            if stream.duration:
                # The key frame before the middle: the first picture is often black.
                container.seek(stream.duration // 2, stream=stream)
            frame = next(container.decode(stream))
            shrink = min(1.0, POSTER_SIDE / max(frame.width, frame.height))
            size = (max(2, round(frame.width * shrink)), max(2, round(frame.height * shrink)))
            picture = frame.to_image(  # type: ignore[no-untyped-call]
                width=size[0], height=size[1]
            )
    except (av.error.FFmpegError, IndexError, StopIteration) as error:
        raise MediaError("unreadable", f"no picture: {error}") from error
    out = io.BytesIO()
    picture.save(out, format="JPEG", quality=80)
    return out.getvalue()


def waveform(flac: bytes) -> list[int]:
    """The loudest sample of every 1/25 s, 0 to 255.

    Raises:
        MediaError: it is no sound that can be read.
    """
    try:
        with soundfile.SoundFile(io.BytesIO(flac)) as file:
            rate = file.samplerate
            samples = file.read(rate * _LONGEST_SECONDS, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise MediaError("unreadable", f"no waveform: {error}") from error
    loud = np.abs(samples).max(axis=1) if len(samples) else np.zeros(0, np.float32)
    step = max(1, rate // _PEAKS_PER_SECOND)
    padded = np.pad(loud, (0, -len(loud) % step))
    peaks = padded.reshape(-1, step).max(axis=1) if len(padded) else padded
    return [int(one) for one in np.clip(peaks * 255, 0, 255)]
