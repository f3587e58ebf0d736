"""The rows of the table: what each alteration does to a show.

luma and chroma --> the row's change --> its place on a canvas --> its times; samples --> its audio
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from speakervid5m.media import resample
from speakervid5m.processing.studio import FPS

Planes = NDArray[np.uint8]
"""(H * 3/2, W): luma, below it blue and red."""
Samples = NDArray[np.float32]
"""(S,) mono."""

SIZE = (640, 360)
"""Pixels of the shows."""
_GREY = 128
"""Chroma without colour, and the level that low contrast shrinks to."""
_NUM_GRAINS = 24
"""Frames of grain, drawn from in no order."""
_VOICE_RMS = 0.09
"""Of a show's voices while they sound."""
_BEAT_SECONDS = 0.5
_CHORDS = ((220.0, 261.63, 329.63), (174.61, 220.0, 261.63), (196.0, 246.94, 293.66))
"""Hz: A minor, F, G."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a show's frame lies on a canvas."""

    width: int
    """Pixels of the canvas, even."""
    height: int
    """Pixels of the canvas, even."""
    box: tuple[int, int, int, int]
    """x1, y1, x2, y2 in pixels of the canvas, even."""
    around: Literal["black", "still"] = "black"
    """What surrounds it: black borders, or a still image."""

    def moved(self, box: Sequence[float]) -> tuple[float, ...]:
        """A normalised box of the frame, normalised by the canvas."""
        x1, y1, x2, y2 = self.box
        across, down = (x2 - x1) / self.width, (y2 - y1) / self.height
        left, top = x1 / self.width, y1 / self.height
        return (
            left + box[0] * across,
            top + box[1] * down,
            left + box[2] * across,
            top + box[3] * down,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One alteration."""

    what: str
    """In words."""
    change: Callable[[Planes, np.random.Generator], Planes] | None = None
    """Of every frame."""
    place: Place | None = None
    """None: the whole frame."""
    rate: Fraction = Fraction(FPS)
    """Frames a second; each shows what the show shows at its time."""
    variable: bool = False
    """Whether some frames are left out, so that those before them stay longer."""
    audio: Callable[[Samples, int], tuple[Samples, int]] | None = None
    """Samples and their rate to others."""


def _grey(planes: Planes, _: np.random.Generator) -> Planes:
    grey = planes.copy()
    grey[len(planes) * 2 // 3 :] = _GREY
    return grey


def _grain(sigma: float, planes: Planes, rng: np.random.Generator) -> Planes:
    grained = planes.copy()
    luma = grained[: len(planes) * 2 // 3]
    noise = _grains(sigma, luma.shape)[rng.integers(_NUM_GRAINS)]
    luma[:] = np.clip(luma + noise, 0, 255)
    return grained


@cache
def _grains(sigma: float, shape: tuple[int, int]) -> list[NDArray[np.int16]]:
    rng = np.random.default_rng(5)
    return [rng.normal(0, sigma, shape).round().astype(np.int16) for _ in range(_NUM_GRAINS)]


def _flat(contrast: float, planes: Planes, _: np.random.Generator) -> Planes:
    return np.asarray((planes.astype(np.float32) - _GREY) * contrast + _GREY, np.uint8)


def _inset(share: float, across: float, down: float, around: Literal["black", "still"]) -> Place:
    """A frame on a part of the area.

    Args:
        share: of the area.
        across: of what is left over, how much lies to its left.
        down: the same, above.
        around: see `Place`.
    """
    width, height = (round(side * sqrt(share) / 2) * 2 for side in SIZE)
    left, top = (
        round((side - new) * part / 2) * 2
        for side, new, part in zip(SIZE, (width, height), (across, down), strict=True)
    )
    return Place(*SIZE, (left, top, left + width, top + height), around)


def _quiet(decibels: float, samples: Samples, rate: int) -> tuple[Samples, int]:
    return samples * np.float32(10 ** (decibels / 20)), rate


def _at_rate(wanted: int, samples: Samples, rate: int) -> tuple[Samples, int]:
    return resample(samples, rate, wanted), wanted


def _with_music(decibels: float, samples: Samples, rate: int) -> tuple[Samples, int]:
    """Music so much louder than the voices while they sound; softer if negative."""
    music = music_of(len(samples), rate)
    level = _VOICE_RMS * 10 ** (decibels / 20) / float(np.sqrt(np.mean(music**2)))
    return np.clip(samples + music * np.float32(level), -1, 1), rate


def music_of(length: int, rate: int) -> Samples:
    """Three chords with overtones, a bass and a beat: tonal, steady, and no voice."""
    time = np.arange(length) / rate
    bar = (time / (4 * _BEAT_SECONDS)).astype(int) % len(_CHORDS)
    music = np.zeros(length)
    for number, chord in enumerate(_CHORDS):
        tone = sum(
            np.sin(2 * np.pi * note * over * time) / over**1.5
            for note in (*chord, chord[0] / 2)
            for over in (1, 2, 3, 4)
        )
        music += np.where(bar == number, tone, 0.0)
    since = time % _BEAT_SECONDS
    drum = np.sin(2 * np.pi * 60 * since) * np.exp(-18 * since)
    hat = np.random.default_rng(3).normal(0, 1, length) * np.exp(-60 * since)
    return np.asarray(music + 4 * drum + hat, np.float32)


ROWS: dict[str, Row] = {
    "original": Row(what="encoded again, nothing else"),
    "grey": Row(what="without colour", change=_grey),
    "grain_6": Row(what="grain of 6 levels", change=partial(_grain, 6.0)),
    "grain_12": Row(what="grain of 12 levels", change=partial(_grain, 12.0)),
    "grain_18": Row(what="grain of 18 levels", change=partial(_grain, 18.0)),
    "area_25": Row(what="on 25 % of a still image", place=_inset(0.25, 0.9, 0.8, "still")),
    "area_40": Row(what="on 40 % of black", place=_inset(0.40, 0.5, 0.5, "black")),
    "area_56": Row(what="on 56 % of a still image", place=_inset(0.56, 0.2, 0.5, "still")),
    "letterbox": Row(
        what="16:9 in 4:3, bars above and below", place=Place(640, 480, (0, 60, 640, 420))
    ),
    "pillarbox": Row(
        what="16:9 in 2.37:1, bars at the sides", place=Place(852, 360, (106, 0, 746, 360))
    ),
    "upright": Row(
        what="16:9 in 9:16, bars above and below", place=Place(360, 640, (0, 218, 360, 420))
    ),
    "low_contrast": Row(what="contrast of 40 %, around grey", change=partial(_flat, 0.4)),
    "fps_23.976": Row(what="23.976 frames a second", rate=Fraction(24000, 1001)),
    "fps_29.97": Row(what="29.97 frames a second", rate=Fraction(30000, 1001)),
    "fps_50": Row(what="50 frames a second", rate=Fraction(50)),
    "fps_60": Row(what="60 frames a second", rate=Fraction(60)),
    "variable": Row(what="a third of the frames left out", variable=True),
    "audio_8k": Row(what="audio at 8 kHz", audio=partial(_at_rate, 8000)),
    "audio_-30dB": Row(what="audio 30 dB softer", audio=partial(_quiet, -30.0)),
    "music_-10dB": Row(what="music 10 dB under the voices", audio=partial(_with_music, -10.0)),
    "music_0dB": Row(what="music as loud as the voices", audio=partial(_with_music, 0.0)),
}
"""By name, in the order of the table."""
