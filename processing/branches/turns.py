"""The speech of a source in time order: which clip shows whoever speaks now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...records import Clip, Interval


@dataclass(frozen=True, slots=True)
class Spoken:
    """One interval of speech and the clip that shows who speaks."""

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
    return sorted(intervals, key=lambda one: (one.interval, one.clip.clip_id))


def is_backchannel(one: Spoken) -> bool:
    """Whether it lies within what another voice says in the same scene."""
    return any(
        heard.voice != one.clip.voice
        and heard.start_seconds <= one.interval.start_seconds
        and one.interval.stop_seconds <= heard.stop_seconds
        for heard in one.clip.scene_voices
    )


def speaking_clips(clips: Iterable[Clip]) -> list[Clip]:
    """Speaking clips with speech, by their first word and clip id."""
    heard = [clip for clip in clips if clip.role == "speaking" and clip.speech]
    return sorted(heard, key=lambda clip: (speech_start(clip), clip.clip_id))


def speech_start(clip: Clip) -> float:
    """When this person first speaks in the clip, in seconds of the source."""
    return min(interval.start_seconds for interval in clip.speech)


def speech_stop(clip: Clip) -> float:
    """When this person last speaks in the clip, in seconds of the source."""
    return max(interval.stop_seconds for interval in clip.speech)


def other_voice_sounds(clips: Sequence[Clip], start_seconds: float, stop_seconds: float) -> bool:
    """Whether a voice of none of these clips sounds in [start, stop), by their scenes."""
    own = {clip.voice for clip in clips}
    return any(
        heard.voice not in own
        and heard.start_seconds < stop_seconds
        and start_seconds < heard.stop_seconds
        for clip in clips
        for heard in clip.scene_voices
    )
