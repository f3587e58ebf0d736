"""The timeline of a sample: a record in, one lane for each clip or off-screen voice out.

    source   |--A--|     |--B--|          |-A-|
    played   |--A--| |--B--| |-A-|        gaps without any lane shrink to a second

Time runs as in the source: overlaps stay overlaps, and a late answer comes late.
"""

from dataclasses import dataclass, replace

from ....records import (
    Clip,
    DialogueSample,
    Interval,
    ListeningSample,
    MultiTurnSample,
    OffScreenVoice,
    Sample,
    SingleSample,
    merge,
)

MAX_GAP_SECONDS = 1.0
"""Of time in which no lane plays (ours: long enough to notice, too short to be puzzled)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """One clip or voice on the timeline."""

    role: str
    """initiator, responder, speaker, listener, turn 1, ..., or clip."""
    seat: int
    """Panel of the page that shows it, from 0; turns of one voice share a panel."""
    prefix: str
    """Of its media columns."""
    turn: int | None = None
    """Position in the lists of a multi-turn run."""
    clip: Clip | None = None
    """None for an off-screen voice."""
    voice: str | None = None
    """Letter of the person in the clip, or of the off-screen voice; None if unknown."""
    start_seconds: float
    """On the source's timeline."""
    stop_seconds: float
    """On the source's timeline, exclusive."""
    at_seconds: float = 0.0
    """Start on the player's clock."""


def lanes_of(sample: Sample) -> tuple[Lane, ...]:
    """The lanes of a sample, in the order of its media columns."""
    match sample:
        case SingleSample(clip=clip):
            lanes = [_clip_lane(clip, "clip", 0, "")]
        case DialogueSample(initiator=initiator, responder=responder):
            lanes = [
                _clip_lane(initiator, "initiator", 0, "initiator_"),
                _clip_lane(responder, "responder", 1, "responder_"),
            ]
        case ListeningSample(speaker=speaker, listener=listener):
            lanes = [
                _speaker_lane(speaker, listener),
                _clip_lane(listener, "listener", 1, "listener_"),
            ]
        case MultiTurnSample(turns=turns):
            voices = list(dict.fromkeys(turn.voice for turn in turns))
            lanes = [
                replace(
                    _clip_lane(turn, f"turn {number + 1}", voices.index(turn.voice), "turn_"),
                    turn=number,
                )
                for number, turn in enumerate(turns)
            ]
    return _with_start_times(lanes)


def _clip_lane(clip: Clip, role: str, seat: int, prefix: str) -> Lane:
    return Lane(
        role=role,
        seat=seat,
        prefix=prefix,
        clip=clip,
        voice=clip.voice if clip.role == "speaking" else _voice_of(clip.person_id),
        start_seconds=clip.start_seconds,
        stop_seconds=clip.end_seconds,
    )


def _speaker_lane(speaker: Clip | OffScreenVoice, listener: Clip) -> Lane:
    if isinstance(speaker, Clip):
        return _clip_lane(speaker, "speaker", 0, "speaker_")
    # Off-screen audio covers the same time as the listener's video.
    return Lane(
        role="speaker",
        seat=0,
        prefix="speaker_",
        voice=speaker.voice,
        start_seconds=listener.start_seconds,
        stop_seconds=listener.end_seconds,
    )


def _voice_of(person_id: str | None) -> str | None:
    return person_id.rpartition("#")[2] if person_id else None


def _with_start_times(lanes: list[Lane]) -> tuple[Lane, ...]:
    """Shrinks gaps, and starts the first lane at 0."""
    played = merge(Interval(lane.start_seconds, lane.stop_seconds) for lane in lanes)
    skipped, shifts = played[0].start_seconds, []
    for number, interval in enumerate(played):
        if number:
            gap = interval.start_seconds - played[number - 1].stop_seconds
            skipped += max(0.0, gap - MAX_GAP_SECONDS)
        shifts.append((interval, skipped))

    def place(lane: Lane) -> Lane:
        shift = next(
            seconds
            for interval, seconds in reversed(shifts)
            if interval.start_seconds <= lane.start_seconds
        )
        return replace(lane, at_seconds=round(lane.start_seconds - shift, 6))

    return tuple(place(lane) for lane in lanes)
