"""A seed in, the truth of a show out: script, camera, casting; nothing is rendered here."""

import base64
import hashlib
import random
from dataclasses import dataclass, replace
from typing import Literal

from .camera import faults, film, scenes_of
from .casting import cast, expected_samples
from .characters import CASTS, Cast
from .script import Line, estimated_seconds, lay_out, texts_of, write_lines
from .truth import FPS, ShowTruth

ShowKind = Literal["clean", "noisy", "cross_talk", "many_cuts"]

_HASTE_SECONDS = 1.0
_PACE: dict[ShowKind, float] = {"clean": 1.0, "noisy": 1.0, "cross_talk": 1.0, "many_cuts": 0.5}
"""Length of shots, relative to the usual length."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowSpec:
    """The specification of a show."""

    seed: int
    """Decides everything that the other fields do not."""
    duration_seconds: float = 60.0
    """Length."""
    width: int = 640
    """Pixels, even."""
    height: int = 360
    """Pixels, even."""
    av_offset_frames: int = 0
    """By how many frames the audio is late."""
    kind: ShowKind = "clean"
    """`noisy`: loud noise and hum; `cross_talk`: answers begin before the question ends;
    `many_cuts`: shots of half the length."""
    cast: Cast = "hosts"
    """Whose faces and voices."""

    def __post_init__(self) -> None:
        if self.duration_seconds < 5 or self.width % 2 or self.height % 2:
            raise ValueError(f"a show has at least 5 s and an even size, got {self}")


def plan_show(spec: ShowSpec) -> ShowTruth:
    """A show's truth with durations estimated from the text; nothing is spoken or drawn."""
    lines = script_of(spec)
    seconds = {(voice, text): estimated_seconds(text) for voice, text in texts_of(lines)}
    return direct(spec, lines, seconds)


def script_of(spec: ShowSpec) -> list[Line]:
    """The lines of a show."""
    lines = write_lines(random.Random(f"script {spec.seed}"), spec.duration_seconds)
    if spec.kind == "cross_talk":
        # The first line interrupts nobody.
        hasty = [
            number > 0 and line.pause_seconds < 1 and line.voice in "AB"
            for number, line in enumerate(lines)
        ]
        lines = [
            replace(line, pause_seconds=line.pause_seconds - _HASTE_SECONDS) if early else line
            for line, early in zip(lines, hasty, strict=True)
        ]
    return lines


def direct(spec: ShowSpec, lines: list[Line], seconds: dict[tuple[str, str], float]) -> ShowTruth:
    """Lays out lines of known duration, films them, and returns the truth of the show."""
    num_frames = round(spec.duration_seconds * FPS)
    turns = lay_out(lines, seconds, num_frames / FPS)
    rng = random.Random(f"camera {spec.seed}")
    shots = film(rng, turns, num_frames, _PACE[spec.kind])
    scenes = scenes_of(shots)
    source_id = source_id_of(spec.seed)
    clips = cast(source_id, (spec.width, spec.height), turns, shots, scenes)
    return ShowTruth(
        source_id=source_id,
        seed=spec.seed,
        people=tuple(random.Random(f"people {spec.seed}").sample(CASTS[spec.cast], 2)),
        width=spec.width,
        height=spec.height,
        num_frames=num_frames,
        av_offset_frames=spec.av_offset_frames,
        turns=turns,
        shots=shots,
        scenes=scenes,
        effects=faults(rng, scenes),
        clips=clips,
        samples=expected_samples(turns, scenes, clips),
    )


def source_id_of(seed: int) -> str:
    """The id of a show: 11 characters; some begin with `-` or hold `_`, as the real ones do."""
    digest = hashlib.sha256(f"show {seed}".encode()).digest()
    name = base64.urlsafe_b64encode(digest).decode()[:11]
    return (
        ("-" + name[1:]) if seed % 5 == 3 else name[:4] + "_" + name[5:] if seed % 3 == 1 else name
    )
