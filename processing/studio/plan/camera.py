"""Turns in; shots between cuts and fades, their scenes, and faults of the video out."""

import random
from collections.abc import Sequence
from itertools import pairwise
from math import ceil

from .truth import FPS, Effect, Scene, Shot, ShotKind, Turn

MIN_SCENE_SECONDS = 3.0
"""Shorter scenes give no clips (paper)."""
MAX_SCENE_SECONDS = 14.0
"""Longer shots are split into equal scenes (paper: 3 to 14 s; how it splits is ours)."""


def film(
    rng: random.Random, turns: Sequence[Turn], num_frames: int, pace: float = 1.0
) -> tuple[Shot, ...]:
    """Chooses shots: mostly the speaker, often both, sometimes the listener, rarely nobody."""
    cuts = [0]
    kinds: list[ShotKind] = ["wide"]
    while True:
        length = rng.uniform(1.2, 2.8) if rng.random() < 0.1 else rng.uniform(3.2, 12.0)
        if rng.random() < 0.08:
            length = rng.uniform(15.0, 20.0)
        cut = _near_turn(rng, cuts[-1] + round(length * pace * FPS), turns)
        cut = max(cut, cuts[-1] + FPS)
        if cut > num_frames - FPS:
            break
        cuts.append(cut)
        kinds.append(_kind(rng, turns, cut / FPS, kinds[-1]))
    ends = [*cuts[1:], num_frames]
    return tuple(
        Shot(
            kind=kind,
            start_seconds=begin / FPS,
            stop_seconds=end / FPS,
            transition="fade" if begin and rng.random() < 0.12 else "cut",
        )
        for kind, begin, end in zip(kinds, cuts, ends, strict=True)
    )


def scenes_of(shots: Sequence[Shot]) -> tuple[Scene, ...]:
    """Cuts shots into scenes of at most 14 s, on frames."""
    scenes: list[Scene] = []
    for number, shot in enumerate(shots):
        first, last = round(shot.start_seconds * FPS), round(shot.stop_seconds * FPS)
        num_parts = max(1, ceil((last - first) / FPS / MAX_SCENE_SECONDS))
        edges = [first + round((last - first) * part / num_parts) for part in range(num_parts + 1)]
        scenes += [
            Scene(
                index=len(scenes) + offset,
                start_seconds=begin / FPS,
                stop_seconds=end / FPS,
                shot=number,
            )
            for offset, (begin, end) in enumerate(pairwise(edges))
        ]
    return tuple(scenes)


def faults(rng: random.Random, scenes: Sequence[Scene]) -> tuple[Effect, ...]:
    """Darkens some whole scenes and blurs some others."""
    effects: list[Effect] = []
    for scene in scenes:
        chance = rng.random()
        if chance < 0.14:
            effects.append(
                Effect(
                    kind="dark" if chance < 0.07 else "blurred",
                    start_seconds=scene.start_seconds,
                    stop_seconds=scene.stop_seconds,
                )
            )
    return tuple(effects)


def visible(kind: ShotKind) -> tuple[str, ...]:
    """Who is on screen, left to right."""
    people: dict[ShotKind, tuple[str, ...]] = {
        "wide": ("A", "B"),
        "close_a": ("A",),
        "close_b": ("B",),
        "cutaway": (),
    }
    return people[kind]


def body_box(kind: ShotKind, person: str) -> tuple[float, ...]:
    """x1, y1, x2, y2 of a person in a shot, normalised: head to desk, with room to move."""
    if kind != "wide":
        return (0.14, 0.02, 0.86, 1.0)
    return (0.04, 0.14, 0.49, 1.0) if person == "A" else (0.51, 0.14, 0.96, 1.0)


def _near_turn(rng: random.Random, frame: int, turns: Sequence[Turn]) -> int:
    """Directors cut when somebody starts to speak, if that happens near this frame."""
    starts = [round((turn.start_seconds - 0.12) * FPS) for turn in turns if not turn.backchannel]
    near = [start for start in starts if abs(start - frame) < 2 * FPS]
    return rng.choice(near) if near and rng.random() < 0.6 else frame


def _kind(
    rng: random.Random, turns: Sequence[Turn], seconds: float, previous: ShotKind
) -> ShotKind:
    following = [turn for turn in turns if turn.stop_seconds > seconds and turn.voice in "AB"]
    speaker = following[0].voice if following else "A"
    on_speaker: ShotKind = "close_a" if speaker == "A" else "close_b"
    on_listener: ShotKind = "close_b" if speaker == "A" else "close_a"
    kinds: list[ShotKind] = [on_speaker, "wide", on_listener, "cutaway"]
    chosen = rng.choices(kinds, [45, 30, 18, 7])[0]
    if chosen == previous:
        chosen = "wide" if previous != "wide" else on_speaker
    return chosen
