"""A source into clips: every stretch that some clip needs is decoded once, whoever shares it.

    requests (time, box, what to mute) -> stretches (overlapping times joined) -> one pass over
    each: a picture goes to every clip that shows it, a sample to every clip that hears it

Frame k of a clip is the picture shown at `start_seconds + k / fps`. Sound is the source's first
track as mono, muted where others speak, exactly as long as the pictures.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from ..media import (
    ClipEncoder,
    EncodeSettings,
    MediaError,
    Picture,
    Planes,
    Reason,
    Rectangle,
    Sound,
    SourceInfo,
    SourceReader,
    aac_sample_rate,
    crop_rectangle,
    resample,
    shrunk,
    write_flac,
)
from ..records import Interval

_SLACK_SECONDS = 1e-4
"""Times are decimal numbers of frame boundaries; a tenth of a millisecond is no frame (ours)."""
_JOIN_SECONDS = 2.0
"""A shorter gap between stretches is decoded, since a seek goes back to the last key frame: half
of five seconds on average (ours, measured: 38 % fewer pictures for scenes one after the other)."""
_END_SLACK_SECONDS = 0.1
"""How much shorter than asked a source may be: the last picture is then held (ours: diarized
and detected ends exceed the last frame by a frame or two)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CutRequest:
    """One clip to cut."""

    clip_id: str
    """Names the result."""
    start_seconds: float
    """Source time of the first frame."""
    end_seconds: float
    """Source time of the end, exclusive."""
    bbox: tuple[float, ...] | None
    """x1, y1, x2, y2, normalised by the source frame; None cuts sound alone."""
    muted: tuple[Interval, ...] | None
    """Source times at which the sound is silenced, since others speak; None cuts no sound."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CutSettings:
    """How clips are cut; stands in the manifest."""

    fps: int = 25
    """Frames per second of every clip (official code)."""
    long_side: int = 1920
    """Largest width or height in pixels; larger crops are scaled down (official code)."""
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    """How the mp4 is encoded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CutClip:
    """What was cut."""

    clip_id: str
    """The request's name."""
    video: bytes | None
    """The mp4; None for sound alone."""
    audio: bytes | None
    """Mono FLAC; None for a clip without sound."""
    width: int | None
    """Pixels; None for sound alone."""
    height: int | None
    """Pixels; None for sound alone."""
    fps: float
    """Frames per second."""
    num_frames: int
    """Frames; the sound is num_frames / fps seconds long."""
    sample_rate: int | None
    """Hz of the sound; None without sound."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CutReject:
    """What could not be cut, and why."""

    clip_id: str
    """The request's name."""
    reason: Reason
    """A stable short word."""
    detail: str
    """What exactly was wrong."""


@dataclass(slots=True)
class CutCounts:
    """What a pass over a source decoded, for those who measure."""

    num_pictures_decoded: int = 0
    """Frames out of the decoder, those between a key frame and the stretch included."""
    stretches: list[Interval] = field(default_factory=list)
    """The stretches read, each once."""


def cut_source(
    path: Path,
    requests: Sequence[CutRequest],
    settings: CutSettings,
    *,
    counts: CutCounts | None = None,
) -> Iterator[CutClip | CutReject]:
    """Cuts a source, and gives one result for every request, in the order of their start.

    Memory holds the encoders and sounds of clips that overlap in time, never a stretch.

    Args:
        path: the source's file.
        requests: clips to cut.
        settings: how.
        counts: is told what was decoded.
    """
    ordered = sorted(requests, key=lambda request: (request.start_seconds, request.clip_id))
    try:
        reader = SourceReader(path)
    except (MediaError, OSError) as error:
        reason = error.reason if isinstance(error, MediaError) else "unreadable"
        for request in ordered:
            yield CutReject(clip_id=request.clip_id, reason=reason, detail=str(error))
        return
    with reader:
        for stretch in _stretches(ordered):
            left = stretch
            while left:
                left = yield from _cut_stretch(reader, left, settings)
            if counts is not None:
                first, last = stretch[0], max(request.end_seconds for request in stretch)
                counts.stretches.append(Interval(first.start_seconds, last))
        if counts is not None:
            counts.num_pictures_decoded = reader.num_pictures_decoded


def _stretches(ordered: Sequence[CutRequest]) -> Iterator[list[CutRequest]]:
    """Joins requests that overlap in time, or nearly."""
    group: list[CutRequest] = []
    end = float("-inf")
    for request in ordered:
        if group and request.start_seconds >= end + _JOIN_SECONDS:
            yield group
            group = []
        group.append(request)
        end = max(end, request.end_seconds)
    if group:
        yield group


def _cut_stretch(
    reader: SourceReader, requests: Sequence[CutRequest], settings: CutSettings
) -> Generator[CutClip | CutReject, None, list[CutRequest]]:
    """Cuts a stretch, and returns what begins after damage: it may be read with a new seek."""
    waiting = list(requests)
    active: list[_Cut] = []
    stop = max(request.end_seconds for request in requests)
    silent = all(request.muted is None for request in requests)
    blind = all(request.bbox is None for request in requests)
    stretch = reader.read(requests[0].start_seconds, stop, pictures=not blind, sound=not silent)
    try:
        for event in stretch:
            while waiting and waiting[0].start_seconds < event.stop_seconds + _SLACK_SECONDS:
                active.append(_Cut(waiting.pop(0), reader, settings))
            for cut in active:
                cut.take(event)
            # Results leave in the order of their start, so that the order is a fact, not luck.
            while active and active[0].complete:
                yield active.pop(0).result(reader)
        while waiting and (reader.damage is None or len(waiting) == len(requests)):
            active.append(_Cut(waiting.pop(0), reader, settings))
        while active:
            yield active.pop(0).result(reader)
        return waiting
    finally:
        for cut in active:
            cut.close()


