"""A source video and cut requests in, clips out: each source frame is decoded once for all clips.

    requests (time, box, what to mute) -> groups (requests that overlap in time) -> one pass over
    each group: a source frame goes to every clip that shows it; then the audio of each clip

Frame k of a clip is the source frame shown at `start_seconds + k / fps`. The audio is the source's
track as mono, muted where others speak, exactly as long as the video. It is read separately for
each clip, because what a lossy codec decodes depends on where decoding starts: so a clip's bytes
depend only on the source and its own request, not on the other requests.
"""

import logging
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from ...media import (
    JOIN_SECONDS,
    MAX_MISSING_SECONDS,
    MAX_SAMPLE_RATE,
    AudioReader,
    ClipEncoder,
    CroppedClip,
    EncodeSettings,
    FrameGrid,
    MediaError,
    Reason,
    ShownFrame,
    SourceInfo,
    SourceReader,
    aac_sample_rate,
    encoder_builds,
    num_frames_of,
    overlapping,
    resample,
    write_flac,
)
from ...records import Interval
from .clean_audio import clean_speech

logger = logging.getLogger(__name__)


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
    """x1, y1, x2, y2, normalised by the source frame; None cuts audio alone."""
    muted: tuple[Interval, ...] | None
    """Source times at which others speak, so that the audio is muted; None cuts no audio."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CutSettings:
    """How clips are cut; recorded in the manifest."""

    fps: int = 25
    """Frames per second of every clip (official code)."""
    long_side: int = 1920
    """Largest width or height in pixels; larger crops are scaled down (official code)."""
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    """How the mp4 is encoded."""

    def facts(self) -> dict[str, Any]:
        """What the manifest says: these settings and the builds; both decide the bytes."""
        return {"cutting": asdict(self) | {"builds": encoder_builds()}}


@dataclass(frozen=True, kw_only=True, slots=True)
class CutClip:
    """A clip that was cut, with its bytes."""

    clip_id: str
    """The request's name."""
    video: bytes | None
    """The mp4; None for audio alone."""
    audio: bytes | None
    """Mono FLAC; None for a clip without audio."""
    width: int | None
    """Pixels; None for audio alone."""
    height: int | None
    """Pixels; None for audio alone."""
    fps: float
    """Frames per second."""
    num_frames: int
    """Frames; the audio is num_frames / fps seconds long."""
    sample_rate: int | None
    """Hz of the audio; None without audio."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CutReject:
    """A request that could not be cut, and why."""

    clip_id: str
    """The request's name."""
    reason: Reason
    """A stable short word."""
    detail: str
    """What exactly was wrong."""


@dataclass(slots=True)
class CutCounts:
    """What a pass over a source decoded, for benchmarks and reports."""

    num_frames_decoded: int = 0
    """Frames out of the decoder, including those between a key frame and the span."""
    spans: list[Interval] = field(default_factory=list)
    """The time spans whose frames were read, each once."""
    choices: tuple[str, ...] = ()
    """Which tracks were chosen and why, in words, if the source has several."""


def cut_source(
    path: Path,
    requests: Sequence[CutRequest],
    settings: CutSettings,
    *,
    counts: CutCounts | None = None,
) -> Iterator[CutClip | CutReject]:
    """Cuts a source and yields one result for every request, in the order of their start.

    Memory holds the encoders of clips that overlap in time, never all frames of a span.

    Args:
        path: the source's file.
        requests: clips to cut.
        settings: how to cut them.
        counts: receives what was decoded.
    """
    ordered = sorted(requests, key=lambda request: (request.start_seconds, request.clip_id))
    left = {request.clip_id: request for request in ordered}
    try:
        for result in _results(path, ordered, settings, counts or CutCounts()):
            del left[result.clip_id]
            yield result
    except MediaError as error:
        reason, detail = error.reason, error.detail
    except Exception as error:
        if isinstance(error, OSError) and not isinstance(error, av.error.FFmpegError):
            raise
        # An unforeseen error in one file must not stop the work on all the others.
        logger.exception("%s", path.name)
        reason, detail = "unreadable", f"unexpected {type(error).__name__}: {error}"
    else:
        return
    for request in left.values():
        yield CutReject(clip_id=request.clip_id, reason=reason, detail=detail)


def _results(
    path: Path, ordered: Sequence[CutRequest], settings: CutSettings, counts: CutCounts
) -> Iterator[CutClip | CutReject]:
    try:
        opened = SourceReader(path)
    except OSError as error:
        raise MediaError("unreadable", str(error)) from error
    with opened as reader:
        counts.choices = reader.info.choices
        audio = None if reader.info.audio_index is None else AudioReader(path, reader.info)
        for group in overlapping(
            ordered, lambda request: (request.start_seconds, request.end_seconds), JOIN_SECONDS
        ):
            left = group
            while left:
                left = yield from _cut_span(reader, audio, left, settings)
            if any(request.bbox is not None for request in group):
                first, last = group[0], max(request.end_seconds for request in group)
                counts.spans.append(Interval(first.start_seconds, last))
        counts.num_frames_decoded = reader.num_pictures_decoded


