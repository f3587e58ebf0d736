"""One sample: its record, the ranges of its media, one window for each clip, its tensors.

Windows are chosen from the records alone. A listening sample has one window, on the source's
clock, within what both clips show; every other clip has its own.
"""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from ..media import MediaError
from ..records import (
    Clip,
    DialogueSample,
    ListeningSample,
    MultiTurnSample,
    Sample,
    SingleSample,
    columns_of,
    sample_id,
)
from ..release import DamagedRelease, MediaRange, Samples
from .decode import Pictures, Sounds, decode_audio, decode_video
from .errors import BatchSizeError, SampleError
from .plan import draw
from .specs import MAX_FPS, AudioSpec, VideoSpec
from .windows import ClipWindow, choose_window

MAX_MEDIA_BYTES = 1 << 30
"""Bytes of one piece of media; a clip of the release has a few million."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LoadedClip:
    """One clip, decoded."""

    clip: Clip | None
    """The record; None for a speaker off screen."""
    pictures: Pictures | None
    """None if not asked for, or off screen."""
    sounds: Sounds | None
    """None if not asked for, or silent."""


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
class _Part:
    """One clip of a sample, and where its media lie."""

    name: str
    clip: Clip | None
    video: MediaRange | None
    audio: MediaRange | None


class Fetcher:
    """Loads samples by number; called from many threads."""

    def __init__(
        self,
        samples: Samples,
        *,
        video: VideoSpec | None,
        audio: AudioSpec | None,
        seed: int,
        max_sample_bytes: int,
    ) -> None:
        self._samples = samples
        self._video, self._audio = video, audio
        self._seed = seed
        self._max_sample_bytes = max_sample_bytes
        # Without pictures the sound's own window is placed.
        self._clock = video or audio or VideoSpec()
        self._columns = [
            column.name
            for column in columns_of(samples.config.branch)
            if (column.medium == "video" and video) or (column.medium == "audio" and audio)
        ]
        # The index of a release fills its tables as it is read, which one thread may do.
        self._index_lock = threading.Lock()

    def __call__(self, number: int, epoch: int) -> LoadedSample:
        """Loads a sample; where its media cannot be used the error is in the result."""
        with self._index_lock:
            sample = self._samples[number]
            places = {name: self._samples.ranges(number, name) for name in self._columns}
        name = sample_id(sample)
        parts = _parts(sample, places)
        if not self._columns:
            silent = [LoadedClip(clip=part.clip, pictures=None, sounds=None) for part in parts]
            return LoadedSample(sample=sample, sample_id=name, clips=tuple(silent))
        try:
            windows = self._windows(sample, name, parts, epoch)
            most = self._max_sample_bytes // len(parts)
            loaded = [
                LoadedClip(
                    clip=part.clip,
                    pictures=self._pictures(part, window, most, name),
                    sounds=self._sounds(part, window, most, name),
                )
                for part, window in zip(parts, windows, strict=True)
            ]
        except SampleError as error:
            return LoadedSample(sample=sample, sample_id=name, error=error)
        return LoadedSample(sample=sample, sample_id=name, clips=tuple(loaded))

    def _windows(
        self, sample: Sample, name: str, parts: Sequence[_Part], epoch: int
    ) -> list[ClipWindow]:
        for part in parts:
            _check_record(part, name)
        if isinstance(sample, ListeningSample):
            return self._shared_window(sample, name, epoch)
        return [
            self._window(part.clip, 0, part.clip.num_frames or 0, epoch, name, part.name)
            for part in parts
            if part.clip
        ]

    def _shared_window(self, sample: ListeningSample, name: str, epoch: int) -> list[ClipWindow]:
        listener, speaker = sample.listener, sample.speaker
        fps, num_frames = listener.fps or 0.0, listener.num_frames or 0
        if not isinstance(speaker, Clip):
            # The sound of a voice off screen is cut as the listener's clip is.
            window = self._window(listener, 0, num_frames, epoch, name, "listener_")
            return [window, window]
        begin = speaker.start_seconds - listener.start_seconds
        end = begin + (speaker.num_frames or 0) / (speaker.fps or 1.0)
        # To a thousandth of a frame: what rounding takes from times that are meant to be equal.
        first = max(0, math.ceil(begin * fps - 1e-3))
        stop = min(num_frames, math.floor(end * fps + 1e-3))
        if first >= stop:
            raise SampleError(
                name,
                "",
                f"speaker and listener are never seen at once: [{speaker.start_seconds}, "
                f"{speaker.end_seconds}) and [{listener.start_seconds}, {listener.end_seconds}) "
                "seconds",
            )
        window = self._window(listener, first, stop, epoch, name, "listener_")
        return [window.moved(-begin), window]

    def _window(
        self, clip: Clip, first: int, stop: int, epoch: int, name: str, part: str
    ) -> ClipWindow:
        drawn = draw(self._seed, epoch, name, part)
        return choose_window(
            self._clock, clip_fps=clip.fps or 0.0, first=first, stop=stop, drawn=drawn
        )

    def _pictures(self, part: _Part, window: ClipWindow, most: int, name: str) -> Pictures | None:
        clip = part.clip
        if self._video is None or clip is None:
            return None
        if part.video is None:
            raise SampleError(name, "", f"{part.name}video has no media")
        try:
            return decode_video(
                self._read(part.video),
                self._video,
                window,
                clip_fps=clip.fps or 0.0,
                clip_frames=clip.num_frames or 0,
                max_bytes=most,
                with_reference=part.name == "responder_",
            )
        except (MediaError, DamagedRelease, BatchSizeError) as error:
            raise self._error(name, part.video, f"{part.name}video", error) from error

    def _sounds(self, part: _Part, window: ClipWindow, most: int, name: str) -> Sounds | None:
        if self._audio is None or part.audio is None:
            return None
        rate = self._audio.sample_rate
        try:
            return decode_audio(self._read(part.audio), window, rate, max_bytes=most)
        except (MediaError, DamagedRelease, BatchSizeError) as error:
            raise self._error(name, part.audio, f"{part.name}audio", error) from error

    def _read(self, place: MediaRange) -> bytes:
        if place.num_bytes > MAX_MEDIA_BYTES:
            raise BatchSizeError(f"{place.num_bytes} bytes of media; {MAX_MEDIA_BYTES} at most")
        return self._samples.read(place)

    def _error(self, name: str, place: MediaRange, column: str, error: Exception) -> SampleError:
        shard = self._samples.release.files.url(place.path)
        return SampleError(name, shard, f"{column}: {error}")


def _parts(
    sample: Sample, places: dict[str, MediaRange | list[MediaRange | None] | None]
) -> list[_Part]:
    def part(name: str, clip: Clip | None, *, video: str, audio: str = "") -> _Part:
        found = places.get(video), places.get(audio)
        assert not isinstance(found[0], list) and not isinstance(found[1], list)
        return _Part(name=name, clip=clip, video=found[0], audio=found[1])

    match sample:
        case SingleSample(clip=clip):
            return [part("", clip, video="video", audio="audio")]
        case DialogueSample(initiator=first, responder=second):
            return [
                part("initiator_", first, video="initiator_video", audio="initiator_audio"),
                part("responder_", second, video="responder_video", audio="responder_audio"),
            ]
        case ListeningSample(speaker=speaker, listener=listener):
            seen = speaker if isinstance(speaker, Clip) else None
            return [
                part("speaker_", seen, video="speaker_video", audio="speaker_audio"),
                part("listener_", listener, video="listener_video"),
            ]
        case MultiTurnSample(turns=turns):
            videos, audios = places.get("turn_videos"), places.get("turn_audios")
            return [
                _Part(
                    name=f"turn_{number}_",
                    clip=clip,
                    video=videos[number] if isinstance(videos, list) else None,
                    audio=audios[number] if isinstance(audios, list) else None,
                )
                for number, clip in enumerate(turns)
            ]


def _check_record(part: _Part, name: str) -> None:
    clip = part.clip
    if clip is None:
        return
    if not clip.num_frames or clip.num_frames < 0 or not 0 < (clip.fps or 0.0) <= MAX_FPS:
        raise SampleError(
            name,
            "",
            f"the record of {clip.clip_id} says num_frames={clip.num_frames}, fps={clip.fps}; a "
            f"clip that was cut has at least 1, and a rate of at most {MAX_FPS:g}",
        )
