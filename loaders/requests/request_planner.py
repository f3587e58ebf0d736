"""What one sample needs before a byte of it moves: record, windows, frame tables, byte ranges.

    number of a sample, epoch --record--> windows --frame table--> SampleRequest with byte ranges

Windows are chosen from the records alone. A listening sample has one window, on the source's
clock, within what both clips show; every other clip has its own.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from ...media import FramePlaces
from ...records import (
    Clip,
    DialogueSample,
    ListeningSample,
    MultiTurnSample,
    Sample,
    SingleSample,
    columns_of,
)
from ...release import ByteRange, DamagedRelease, MediaRange, Samples, safe_root
from ...release.features import FeatureForm
from ..sampling.shuffling import draw
from ..specs.clip_specs import MAX_FPS, AudioSpec, FeatureSpec, VideoSpec
from ..specs.errors import BatchSizeError, SampleError
from ..specs.windows import ClipWindow, choose_window, frames_between
from .feature_requests import FeatureRequestPlanner
from .sample_request import ClipRequest, SampleRequest, Unusable, named

Places = Mapping[str, MediaRange | list[MediaRange | None] | None]

MAX_MEDIA_BYTES = 1 << 30
"""Most bytes of one video or audio; a clip of the release has a few million."""


class RequestPlanner:
    """Makes the request of a sample from its number."""

    def __init__(
        self,
        samples: Samples,
        *,
        video: VideoSpec | None,
        audio: AudioSpec | None,
        seed: int,
        checksums: bool,
        features: FeatureSpec | None = None,
    ) -> None:
        self._samples = samples
        self._video, self._audio = video, audio
        self._seed, self._checksums = seed, checksums
        self._features = (
            FeatureRequestPlanner(samples, features, checksums=checksums) if features else None
        )
        # Video places the window; without it, audio; without both, the features.
        self._clock = video or audio or (self._features.clock() if self._features else VideoSpec())
        self._columns = [
            column.name
            for column in columns_of(samples.config.branch)
            if (column.medium == "video" and video) or (column.medium == "audio" and audio)
        ]

    @property
    def forms(self) -> tuple[FeatureForm, ...]:
        """How the requested features are stored."""
        return self._features.forms if self._features else ()

    def __call__(
        self, number: int, epoch: int, size: tuple[int, int] | None = None
    ) -> SampleRequest:
        """The request of a sample; where it cannot be read, the request holds the error.

        Args:
            number: of the sample.
            epoch: of its windows.
            size: height and width of its frames, where its bucket says them.
        """
        video = self._video
        if video and size:
            video = replace(video, height=size[0], width=size[1])
        sample = self._samples[number]
        places = {name: self._samples.ranges(number, name) for name in self._columns}
        name, shard = sample.sample_id, self._shard(places)
        try:
            clips = _clip_requests(sample, places)
            if self._columns or self._features:
                clips = self._with_ranges(number, sample, name, clips, epoch)
        except Unusable as error:
            failed = SampleError(name, shard, str(error))
            failed.__cause__ = error
            return SampleRequest(
                sample=sample, sample_id=name, shard=shard, video=video, error=failed
            )
        return SampleRequest(
            sample=sample, sample_id=name, shard=shard, video=video, clips=tuple(clips)
        )

    def _with_ranges(
        self, number: int, sample: Sample, name: str, clips: list[ClipRequest], epoch: int
    ) -> list[ClipRequest]:
        for request in clips:
            _check_record(request.clip)
        windows = self._windows(sample, name, clips, epoch)
        tables: dict[str, pa.Table] = {}
        requests = []
        for position, (request, window) in enumerate(zip(clips, windows, strict=True)):
            many = isinstance(sample, MultiTurnSample)
            column = "turn_videos" if many else f"{request.name}video"
            request = replace(request, window=window)
            if self._video and request.clip and request.video:
                with named(f"{request.name}video"):
                    _check_size(request.video)
                    if self._video.backend is None or request.name == "responder_":
                        if column not in tables:
                            tables[column] = self._samples.frames(number, column)
                        places = _frame_places(tables[column], position if many else 0)
                        request = _with_reference(request, places)
                        if self._video.backend is None:
                            request = replace(request, frames=places)
                    request = replace(request, video_ranges=self._video_ranges(request))
            if self._audio and request.audio:
                with named(f"{request.name}audio"):
                    _check_size(request.audio)
                whole = ByteRange.whole(request.audio)
                request = replace(request, audio_range=whole)
            if self._features:
                turn = position if many else None
                with named(f"{request.name}features"):
                    read = self._features(number, request.name, turn, window)
                request = replace(request, features=read)
            requests.append(request)
        return requests

    def _video_ranges(self, request: ClipRequest) -> tuple[ByteRange, ...]:
        place, clip, window, table = request.video, request.clip, request.window, request.frames
        assert place and clip and window
        if self._checksums or table is None:
            return (ByteRange.whole(place),)
        fps, count = clip.fps or 0.0, min(clip.num_frames or 0, len(table.pts))
        spans = [table.span(window.indices(fps, count))]
        if request.reference is not None:
            spans.append(table.span([request.reference]))
        return tuple(ByteRange(place, begin, end) for begin, end in dict.fromkeys(spans))

    def _windows(
        self, sample: Sample, name: str, clips: Sequence[ClipRequest], epoch: int
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
            return [window(request.clip, request.name) for request in clips if request.clip]
        listener, speaker = sample.listener, sample.speaker
        if not isinstance(speaker, Clip):
            # The audio of an off-screen voice covers the listener's clip.
            return [window(listener, "listener_")] * 2
        first, stop = _overlap(listener, speaker)
        shared = window(listener, "listener_", first, stop)
        return [shared.moved(listener.start_seconds - speaker.start_seconds), shared]

    def _shard(self, places: Places) -> str:
        """Path or public address of a sample's shard: all its media lie in one."""
        columns = [column if isinstance(column, list) else [column] for column in places.values()]
        paths = [place.path for column in columns for place in column if place]
        return safe_root(self._samples.release.files.url(paths[0])) if paths else ""


