"""What comes from what is taken back: the rule by which rows are removed, or held back."""

from collections.abc import Sequence

from ...records import Clip, ListeningSample, MultiTurnSample, OffScreenVoice, Sample
from .records import Request


class Traces:
    """Knows for one source what comes from what is taken back."""

    def __init__(self, source_id: str, clips: Sequence[Clip], request: Request) -> None:
        self._all = source_id in request.sources
        people = {person for person in request.people if person.startswith(f"{source_id}#")}
        named = [clip for clip in clips if clip.clip_id in request.clips]
        self._voices = {person.rpartition("#")[2] for person in people}
        self._people = people
        self._clips = set(request.clips)
        # Somebody of whom nothing is known may be the person.
        self._clips |= {
            clip.clip_id for clip in clips if people and clip.person_id in {*people, None}
        }
        spoken = [clip for clip in named if clip.role == "speaking"]
        self._sounds = {clip.key.audio_name for clip in spoken}
        self._spoken = {(clip.voice, clip.start_seconds, clip.end_seconds) for clip in spoken}

    def in_sample(self, sample: Sample) -> bool:
        """Whether any of it stands in a sample."""
        if self._all or any(self._in_clip(clip) for clip in sample.clips):
            return True
        if isinstance(sample, ListeningSample) and isinstance(sample.speaker, OffScreenVoice):
            voice = sample.speaker
            heard = any(
                self._said(voice.voice, one.start_seconds, one.stop_seconds) for one in voice.speech
            )
            return heard or voice.voice in self._voices or voice.person_id in self._people
        return isinstance(sample, MultiTurnSample) and any(
            self._said(one.voice, one.start_seconds, one.start_seconds + 1e-6)
            for one in sample.history
        )

    def _in_clip(self, clip: Clip) -> bool:
        if clip.clip_id in self._clips:
            return True
        if clip.role == "speaking" and clip.key.audio_name in self._sounds:
            return True
        if clip.voice in self._voices:
            return True
        return any(
            self._said(scene_voice.voice, scene_voice.start_seconds, scene_voice.stop_seconds)
            for scene_voice in clip.scene_voices
        )

    def _said(self, voice: str | None, start: float, stop: float) -> bool:
        """Whether a stretch of a voice is, or overlaps, what is taken back."""
        return voice in self._voices or any(
            voice == said and start < end and begin < stop for said, begin, end in self._spoken
        )