class _Cut:
    """One clip on its way."""

    def __init__(self, request: CutRequest, reader: SourceReader, settings: CutSettings) -> None:
        self._request = request
        self._settings = settings
        self._info: SourceInfo = reader.info
        span = request.end_seconds - request.start_seconds
        self.num_frames = max(1, int(span * settings.fps + 1e-3))
        self._done = 0
        self._last: av.VideoFrame | None = None
        self._encoder: ClipEncoder | None = None
        self._reject: MediaError | None = None
        self._rate = reader.sample_rate if request.muted is not None else None
        self._samples: NDArray[np.float32] | None = None
        self._heard_to = 0
        if request.muted is not None and self._rate is None:
            self._reject = MediaError("no_audio", "the source has no sound track")
        if self._rate is not None:
            length = round(self.num_frames / settings.fps * self._rate)
            self._samples = np.zeros(length, np.float32)
            self._first_sample = round(request.start_seconds * self._rate)
        self._where: Rectangle | None = None
        if request.start_seconds < 0:
            self._reject = MediaError(
                "range_outside_source", f"starts at {request.start_seconds:.3f} s"
            )
        try:
            if request.bbox is not None:
                self._where = crop_rectangle(request.bbox, self._info.width, self._info.height)
        except MediaError as error:
            self._reject = error

    @property
    def complete(self) -> bool:
        """Whether nothing more is needed."""
        pictures = self._request.bbox is None or self._done == self.num_frames
        sounds = self._samples is None or self._heard_to >= len(self._samples)
        return self._reject is not None or (pictures and sounds)

    def take(self, event: Picture | Sound) -> None:
        """Takes what of a picture or of samples belongs to this clip."""
        if self._reject is not None:
            return
        if isinstance(event, Sound):
            self._hear(event)
        elif self._where is not None:
            self._see(event, self._where)

    def _hear(self, event: Sound) -> None:
        if self._samples is None:
            return
        offset = event.first_sample - self._first_sample
        begin, end = max(0, offset), min(len(self._samples), offset + len(event.samples))
        if begin < end:
            self._samples[begin:end] = event.samples[begin - offset : end - offset]
        self._heard_to = max(self._heard_to, offset + len(event.samples))

    def _see(self, event: Picture, where: Rectangle) -> None:
        frame: av.VideoFrame | None = None
        while self._done < self.num_frames:
            shown_at = self._request.start_seconds + self._done / self._settings.fps
            if shown_at + _SLACK_SECONDS >= event.stop_seconds:
                return
            if frame is None:
                size = shrunk(where.width, where.height, self._settings.long_side)
                frame = Planes.of(event.frame, self._info).crop(where, *size)
            self._show(frame)

    def _show(self, frame: av.VideoFrame) -> None:
        if self._encoder is None:
            self._encoder = ClipEncoder(
                frame,
                fps=self._settings.fps,
                sample_rate=None if self._rate is None else aac_sample_rate(self._rate),
                settings=self._settings.encode,
            )
        self._encoder.add(frame)
        self._last = frame
        self._done += 1

    def result(self, reader: SourceReader) -> CutClip | CutReject:
        """Finishes the clip, or says why there is none."""
        name = self._request.clip_id
        try:
            self._check_end(reader)
            samples = self._muted()
            video = None
            if self._encoder is not None:
                video = self._encoder.finish(self._for_viewers(samples))
        except MediaError as error:
            return CutReject(clip_id=name, reason=error.reason, detail=error.detail)
        finally:
            self.close()
        return CutClip(
            clip_id=name,
            video=video,
            audio=None if samples is None else write_flac(samples, self._rate or 0),
            width=None if self._last is None else self._last.width,
            height=None if self._last is None else self._last.height,
            fps=float(self._settings.fps),
            num_frames=self.num_frames,
            sample_rate=self._rate,
        )

    def close(self) -> None:
        """Lets go of the encoder; harmless after `result`."""
        if self._encoder is not None:
            self._encoder.close()

    def _check_end(self, reader: SourceReader) -> None:
        if self._reject is not None:
            raise self._reject
        if reader.damage and not self.complete:
            raise MediaError("truncated", reader.damage)
        end = self._request.start_seconds + self.num_frames / self._settings.fps
        declared = self._info.duration_seconds
        if self._request.bbox is None:
            missing = end - reader.reached_seconds
        else:
            missing = (self.num_frames - self._done) / self._settings.fps
        if self._last is not None and 0 < missing <= _END_SLACK_SECONDS:
            while self._done < self.num_frames:
                self._show(self._last)
            return
        if missing <= (_END_SLACK_SECONDS if self._request.bbox is None else _SLACK_SECONDS):
            return
        if declared is not None and declared >= end:
            raise MediaError("truncated", "the file ends before it says it does")
        raise MediaError(
            "range_outside_source",
            f"asked for [{self._request.start_seconds:.3f}, {self._request.end_seconds:.3f}) s; "
            f"the source has {'an unknown number of' if declared is None else f'{declared:.3f}'} s",
        )

    def _muted(self) -> NDArray[np.float32] | None:
        if self._samples is None or self._rate is None:
            return None
        for interval in self._request.muted or ():
            begin = round(interval.start_seconds * self._rate) - self._first_sample
            end = round(interval.stop_seconds * self._rate) - self._first_sample
            self._samples[max(0, begin) : max(0, end)] = 0.0
        return self._samples

    def _for_viewers(self, samples: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
        if samples is None or self._rate is None:
            return None
        return resample(samples, self._rate, aac_sample_rate(self._rate))
