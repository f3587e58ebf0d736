"""Real faces that seem to speak: frames of silent films, reordered so that jaws follow a voice.

film --aligned by eyes and nose, dense optical flow from a closed mouth--> how far the jaw dropped
     --Viterbi against the loudness of a voice--> the order of frames

**No profile uses this measure.** It needs no landmarks and no contrast of the mouth: it is the
vertical optical flow (DIS, in OpenCV) of the chin less that of the skin above the upper lip, from a
frame with a closed mouth, after the upper face was aligned (ECC). Where faces are and what mouths
do is not asked of any detector, mesh or measure of the pipeline.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from speakervid5m.processing.models import FPS, SAMPLE_RATE

from ..material.films import Image

Rectangle = tuple[int, int, int, int]
"""x1, y1, x2, y2 in pixels of the film."""
Curve = NDArray[np.float64]

_BLUR = 5
"""Pixels of the Gaussian before frames are aligned (OpenCV's default)."""
_MARGIN = 20
"""Pixels around chin and lip whose flow is computed too."""
_QUIET_DB = -30.0
"""Loudness below a voice's own loud frames at which a mouth is closed."""
_SMOOTHING = np.array([0.25, 0.5, 0.25])
"""Of loudness over frames: jaws do not move as fast as sound."""
_BACKWARD, _STILL, _JUMP = 1.0, 1.0, 2.0
"""What it costs to go on backward, to stay, and to jump to another frame; going on is free. In
squares of the distance of jaw and loudness, each from 0 to 1. High, so that faces move as people
do for two or three seconds on end, and jaws follow loudness about as loosely as in real speech."""
_UNLIKE = 20.0
"""What a jump between frames costs more for a mean difference of all of the range of grey."""
_SMALL = (24, 24)
"""Pixels of the heads that are compared for jumps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SilentFilm:
    """A film of one head, and where its parts are in one frame with a closed mouth."""

    frames: list[Image]
    """All frames that may be used."""
    reference: int
    """The frame of the rectangles."""
    eyes: Rectangle
    """Brows to nose, which no speech moves."""
    lip: Rectangle
    """Skin between nose and upper lip."""
    chin: Rectangle
    """Skin of the chin."""
    head: Rectangle
    """All of the head, to compare frames."""


@dataclass(frozen=True, slots=True)
class Jaw:
    """What is known of every frame of a film."""

    opening: Curve
    """(n,) share of the frames whose jaw is higher, 0 to 1."""
    unlike: NDArray[np.float32]
    """(n, n) what a jump costs from one frame to another."""


def measure_jaw(film: SilentFilm) -> Jaw:
    """How far the jaw has dropped in each frame, and how unlike frames are."""
    cv2.setNumThreads(1)
    gray = [np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8) for frame in film.frames]
    drop = np.zeros(len(gray))
    # Both ways from the reference: each frame's alignment begins at its neighbour's.
    for order in (range(film.reference, len(gray)), range(film.reference - 1, -1, -1)):
        warp = np.eye(2, 3, dtype=np.float32)
        warp[:, 2] = film.eyes[:2]
        for number in order:
            warp = _align(gray[film.reference], gray[number], film.eyes, warp)
            drop[number] = _drop(film, gray[film.reference], gray[number], warp)
    ranks = drop.argsort().argsort()
    return Jaw(opening=ranks / max(len(drop) - 1, 1), unlike=_unlike(gray, film.head))


def loudness(samples: NDArray[np.float32], num_frames: int) -> Curve:
    """(num_frames,) of a voice, 0 quiet to 1 as its loud frames, on a logarithmic scale."""
    each = SAMPLE_RATE // FPS
    padded = np.zeros(num_frames * each)
    padded[: len(samples)] = samples[: num_frames * each]
    power = np.square(padded).reshape(num_frames, each).mean(axis=1)
    decibels = 10 * np.log10(power + 1e-10)
    loud = float(np.percentile(decibels[power > 1e-8], 90)) if (power > 1e-8).any() else 0.0
    levels = np.pad(np.maximum(decibels - loud, _QUIET_DB), 1, "edge")
    smooth = np.convolve(levels, _SMOOTHING, "valid")
    return np.asarray(np.clip(1 - smooth / _QUIET_DB, 0, 1), np.float64)


def reordered(jaw: Jaw, levels: Curve) -> list[int]:
    """The frames, one for each level, whose jaws follow the levels best with few jumps (Viterbi).

    Args:
        jaw: of the film.
        levels: 0 closed to 1 open.
    """
    num_frames = len(jaw.opening)
    steps = jaw.unlike.copy()
    rows = np.arange(num_frames)
    steps[rows, rows] = _STILL
    steps[rows[1:], rows[:-1]] = _BACKWARD
    steps[rows[:-1], rows[1:]] = 0.0
    cost = np.square(jaw.opening - levels[0]).astype(np.float32)
    came_from = np.zeros((len(levels), num_frames), np.int32)
    for moment, level in enumerate(levels[1:], 1):
        total = cost[:, None] + steps
        came_from[moment] = total.argmin(axis=0)
        cost = total[came_from[moment], rows] + np.square(jaw.opening - level).astype(np.float32)
    path = [int(cost.argmin())]
    for moment in range(len(levels) - 1, 0, -1):
        path.append(int(came_from[moment][path[-1]]))
    return path[::-1]


def _align(
    reference: Image, frame: Image, eyes: Rectangle, warp: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(2, 3) from coordinates within the rectangle of the reference to the frame."""
    x1, y1, x2, y2 = eyes
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-3)
    everywhere = np.full(frame.shape, 255, np.uint8)
    try:
        _, found = cv2.findTransformECC(
            reference[y1:y2, x1:x2],
            frame,
            warp.copy(),
            cv2.MOTION_AFFINE,
            criteria,
            everywhere,
            _BLUR,
        )
    except cv2.error:
        # A head that turned away: its neighbour's alignment is the best there is.
        return warp
    return np.asarray(found, np.float32)