def _with_reference(request: ClipRequest, places: FramePlaces) -> ClipRequest:
    """Chooses the reference frame of a responder."""
    if request.name != "responder_":
        return request
    assert request.clip and request.window
    fps, count = request.clip.fps or 0.0, min(request.clip.num_frames or 0, len(places.pts))
    far = request.window.reference(fps, count, places.keys())
    if far is None:
        return replace(request, reference=request.window.indices(fps, count)[0])
    return replace(request, reference=far, reference_outside=True)


def _check_size(place: MediaRange) -> None:
    if place.num_bytes > MAX_MEDIA_BYTES:
        raise BatchSizeError(f"{place.num_bytes} bytes of media; {MAX_MEDIA_BYTES} at most")


def _frame_places(table: pa.Table, position: int) -> FramePlaces:
    numbers = table["position"].to_pylist()
    if position not in numbers:
        raise DamagedRelease("the index has no frame table of it; run `speakervid5m reindex`")
    row = table.slice(numbers.index(position), 1)

    def values(name: str) -> pa.Array:
        return row[name].combine_chunks().flatten()

    return FramePlaces(
        codec_header=row["codec_header"][0].as_py(),
        pts=values("pts").to_numpy(),
        size_bytes=values("size_bytes").to_numpy(),
        offset_bytes=values("offset_bytes").to_numpy(),
        is_key=values("is_key").to_numpy(zero_copy_only=False),
    )


def _clip_requests(sample: Sample, places: Places) -> list[ClipRequest]:
    def request(name: str, clip: Clip | None, *, video: str, audio: str = "") -> ClipRequest:
        video_place, audio_place = places.get(video), places.get(audio)
        assert not isinstance(video_place, list) and not isinstance(audio_place, list)
        return ClipRequest(name=name, clip=clip, video=video_place, audio=audio_place)

    match sample:
        case SingleSample(clip=clip):
            return [request("", clip, video="video", audio="audio")]
        case DialogueSample(initiator=first, responder=second):
            return [
                request("initiator_", first, video="initiator_video", audio="initiator_audio"),
                request("responder_", second, video="responder_video", audio="responder_audio"),
            ]
        case ListeningSample(speaker=speaker, listener=listener):
            on_screen = speaker if isinstance(speaker, Clip) else None
            return [
                request("speaker_", on_screen, video="speaker_video", audio="speaker_audio"),
                request("listener_", listener, video="listener_video"),
            ]
        case MultiTurnSample(turns=turns):
            videos, audios = places.get("turn_videos"), places.get("turn_audios")
            return [
                ClipRequest(
                    name=f"turn_{number}_",
                    clip=clip,
                    video=videos[number] if isinstance(videos, list) else None,
                    audio=audios[number] if isinstance(audios, list) else None,
                )
                for number, clip in enumerate(turns)
            ]


def _check_record(clip: Clip | None) -> None:
    """Rejects clips without frame count, rate or start, before a window is placed by them."""
    if clip is None:
        return
    counted = clip.num_frames is not None and clip.num_frames > 0
    if (
        not counted
        or not 1 <= (clip.fps or 0.0) <= MAX_FPS
        or not math.isfinite(clip.start_seconds)
    ):
        raise Unusable(
            f"the record of {clip.clip_id} says num_frames={clip.num_frames}, fps={clip.fps}, "
            f"start_seconds={clip.start_seconds}; a clip that was cut has at least 1 frame, a rate "
            f"from 1 to {MAX_FPS:g} and a place"
        )


def _overlap(listener: Clip, speaker: Clip) -> tuple[int, int]:
    """First frame and end of the time that both clips show, in frames of the listener's clip."""
    fps = listener.fps or 0.0
    begin = speaker.start_seconds - listener.start_seconds
    end = begin + (speaker.num_frames or 0) / (speaker.fps or 1.0)
    first, stop = map(int, frames_between(begin, end, fps))
    stop = min(stop, listener.num_frames or 0)
    if first >= stop:
        raise Unusable(
            f"speaker and listener are never on screen at once: [{speaker.start_seconds}, "
            f"{speaker.end_seconds}) and [{listener.start_seconds}, {listener.end_seconds}) seconds"
        )
    return first, stop
