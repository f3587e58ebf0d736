"""A source's frames as they leave the decoder, in the memory of the device that decoded them.

path --> GpuReader(device="cuda:0") --> GpuFrame: planes of 4:2:0 on that GPU, and their times

On a GPU the decoder is NVDEC, through torchcodec's own parts (`Demuxer`, `VideoPacketDecoder`),
which give NV12 without a conversion to RGB. H.264, HEVC, VP9 and AV1 are bit-exact by their
standards, so these planes equal FFmpeg's. A source that NVDEC does not decode, or not as
`SourceReader` gives it, is rejected with the reason: the caller decides, nothing falls back
silently.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ...records import package_command
from ..decoding.backends import require_backend
from ..errors import MediaError
from ..source_info import SourceInfo, probe
from .times import FrameTimes, frame_times

_LEAST_TORCHCODEC = "0.17"
"""The first version with these parts and its own cropping: earlier ones gave two videos of one
coded size the same crop (torchcodec issue 1704)."""
_LIMITED = ("tv", "unspecified", "unknown")
_FORMATS = ("yuv420p", "nv12")
_EXACT_CODECS = ("h264", "hevc", "vp8", "vp9", "av1", "libdav1d")
"""FFmpeg's names of decoders whose standards leave no bit open; MPEG-2 and MPEG-4 leave the
rounding of their transform to the decoder."""


class UnfitError(ValueError):
    """This device does not decode this source exactly; the message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class GpuFrame:
    """A decoded frame and when it is shown. Tensors of torch, views without a copy."""

    luma: Any
    """(H, W) uint8, as stored: not turned."""
    blue: Any
    """(H / 2, W / 2) uint8."""
    red: Any
    """(H / 2, W / 2) uint8."""
    start_seconds: float
    """Source time from which it is shown."""
    stop_seconds: float
    """Source time up to which it is shown, as in `ShownFrame`."""


class GpuReader:
    """Reads one source from its beginning, in order, each frame once.

    Args:
        path: the file.
        device: `cpu`, `cuda`, `cuda:0`.

    Raises:
        UnfitError: not 8-bit 4:2:0 of limited range, square pixels and even size; mirrored; of a
            codec that NVDEC does not decode bit-exactly; or its packets have marks that these
            parts ignore.
        ImportError: torchcodec is missing or too old, or finds no FFmpeg; says what to do.
        MediaError: empty, unreadable, without video, or it does not say when frames are shown.
    """

    def __init__(self, path: Path, device: str) -> None:
        decoders = _decoders()
        self.info: SourceInfo = probe(path)
        _check_fits(self.info, device)
        self._times: FrameTimes = frame_times(path, self.info)
        if not (self._times.stored and self._times.is_plain):
            raise UnfitError(
                "it does not begin with a key frame, or some of its packets are marked as damaged, "
                "as not to be shown, or with no time at which they are shown"
            )
        stream = self.info.video_index
        if device != "cpu":
            self._check_hardware(decoders, path, stream, device)
        try:
            self._demuxer = decoders.Demuxer(str(path), streams=stream)
            self._decoder = self._demuxer.streams[0].make_decoder(device, num_ffmpeg_threads=0)
        except (RuntimeError, ValueError) as error:
            raise UnfitError(f"torchcodec does not open it on {device}: {error}") from error
        self.num_pictures_decoded = 0
        """Frames that came out of the decoder so far."""
        self.damage: MediaError | None = None
        """Why reading ended early; None if it did not."""
        self.reached_seconds = 0.0
        """Source time up to which there were frames."""

    def read(self) -> Iterator[GpuFrame]:
        """Gives every frame; if the file is damaged, it ends early and `damage` says why.

        Raises:
            UnfitError: a frame has another size or form than the first.
        """
        held: tuple[Any, int] | None = None
        size: tuple[int, int] | None = None
        try:
            for frame in self._frames():
                self.num_pictures_decoded += 1
                size = size or (frame.width, frame.height)
                _check_frame(frame, size)
                time = self._times.nearest(frame.pts_seconds)
                if held is not None:
                    self._times.check_rises(held[1], time)
                    yield self._gpu_frame(*held, time)
                held = frame, time
            if held is not None:
                yield self._gpu_frame(*held, None)
            self.damage = self._times.end_trouble(None if held is None else held[1])
        except RuntimeError as error:
            said = f"decoding ends at {self.reached_seconds:.2f} s: {error}"
            self.damage = MediaError("truncated", said)
        except MediaError as error:
            self.damage = error

    def _frames(self) -> Iterator[Any]:
        for packet in self._demuxer:
            yield from self._decoder.decode(packet)
        yield from self._decoder.drain()

    def _gpu_frame(self, frame: Any, time: int, following: int | None) -> GpuFrame:
        luma, blue, red = frame.planes
        self.reached_seconds = self._times.shown_until(time, following)
        return GpuFrame(luma, blue, red, self._times.seconds(time), self.reached_seconds)

    @staticmethod
    def _check_hardware(decoders: Any, path: Path, stream: int, device: str) -> None:
        """Rejects what NVDEC does not decode, which only torchcodec's whole decoder tells."""
        try:
            whole = decoders.VideoDecoder(
                str(path), stream_index=stream, device=device, seek_mode="approximate"
            )
        except (RuntimeError, ValueError) as error:
            raise UnfitError(f"torchcodec does not open it on {device}: {error}") from error
        if whole.cpu_fallback:
            raise UnfitError(f"NVDEC on {device} does not decode it: {whole.cpu_fallback}")


def _decoders() -> Any:
    # Otherwise missing libraries would look like a source that does not open.
    require_backend("torchcodec")
    from torchcodec import decoders

    if not hasattr(decoders, "VideoPacketDecoder"):
        raise ImportError(
            f"decoding on a GPU needs torchcodec {_LEAST_TORCHCODEC} or newer, "
            f"{version('torchcodec')} is installed: "
            f"{package_command(f'torchcodec>={_LEAST_TORCHCODEC}')}"
        )
    return decoders


def _check_fits(info: SourceInfo, device: str) -> None:
    if device != "cpu" and info.video_codec not in _EXACT_CODECS:
        raise UnfitError(f"decoders of {info.video_codec} do not agree to the bit")
    if info.pixel_format not in _FORMATS:
        raise UnfitError(
            f"its pixel format is {info.pixel_format}; {' or '.join(_FORMATS)} are read"
        )
    if info.sample_aspect_ratio != 1:
        raise UnfitError(f"its pixels are not square: {info.sample_aspect_ratio}")
    if info.orientation.mirrored:
        raise UnfitError("its frames are mirrored")
    if info.width % 2 or info.height % 2:
        raise UnfitError(f"its size {info.width}x{info.height} is odd")


def _check_frame(frame: Any, size: tuple[int, int]) -> None:
    if (frame.width, frame.height) != size:
        raise UnfitError(f"its frames change from {size} to {(frame.width, frame.height)}")
    if frame.pixel_format not in _FORMATS or frame.color_range not in _LIMITED:
        raise UnfitError(
            f"its frames are {frame.pixel_format} of range {frame.color_range}; 8-bit 4:2:0 of "
            "limited range are read"
        )
