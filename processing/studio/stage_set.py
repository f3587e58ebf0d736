"""People and a shot in, the frames of a show out: backdrops, bodies, movements, positions."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from .heads import CENTER, RADIUS, Expression, Head, Image
from .plan.characters import APPEARANCES
from .plan.truth import FPS, ShotKind

Places = dict[str, tuple[float, float, float]]
"""Person to the middle of the face (x, y) and the height of the face, in fractions of a frame."""

_PLACES: dict[ShotKind, Places] = {
    "wide": {"A": (0.27, 0.42, 0.34), "B": (0.73, 0.42, 0.34)},
    "close_a": {"A": (0.48, 0.43, 0.58)},
    "close_b": {"B": (0.52, 0.43, 0.58)},
    "cutaway": {},
}
_WALLS: dict[ShotKind, tuple[int, int, int]] = {
    "wide": (92, 104, 128),
    "close_a": (118, 96, 84),
    "close_b": (74, 104, 104),
    "cutaway": (120, 90, 60),
}
_BODY_SIZE = (560, 300)


class Motion:
    """How one person moves over a show: slow sways, nods, blinks, and smiles while listening."""

    def __init__(self, seed: int, num_frames: int) -> None:
        rng = np.random.default_rng(seed)
        time = np.arange(num_frames) / FPS

        def wander(size: float, slow: float, fast: float) -> NDArray[np.float64]:
            waves = [
                np.sin(2 * np.pi * (rng.uniform(slow, fast) * time + rng.random()))
                for _ in range(3)
            ]
            return np.asarray(size / 3 * sum(waves), np.float64)

        self.x = wander(0.055, 0.05, 0.35)
        self.y = wander(0.035, 0.05, 0.4)
        self.roll_degrees = wander(5.0, 0.05, 0.4)
        self.scale = 1 + wander(0.04, 0.03, 0.2)
        self.gaze = wander(1.0, 0.05, 0.3)
        self.blink = np.zeros(num_frames)
        self.nod = np.zeros(num_frames)
        self.smile = np.zeros(num_frames)
        self.chew = np.zeros(num_frames)
        _sprinkle(rng, self.blink, (0.5, 1.0, 1.0, 0.5), 2.0, 5.0)
        _sprinkle(rng, self.nod, tuple(np.sin(np.linspace(0, 4 * np.pi, 25))), 3.0, 8.0)
        _sprinkle(rng, self.smile, tuple(np.hanning(50)), 4.0, 9.0)
        # Listeners move their mouths too, else telling who speaks would be too easy.
        _sprinkle(rng, self.chew, tuple(0.35 * np.abs(np.sin(np.linspace(0, 9, 30)))), 4.0, 10.0)


@dataclass(frozen=True, slots=True)
class FaceBox:
    """Where a face is in a frame, in pixels: x1, y1, x2, y2."""

    person: str
    box: tuple[float, ...]


class StageSet:
    """Draws frames of one show."""

    def __init__(
        self, people: dict[str, str], size: tuple[int, int], num_frames: int, seed: int
    ) -> None:
        self._width, self._height = size
        self._heads = {person: Head(name) for person, name in people.items()}
        self._bodies = {person: _body(name) for person, name in people.items()}
        self._motions = {
            person: Motion(seed * 7 + number, num_frames)
            for number, person in enumerate(sorted(people))
        }
        self._walls = {kind: _backdrop(kind, size) for kind in _PLACES}

    def frame(
        self, number: int, kind: ShotKind, mouths: dict[str, NDArray[np.float64]]
    ) -> tuple[Image, list[FaceBox]]:
        """(H, W, 3) RGB of a frame, and where the faces are."""
        image = self._walls[kind].copy()
        faces = [
            self._draw_person(image, number, person, place, mouths[person])
            for person, place in _PLACES[kind].items()
        ]
        if kind == "wide":
            image[int(self._height * 0.86) :] = (70, 48, 36)
        return image, faces

    def _draw_person(
        self,
        image: Image,
        number: int,
        person: str,
        place: tuple[float, float, float],
        openings: NDArray[np.float64],
    ) -> FaceBox:
        motion = self._motions[person]
        tall = place[2] * self._height
        speaking = openings[number] > 0.02
        expression = Expression(
            mouth=float(max(openings[number], 0.0 if speaking else motion.chew[number])),
            smile=0.0 if speaking else float(motion.smile[number]),
            blink=float(motion.blink[number]),
            gaze=float(motion.gaze[number]),
        )
        x = place[0] * self._width + motion.x[number] * tall
        y = place[1] * self._height + (motion.y[number] + 0.03 * motion.nod[number]) * tall
        scale = tall / (2 * RADIUS[1]) * motion.scale[number]
        head = _placement(scale, motion.roll_degrees[number], x, y)
        body = self._bodies[person]
        body_scale = scale * 0.82
        left = place[0] * self._width + 0.4 * motion.x[number] * tall
        shoulders = np.array(
            [
                [body_scale, 0, left - body_scale * body.shape[1] / 2],
                [
                    0,
                    body_scale,
                    place[1] * self._height + 0.55 * tall + motion.y[number] * tall / 2,
                ],
            ]
        )
        _blend(image, self._heads[person].draw(expression), head)
        _blend(image, body, shoulders)
        return FaceBox(person, _face_box(head, self._heads[person].radius))


def _placement(scale: float, degrees: float, x: float, y: float) -> NDArray[np.float64]:
    cosine, sine = scale * np.cos(np.deg2rad(degrees)), scale * np.sin(np.deg2rad(degrees))
    return np.array(
        [
            [cosine, -sine, x - cosine * CENTER[0] + sine * CENTER[1]],
            [sine, cosine, y - sine * CENTER[0] - cosine * CENTER[1]],
        ]
    )


def _face_box(placed: NDArray[np.float64], radius: tuple[float, float]) -> tuple[float, ...]:
    """Brows to chin, ear to ear, turned with the head."""
    corners = np.array(
        [
            (CENTER[0] + side * radius[0], CENTER[1] + height * radius[1], 1.0)
            for side in (-1, 1)
            for height in (-0.8, 1.0)
        ]
    )
    points = corners @ placed.T
    return tuple(round(float(value), 1) for value in (*points.min(0), *points.max(0)))


def _blend(image: Image, layer: Image, placed: NDArray[np.float64]) -> None:
    """Warps an RGBA layer into the image, within its bounding box alone."""
    high, wide = layer.shape[:2]
    corners = placed @ np.array([[0, wide, wide, 0], [0, 0, high, high], [1, 1, 1, 1]])
    left, top = np.floor(corners.min(1)).astype(int).clip(0)
    right = min(image.shape[1], int(np.ceil(corners[0].max())))
    bottom = min(image.shape[0], int(np.ceil(corners[1].max())))
    if right <= left or bottom <= top:
        return
    moved = placed.copy()
    moved[:, 2] -= (left, top)
    warped = cv2.warpAffine(layer, moved, (int(right - left), int(bottom - top)))
    cover = cv2.cvtColor(np.ascontiguousarray(warped[..., 3]), cv2.COLOR_GRAY2RGB)
    under = image[top:bottom, left:right]
    over = cv2.multiply(np.ascontiguousarray(warped[..., :3]), cover, scale=1 / 255)
    under[:] = cv2.add(over, cv2.multiply(under, cv2.bitwise_not(cover), scale=1 / 255))


@cache
def _body(name: str) -> Image:
    wide, high = _BODY_SIZE
    rows, columns = np.mgrid[0:high, 0:wide].astype(np.float32)
    u, v = (columns - wide / 2) / (wide / 2), rows / high
    slope = 0.10 + 0.82 * np.clip(np.abs(u) - 0.16, 0, 1) ** 1.6
    edge = np.clip((v - slope + 0.01) / 0.03, 0, 1) * np.clip((0.97 - np.abs(u)) / 0.03, 0, 1)
    shade = 0.75 + 0.35 * (1 - u**2) - 0.25 * v
    shade = shade * (1 - 0.3 * np.exp(-0.5 * ((u / 0.13) ** 2 + ((v - 0.12) / 0.12) ** 2)))
    color = np.array(APPEARANCES[name].shirt, np.float32) * shade[..., None]
    return np.dstack([np.clip(color, 0, 255), edge * 255]).astype(np.uint8)


def _backdrop(kind: ShotKind, size: tuple[int, int]) -> Image:
    width, height = size
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    light = np.exp(-(((columns / width - 0.5) / 0.5) ** 2 + ((rows / height - 0.35) / 0.5) ** 2))
    wall = np.array(_WALLS[kind], np.float32) * (0.65 + 0.5 * light)[..., None]
    image = np.ascontiguousarray(wall.clip(0, 255).astype(np.uint8))
    darker = tuple(int(channel * 0.8) for channel in _WALLS[kind])
    if kind in ("wide", "close_b"):
        for stripe in range(7):
            left = int((stripe + 0.2) * width / 7)
            cv2.rectangle(image, (left, 0), (left + width // 60, int(height * 0.7)), darker, -1)
    if kind == "close_a":
        for shelf in range(3):
            level = int(height * (0.15 + 0.22 * shelf))
            cv2.line(image, (0, level), (width, level), darker, max(2, height // 60))
    if kind == "cutaway":
        _draw_table(image, width, height)
    softness = 0.6 if kind == "cutaway" else height / 120
    return np.asarray(cv2.GaussianBlur(image, (0, 0), softness), np.uint8)


def _draw_table(image: Image, width: int, height: int) -> None:
    """A mug and a pile of books, shown while somebody speaks off screen."""

    def at(x: float, y: float) -> tuple[int, int]:
        return int(width * x), int(height * y)

    cv2.rectangle(image, at(0, 0.55), at(1, 1), (96, 62, 40), -1)
    cv2.rectangle(image, at(0.35, 0.35), at(0.5, 0.75), (210, 210, 215), -1)
    cv2.ellipse(image, at(0.53, 0.55), at(0.04, 0.1), 0, 0, 360, (210, 210, 215), height // 40)
    for number in range(6):
        level = 0.74 - 0.05 * number
        color = (40 + 25 * number, 160 - 20 * number, 90 + 15 * number)
        cv2.rectangle(image, at(0.6, level), at(0.9, level + 0.04), color, -1)


def _sprinkle(
    rng: np.random.Generator,
    track: NDArray[np.float64],
    shape: tuple[float, ...],
    soonest: float,
    latest: float,
) -> None:
    """Puts a short movement into a track again and again, at irregular times."""
    time = rng.uniform(soonest / 2, latest)
    while round(time * FPS) + len(shape) < len(track):
        first = round(time * FPS)
        track[first : first + len(shape)] = shape
        time += len(shape) / FPS + rng.uniform(soonest, latest)
