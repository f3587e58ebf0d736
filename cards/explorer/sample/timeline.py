"""When and where the pieces of a sample play: one lane a clip or voice, on one clock.

    source   |--A--|     |--B--|          |-A-|
    played   |--A--| |--B--| |-A-|        holes in which nobody is seen shrink to a second

Time on the clock is the source's own, so what overlapped overlaps and a late answer comes late.
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

LONGEST_HOLE_SECONDS = 1.0
"""Of a stretch in which no lane plays (ours: enough to feel it, too short to wonder)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """One piece that plays."""

    role: str
    """initiator, responder, speaker, listener, turn 1, ..., or clip."""
    seat: int
    """Where it is shown, from 0; turns of one voice share a seat."""
    prefix: str
    """Of its media columns."""
    turn: int | None = None
    """Position in the lists of a multi-turn run."""
    clip: Clip | None = None
    """Who is seen; None for a voice from off screen."""
    voice: str | None = None
    """The letter of who is seen, or heard from off screen; None if unknown."""
    start_seconds: float
    """On the source's timeline."""
    stop_seconds: float
    """On the source's timeline, exclusive."""
    at_seconds: float = 0.0
    """When it begins, on the player's clock."""


def lanes_of(sample: Sample) -> tuple[Lane, ...]:
    """The lanes of a sample, in the order of its media columns."""
    match sample:
        case SingleSample(clip=clip):
            lanes = [_seen(clip, "clip", 0, "")]
        case DialogueSample(initiator=initiator, responder=responder):
            lanes = [
                _seen(initiator, "initiator", 0, "initiator_"),
                _seen(responder, "responder", 1, "responder_"),
            ]
        case ListeningSample(speaker=speaker, listener=listener):
            lanes = [_speaker(speaker, listener), _seen(listener, "listener", 1, "listener_")]
        case MultiTurnSample(turns=turns):
            voices = list(dict.fromkeys(turn.voice for turn in turns))
            lanes = [
                replace(
                    _seen(turn, f"turn {number + 1}", voices.index(turn.voice), "turn_"),
                    turn=number,
                )
                for number, turn in enumerate(turns)
            ]
    return _scheduled(lanes)


def _seen(clip: Clip, role: str, seat: int, prefix: str) -> Lane:
    return Lane(
        role=role,
        seat=seat,
        prefix=prefix,
        clip=clip,
        voice=clip.voice if clip.role == "speaking" else _letter(clip.person_id),
        start_seconds=clip.start_seconds,
        stop_seconds=clip.end_seconds,
    )


def _speaker(speaker: Clip | OffScreenVoice, listener: Clip) -> Lane:
    if isinstance(speaker, Clip):
        return _seen(speaker, "speaker", 0, "speaker_")
    # The sound from off screen is cut like the listener's pictures.
    return Lane(
        role="speaker",
        seat=0,
        prefix="speaker_",
        voice=speaker.voice,
        start_seconds=listener.start_seconds,
        stop_seconds=listener.end_seconds,
    )


def _letter(person_id: str | None) -> str | None:
    return person_id.rpartition("#")[2] if person_id else None


def _scheduled(lanes: list[Lane]) -> tuple[Lane, ...]:
    """With holes shrunk, and the first lane at 0."""
    busy = merge(Interval(lane.start_seconds, lane.stop_seconds) for lane in lanes)
    skipped, moved = busy[0].start_seconds, []
    for number, one in enumerate(busy):
        if number:
            hole = one.start_seconds - busy[number - 1].stop_seconds
            skipped += max(0.0, hole - LONGEST_HOLE_SECONDS)
        moved.append((one, skipped))

    def place(lane: Lane) -> Lane:
        own = next(by for one, by in reversed(moved) if one.start_seconds <= lane.start_seconds)
        return replace(lane, at_seconds=round(lane.start_seconds - own, 6))

    return tuple(place(lane) for lane in lanes)
