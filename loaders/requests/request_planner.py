"""What one sample needs before a byte of it moves: record, windows, tables, stretches of shards.

Windows are chosen from the records alone. A listening sample has one window, on the source's
clock, within what both clips show; every other clip has its own.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

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
    sample_id,
)
from ...release import DamagedRelease, MediaRange, Samples, safe_root
from ...release.features import FeatureForm
from ..sampling.shuffling import draw
from ..specs.clip_specs import MAX_FPS, AudioSpec, FeatureSpec, VideoSpec
from ..specs.errors import BatchSizeError, SampleError
from ..specs.windows import ClipWindow, choose_window
from .byte_ranges import ByteRange
from .feature_requests import FeatureRequestPlanner
from .sample_request import ClipRequest, SampleRequest, Unusable, named

Places = Mapping[str, MediaRange | list[MediaRange | None] | None]

MAX_MEDIA_BYTES = 1 << 30
"""Bytes of one piece of media; a clip of the release has a few million."""


class RequestPlanner:
    """Makes orders by number."""

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
        # Without pictures the sound's own window is placed.
        self._features = (
            FeatureRequestPlanner(samples, features, checksums=checksums) if features else None
        )
        self._clock = video or audio or (self._features.clock() if self._features else VideoSpec())
        self._columns = [
            column.name
            for column in columns_of(samples.config.branch)
            if (column.medium == "video" and video) or (column.medium == "audio" and audio)
        ]

    @property
    def forms(self) -> tuple[FeatureForm, ...]:
        """Of the features that are asked for."""
        return self._features.forms if self._features else ()

    def __call__(
        self, number: int, epoch: int, size: tuple[int, int] | None = None
    ) -> SampleRequest:
        """The order of a sample; where it cannot be read the error is in it.

        Args:
            number: of the sample.
            epoch: of its windows.
            size: height and width of its pictures, where its bucket says them.
        """
        video = self._video
        if video and size:
            video = replace(video, height=size[0], width=size[1])
        sample = self._samples[number]
        places = {name: self._samples.ranges(number, name) for name in self._columns}
        name, shard = sample_id(sample), self._shard(places)
        try:
            parts = _parts(sample, places)
            if self._columns or self._features:
                parts = self._prepared(number, sample, name, parts, epoch)
        except Unusable as error:
            failed = SampleError(name, shard, str(error))
            failed.__cause__ = error
            return SampleRequest(
                sample=sample, sample_id=name, shard=shard, video=video, error=failed
            )
        return SampleRequest(
            sample=sample, sample_id=name, shard=shard, video=video, parts=tuple(parts)
        )

    def _prepared(
        self, number: int, sample: Sample, name: str, parts: list[ClipRequest], epoch: int
    ) -> list[ClipRequest]:
        for part in parts:
            _check_record(part.clip)
        windows = self._windows(sample, name, parts, epoch)
        tables: dict[str, pa.Table] = {}
        found = []
        for position, (part, window) in enumerate(zip(parts, windows, strict=True)):
            many = isinstance(sample, MultiTurnSample)
            column = "turn_videos" if many else f"{part.name}video"
            part = replace(part, window=window)
            if self._video and part.clip and part.video:
                with named(f"{part.name}video"):
                    _check_size(part.video)
                    if self._video.backend is None or part.name == "responder_":
                        if column not in tables:
                            tables[column] = self._samples.frames(number, column)
                        places = _frame_places(tables[column], position if many else 0)
                        part = _with_reference(part, places)
                        if self._video.backend is None:
                            part = replace(part, frames=places)
                    part = replace(part, video_stretches=self._stretches(part))
            if self._audio and part.audio:
                with named(f"{part.name}audio"):
                    _check_size(part.audio)
                part = replace(part, audio_stretch=ByteRange(part.audio, 0, part.audio.num_bytes))
            if self._features:
                turn = position if many else None
                with named(f"{part.name}features"):
                    read = self._features(number, part.name, turn, window)
                part = replace(part, features=read)
            found.append(part)
        return found

    def _stretches(self, part: ClipRequest) -> tuple[ByteRange, ...]:
        place, clip, window, table = part.video, part.clip, part.window, part.frames
        assert place and clip and window
        if self._checksums or table is None:
            return (ByteRange(place, 0, place.num_bytes),)
        fps, count = clip.fps or 0.0, min(clip.num_frames or 0, len(table.pts))
        spans = [table.span(window.indices(fps, count))]
        if part.reference is not None:
            spans.append(table.span([part.reference]))
        return tuple(ByteRange(place, begin, end) for begin, end in dict.fromkeys(spans))

    def _windows(
        self, sample: Sample, name: str, parts: Sequence[ClipRequest], epoch: int
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

    def _shard(self, places: Places) -> str:
        """Where a sample lies: all its media lie in one shard."""
        lists = [found if isinstance(found, list) else [found] for found in places.values()]
        paths = [place.path for found in lists for place in found if place]
        return safe_root(self._samples.release.files.url(paths[0])) if paths else ""


def _with_reference(part: ClipRequest, places: FramePlaces) -> ClipRequest:
    """Chooses the reference picture of a responder."""
    if part.name != "responder_":
        return part
    assert part.clip and part.window
    fps, count = part.clip.fps or 0.0, min(part.clip.num_frames or 0, len(places.pts))
    far = part.window.reference(fps, count, places.keys())
    if far is None:
        return replace(part, reference=part.window.indices(fps, count)[0])
    return replace(part, reference=far, reference_outside=True)


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
        time_base=Fraction(
            row["time_base_numerator"][0].as_py(), row["time_base_denominator"][0].as_py()
        ),
        pts=values("pts").to_numpy(),
        size_bytes=values("size_bytes").to_numpy(),
        offset_bytes=values("offset_bytes").to_numpy(),
        is_key=values("is_key").to_numpy(zero_copy_only=False),
    )


def _parts(sample: Sample, places: Places) -> list[ClipRequest]:
    def part(name: str, clip: Clip | None, *, video: str, audio: str = "") -> ClipRequest:
        found = places.get(video), places.get(audio)
        assert not isinstance(found[0], list) and not isinstance(found[1], list)
        return ClipRequest(name=name, clip=clip, video=found[0], audio=found[1])

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
                ClipRequest(
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
        raise Unusable(
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
        raise Unusable(
            f"speaker and listener are never seen at once: [{speaker.start_seconds}, "
            f"{speaker.end_seconds}) and [{listener.start_seconds}, {listener.end_seconds}) seconds"
        )
    return first, stop
