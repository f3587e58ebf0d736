"""Clips of a source in, its speech in time order out: who speaks when, and in which clip."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...records import Clip, Interval


@dataclass(frozen=True, slots=True)
class Spoken:
    """One interval of speech and the clip that shows the speaker."""

    interval: Interval
    clip: Clip


def spoken(clips: Iterable[Clip]) -> list[Spoken]:
    """Every speech interval of every speaking clip, by start, stop and clip id."""
    intervals = [
        Spoken(interval, clip)
        for clip in clips
        if clip.role == "speaking"
        for interval in clip.speech
    ]
    return sorted(intervals, key=lambda turn: (turn.interval, turn.clip.clip_id))


def is_backchannel(turn: Spoken) -> bool:
    """Whether it lies within the speech of another voice in the same scene."""
    return any(
        other.voice != turn.clip.voice
        and other.start_seconds <= turn.interval.start_seconds
        and turn.interval.stop_seconds <= other.stop_seconds
        for other in turn.clip.scene_voices
    )


def speaking_clips(clips: Iterable[Clip]) -> list[Clip]:
    """Speaking clips with speech, by the start of their speech and clip id."""
    speaking = [clip for clip in clips if clip.role == "speaking" and clip.speech]
    return sorted(speaking, key=lambda clip: (speech_start(clip), clip.clip_id))


def speech_start(clip: Clip) -> float:
    """When this person first speaks in the clip, in seconds of the source."""
    return min(interval.start_seconds for interval in clip.speech)


def speech_stop(clip: Clip) -> float:
    """When this person last speaks in the clip, in seconds of the source."""
    return max(interval.stop_seconds for interval in clip.speech)


def other_voice_speaks(clips: Sequence[Clip], start_seconds: float, stop_seconds: float) -> bool:
    """Whether any voice but those of these clips speaks in [start, stop), by their scenes."""
    own = {clip.voice for clip in clips}
    return any(
        other.voice not in own
        and other.start_seconds < stop_seconds
        and start_seconds < other.stop_seconds
        for clip in clips
        for other in clip.scene_voices
    )
