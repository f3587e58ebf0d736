"""Bytes of a clip to tensors for a window of it.

    mp4 or frame table --> DecodedVideo          FLAC --> DecodedAudio

Sizes are checked before memory is taken: the pixels of a frame, and the bytes of the result.
Frames are decoded and resized a few at a time.
"""

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import soundfile
import torch
from torch import Tensor

from ...media import (
    MAX_FRAME_PIXELS,
    ColourSpace,
    DeviceReader,
    MediaError,
    TableReader,
    VideoReader,
    is_of_the_gpu,
    open_video,
    read_audio,
)
from ..specs.clip_specs import VideoSpec
from ..specs.errors import BatchSizeError
from ..specs.windows import ClipWindow
from .resize import fit_frames, fit_planes

_CHUNK_BYTES = 64 << 20


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DecodedVideo:
    """The frames of one clip's window."""

    frames: Tensor
    """(T, C, H, W) uint8; planes (T, H * 3 / 2, W)."""
    window: ClipWindow
    """The window that they show."""
    colour: ColourSpace | None = None
    """Matrix and range of planes; None where a backend made them RGB."""
    in_buffer: bool = False
    """Whether the frames lie in the batch's own memory already."""
    reference: Tensor | None = None
    """(C, H, W) uint8, if it was requested."""
    reference_outside: bool = False
    """Whether the reference lies outside the window."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DecodedAudio:
    """The audio of one clip's window."""

    waveform: Tensor
    """(S,) float32."""
    window: ClipWindow
    """The window that it covers."""


def decode_video(
    source: bytes | memoryview | TableReader,
    spec: VideoSpec,
    window: ClipWindow,
    *,
    clip_fps: float,
    clip_frames: int,
    max_bytes: int,
    reference: int | None = None,
    reference_outside: bool = False,
    buffer: Tensor | None = None,
) -> DecodedVideo:
    """Decodes a window of a clip and resizes it.

    Args:
        source: the whole mp4 for one of the backends, or a reader by its frame table.
        spec: size and fit.
        window: which part of the clip.
        clip_fps: frames per second of the file.
        clip_frames: frames that its record says it has.
        max_bytes: most bytes that the frames may take.
        reference: frame to decode as a reference frame too.
        reference_outside: whether it lies outside the window; else it is its first frame.
        buffer: memory for the frames, or for more of them; where it does not fit, other memory
            is taken.

    Raises:
        MediaError: damaged, or shorter than its record says.
        BatchSizeError: too large.
    """
    if isinstance(source, TableReader):
        video = _read(source, spec, window, clip_fps, clip_frames, max_bytes, buffer)
        return _with_reference(video, source, spec, reference, reference_outside)
    with _as_media_error("the clip"):
        reader = open_video(bytes(source), backend=spec.backend)
    with reader:
        video = _read(reader, spec, window, clip_fps, clip_frames, max_bytes, buffer)
        return _with_reference(video, reader, spec, reference, reference_outside)


def decode_audio(
    data: bytes | memoryview, window: ClipWindow, sample_rate: int, *, max_bytes: int
) -> DecodedAudio:
    """Decodes a window of a FLAC.

    Args:
        data: the whole file.
        window: which part of the clip.
        sample_rate: Hz to resample to.
        max_bytes: most bytes that the audio may take, also at the highest rate.

    Raises:
        MediaError: damaged.
        BatchSizeError: too large.
    """
    with _as_media_error("the audio"):
        info = soundfile.info(io.BytesIO(data))
    # Checked before decoding, by what the file says of itself, which may be false.
    num_bytes = window.num_samples(max(info.samplerate * info.channels, sample_rate)) * 4
    if num_bytes > max_bytes:
        raise BatchSizeError(f"{num_bytes} bytes of audio in the window; {max_bytes} at most")
    with _as_media_error("the audio"):
        # A little more than the window, so that rounding at both rates leaves enough.
        waveform = read_audio(
            bytes(data),
            sample_rate=sample_rate,
            start_seconds=max(0.0, window.start_seconds),
            stop_seconds=window.start_seconds + window.duration_seconds + 2 / sample_rate,
        )
    return DecodedAudio(
        waveform=torch.from_numpy(waveform[: window.num_samples(sample_rate)]), window=window
    )


