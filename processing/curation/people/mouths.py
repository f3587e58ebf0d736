"""Mouths of tracks: what a measure of them can tell, and how far a mouth moves.

mouths of a track, voices --> movement --> still, talking, or no living mouth at all

Every measure has limits of its own, since openings have no common unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ....records import VoiceInterval
from ...models.vision.frame import FPS

STILL_FRAMES = 12
"""Frames within which a mouth's least and greatest opening are compared (ours: half a second has a
syllable or two)."""
_MIN_STILL_WINDOWS = 13
"""Windows of another's speech, one a frame, with the mouth in all of their frames; fewer are no
evidence (ours: a second of speech)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MouthLimits:
    """Limits of a measure of mouths, in its own unit."""

    max_distance: float
    """Greatest distance of a mouth and a voice of one person, in a source with too few pairs for
    its own limit."""
    distance_range: tuple[float, float]
    """Bounds of the limit, which is half way between a source's two kinds of pairs."""
    still: float
    """Greatest movement of a mouth that does not speak, by `Movement.mouth`."""
    alive: float
    """Least movement of a living mouth: what moves less is a photograph."""


class MouthTrack(Protocol):
    """A track, as far as binding reads it: one person in one scene."""

    @property
    def scene(self) -> int:
        """Index of the scene in the source."""

    @property
    def box_index(self) -> int:
        """Index of the person in the scene."""

    @property
    def first(self) -> int:
        """First frame, at 25 a second."""

    @property
    def stop(self) -> int:
        """Last frame, exclusive."""

    @property
    def mouths(self) -> NDArray[np.float32]:
        """(stop - first,) opening of the mouth, in any unit."""

    @property
    def contrasts(self) -> NDArray[np.float32]:
        """(stop - first,) contrast around the mouth, by `appearance.mouth_opening`."""

    @property
    def present(self) -> NDArray[np.bool_]:
        """(stop - first,) whether the frame shows the face and its mouth, so that it is known."""


PIXEL_DISTANCES = (0.9, 0.8, 1.05)
"""Of pixels: greatest distance of a pair, and its range. By rendered shows: with noise of 5 % of a
wide mouth, pairs of one person are nearer than .78 and others farther than .92; with noise of 15 %
than .96 and 1.05. Real pairs are at 1.04 to 1.12, real strangers at 1.17: many are missed."""
PIXEL_MOVEMENTS = (0.001, 0.016)
"""Of pixels: least movement of a living mouth, greatest of a still one. A real listener moves by
.008, real speakers by .026 and more; rendered ones by .004 to .013, and by .038 and more."""
MESH_DISTANCES = (1.02, 0.98, 1.05)
"""Of the mesh: greatest distance of a pair, and its range. Real pairs are at .79 to .96, a real
listener at 1.09."""
MESH_MOVEMENTS = (0.0015, 0.012)
"""Of the mesh, in heights of a face: least movement of a living mouth, greatest of a still one. A
real listener moves by .0085, real speakers by .032 and more (in 3 s: .017), a photograph by 0."""


def _limits(distances: tuple[float, float, float], movements: tuple[float, float]) -> MouthLimits:
    return MouthLimits(
        max_distance=distances[0],
        distance_range=distances[1:],
        alive=movements[0],
        still=movements[1],
    )


PIXELS = _limits(PIXEL_DISTANCES, PIXEL_MOVEMENTS)
"""Of `appearance.mouth_opening`."""
MESH = _limits(MESH_DISTANCES, MESH_MOVEMENTS)
"""Of `face_mesh.FaceMesh`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Movement:
    """How far a mouth opens and closes within half a second while somebody speaks.

    Medians over windows, so that a smile or a swallow does not count.
    """

    mouth: float
    """In the unit of the measure."""
    contrast: float
    """By the pixels around the mouth, where a hand shows that the lips' measure does not see."""

    def is_still(self, limits: MouthLimits) -> bool:
        """Whether it is still, and no photograph's: evidence of a listener."""
        return limits.alive <= self.mouth <= limits.still and self.contrast <= PIXELS.still

    def is_photograph(self, limits: MouthLimits) -> bool:
        """Whether it moves less than any living one."""
        return self.mouth < limits.alive


def movement(
    track: MouthTrack, voices: Sequence[VoiceInterval], offset_frames: int
) -> Movement | None:
    """How far a mouth moves while somebody speaks; None if under a second of speech shows it.

    Args:
        track: one person in one scene.
        voices: who speaks when, in the time of the audio.
        offset_frames: delay of the audio.
    """
    known = np.asarray(track.present, np.bool_) & _spoken(track, voices, offset_frames)
    if len(known) < STILL_FRAMES:
        return None
    whole = _windows(known).all(axis=1)
    if whole.sum() < _MIN_STILL_WINDOWS:
        return None
    mouth, contrast = (
        float(np.median(np.ptp(_windows(np.asarray(curve, np.float64))[whole], axis=1)))
        for curve in (track.mouths, track.contrasts)
    )
    return Movement(mouth=mouth, contrast=contrast)


def _windows(curve: NDArray[Any]) -> NDArray[Any]:
    return np.lib.stride_tricks.sliding_window_view(curve, STILL_FRAMES)


def _spoken(
    track: MouthTrack, voices: Sequence[VoiceInterval], offset_frames: int
) -> NDArray[np.bool_]:
    """(stop - first,) whether somebody speaks in a frame of the track."""
    spoken = np.zeros(track.stop - track.first, np.bool_)
    for interval in voices:
        start, stop = (
            round(seconds * FPS) - offset_frames - track.first
            for seconds in (interval.start_seconds, interval.stop_seconds)
        )
        spoken[max(0, start) : max(0, stop)] = True
    return spoken
