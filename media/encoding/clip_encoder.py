"""Frames and audio to one mp4 in memory: H.264, closed GOPs, moov first, always the same bytes.

    frames, samples, EncodeSettings --> bytes of an mp4

One thread and bit-exact flags make the bytes a function of input, settings and FFmpeg build; for
speed, encode several clips at once.
"""

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import av.codec.codec
import av.container
import numpy as np
from numpy._core._multiarray_umath import __cpu_features__
from numpy.typing import NDArray

from ...records import package_command

_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)


@dataclass(frozen=True, kw_only=True, slots=True)
class EncodeSettings:
    """How clips are encoded; the manifest lists it."""

    crf: int = 20
    """Quality of x264, lower is better (ours: no visible loss on talking heads)."""
    preset: str = "veryfast"
    """Speed of x264 (ours: `medium` takes 2.5 times as long for some per cent of size)."""
    gop_frames: int = 25
    """Frames between key frames (ours, measured: 8 % more bytes than 250, and a random window
    of 32 frames decodes 2.2 to 2.5 times cheaper)."""
    aac_bit_rate: int = 96_000
    """Bits per second of the mp4's own audio, which only viewers use."""


def x264_params() -> str:
    """Parameters that make x264's bytes a function of its input: one thread, and no AVX-512.

    Its macroblock tree reads past its rows with AVX-512 instructions, and small frames then
    come out differently from run to run (measured with PyAV 18.1: up to 12 results in 14 runs;
    1 with AVX2, which every CPU with AVX-512 has).
    """
    params = "threads=1:lookahead-threads=1:sliced-threads=0"
    return f"{params}:asm=avx2" if __cpu_features__.get("AVX512F") else params


class ClipEncoder:
    """Takes a clip's frames one by one, then its audio, and gives the mp4.

    The file exists only in memory, so a killed process leaves nothing behind.
    """

    def __init__(
        self, first: av.VideoFrame, *, fps: int, sample_rate: int | None, settings: EncodeSettings
    ) -> None:
        self._file = file = io.BytesIO()
        self._container = av.open(
            self._file,
            "w",
            format="mp4",
            options={"movflags": "+faststart", "fflags": "+bitexact"},
            io_open=lambda *_: _Reread(file),
        )
        self._fps = fps
        self._sample_rate = sample_rate
        self._num_frames = 0
        self._video = _stream(self._container, "libx264", rate=fps)
        context = self._video.codec_context
        context.width, context.height, context.pix_fmt = first.width, first.height, "yuv420p"
        context.time_base = Fraction(1, fps)
        context.colorspace, context.color_range = first.colorspace, first.color_range
        context.thread_count = 1
        context.options = {
            "crf": str(settings.crf),
            "preset": settings.preset,
            "g": str(settings.gop_frames),
            "keyint_min": str(settings.gop_frames),
            "sc_threshold": "0",
            "flags": "+bitexact+cgop",
            "x264-params": x264_params(),
        }
        self._audio = None
        if sample_rate is not None:
            self._audio = _stream(self._container, "aac", rate=sample_rate, layout="mono")
            self._audio.codec_context.bit_rate = settings.aac_bit_rate
            self._audio.codec_context.thread_count = 1
            # The other coder takes three times as long, and is no better audibly at this rate.
            self._audio.codec_context.options = {"flags": "+bitexact", "aac_coder": "fast"}

    def add(self, frame: av.VideoFrame) -> None:
        """Encodes the next frame; sets its time, and leaves its content as it is."""
        frame.pts, frame.time_base = self._num_frames, Fraction(1, self._fps)
        frame.pict_type = 0
        self._num_frames += 1
        self._container.mux(self._video.encode(frame))

    def finish(self, samples: NDArray[np.float32] | None) -> bytes:
        """Encodes the audio, closes the file and returns it.

        Args:
            samples: (S,) float32 mono at the encoder's `sample_rate`; None without audio.
        """
        try:
            self._container.mux(self._video.encode())
            if self._audio is not None:
                assert samples is not None and self._sample_rate is not None
                frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
                frame.sample_rate, frame.pts = self._sample_rate, 0
                frame.time_base = Fraction(1, self._sample_rate)
                self._container.mux(self._audio.encode(frame))
                self._container.mux(self._audio.encode())
            self._container.close()
            return self._file.getvalue()
        finally:
            self.close()

    def close(self) -> None:
        """Frees everything; harmless after `finish`."""
        self._container.close()
        self._file.close()


def _stream(container: av.container.OutputContainer, encoder: str, **options: Any) -> Any:
    try:
        return container.add_stream(encoder, **options)
    except av.codec.codec.UnknownCodecError as error:
        raise ImportError(
            f"this build of PyAV has no encoder {encoder}, which clips need; its wheel has: "
            f"{package_command('--force-reinstall', '--no-deps', 'av')}"
        ) from error


def require_encoders() -> None:
    """Checks that this PyAV encodes clips.

    Raises:
        ImportError: it does not; says what to do.
    """
    frame = av.VideoFrame.from_ndarray(np.full((96, 64), 128, np.uint8), format="yuv420p")
    encoder = ClipEncoder(frame, fps=25, sample_rate=16_000, settings=EncodeSettings())
    try:
        encoder.add(frame)
        encoder.finish(np.zeros(640, np.float32))
    finally:
        encoder.close()


class _Reread:
    """A second reader of a file in memory: moving moov to the front reads what was written."""

    def __init__(self, file: io.BytesIO) -> None:
        self._file = file
        self._place = 0

    def read(self, num_bytes: int) -> bytes:
        """The next bytes; the writer's position stays."""
        written_to = self._file.tell()
        self._file.seek(self._place)
        data = self._file.read(num_bytes)
        self._file.seek(written_to)
        self._place += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves to a position, as files do."""
        begin = (0, self._place, self._file.getbuffer().nbytes)[whence]
        self._place = begin + offset
        return self._place

    def tell(self) -> int:
        """The position."""
        return self._place

    def close(self) -> None:
        """Does nothing: the bytes stay."""


def aac_sample_rate(sample_rate: int) -> int:
    """The largest AAC rate that is not above this one; at least 8 kHz."""
    return next((rate for rate in _AAC_RATES if rate <= sample_rate), _AAC_RATES[-1])