def _cut_span(
    reader: SourceReader,
    audio: AudioReader | None,
    requests: Sequence[CutRequest],
    settings: CutSettings,
) -> Generator[CutClip | CutReject, None, list[CutRequest]]:
    """Cuts one group, and returns the requests after damage: they are read with a new seek."""
    waiting = list(requests)
    active: list[_Cut] = []
    damage: MediaError | None = None
    try:
        if shown := [request for request in requests if request.bbox is not None]:
            stop = max(request.end_seconds for request in shown)
            for source_frame in reader.frames(shown[0].start_seconds, stop):
                while waiting and waiting[0].start_seconds < source_frame.stop_seconds:
                    active.append(_Cut(waiting.pop(0), reader.info, audio, settings))
                for cut in active:
                    cut.take(source_frame)
                # Results come in the order of their start, so that the order is deterministic.
                while active and active[0].complete:
                    yield active.pop(0).result(damage)
            damage = reader.damage
        # Damage before the span belongs to its first clip: another key frame may lie between it and
        # the others.
        while waiting and (damage is None or len(waiting) == len(requests)):
            active.append(_Cut(waiting.pop(0), reader.info, audio, settings))
        while active:
            yield active.pop(0).result(damage)
        return waiting
    finally:
        for cut in active:
            cut.close()


class _Cut:
    """One clip while it is cut."""

    def __init__(
        self,
        request: CutRequest,
        info: SourceInfo,
        audio: AudioReader | None,
        settings: CutSettings,
    ) -> None:
        self._request = request
        self._settings = settings
        self._info = info
        self._audio = audio
        self._rate: int | None = None
        if request.muted is not None and info.sample_rate:
            self._rate = min(info.sample_rate, MAX_SAMPLE_RATE)
        span = request.end_seconds - request.start_seconds
        self.num_frames = num_frames_of(span, settings.fps)
        self._end_seconds = request.start_seconds + self.num_frames / settings.fps
        self._frames: CroppedClip | None = None
        self._encoder: ClipEncoder | None = None
        self._reject: MediaError | None = None
        if request.muted is not None and self._rate is None:
            self._reject = MediaError("no_audio", info.no_audio or "the source has no audio")
        if request.start_seconds < 0:
            self._reject = MediaError(
                "range_outside_source", f"starts at {request.start_seconds:.3f} s"
            )
        try:
            if request.bbox is not None:
                grid = FrameGrid(request.start_seconds, settings.fps, self.num_frames)
                self._frames = CroppedClip(info, request.bbox, grid, settings.long_side)
        except MediaError as error:
            self._reject = error

    @property
    def complete(self) -> bool:
        """Whether it needs no more frames."""
        return self._reject is not None or self._frames is None or self._frames.is_full

    def take(self, source_frame: ShownFrame) -> None:
        """Crops a source frame and encodes it as often as the clip shows it."""
        if self._reject is not None or self._frames is None:
            return
        self._encode(self._frames.take(source_frame))
        if self._frames.lacks_too_much:
            self._reject = self._not_shown(
                f"before {source_frame.start_seconds:.3f} s the source shows nothing for a while"
            )

    def _encode(self, frames: Sequence[av.VideoFrame]) -> None:
        for frame in frames:
            if self._encoder is None:
                self._encoder = ClipEncoder(
                    frame,
                    fps=self._settings.fps,
                    sample_rate=None if self._rate is None else aac_sample_rate(self._rate),
                    settings=self._settings.encode,
                )
            self._encoder.add(frame)

    def result(self, damage: MediaError | None) -> CutClip | CutReject:
        """Reads the audio and finishes the clip, or says why there is none.

        Args:
            damage: what ended the frames early, if anything did.
        """
        name = self._request.clip_id
        try:
            if self._reject is not None:
                raise self._reject
            if self._frames is not None:
                self._finish(self._frames, damage)
            samples = self._clean_speech(self._rate) if self._rate else None
            video = None
            if self._encoder is not None:
                video = self._encoder.finish(self._for_viewers(samples))
        except MediaError as error:
            return CutReject(clip_id=name, reason=error.reason, detail=error.detail)
        finally:
            self.close()
        last = None if self._frames is None else self._frames.last
        return CutClip(
            clip_id=name,
            video=video,
            audio=None if samples is None else write_flac(samples, self._rate or 0),
            width=None if last is None else last.width,
            height=None if last is None else last.height,
            fps=float(self._settings.fps),
            num_frames=self.num_frames,
            sample_rate=self._rate,
        )

    def close(self) -> None:
        """Closes the encoder; harmless after `result`."""
        if self._encoder is not None:
            self._encoder.close()

    def _finish(self, frames: CroppedClip, damage: MediaError | None) -> None:
        """Repeats the last frame if the clip ends a little after it."""
        if damage is not None and not frames.is_full:
            raise damage
        if (missing := frames.finish()) is None:
            raise self._too_short()
        self._encode(missing)

    def _too_short(self) -> MediaError:
        declared = self._info.duration_seconds
        if declared is not None and declared >= self._end_seconds:
            return self._not_shown("its video ends before its audio")
        return MediaError(
            "range_outside_source",
            f"{self._asked}; "
            f"the source has {'an unknown number of' if declared is None else f'{declared:.3f}'} s",
        )

    def _not_shown(self, why: str) -> MediaError:
        return MediaError("not_shown", f"{self._asked}; {why}")

    @property
    def _asked(self) -> str:
        span = f"[{self._request.start_seconds:.3f}, {self._request.end_seconds:.3f})"
        return f"asked for {span} s"

    def _clean_speech(self, rate: int) -> NDArray[np.float32]:
        length = self._info.duration_seconds
        beyond = length is not None and self._end_seconds > length + MAX_MISSING_SECONDS
        if self._frames is None and beyond:
            raise self._too_short()
        assert self._audio is not None
        return clean_speech(
            self._audio,
            self._request.start_seconds,
            self.num_frames / self._settings.fps,
            self._request.muted or (),
            sample_rate=rate,
        )

    def _for_viewers(self, samples: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
        if samples is None or self._rate is None:
            return None
        return resample(samples, self._rate, aac_sample_rate(self._rate))
