"""What one sample needs before a byte of it moves, as data.

`request_planner` fills it in, `decoding` reads it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ...media import FramePlaces, MediaError
from ...records import Clip, Sample
from ...release import ByteRange, DamagedRelease, MediaRange
from ..specs.clip_specs import VideoSpec
from ..specs.errors import BatchSizeError, SampleError
from ..specs.windows import ClipWindow
from .feature_requests import FeatureRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipRequest:
    """One clip of a sample, and the bytes that are read of it."""

    name: str
    """Prefix of its media columns."""
    clip: Clip | None
    """The record; None for a speaker off screen."""
    video: MediaRange | None
    """Where the video lies."""
    audio: MediaRange | None
    """Where the audio lies."""
    window: ClipWindow | None = None
    """The window that is taken; None where no media are requested."""
    frames: FramePlaces | None = None
    """Where the video's frames lie; None for a backend, which finds them itself."""
    reference: int | None = None
    """The reference frame; None where none is requested."""
    reference_outside: bool = False
    """Whether it lies outside the window."""
    video_ranges: tuple[ByteRange, ...] = ()
    """The bytes of the video that are read."""
    audio_range: ByteRange | None = None
    """The bytes of the audio that are read."""
    features: tuple[FeatureRequest | None, ...] = ()
    """What is read of each encoder's value."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SampleRequest:
    """One sample, ready to be read."""

    sample: Sample
    """The record."""
    sample_id: str
    """Its id."""
    shard: str
    """Path or public address of the shard that holds it; empty if it has no media at all."""
    video: VideoSpec | None = None
    """Size and form of its frames."""
    clips: tuple[ClipRequest, ...] = ()
    """In the order of the media columns."""
    error: SampleError | None = None
    """Why it cannot be read."""

    @property
    def byte_ranges(self) -> Iterator[ByteRange]:
        """Everything that is read."""
        for clip_request in self.clips:
            yield from clip_request.video_ranges
            if clip_request.audio_range:
                yield clip_request.audio_range
            yield from (feature.byte_range for feature in clip_request.features if feature)


class Unusable(ValueError):
    """Why a sample cannot be used."""


@contextmanager
def named(column: str) -> Iterator[None]:
    """Names the column in errors."""
    try:
        yield
    except (Unusable, MediaError, DamagedRelease, BatchSizeError) as error:
        raise Unusable(f"{column}: {error}") from error
