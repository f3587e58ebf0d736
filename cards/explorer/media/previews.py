"""Previews made on the server: an mp4 in, a JPEG poster out; a FLAC in, waveform peaks out."""

import io
from typing import BinaryIO

import av
import numpy as np
import soundfile

from ....media import MediaError, check_samples, open_clip

POSTER_SIDE = 320
"""Longest side of a poster in pixels (ours)."""
MAX_PREVIEW_BYTES = 1 << 26
"""Of media to preview (ours): 14 seconds at 38 Mbit/s, or `MAX_AUDIO_SAMPLES` of FLAC that does
not compress at all."""
_PEAKS_PER_SECOND = 25
"""Of a waveform (ours: one for each frame)."""
_LONGEST_SECONDS = 120
"""Of audio that is read; clips last 3 to 14 seconds, off-screen voices as long (ours)."""


def check_size(num_bytes: int) -> None:
    """Refuses media that are larger than any clip.

    Raises:
        MediaError: `too_large`.
    """
    if num_bytes > MAX_PREVIEW_BYTES:
        raise MediaError(
            "too_large", f"{num_bytes} bytes; previews take at most {MAX_PREVIEW_BYTES}"
        )


def draw_poster(file: BinaryIO) -> bytes:
    """The key frame before the middle of an mp4 as a small JPEG; the first is often black.

    Reads and decodes only this frame.

    Raises:
        MediaError: it cannot be decoded, or is larger than any clip.
    """
    try:
        with open_clip(file) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            if stream.duration:
                container.seek(stream.duration // 2, stream=stream)
            packet = next(
                packet for packet in container.demux(stream) if packet.is_keyframe and packet.size
            )
            decoder = stream.codec_context
            (frame, *_) = [*decoder.decode(packet), *decoder.decode(None)]
            scale = min(1.0, POSTER_SIDE / max(frame.width, frame.height))
            size = (max(2, round(frame.width * scale)), max(2, round(frame.height * scale)))
            image = frame.to_image(  # type: ignore[no-untyped-call]
                width=size[0], height=size[1]
            )
    except (av.error.FFmpegError, IndexError, StopIteration, ValueError) as error:
        if isinstance(error, MediaError):
            raise
        raise MediaError("unreadable", f"no frame: {error}") from error
    out = io.BytesIO()
    image.save(out, format="JPEG", quality=80)
    return out.getvalue()


def waveform_peaks(flac: bytes) -> list[int]:
    """The loudest sample of every 1/25 s, 0 to 255.

    Raises:
        MediaError: the audio cannot be read, or is longer than any clip's.
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
