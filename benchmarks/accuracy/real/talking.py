"""Who talks and who listens, in shows of real people: labels of clips, and released samples.

shows --`curate`--> clips of the stages, before any gate; listening samples of the release
    --truth of who is where--> talkers, listeners, labels, wrong listeners
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from speakervid5m.processing.curation import CurateOptions, curate
from speakervid5m.records import Clip, Interval, ListeningSample, VoiceInterval, clips_of
from speakervid5m.release import open_release

from ..tools import score_diarization
from .counts import Count
from .shows.truth import RealShow, TruePerson
from .stages import Choice, Measured, results_of

MIN_OVERLAP = 0.5
"""Least intersection over union in time of a clip and a scene, as in the other comparison."""
MIN_VOICE_SECONDS = 0.5
"""Somebody whose voice sounds for less within a clip does not talk there (official code)."""
_EMPTY = Count(0, 0)


@dataclass(slots=True)
class Talking:
    """Counts over shows."""

    talkers: Count = _EMPTY
    """Clips of people who talk: labelled as speaking, with their own voice."""
    listeners: Count = _EMPTY
    """Clips of people who listen: labelled as listening."""
    labelled: Count = _EMPTY
    """Clips of either: labelled at all."""
    wrong_listening: Count = _EMPTY
    """Listening samples of the release: those that show somebody who talks."""
    unknown_listening: int = 0
    """Listening samples that show nobody of the truth."""
    faults: list[str] = field(default_factory=list)
    """Who was not right, and why."""

    def __add__(self, other: "Talking") -> "Talking":
        """Of both."""
        return Talking(
            self.talkers + other.talkers,
            self.listeners + other.listeners,
            self.labelled + other.labelled,
            self.wrong_listening + other.wrong_listening,
            self.unknown_listening + other.unknown_listening,
            self.faults + other.faults,
        )


def score_talking(choice: Choice, shows: Sequence[RealShow], work: Path) -> dict[str, Talking]:
    """Curates all shows into one release, and compares; by name of the show."""
    options = CurateOptions(
        videos=tuple(show.path for show in shows),
        out=work / "release",
        profile=choice.profile,
        backends=dict(choice.backends),
        engine="inline",
    )
    done = curate(options)
    stages = results_of(done.stages, done.videos.sources, done.curation.store)
    listeners = _released_listeners(options.out) if done.written else {}
    return {show.name: compared(show, stages, listeners.get(show.path.name, ())) for show in shows}


def compared(show: RealShow, stages: Measured, released: Sequence[Clip]) -> Talking:
    """One show.

    Args:
        show: the truth.
        stages: with the tables of its stages.
        released: clips of listeners in the release.
    """
    tables = stages.tables[show.path.name]
    clips = clips_of(tables["annotated"]["clips"]) if "annotated" in tables else []
    names: dict[str, str] = {}
    if "voices" in tables:
        intervals = [VoiceInterval(**row) for row in tables["voices"]["intervals"].to_pylist()]
        names = score_diarization(intervals, show.voices, seconds=show.seconds)[1]
    talking = Talking()
    for person in show.people:
        clip = _clip_of(person, clips)
        role = "missing" if clip is None else clip.role
        voice = None if clip is None else names.get(clip.voice or "")
        wanted = "speaking" if person.talks else "listening"
        right = role == wanted and (voice == person.person or not person.talks)
        talking.labelled += Count(role in ("speaking", "listening"), 1)
        if person.talks:
            talking.talkers += Count(right, 1)
        else:
            talking.listeners += Count(right, 1)
        if not right:
            why = stages.failures.get(show.path.name)
            label = f"dropped as {why[1]}" if why else role
            label = f"{label} with another's voice" if role == wanted else label
            place = f"{show.name} {person.start_seconds:.1f} s {person.person}"
            talking.faults.append(f"{place} {'talks' if person.talks else 'listens'}: {label}")
    for clip in released:
        person_shown = _person_of(clip, show)
        if person_shown is None:
            talking.unknown_listening += 1
        wrong = person_shown is not None and _talks_in(clip, person_shown, show)
        talking.wrong_listening += Count(wrong, 1)
    return talking


def _released_listeners(out: Path) -> Mapping[str, list[Clip]]:
    """Clips of listeners in a release, by file name of their source."""
    listeners: dict[str, list[Clip]] = {}
    release = open_release(str(out))
    for config in release.configs:
        samples = release[config]
        if not config.startswith("listening"):
            continue
        for number in range(len(samples)):
            sample = samples.record(number)
            assert isinstance(sample, ListeningSample)
            listeners.setdefault(str(sample.listener.source_name), []).append(sample.listener)
    return listeners


def _clip_of(person: TruePerson, clips: Sequence[Clip]) -> Clip | None:
    """The clip that shows somebody in a scene: the one that covers it best, if any does."""
    candidates = [
        (overlap, clip)
        for clip in clips
        if _within(person.face, clip)
        and (overlap := _overlap(clip, person.start_seconds, person.stop_seconds)) >= MIN_OVERLAP
    ]
    return max(candidates, key=lambda pair: pair[0])[1] if candidates else None


def _person_of(clip: Clip, show: RealShow) -> TruePerson | None:
    """Who is seen in a clip, most of the time."""
    candidates = [
        (shared, person)
        for person in show.people
        if _within(person.face, clip)
        and (shared := _shared(clip, person.start_seconds, person.stop_seconds)) > 0
    ]
    return max(candidates, key=lambda pair: pair[0])[1] if candidates else None


def _talks_in(clip: Clip, person: TruePerson, show: RealShow) -> bool:
    spoken = sum(
        _shared(clip, voice.start_seconds, voice.stop_seconds)
        for voice in show.voices
        if voice.voice == person.person
    )
    return spoken >= MIN_VOICE_SECONDS


def _within(face: tuple[float, float], clip: Clip) -> bool:
    x1, y1, x2, y2 = clip.bbox
    return bool(x1 <= face[0] <= x2 and y1 <= face[1] <= y2)


def _shared(clip: Clip, start: float, stop: float) -> float:
    """Seconds of a clip within an interval."""
    return max(0.0, min(clip.end_seconds, stop) - max(clip.start_seconds, start))


def _overlap(clip: Clip, start: float, stop: float) -> float:
    shared = _shared(clip, start, stop)
    both = Interval(min(clip.start_seconds, start), max(clip.end_seconds, stop))
    return shared / both.duration_seconds if shared else 0.0
