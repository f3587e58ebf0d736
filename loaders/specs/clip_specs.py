"""What a user asks of a loader: size of the frames, rate of the audio, length of the window.

Values are checked when a spec is made.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from ...media import BACKENDS, MAX_SAMPLE_RATE, Backend, PixelFormat

Fit = Literal["pad", "crop", "stretch"]
WindowStart = Literal["start", "center", "random"]

MAX_SIDE = 4096
MAX_FPS = 240.0


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoSpec:
    """The frames of a clip, and the window that frames and audio are taken from.

    Without `num_frames` and `seconds` the whole clip is taken, and the batch is padded to its
    longest clip. With one of them the window has that length in every batch; a shorter clip is
    taken whole and padded. Frame t of the window is the frame shown at `start + t / fps`, so a
    rate above the clip's repeats frames.

    Raises:
        ValueError: a value is out of range; says which values are allowed.
    """

    fps: float | None = None
    """Frames per second, up to 240; the clip's own if None."""
    height: int | None = None
    """Pixels, 1 to 4096. With None (then `width` too) clips keep their size, and those of one
    batch must agree."""
    width: int | None = None
    """Pixels, 1 to 4096."""
    fit: Fit = "pad"
    """`pad`: the whole frame, centred on black. `crop`: the centre that fills the size.
    `stretch`: the whole frame, its aspect changed."""
    num_frames: int | None = None
    """Length of the window in frames of `fps`, at least 1."""
    seconds: float | None = None
    """Length of the window in seconds: `round(seconds * fps)` frames."""
    window: WindowStart = "start"
    """Where in the clip: its start, its centre, or a random place by seed, epoch and sample."""
    pixels: PixelFormat = "rgb"
    """`rgb`, or `yuv420`: the decoder's planes at half the bytes, of even height and width, for
    `VideoBatch.rgb` to convert where the model is."""
    backend: Backend | None = None
    """None: PyAV's decoder by the index's frame table, which reads only a window's frames.
    Else this library opens the whole clip; `torchcodec-cuda` decodes and resizes on the GPU, and
    the batch comes back to main memory."""

    def __post_init__(self) -> None:
        _check_range("fps", self.fps, 0.0, MAX_FPS)
        _check_whole("height", self.height, MAX_SIDE)
        _check_whole("width", self.width, MAX_SIDE)
        _check_whole("num_frames", self.num_frames, 1_000_000)
        _check_range("seconds", self.seconds, 0.0, 86_400.0)
        _check_one_of("fit", self.fit, get_args(Fit))
        _check_one_of("window", self.window, get_args(WindowStart))
        if self.backend is not None:
            _check_one_of("backend", self.backend, BACKENDS)
        _check_one_of("pixels", self.pixels, get_args(PixelFormat))
        if self.pixels == "yuv420" and (
            self.backend or (self.height or 0) % 2 + (self.width or 0) % 2
        ):
            raise ValueError(
                f"pixels='yuv420' with backend={self.backend!r}, height={self.height}, "
                f"width={self.width}: planes need backend=None and even sizes"
            )
        if (self.height is None) != (self.width is None):
            raise ValueError(
                f"height={self.height!r} and width={self.width!r}: give both, or neither to keep "
                "the size of the clips"
            )
        if self.num_frames is not None and self.seconds is not None:
            raise ValueError(
                f"num_frames={self.num_frames} and seconds={self.seconds} both give the length of "
                "the window; give one"
            )

    @property
    def fixed_frames(self) -> int | None:
        """Frames of every window, where they do not depend on the clips."""
        if self.seconds is None:
            return self.num_frames
        return self.window_frames(0.0) if self.fps else None

    def window_frames(self, clip_fps: float) -> int | None:
        """Frames of the window for a clip of this rate; None for the whole clip."""
        if self.seconds is None:
            return self.num_frames
        return max(1, round(self.seconds * (self.fps or clip_fps)))


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioSpec:
    """The clean speech of a person, mono. With video, its window is the video's.

    Raises:
        ValueError: a value is out of range; says which values are allowed.
    """

    sample_rate: int = 16_000
    """Hz, up to 48000."""
    seconds: float | None = None
    """Length of the window where there is no `VideoSpec`; the whole clip if None."""
    window: WindowStart = "start"
    """Where in the clip, where there is no `VideoSpec`."""

    def __post_init__(self) -> None:
        _check_whole("sample_rate", self.sample_rate, MAX_SAMPLE_RATE)
        _check_range("seconds", self.seconds, 0.0, 86_400.0)
        _check_one_of("window", self.window, get_args(WindowStart))


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureSpec:
    """Features that `speakervid5m encode` made. With video or audio, they share its window.

    Raises:
        ValueError: a value is out of range; says which values are allowed.
    """

    names: tuple[str, ...]
    """Encoders, as the release has them: `mimi`, `wan21`."""
    num_units: int | None = None
    """Length of the window in units of 160 ms, where there is neither `VideoSpec` nor
    `AudioSpec`; the whole clip if None."""
    window: WindowStart = "start"
    """Where in the clip, under the same condition; it begins with a unit."""

    def __post_init__(self) -> None:
        if not self.names or len(set(self.names)) < len(self.names):
            raise ValueError(f"names={self.names!r}: give each encoder once, as ('mimi', 'wan21')")
        _check_whole("num_units", self.num_units, 1_000_000)
        _check_one_of("window", self.window, get_args(WindowStart))


def check_count(name: str, value: object, least: int, most: int | None = None) -> None:
    """Rejects anything but a whole number in range."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")
    if most is not None and value > most:
        raise ValueError(f"{name} must be at most {most}, got {value!r:.60}")


def _check_whole(name: str, value: object, most: int) -> None:
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise ValueError(f"{name} must be a whole number from 1 to {most}, got {value!r}")


def _check_range(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low < value <= high:
        raise ValueError(f"{name} must be more than {low:g} and at most {high:g}, got {value!r}")


def _check_one_of(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")
