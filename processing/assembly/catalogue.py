"""Which samples every source gives, without their media: from annotations or a release's index.

A source id goes in; its samples, and from them the cut requests, come out. `import` has a
`Catalogue` of the official dump, `materialize` of a release without media, `curate` of its stored
clips; planning, cutting and writing see them all as a `KeptCatalogue` (takedown.py).
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from ...records import (
    MEDIA_ROLES,
    Clip,
    DialogueSample,
    Interval,
    ListeningSample,
    Medium,
    MultiTurnSample,
    OffScreenVoice,
    Sample,
    SingleSample,
    merge,
)
from .cut_clips import CutRequest
from .stored_cuts import StoredCut

Assigned = tuple[str, Sample]
"""A config's name and a sample of it."""
ColumnCuts = tuple[Medium, str | tuple[str, ...] | None]
"""A medium, and the clip id of the cut that has it, or one id for each turn."""


@dataclass(frozen=True, kw_only=True)
class SourcePlan:
    """What one source gives to a release."""

    samples: Sequence[Assigned]
    """Its samples, and the config of each."""

    @cached_property
    def requests(self) -> Sequence[CutRequest]:
        """The clips to cut for them, each once, in order of time."""
        return requests_of(self.samples)

    @property
    def num_clips(self) -> int:
        """Clips that its samples hold in memory, each once."""
        return len({clip.clip_id for _, sample in self.samples for clip in sample.clips})


class Catalogue(Protocol):
    """Knows every source's samples; each way in has its own."""

    def source_ids(self) -> Sequence[str]:
        """All sources."""

    def samples(self, source_id: str) -> Sequence[Assigned]:
        """The samples of one source, and the config of each."""

    def poses(self, source_id: str) -> Mapping[str, bytes]:
        """Clip id to the `.npy` file of its pose, of the source's clips that have one."""


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


def cut_names(sample: Sample) -> list[str]:
    """The names of the requests that a sample needs."""
    names = [clip.clip_id for clip in sample.clips]
    if isinstance(sample, ListeningSample) and not isinstance(sample.speaker, Clip):
        names.append(voice_id(sample))
    return names


def cuts_by_column(sample: Sample) -> dict[str, ColumnCuts]:
    """Which cut fills which media column; a cut without that medium gives null."""
    if sample.branch == "multi_turn":
        turns = tuple(clip.clip_id for clip in sample.clips)
        ((prefix, media),) = MEDIA_ROLES["multi_turn"]
        return {f"{prefix}{medium}s": (medium, turns) for medium in media}
    clip_ids: list[str | None] = [clip.clip_id for clip in sample.clips]
    off_screen = isinstance(sample, ListeningSample) and not isinstance(sample.speaker, Clip)
    if off_screen:
        clip_ids.insert(0, None)
    columns: dict[str, ColumnCuts] = {
        f"{prefix}{medium}": (medium, clip_id)
        for (prefix, media), clip_id in zip(MEDIA_ROLES[sample.branch], clip_ids, strict=True)
        for medium in media
    }
    if isinstance(sample, ListeningSample) and off_screen:
        columns["speaker_audio"] = ("audio", voice_id(sample))
    return columns


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
