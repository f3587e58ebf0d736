"""One sample: the bytes that its order names, decoded to tensors."""

from dataclasses import dataclass

from torch import Tensor

from ...media import TableReader
from ...records import Clip, Sample
from ..requests.byte_ranges import Get
from ..requests.sample_request import ClipRequest, SampleRequest, Unusable, named
from ..specs.clip_specs import AudioSpec, VideoSpec
from ..specs.errors import SampleError
from .buffers import SampleBuffers
from .decode_clip import Pictures, Sounds, decode_audio, decode_video
from .decode_features import FeatureValue, read_features


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LoadedClip:
    """One clip, decoded."""

    clip: Clip | None
    """The record; None for a speaker off screen."""
    pictures: Pictures | None
    """None if not asked for, or off screen."""
    sounds: Sounds | None
    """None if not asked for, or silent."""
    features: tuple[FeatureValue | None, ...] = ()
    """Of every encoder that was asked for."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LoadedSample:
    """One sample, decoded, or the reason why not."""

    sample: Sample
    """The record."""
    sample_id: str
    """Its id."""
    clips: tuple[LoadedClip, ...] = ()
    """In the order of the media columns; nothing if it failed."""
    error: SampleError | None = None
    """Why it failed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleDecoder:
    """Loads samples by their orders; called from many threads."""

    audio: AudioSpec | None
    """Form of the sound."""
    max_sample_bytes: int
    """Most bytes of the pictures, or of the sound, of one sample."""

    def __call__(self, order: SampleRequest, get: Get, room: SampleBuffers) -> LoadedSample:
        """Loads a sample; where its media cannot be used the error is in the result.

        Args:
            order: what it needs.
            get: gives the bytes.
            room: memory for the pictures, by clip; for others it is taken here.
        """
        if order.error:
            return LoadedSample(sample=order.sample, sample_id=order.sample_id, error=order.error)
        most = self.max_sample_bytes // len(order.parts)
        try:
            clips = tuple(
                LoadedClip(
                    clip=part.clip,
                    pictures=_pictures(order.video, part, get, most, room.get(number)),
                    sounds=self._sounds(part, get, most),
                    features=_features(part, get),
                )
                for number, part in enumerate(order.parts)
            )
        except Unusable as error:
            failed = SampleError(order.sample_id, order.shard, str(error))
            failed.__cause__ = error
            return LoadedSample(sample=order.sample, sample_id=order.sample_id, error=failed)
        return LoadedSample(sample=order.sample, sample_id=order.sample_id, clips=clips)

    def _sounds(self, part: ClipRequest, get: Get, most: int) -> Sounds | None:
        if self.audio is None or part.audio_stretch is None or part.window is None:
            return None
        rate = self.audio.sample_rate
        with named(f"{part.name}audio"):
            return decode_audio(get(part.audio_stretch), part.window, rate, max_bytes=most)


def _pictures(
    spec: VideoSpec | None, part: ClipRequest, get: Get, most: int, room: Tensor | None
) -> Pictures | None:
    clip, window = part.clip, part.window
    if spec is None or clip is None or window is None:
        return None
    with named(f"{part.name}video"):
        if part.video is None:
            raise Unusable("there is none")
        return decode_video(
            _source(part, get),
            spec,
            window,
            clip_fps=clip.fps or 0.0,
            clip_frames=clip.num_frames or 0,
            max_bytes=most,
            reference=part.reference,
            reference_outside=part.reference_outside,
            room=room,
        )


def _features(part: ClipRequest, get: Get) -> tuple[FeatureValue | None, ...]:
    with named(f"{part.name}features"):
        return read_features(part.features, get)


def _source(part: ClipRequest, get: Get) -> memoryview | TableReader:
    """A reader by the frame table, or for a backend the whole file."""
    pieces = [(one.begin, one.end, get(one)) for one in part.video_stretches]
    if part.frames is None:
        return pieces[0][2]

    def read(begin: int, end: int) -> memoryview:
        for first, stop, data in pieces:
            if first <= begin and end <= stop:
                return data[begin - first : end - first]
        # A table that names bytes beyond the clip.
        return memoryview(b"")

    return TableReader(part.frames, read)
