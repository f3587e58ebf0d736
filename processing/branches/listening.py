"""Listening: clips in, samples out in which the person on screen listens to another voice.

Speaker and listener are co-present if the speaker has a clip in the same scene; else the voice is
off screen and only its audio is kept.
"""

from collections.abc import Sequence

from ...records import Clip, Interval, ListeningSample, OffScreenVoice
from ..assumptions import Assumptions
from .report import BranchReport


def listening_samples(
    clips: Sequence[Clip], assumptions: Assumptions, report: BranchReport
) -> list[ListeningSample]:
    """The listening samples of one source, in time order."""
    speakers = {
        (clip.scene, clip.voice): clip
        for clip in sorted(clips, key=lambda clip: clip.clip_id, reverse=True)
        if clip.role == "speaking"
    }
    samples: list[ListeningSample] = []
    for listener in sorted(clips, key=lambda clip: (clip.start_seconds, clip.clip_id)):
        if listener.role != "listening" or listener.voice is None:
            continue
        speaker = speakers.get((listener.scene, listener.voice))
        if speaker is None:
            samples.append(ListeningSample(speaker=_off_screen(listener), listener=listener))
        elif _may_speak(speaker, listener, assumptions.min_sync_gap):
            report.dropped["sync_gap_too_small"] += 1
        else:
            samples.append(ListeningSample(speaker=speaker, listener=listener))
    return samples


def _may_speak(speaker: Clip, listener: Clip, min_sync_gap: float) -> bool:
    """Whether lip sync, if measured for both, cannot tell the two apart."""
    if speaker.sync_confidence is None or listener.sync_confidence is None:
        return False
    return speaker.sync_confidence - listener.sync_confidence < min_sync_gap


def _off_screen(listener: Clip) -> OffScreenVoice:
    assert listener.voice is not None
    cut = Interval(listener.start_seconds, listener.end_seconds)
    intervals = [
        voiced.interval & cut for voiced in listener.scene_voices if voiced.voice == listener.voice
    ]
    return OffScreenVoice(
        source_id=listener.source_id,
        voice=listener.voice,
        person_id=f"{listener.source_id}#{listener.voice}" if listener.voice in "AB" else None,
        speech=tuple(interval for interval in intervals if interval is not None),
    )
