"""Bytes of a clip to tensors for a window of it.

Sizes are checked before anything of that size is allocated: the pixels of a frame, and the
bytes of what comes out. Frames are decoded and resized a few at a time.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import soundfile
import torch
from torch import Tensor

from ..media import MediaError, VideoReader, open_video, read_audio
from .errors import BatchSizeError
from .fit import fit_frames
from .specs import Fit, VideoSpec
from .windows import ClipWindow

MAX_FRAME_PIXELS = 1 << 25
"""Pixels of a stored frame; 8K has 33 million."""
_CHUNK_BYTES = 64 << 20


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pictures:
    """The pictures of one clip."""

    frames: Tensor
    """(T, C, H, W) uint8."""
    window: ClipWindow
    """Where they are from."""
    reference: Tensor | None = None
    """(C, H, W) uint8, where asked for."""
    reference_outside: bool = False
    """Whether the reference lies outside the window."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sounds:
    """The sound of one clip."""

    waveform: Tensor
    """(S,) float32."""
    window: ClipWindow
    """Where it is from."""


def decode_video(
    data: bytes,
    spec: VideoSpec,
    window: ClipWindow,
    *,
    clip_fps: float,
    clip_frames: int,
    max_bytes: int,
    with_reference: bool = False,
) -> Pictures:
    """Decodes a window of an mp4 and brings it to size.

    Args:
        data: the whole file.
        spec: size and fit.
        window: which stretch.
        clip_fps: frames per second of the file.
        clip_frames: frames that its record says it has.
        max_bytes: most bytes that the frames may take.
        with_reference: whether to decode a reference picture too.

    Raises:
        MediaError: damaged, or shorter than its record says.
        BatchSizeError: too large.
    """
    with _strangers_bytes("the clip"):
        reader = open_video(data, backend=spec.backend)
    with reader:
        return _read(reader, spec, window, clip_fps, clip_frames, max_bytes, with_reference)


def decode_audio(data: bytes, window: ClipWindow, sample_rate: int, *, max_bytes: int) -> Sounds:
    """Decodes a window of a FLAC.

    Args:
        data: the whole file.
        window: which stretch.
        sample_rate: Hz to resample to.
        max_bytes: most bytes that the sound may take, also at the highest rate.

    Raises:
        MediaError: damaged.
        BatchSizeError: too large.
    """
    with _strangers_bytes("the sound"):
        info = soundfile.info(io.BytesIO(data))
    # Measured before it is decoded, by what the file says of itself, which may be a lie.
    num_bytes = window.num_samples(max(info.samplerate * info.channels, sample_rate)) * 4
    if num_bytes > max_bytes:
        raise BatchSizeError(f"{num_bytes} bytes of sound in the window; {max_bytes} at most")
    with _strangers_bytes("the sound"):
        # A little more than the window, so that rounding at both rates leaves enough.
        waveform = read_audio(
            data,
            sample_rate=sample_rate,
            start_seconds=max(0.0, window.start_seconds),
            stop_seconds=window.start_seconds + window.duration_seconds + 2 / sample_rate,
        )
    return Sounds(
        waveform=torch.from_numpy(waveform[: window.num_samples(sample_rate)]), window=window
    )


def _read(
    reader: VideoReader,
    spec: VideoSpec,
    window: ClipWindow,
    clip_fps: float,
    clip_frames: int,
    max_bytes: int,
    with_reference: bool,
) -> Pictures:
    if not 0 < reader.width * reader.height <= MAX_FRAME_PIXELS:
        raise BatchSizeError(
            f"frames of {reader.width}x{reader.height}; {MAX_FRAME_PIXELS} pixels at most"
        )
    if reader.num_frames < clip_frames:
        raise MediaError(
            "truncated", f"the clip has {reader.num_frames} frames, its record says {clip_frames}"
        )
    height, width = spec.height or reader.height, spec.width or reader.width
    if (num_bytes := window.num_frames * height * width * 3) > max_bytes:
        raise BatchSizeError(
            f"{window.num_frames} frames of {width}x{height} take {num_bytes} bytes; {max_bytes} "
            "at most (max_batch_bytes over the clips of the batch): ask for fewer or smaller "
            "frames, a shorter window, a smaller batch_size, or raise max_batch_bytes"
        )
    indices = window.indices(clip_fps, clip_frames)
    frames = torch.empty((len(indices), 3, height, width), dtype=torch.uint8)
    step = max(1, _CHUNK_BYTES // (reader.width * reader.height * 3))
    for begin in range(0, len(indices), step):
        chunk = indices[begin : begin + step]
        frames[begin : begin + len(chunk)] = _fitted(reader, chunk, height, width, spec.fit)
    if not with_reference:
        return Pictures(frames=frames, window=window)
    # By the window's end, not its last index: a low rate leaves frames out inside it too.
    end = round((window.start_seconds + window.duration_seconds) * clip_fps)
    before, after = indices[0], clip_frames - end
    if max(before, after) <= 0:
        return Pictures(frames=frames, window=window, reference=frames[0])
    chosen = clip_frames - 1 if after > before else 0
    return Pictures(
        frames=frames,
        window=window,
        reference=_fitted(reader, [chosen], height, width, spec.fit)[0],
        reference_outside=True,
    )


def _fitted(reader: VideoReader, indices: list[int], height: int, width: int, fit: Fit) -> Tensor:
    with _strangers_bytes("the clip"):
        pixels = torch.from_numpy(reader.frames(indices).pixels)
    return fit_frames(pixels.permute(0, 3, 1, 2), height, width, fit)


@contextmanager
def _strangers_bytes(what: str) -> Iterator[None]:
    """What damaged bytes do to a decoder, which is not always an error of `media`."""
    try:
        yield
    except MediaError:
        raise
    except (soundfile.SoundFileError, ValueError, RuntimeError, OSError) as error:
        raise MediaError("unreadable", f"{what} does not decode: {error}") from error