def _drop(film: SilentFilm, reference: Image, frame: Image, warp: NDArray[np.float32]) -> float:
    """Pixels of the reference by which the chin has moved down, away from the upper lip."""
    whole = warp.copy()
    whole[:, 2] -= warp[:, :2] @ np.array(film.eyes[:2], np.float32)
    size = (reference.shape[1], reference.shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    aligned = cv2.warpAffine(frame, whole, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    left = min(film.chin[0], film.lip[0]) - _MARGIN
    top = film.lip[1] - _MARGIN
    right = max(film.chin[2], film.lip[2]) + _MARGIN
    bottom = film.chin[3] + 2 * _MARGIN
    before, after = (
        np.ascontiguousarray(image[top:bottom, left:right]) for image in (reference, aligned)
    )
    flow = np.zeros((*before.shape, 2), np.float32)
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(before, after, flow)
    lip, chin = (
        float(np.median(flow[y1 - top : y2 - top, x1 - left : x2 - left, 1]))
        for x1, y1, x2, y2 in (film.lip, film.chin)
    )
    return chin - lip


def _unlike(gray: list[Image], head: Rectangle) -> NDArray[np.float32]:
    x1, y1, x2, y2 = head
    small = [
        cv2.resize(frame[y1:y2, x1:x2], _SMALL, interpolation=cv2.INTER_AREA) for frame in gray
    ]
    values = np.stack(small).reshape(len(small), -1).astype(np.float32) / 255
    # A jump from frame i to j is as rough as j differs from the frame that would have followed i.
    following = np.concatenate([values[1:], values[-1:]])
    unlike = np.stack([np.abs(values - row).mean(axis=1) for row in following])
    return np.asarray(_JUMP + _UNLIKE * unlike, np.float32)