def _read(
    reader: VideoReader,
    spec: VideoSpec,
    window: ClipWindow,
    clip_fps: float,
    clip_frames: int,
    max_bytes: int,
    buffer: Tensor | None,
) -> DecodedVideo:
    if not 0 < reader.width * reader.height <= MAX_FRAME_PIXELS:
        raise BatchSizeError(
            f"frames of {reader.width}x{reader.height}; {MAX_FRAME_PIXELS} pixels at most"
        )
    if reader.num_frames < clip_frames:
        raise MediaError(
            "truncated", f"the clip has {reader.num_frames} frames, its record says {clip_frames}"
        )
    height, width = spec.height or reader.height, spec.width or reader.width
    rows = (height, width, 3) if spec.pixels == "rgb" else (height * 3 // 2, width)
    if (num_bytes := window.num_frames * math.prod(rows)) > max_bytes:
        raise BatchSizeError(
            f"{window.num_frames} frames of {width}x{height} take {num_bytes} bytes; {max_bytes} "
            "at most (max_batch_bytes over the clips of the batch): ask for fewer or smaller "
            "frames, a shorter window, a smaller batch_size, or raise max_batch_bytes"
        )
    indices = window.indices(clip_fps, clip_frames)
    fits = buffer is not None and buffer.shape[1:] == rows and len(buffer) >= len(indices)
    if buffer is not None and fits:
        frames = buffer[: len(indices)]
        buffer[len(indices) :] = 0
    else:
        frames = torch.empty((len(indices), *rows), dtype=torch.uint8)
    if isinstance(reader, TableReader) and (height, width) == (reader.height, reader.width):
        with _as_media_error("the clip"):
            reader.decode(indices, spec.pixels, frames.numpy())
    else:
        step = max(1, _CHUNK_BYTES // (reader.width * reader.height * 3))
        for begin in range(0, len(indices), step):
            chunk = indices[begin : begin + step]
            frames[begin : begin + len(chunk)] = _fitted(reader, chunk, spec, height, width)
    return DecodedVideo(
        frames=frames.permute(0, 3, 1, 2) if spec.pixels == "rgb" else frames,
        window=window,
        colour=reader.colour if isinstance(reader, TableReader) else None,
        in_buffer=fits,
    )


def _with_reference(
    video: DecodedVideo, reader: VideoReader, spec: VideoSpec, reference: int | None, outside: bool
) -> DecodedVideo:
    if reference is None:
        return video
    if not outside and spec.pixels == "rgb":
        return replace(video, reference=video.frames[0])
    height, width = spec.height or reader.height, spec.width or reader.width
    rgb = replace(spec, pixels="rgb")
    frame = _fitted(reader, [reference], rgb, height, width)[0].permute(2, 0, 1)
    return replace(video, reference=frame, reference_outside=outside)


def _fitted(
    reader: VideoReader, indices: list[int], spec: VideoSpec, height: int, width: int
) -> Tensor:
    """(T, H, W, 3) of RGB, or (T, H * 3 / 2, W) of planes."""
    with _as_media_error("the clip"):
        if spec.pixels == "rgb":
            if isinstance(reader, DeviceReader):
                pixels = reader.tensor(indices)
            else:
                pixels = torch.from_numpy(reader.frames(indices))
        else:
            assert isinstance(reader, TableReader)
            pixels = torch.from_numpy(reader.decode(indices, "yuv420"))
            black = 0 if reader.colour and reader.colour.full_range else 16
    if spec.pixels == "rgb":
        fitted = fit_frames(pixels.permute(0, 3, 1, 2), height, width, spec.fit)
        # Resized on the device that decoded it; a GPU sends only what the batch holds.
        return fitted.permute(0, 2, 3, 1).cpu()
    return fit_planes(pixels, height, width, spec.fit, black)


@contextmanager
def _as_media_error(medium: str) -> Iterator[None]:
    """Turns any error of a decoder on damaged bytes into a `MediaError`."""
    try:
        yield
    except MediaError:
        raise
    except (soundfile.SoundFileError, ValueError, RuntimeError, OSError) as error:
        if isinstance(error, RuntimeError) and is_of_the_gpu(error):
            raise
        raise MediaError("unreadable", f"{medium} does not decode: {error}") from error
