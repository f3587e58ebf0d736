"""One sample: its record, the ranges of its media, one window for each clip, its tensors.

Windows are chosen from the records alone. A listening sample has one window, on the source's
clock, within what both clips show; every other clip has its own.
"""

import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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

Places = Mapping[str, MediaRange | list[MediaRange | None] | None]

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


class _Unusable(ValueError):
    """Why a sample cannot be used."""


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
        try:
            clips = self._load(sample, name, _parts(sample, places), epoch)
        except _Unusable as error:
            failed = SampleError(name, self._shard(places), str(error))
            failed.__cause__ = error
            return LoadedSample(sample=sample, sample_id=name, error=failed)
        return LoadedSample(sample=sample, sample_id=name, clips=clips)

    def _load(
        self, sample: Sample, name: str, parts: Sequence[_Part], epoch: int
    ) -> tuple[LoadedClip, ...]:
        if not self._columns:
            return tuple(LoadedClip(clip=part.clip, pictures=None, sounds=None) for part in parts)
        for part in parts:
            _check_record(part.clip)
        most = self._max_sample_bytes // len(parts)
        return tuple(
            LoadedClip(
                clip=part.clip,
                pictures=self._pictures(part, window, most),
                sounds=self._sounds(part, window, most),
            )
            for part, window in zip(parts, self._windows(sample, name, parts, epoch), strict=True)
        )

    def _windows(
        self, sample: Sample, name: str, parts: Sequence[_Part], epoch: int
    ) -> list[ClipWindow]:
        def window(clip: Clip, role: str, first: int = 0, stop: int | None = None) -> ClipWindow:
            return choose_window(
                self._clock,
                clip_fps=clip.fps or 0.0,
                first=first,
                stop=(clip.num_frames or 0) if stop is None else stop,
                drawn=draw(self._seed, epoch, name, role),
            )

        if not isinstance(sample, ListeningSample):
            return [window(part.clip, part.name) for part in parts if part.clip]
        listener, speaker = sample.listener, sample.speaker
        if not isinstance(speaker, Clip):
            # The sound of a voice off screen is cut as the listener's clip is.
            return [window(listener, "listener_")] * 2
        first, stop = _overlap(listener, speaker)
        shared = window(listener, "listener_", first, stop)
        return [shared.moved(listener.start_seconds - speaker.start_seconds), shared]

    def _pictures(self, part: _Part, window: ClipWindow, most: int) -> Pictures | None:
        clip, video = part.clip, self._video
        if video is None or clip is None:
            return None
        with _named(f"{part.name}video"):
            if part.video is None:
                raise _Unusable("there is none")
            return decode_video(
                self._read(part.video),
                video,
                window,
                clip_fps=clip.fps or 0.0,
                clip_frames=clip.num_frames or 0,
                max_bytes=most,
                with_reference=part.name == "responder_",
            )

    def _sounds(self, part: _Part, window: ClipWindow, most: int) -> Sounds | None:
        if self._audio is None or part.audio is None:
            return None
        rate = self._audio.sample_rate
        with _named(f"{part.name}audio"):
            return decode_audio(self._read(part.audio), window, rate, max_bytes=most)

    def _read(self, place: MediaRange) -> bytes:
        if place.num_bytes > MAX_MEDIA_BYTES:
            raise BatchSizeError(f"{place.num_bytes} bytes of media; {MAX_MEDIA_BYTES} at most")
        return self._samples.read(place)

    def _shard(self, places: Places) -> str:
        """Where a sample lies: all its media lie in one shard."""
        lists = [found if isinstance(found, list) else [found] for found in places.values()]
        paths = [place.path for found in lists for place in found if place]
        return self._samples.release.files.url(paths[0]) if paths else ""


def _parts(sample: Sample, places: Places) -> list[_Part]:
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


def _check_record(clip: Clip | None) -> None:
    """Refuses what no clip that was cut says of itself, before windows are placed by it."""
    if clip is None:
        return
    counted = clip.num_frames is not None and clip.num_frames > 0
    if (
        not counted
        or not 1 <= (clip.fps or 0.0) <= MAX_FPS
        or not math.isfinite(clip.start_seconds)
    ):
        raise _Unusable(
            f"the record of {clip.clip_id} says num_frames={clip.num_frames}, fps={clip.fps}, "
            f"start_seconds={clip.start_seconds}; a clip that was cut has at least 1 frame, a rate "
            f"from 1 to {MAX_FPS:g} and a place"
        )


def _overlap(listener: Clip, speaker: Clip) -> tuple[int, int]:
    """First frame and end of what both clips show, in frames of the listener's."""
    fps = listener.fps or 0.0
    begin = speaker.start_seconds - listener.start_seconds
    end = begin + (speaker.num_frames or 0) / (speaker.fps or 1.0)
    # To a thousandth of a frame: what rounding takes from times that are meant to be equal.
    first = max(0, math.ceil(begin * fps - 1e-3))
    stop = min(listener.num_frames or 0, math.floor(end * fps + 1e-3))
    if first >= stop:
        raise _Unusable(
            f"speaker and listener are never seen at once: [{speaker.start_seconds}, "
            f"{speaker.end_seconds}) and [{listener.start_seconds}, {listener.end_seconds}) seconds"
        )
    return first, stop


@contextmanager
def _named(column: str) -> Iterator[None]:
    try:
        yield
    except (_Unusable, MediaError, DamagedRelease, BatchSizeError) as error:
        raise _Unusable(f"{column}: {error}") from error
