"""What one sample needs before a byte of it moves, as data; `request_planner` fills it in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ...media import FramePlaces, MediaError
from ...records import Clip, Sample
from ...release import DamagedRelease, MediaRange
from ..specs.clip_specs import VideoSpec
from ..specs.errors import BatchSizeError, SampleError
from ..specs.windows import ClipWindow
from .byte_ranges import ByteRange
from .feature_requests import FeatureRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipRequest:
    """One clip of a sample, and what is read of it."""

    name: str
    """Prefix of its media columns."""
    clip: Clip | None
    """The record; None for a speaker off screen."""
    video: MediaRange | None
    """Where the video lies."""
    audio: MediaRange | None
    """Where the sound lies."""
    window: ClipWindow | None = None
    """What is taken of it; None where no media were asked for."""
    frames: FramePlaces | None = None
    """Where the video's frames lie; None for a backend, which finds them itself."""
    reference: int | None = None
    """Frame of the reference picture; None where none is asked for."""
    reference_outside: bool = False
    """Whether it lies outside the window."""
    video_stretches: tuple[ByteRange, ...] = ()
    """What is read of the video."""
    audio_stretch: ByteRange | None = None
    """What is read of the sound."""
    features: tuple[FeatureRequest | None, ...] = ()
    """What is read of every encoder's value."""


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
    """Form of its pictures."""
    parts: tuple[ClipRequest, ...] = ()
    """In the order of the media columns."""
    error: SampleError | None = None
    """Why it cannot be read."""

    @property
    def stretches(self) -> Iterator[ByteRange]:
        """All that is read."""
        for part in self.parts:
            yield from part.video_stretches
            if part.audio_stretch:
                yield part.audio_stretch
            yield from (feature.stretch for feature in part.features if feature)


class Unusable(ValueError):
    """Why a sample cannot be used."""


@contextmanager
def named(column: str) -> Iterator[None]:
    """Says which column it was."""
    try:
        yield
    except (Unusable, MediaError, DamagedRelease, BatchSizeError) as error:
        raise Unusable(f"{column}: {error}") from error
