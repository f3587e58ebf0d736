"""Another clip of the person who answers: for the reference frame, the voice, and identity.

test pairs of a source --> HeldOut of each pair: row and role of a clip that is not the answer

A clip counts if the same person speaks in it and it shares no moment with the answer. One in which
the person begins comes before one that is itself an answer to another question; among these the one
with the most speech, then the smallest id: a function of the pairs alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ...records import Clip, DialogueSample

Role = Literal["initiator", "responder"]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A clip of the person who answers that is not the answer."""

    row: int
    """Of the pair that has it."""
    role: Role
    """Its side of that pair."""
    clip_id: str
    """Its id."""


def held_out_clips(samples: Sequence[DialogueSample]) -> Mapping[str, HeldOut]:
    """By sample id; a pair whose person is in no other clip is left out."""
    by_person: dict[str, list[tuple[HeldOut, Clip]]] = {}
    for row, sample in enumerate(samples):
        for role, clip in _sides(sample):
            if clip.person_id is not None and clip.role == "speaking":
                place = HeldOut(row, role, clip.clip_id)
                by_person.setdefault(clip.person_id, []).append((place, clip))
    chosen: dict[str, HeldOut] = {}
    for sample in samples:
        candidates = [
            (place.role == "responder", -_speech_seconds(clip), place.clip_id, place.row, place)
            for place, clip in by_person.get(sample.responder.person_id or "", [])
            if _is_apart(clip, sample.responder)
        ]
        if candidates:
            chosen[sample.sample_id] = min(candidates)[-1]
    return chosen


def _sides(sample: DialogueSample) -> Iterator[tuple[Role, Clip]]:
    yield "initiator", sample.initiator
    yield "responder", sample.responder


def _is_apart(clip: Clip, answer: Clip) -> bool:
    return clip.end_seconds <= answer.start_seconds or clip.start_seconds >= answer.end_seconds


def _speech_seconds(clip: Clip) -> float:
    return sum(interval.stop_seconds - interval.start_seconds for interval in clip.speech)
