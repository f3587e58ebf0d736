"""What is drawn from media on the server: a picture of a clip, and its loudness."""

import io
from typing import BinaryIO

import av
import numpy as np
import soundfile

from ....media import MediaError, check_samples, open_clip

POSTER_SIDE = 320
"""Longest side of a poster in pixels (ours)."""
MAX_DRAWN_BYTES = 1 << 26
"""Of a piece that is drawn (ours): 14 seconds at 38 Mbit/s, or `MAX_AUDIO_SAMPLES` of FLAC that
does not pack at all."""
_PEAKS_PER_SECOND = 25
"""Of a waveform (ours: one for each frame)."""
_LONGEST_SECONDS = 120
"""Of sound that is read; clips last 3 to 14 seconds, voices from off screen as long (ours)."""


def check_size(num_bytes: int) -> None:
    """Refuses to draw what no clip is.

    Raises:
        MediaError: `too_large`.
    """
    if num_bytes > MAX_DRAWN_BYTES:
        raise MediaError(
            "too_large", f"{num_bytes} bytes; nothing is drawn of more than {MAX_DRAWN_BYTES}"
        )


def poster(file: BinaryIO) -> bytes:
    """The key frame before the middle of an mp4 as a small JPEG; the first is often black.

    No more of the file is read, and no other frame decoded.

    Raises:
        MediaError: it cannot be decoded, or is larger than any clip.
    """
    try:
        with open_clip(file) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            if stream.duration:
                container.seek(stream.duration // 2, stream=stream)
            packet = next(one for one in container.demux(stream) if one.is_keyframe and one.size)
            decoder = stream.codec_context
            (frame, *_) = [*decoder.decode(packet), *decoder.decode(None)]
            shrink = min(1.0, POSTER_SIDE / max(frame.width, frame.height))
            size = (max(2, round(frame.width * shrink)), max(2, round(frame.height * shrink)))
            picture = frame.to_image(  # type: ignore[no-untyped-call]
                width=size[0], height=size[1]
            )
    except (av.error.FFmpegError, IndexError, StopIteration, ValueError) as error:
        if isinstance(error, MediaError):
            raise
        raise MediaError("unreadable", f"no picture: {error}") from error
    out = io.BytesIO()
    picture.save(out, format="JPEG", quality=80)
    return out.getvalue()


def waveform(flac: bytes) -> list[int]:
    """The loudest sample of every 1/25 s, 0 to 255.

    Raises:
        MediaError: it is no sound that can be read, or longer than any clip's.
    """
    try:
        with soundfile.SoundFile(io.BytesIO(flac)) as file:
            num_frames = min(file.frames, file.samplerate * _LONGEST_SECONDS)
            check_samples(file, num_frames)
            step = max(1, file.samplerate // _PEAKS_PER_SECOND)
            blocks = file.blocks(step, frames=num_frames, dtype="float32", always_2d=True)
            peaks = [float(np.abs(block).max(initial=0.0)) for block in blocks]
    except soundfile.LibsndfileError as error:
        raise MediaError("unreadable", f"no waveform: {error.error_string}") from error
    return [min(255, int(peak * 255)) for peak in peaks]
