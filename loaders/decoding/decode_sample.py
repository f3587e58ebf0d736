"""One sample: the bytes that its request names, decoded to tensors.

request, get(byte range) --> a loaded sample, or the error that says why there is none
"""

from dataclasses import dataclass

from torch import Tensor

from ...media import TableReader
from ...records import Clip, Sample
from ...release import GetBytes
from ..requests.sample_request import ClipRequest, SampleRequest, Unusable, named
from ..specs.clip_specs import AudioSpec, VideoSpec
from ..specs.errors import SampleError
from .buffers import SampleBuffers
from .decode_clip import DecodedAudio, DecodedVideo, decode_audio, decode_video
from .decode_features import FeatureValue, read_features


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LoadedClip:
    """One clip, decoded."""

    clip: Clip | None
    """The record; None for a speaker off screen."""
    video: DecodedVideo | None
    """None without a `VideoSpec`, or off screen."""
    audio: DecodedAudio | None
    """None without an `AudioSpec`, or for a listener."""
    features: tuple[FeatureValue | None, ...] = ()
    """One for each requested encoder."""


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
    """Decodes samples by their requests; called from many threads."""

    audio: AudioSpec | None
    """Rate of the audio; None leaves it out."""
    max_sample_bytes: int
    """Most bytes of the frames, or of the waveforms, of one sample."""

    def __call__(
        self, request: SampleRequest, get: GetBytes, buffers: SampleBuffers
    ) -> LoadedSample:
        """Loads a sample; where its media cannot be used, the error is in the result.

        Args:
            request: what it needs.
            get: gives the bytes.
            buffers: memory for the frames, by clip; for clips without, it is taken here.
        """
        sample, sample_id = request.sample, request.sample_id
        if request.error:
            return LoadedSample(sample=sample, sample_id=sample_id, error=request.error)
        most = self.max_sample_bytes // len(request.clips)
        try:
            clips = tuple(
                LoadedClip(
                    clip=clip_request.clip,
                    video=_video(request.video, clip_request, get, most, buffers.get(number)),
                    audio=self._audio(clip_request, get, most),
                    features=_features(clip_request, get),
                )
                for number, clip_request in enumerate(request.clips)
            )
        except Unusable as error:
            failed = SampleError(sample_id, request.shard, str(error))
            failed.__cause__ = error
            return LoadedSample(sample=sample, sample_id=sample_id, error=failed)
        return LoadedSample(sample=sample, sample_id=sample_id, clips=clips)

    def _audio(self, request: ClipRequest, get: GetBytes, most: int) -> DecodedAudio | None:
        if self.audio is None or request.audio_range is None or request.window is None:
            return None
        rate = self.audio.sample_rate
        with named(f"{request.name}audio"):
            return decode_audio(get(request.audio_range), request.window, rate, max_bytes=most)


def _video(
    spec: VideoSpec | None, request: ClipRequest, get: GetBytes, most: int, buffer: Tensor | None
) -> DecodedVideo | None:
    clip, window = request.clip, request.window
    if spec is None or clip is None or window is None:
        return None
    with named(f"{request.name}video"):
        if request.video is None:
            raise Unusable("there is none")
        return decode_video(
            _source(request, get),
            spec,
            window,
            clip_fps=clip.fps or 0.0,
            clip_frames=clip.num_frames or 0,
            max_bytes=most,
            reference=request.reference,
            reference_outside=request.reference_outside,
            buffer=buffer,
        )


def _features(request: ClipRequest, get: GetBytes) -> tuple[FeatureValue | None, ...]:
    with named(f"{request.name}features"):
        return read_features(request.features, get)


def _source(request: ClipRequest, get: GetBytes) -> memoryview | TableReader:
    """A reader by the frame table, or for a backend the whole file."""
    ranges = [(span.begin, span.end, get(span)) for span in request.video_ranges]
    if request.frames is None:
        return ranges[0][2]

    def read(begin: int, end: int) -> memoryview:
        for first, stop, data in ranges:
            if first <= begin and end <= stop:
                return data[begin - first : end - first]
        # A table that names bytes beyond the clip.
        return memoryview(b"")

    return TableReader(request.frames, read)
