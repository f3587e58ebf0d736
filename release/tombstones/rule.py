"""The rule that says which samples a takedown touches: retraction removes them, readers skip them.

request, clips of a source --TakedownRule--> whether it touches a sample
"""

from collections.abc import Sequence

from ...records import Clip, ListeningSample, MultiTurnSample, OffScreenVoice, Sample
from .records import Request


class TakedownRule:
    """Says which samples of a source a request touches."""

    def __init__(self, source_id: str, clips: Sequence[Clip], request: Request) -> None:
        self._all = source_id in request.sources
        self._people = {person for person in request.people if person.startswith(f"{source_id}#")}
        self._voices = {person.rpartition("#")[2] for person in self._people}
        self._clips = set(request.clips)
        if self._people:
            # A clip of unknown identity may show the person.
            touched = {*self._people, None}
            self._clips |= {clip.clip_id for clip in clips if clip.person_id in touched}
        spoken = [
            clip for clip in clips if clip.clip_id in request.clips and clip.role == "speaking"
        ]
        self._audio_names = {clip.key.audio_name for clip in spoken}
        self._spoken = {(clip.voice, clip.start_seconds, clip.end_seconds) for clip in spoken}

    def touches(self, sample: Sample) -> bool:
        """Whether a clip, the off-screen voice or the history of a sample is touched."""
        if self._all or any(self._touches_clip(clip) for clip in sample.clips):
            return True
        if isinstance(sample, ListeningSample) and isinstance(sample.speaker, OffScreenVoice):
            speaker = sample.speaker
            return (
                speaker.voice in self._voices
                or speaker.person_id in self._people
                or any(
                    self._touches_speech(speaker.voice, speech.start_seconds, speech.stop_seconds)
                    for speech in speaker.speech
                )
            )
        return isinstance(sample, MultiTurnSample) and any(
            self._touches_speech(turn.voice, turn.start_seconds, turn.start_seconds + 1e-6)
            for turn in sample.history
        )

    def _touches_clip(self, clip: Clip) -> bool:
        if clip.clip_id in self._clips:
            return True
        if clip.role == "speaking" and clip.key.audio_name in self._audio_names:
            return True
        if clip.voice in self._voices:
            return True
        return any(
            self._touches_speech(
                scene_voice.voice, scene_voice.start_seconds, scene_voice.stop_seconds
            )
            for scene_voice in clip.scene_voices
        )

    def _touches_speech(self, voice: str | None, start: float, stop: float) -> bool:
        """Whether an interval of a voice is, or overlaps, speech that is retracted."""
        return voice in self._voices or any(
            voice == spoken_voice and start < spoken_stop and spoken_start < stop
            for spoken_voice, spoken_start, spoken_stop in self._spoken
        )
