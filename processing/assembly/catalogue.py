"""Which samples every source gives, without their media: from annotations or a release's index.

A source id goes in; its samples, and from them the cut requests, come out. Cutting and writing ask
a `Catalogue` and need not know where it reads: `import` reads the official dump, `materialize` a
release without media.
"""

import dataclasses
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from ...records import (
    Clip,
    DialogueSample,
    Interval,
    ListeningSample,
    MultiTurnSample,
    OffScreenVoice,
    Sample,
    SingleSample,
    bucket_of,
    merge,
)
from .cut_clips import CutRequest
from .stored_cuts import StoredCut

Assigned = tuple[str, Sample]
"""A config's name and a sample of it."""


class Catalogue(Protocol):
    """Knows every source's samples."""

    def source_ids(self) -> Sequence[str]:
        """All sources, in the order of their buckets."""

    def samples(self, source_id: str) -> Sequence[Assigned]:
        """The samples of one source, and the config of each."""

    def poses(self, source_id: str) -> Mapping[str, bytes]:
        """Clip id to the `.npy` file of its pose, of the source's clips that have one."""


def in_bucket_order(source_ids: Collection[str]) -> list[str]:
    """Sorted by the digest that names buckets, then by id."""
    return sorted(source_ids, key=lambda source_id: (bucket_of(source_id, 8192), source_id))


def requests_of(samples: Sequence[Assigned]) -> list[CutRequest]:
    """The cut requests of a source for these samples, each clip once, in order of time.

    A listener is cut without audio. The voice that a listener hears from off screen is cut
    from the listener's range, without video (`voice_id`).
    """
    requests: dict[str, CutRequest] = {}
    for _, sample in samples:
        for clip in sample.clips:
            requests[clip.clip_id] = request_of(clip)
        if isinstance(sample, ListeningSample) and isinstance(sample.speaker, OffScreenVoice):
            name = voice_id(sample)
            requests[name] = CutRequest(
                clip_id=name,
                start_seconds=sample.listener.start_seconds,
                end_seconds=sample.listener.end_seconds,
                bbox=None,
                muted=_other_voices(sample.listener, sample.speaker.voice),
            )
    return sorted(requests.values(), key=lambda request: (request.start_seconds, request.clip_id))


def request_of(clip: Clip) -> CutRequest:
    """The cut request of a clip: its box, and its clean speech if this person speaks."""
    return CutRequest(
        clip_id=clip.clip_id,
        start_seconds=clip.start_seconds,
        end_seconds=clip.end_seconds,
        bbox=clip.bbox,
        muted=_other_voices(clip, clip.voice) if clip.role == "speaking" else None,
    )


def _other_voices(clip: Clip, voice: str | None) -> tuple[Interval, ...]:
    """When other voices than this one speak in the clip's scene (official code: pydub)."""
    return merge(speech.interval for speech in clip.scene_voices if speech.voice != voice)


def voice_id(sample: ListeningSample) -> str:
    """Names the audio of an off-screen speaker: the listener's clip and the voice."""
    return f"{sample.listener.clip_id}#voice-{sample.speaker.voice}"


def with_measures(sample: Sample, cuts: Mapping[str, StoredCut]) -> Sample:
    """The sample with what cutting measured: sizes, frame rate, sample rate."""

    def measured(clip: Clip) -> Clip:
        cut = cuts[clip.clip_id]
        return dataclasses.replace(
            clip,
            width=cut.width,
            height=cut.height,
            fps=cut.fps,
            num_frames=cut.num_frames,
            sample_rate=cut.sample_rate,
        )

    match sample:
        case SingleSample(clip=clip):
            return dataclasses.replace(sample, clip=measured(clip))
        case DialogueSample(initiator=initiator, responder=responder):
            return dataclasses.replace(
                sample, initiator=measured(initiator), responder=measured(responder)
            )
        case ListeningSample(speaker=speaker, listener=listener):
            if isinstance(speaker, Clip):
                speaker = measured(speaker)
            return dataclasses.replace(sample, speaker=speaker, listener=measured(listener))
        case MultiTurnSample(turns=turns):
            return dataclasses.replace(sample, turns=tuple(measured(turn) for turn in turns))


def digest_rows(rows: Iterator[Mapping[str, object]]) -> str:
    """Digest of rows of plain values, by their JSON; floats print the shortest exact way."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row, sort_keys=True, ensure_ascii=True).encode())
        digest.update(b"\n")
    return digest.hexdigest()
