"""Shows that are heard and not drawn: voices, mouths, and tracks straight from the script."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from speakervid5m.media import resample
from speakervid5m.processing.curation.people.mouths import MouthLimits
from speakervid5m.processing.studio import FPS, ShowSpec, ShowTruth
from speakervid5m.processing.studio.plan.camera import visible
from speakervid5m.processing.studio.plan.script import texts_of
from speakervid5m.processing.studio.plan.show import direct, script_of
from speakervid5m.processing.studio.soundtrack import TRACK_RATE, mix, mouth_openings
from speakervid5m.processing.studio.speech_synthesis import speak
from speakervid5m.processing.studio.stage_set import Motion
from speakervid5m.records import VoiceInterval

RATE = 16_000
DRAWN = MouthLimits(max_distance=0.9, distance_range=(0.8, 1.05), still=0.3, alive=0.001)
"""Of openings as drawn, 0 to 1, with noise."""


@dataclass(frozen=True, slots=True)
class Heard:
    truth: ShowTruth
    samples: NDArray[np.float32]
    """At 16 kHz."""
    mouths: dict[str, NDArray[np.float64]]
    """By person and frame, as drawn: speech, smiles and chewing."""

    @property
    def voiced(self) -> list[tuple[float, float, str]]:
        """Who is heard when, in the time of the sound."""
        late = self.truth.av_offset_frames / FPS
        return [
            (turn.start_seconds + late, turn.stop_seconds + late, turn.voice)
            for turn in self.truth.turns
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeTrack:
    """What binding and identity ask of a track, and whom it shows."""

    scene: int
    box_index: int
    first: int
    stop: int
    mouths: NDArray[np.float32]
    contrasts: NDArray[np.float32]
    present: NDArray[np.bool_]
    descriptor: NDArray[np.float32] | None
    person: str


@cache
def hear(seed: int, seconds: float = 60.0, late_frames: int = 0) -> Heard:
    """A show's sound and mouths; a second of work."""
    spec = ShowSpec(seed=seed, duration_seconds=seconds, av_offset_frames=late_frames)
    lines = script_of(spec)
    names = direct(spec, [], {}).people
    cast = {"A": names[0], "B": names[1], "C": "announcer"}
    texts = texts_of(lines)
    spoken = dict(zip(texts, speak([(cast[voice], text) for voice, text in texts]), strict=True))
    truth = direct(spec, lines, {one: sentence.seconds for one, sentence in spoken.items()})
    num_frames = truth.num_frames
    track = mix(truth.turns, spoken, num_frames=num_frames, seed=seed, late_frames=late_frames)
    mouths = {}
    for number, person in enumerate("AB"):
        speaking = mouth_openings(truth.turns, spoken, person, num_frames)
        motion = Motion(seed * 7 + number, num_frames)
        idle = np.maximum(motion.chew, 0.15 * motion.smile)
        mouths[person] = np.where(speaking > 0.02, speaking, idle)
    return Heard(truth, resample(track, TRACK_RATE, RATE), mouths)


def tracks_of(show: Heard, *, noise: float = 0.05) -> list[MadeTrack]:
    """Everybody who is seen, with mouths and faces as a detector would give them."""
    rng = np.random.default_rng(show.truth.seed)
    faces = {person: unit(rng.normal(size=64)) for person in "AB"}
    tracks = []
    for scene in show.truth.scenes:
        first, stop = round(scene.start_seconds * FPS), round(scene.stop_seconds * FPS)
        if stop - first < 3 * FPS:
            continue
        for box, person in enumerate(visible(show.truth.shots[scene.shot].kind)):
            opening = show.mouths[person][first:stop] + rng.normal(0, noise, stop - first)
            tracks.append(
                MadeTrack(
                    scene=scene.index,
                    box_index=box,
                    first=first,
                    stop=stop,
                    mouths=opening.astype(np.float32),
                    contrasts=np.zeros(stop - first, np.float32),
                    present=rng.random(stop - first) > 0.02,
                    descriptor=unit(faces[person] + 0.05 * rng.normal(size=64)),
                    person=person,
                )
            )
    return tracks


def unit(values: NDArray[np.float64]) -> NDArray[np.float32]:
    return (values / np.linalg.norm(values)).astype(np.float32)


def true_voices(show: Heard) -> list[VoiceInterval]:
    return [VoiceInterval(*one) for one in show.voiced]
