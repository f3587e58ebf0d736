"""Script and camera in; the clips of a show by the official naming, and their samples, out.

The branches are measured against this truth, so it follows from the script alone: who speaks, whom
the camera shows meanwhile, who answers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ....records import ClipKey, Interval, Role
from .camera import MIN_SCENE_SECONDS, body_box, visible
from .truth import Scene, Shot, TrueClip, TrueListening, TrueSamples, Turn

MIN_VOICE_SECONDS = 0.5
"""A voice that speaks for less time in a scene is not matched to a box (official code)."""
MAX_PAUSE_SECONDS = 2.0
MAX_OVERLAP_SECONDS = 1.0
DELTA_T_SECONDS = 5.0
MAX_TURNS = 16
MIN_TURNS = 3
"""Copies of the branches' default assumptions: a truth must not depend on what it tests."""


def cast(
    source_id: str,
    size: tuple[int, int],
    turns: Sequence[Turn],
    shots: Sequence[Shot],
    scenes: Sequence[Scene],
) -> tuple[TrueClip, ...]:
    """Names a clip for every person who is on screen in a scene of at least 3 s."""
    clips: list[TrueClip] = []
    for scene in scenes:
        if scene.interval.duration_seconds < MIN_SCENE_SECONDS:
            continue
        voices = _voices_in(turns, scene)
        for box, person in enumerate(visible(shots[scene.shot].kind)):
            voice, role = _label(person, voices)
            key = ClipKey(
                source_id=source_id,
                source_width=size[0],
                source_height=size[1],
                scene=scene.index,
                voice=voice,
                role=role,
                box_index=box,
            )
            clips.append(
                TrueClip(
                    clip_id=str(key),
                    scene=scene.index,
                    person=person,
                    voice=voice,
                    role=role,
                    bbox=body_box(shots[scene.shot].kind, person),
                    speech=voices[person] if role == "speaking" else (),
                )
            )
    return tuple(clips)


def expected_samples(
    turns: Sequence[Turn], scenes: Sequence[Scene], clips: Sequence[TrueClip]
) -> TrueSamples:
    """The samples of each branch that the show must give."""
    by_scene = {scene.index: scene for scene in scenes}
    return TrueSamples(
        single=tuple(clip.clip_id for clip in clips if clip.role != "listening"),
        dialogue=_exchanges(turns, by_scene, clips),
        listening=tuple(_listeners(clips)),
        multi_turn=tuple(_conversations(clips)),
    )


def _voices_in(turns: Sequence[Turn], scene: Scene) -> dict[str, tuple[Interval, ...]]:
    """Voices that speak long enough in a scene, and when."""
    voices: dict[str, list[Interval]] = {}
    for turn in turns:
        part = turn.interval & scene.interval
        if part is not None:
            voices.setdefault(turn.voice, []).append(part)
    return {
        voice: tuple(parts)
        for voice, parts in voices.items()
        if sum(part.duration_seconds for part in parts) >= MIN_VOICE_SECONDS
    }


def _label(person: str, voices: dict[str, tuple[Interval, ...]]) -> tuple[str | None, Role]:
    if person in voices:
        return person, "speaking"
    if len(voices) == 1:
        return next(iter(voices)), "listening"
    return None, "unbound"


@dataclass(frozen=True, slots=True)
class _ShownSpeech:
    """Part of a turn during which the camera shows the speaker."""

    start_seconds: float
    stop_seconds: float
    clip: TrueClip


def _exchanges(
    turns: Sequence[Turn], scenes: dict[int, Scene], clips: Sequence[TrueClip]
) -> tuple[tuple[str, ...], ...]:
    """One person is shown speaking, and the next person shown speaking is the other, soon after."""
    shown: list[_ShownSpeech] = []
    for turn in turns:
        if turn.backchannel:
            continue
        for clip in clips:
            part = turn.interval & scenes[clip.scene].interval
            if clip.role == "speaking" and clip.person == turn.voice and part is not None:
                shown.append(_ShownSpeech(part.start_seconds, part.stop_seconds, clip))
    shown.sort(key=lambda speech: (speech.start_seconds, speech.stop_seconds, speech.clip.clip_id))
    pairs: dict[frozenset[str], tuple[str, ...]] = {}
    for question, answer in pairwise(shown):
        gap = answer.start_seconds - question.stop_seconds
        answered = question.clip.person != answer.clip.person
        if answered and -MAX_OVERLAP_SECONDS <= gap <= MAX_PAUSE_SECONDS:
            names = (question.clip.clip_id, answer.clip.clip_id)
            pairs.setdefault(frozenset(names), names)
    return tuple(pairs.values())


def _listeners(clips: Sequence[TrueClip]) -> Iterator[TrueListening]:
    for clip in clips:
        if clip.role == "listening" and clip.voice is not None:
            co_present = [
                other.clip_id
                for other in clips
                if other.scene == clip.scene and other.role == "speaking"
            ]
            yield TrueListening(
                speaker=co_present[0] if co_present else None,
                voice=clip.voice,
                listener=clip.clip_id,
            )


def _conversations(clips: Sequence[TrueClip]) -> Iterator[tuple[str, ...]]:
    talking = [clip for clip in clips if clip.speech]
    talking.sort(key=lambda clip: (clip.speech[0].start_seconds, clip.clip_id))
    run: list[TrueClip] = []
    for clip in [*talking, None]:
        silence = 0.0
        if clip is not None and run:
            last = max(part.stop_seconds for turn in run for part in turn.speech)
            silence = clip.speech[0].start_seconds - last
        if run and (clip is None or len(run) == MAX_TURNS or silence >= DELTA_T_SECONDS):
            if len(run) >= MIN_TURNS and len({turn.person for turn in run}) == 2:
                yield tuple(turn.clip_id for turn in run)
            run = []
        if clip is not None:
            run.append(clip)
