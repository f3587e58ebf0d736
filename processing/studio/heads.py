"""A character and an expression in, an image of the head out.

Heads are shaded ellipsoids that people and face detectors take for faces. A head is drawn once at a
canonical size (`Head`); every frame adds eyes, lids and mouth. Coordinates (u, v) are the face's
own: (0, 0) is its middle, 1 its edge.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .plan.characters import APPEARANCES, Appearance, Color

Image = NDArray[np.uint8]
Field = NDArray[np.float32]

CANVAS_WIDTH, CANVAS_HEIGHT = 320, 400
CENTER = (160.0, 200.0)
RADIUS = (88.0, 118.0)
"""Half axes of the face's ellipse on the canvas, in pixels."""

_EYE = (0.40, -0.10)
_EYE_RADIUS = (0.185, 0.085)
_MOUTH = (0.0, 0.56)
_LIGHT = np.array([-0.28, -0.38, 0.88]) / np.linalg.norm([-0.28, -0.38, 0.88])

# Shade blobs on the skin: gain, u, v, width, height; `paired` ones on both sides of the face.
# Eye sockets, cheeks and the bridge of the nose are what detectors look for.
_PAIRED_SHADES = (
    (-0.42, _EYE[0], _EYE[1] - 0.03, 0.20, 0.105),
    (-0.20, 0.16, 0.02, 0.05, 0.16),
    (0.10, 0.48, 0.24, 0.20, 0.14),
    (-0.25, 0.13, 0.30, 0.05, 0.035),
    (-0.16, 0.36, 0.42, 0.05, 0.12),
)
_SINGLE_SHADES = (
    (0.16, 0.0, -0.02, 0.07, 0.24),
    (0.12, 0.0, 0.23, 0.08, 0.06),
    (-0.30, 0.0, 0.335, 0.13, 0.035),
    (-0.22, 0.0, 0.74, 0.20, 0.045),
    (0.06, 0.0, 0.86, 0.15, 0.07),
    (0.06, 0.0, -0.5, 0.5, 0.2),
)


@dataclass(frozen=True, slots=True)
class Expression:
    """The expression of a face in a frame."""

    mouth: float = 0.0
    """How far the mouth is open, 0 to 1."""
    smile: float = 0.0
    """How broad it is, 0 to 1."""
    blink: float = 0.0
    """How far the eyes are closed, 0 to 1."""
    gaze: float = 0.0
    """Direction of the eyes, -1 left to 1 right."""


class Head:
    """One character's head on its canvas."""

    def __init__(self, name: str) -> None:
        self.appearance = APPEARANCES[name]
        self.radius = (RADIUS[0] * self.appearance.width, RADIUS[1])
        self._color, self._alpha = _paint(name)

    def draw(self, face: Expression) -> Image:
        """(400, 320, 4) RGBA of the head with this expression."""
        image = self._color.copy()
        for side in (-1, 1):
            self._draw_eye(image, side, face)
        if self.appearance.glasses:
            self._draw_glasses(image)
        self._draw_mouth(image, face)
        return np.dstack([image, self._alpha])

    def _draw_eye(self, image: Image, side: int, face: Expression) -> None:
        u, v = side * _EYE[0], _EYE[1]
        wide, high = _EYE_RADIUS[0], _EYE_RADIUS[1] * (1 - face.blink)
        skin = self.appearance.skin
        if high <= 0.015:
            self._ellipse(image, u, v, wide * 1.02, 0.05, _darker(skin, 0.62))
            self._ellipse(image, u, v, wide, 0.035, (40, 28, 24), 10, 170, 3)
            return
        pupil = u + face.gaze * 0.05
        self._ellipse(image, u, v, wide, high, (222, 220, 216))
        self._ellipse(image, pupil, v - 0.005, 0.085, min(high, 0.078), self.appearance.iris)
        self._ellipse(image, pupil, v - 0.005, 0.04, min(high * 0.9, 0.038), (12, 10, 10))
        self._ellipse(image, pupil - 0.03, v - 0.03, 0.015, min(0.012, high * 0.3), (250, 250, 250))
        self._ellipse(image, u, v + 0.005, wide * 1.04, high * 1.15, (38, 26, 22), 185, 355, 3)
        self._ellipse(image, u, v, wide, high, _darker(skin, 0.5), 15, 165, 1)

    def _draw_glasses(self, image: Image) -> None:
        frame = (40, 40, 46)
        for side in (-1, 1):
            self._ellipse(image, side * _EYE[0], _EYE[1] + 0.01, 0.26, 0.15, frame, 0, 360, 2)
        left, right = self._point(-0.14, _EYE[1] - 0.01), self._point(0.14, _EYE[1] - 0.01)
        cv2.line(image, _rounded(left), _rounded(right), frame, 2, cv2.LINE_AA)

    def _draw_mouth(self, image: Image, face: Expression) -> None:
        lip = self.appearance.lip
        wide = 0.27 * (1 - 0.12 * face.mouth + 0.22 * face.smile)
        high = 0.012 + 0.115 * face.mouth
        v = _MOUTH[1] + 0.035 * face.mouth
        self._ellipse(image, 0, v, wide, high + 0.045, lip)
        self._ellipse(image, 0, v - 0.01, wide * 0.98, high + 0.03, _darker(lip, 0.8), 180, 360)
        self._ellipse(image, 0, v, wide * 0.86, high, (48, 14, 16))
        if face.mouth > 0.25:
            self._ellipse(image, 0, v - high * 0.55, wide * 0.6, high * 0.30, (226, 222, 214))
        if face.mouth > 0.5:
            self._ellipse(image, 0, v + high * 0.55, wide * 0.5, high * 0.33, (170, 70, 74))
        if face.smile > 0.3:
            arc = _darker(lip, 0.7)
            self._ellipse(image, 0, v - 0.07, wide * 1.05, 0.10, arc, 25, 155, 3)

    def _ellipse(
        self,
        image: Image,
        u: float,
        v: float,
        wide: float,
        high: float,
        color: Color,
        begin: int = 0,
        end: int = 360,
        thickness: int = -1,
    ) -> None:
        x, y = self._point(u, v)
        axes = (max(1, int(wide * self.radius[0] * 16)), max(1, int(high * self.radius[1] * 16)))
        cv2.ellipse(
            image, (int(x * 16), int(y * 16)), axes, 0, begin, end, color, thickness,
            cv2.LINE_AA, 4,
        )  # fmt: skip

    def _point(self, u: float, v: float) -> tuple[float, float]:
        return CENTER[0] + u * self.radius[0], CENTER[1] + v * self.radius[1]


@cache
def _paint(name: str) -> tuple[Image, Image]:
    """Colour and opacity of a head without eyes and mouth, painted at twice the size."""
    appearance = APPEARANCES[name]
    rows, columns = np.mgrid[0 : CANVAS_HEIGHT * 2, 0 : CANVAS_WIDTH * 2].astype(np.float32) / 2
    u: Field = (columns - CENTER[0]) / (RADIUS[0] * appearance.width)
    v: Field = (rows - CENTER[1]) / RADIUS[1]
    distance = np.sqrt((u * (1 + appearance.jaw * np.clip(v, 0, 2) ** 2)) ** 2 + v**2)
    depth = np.sqrt(np.clip(1 - distance**2, 0, 1))
    shade = 0.50 + 0.56 * np.clip(u * _LIGHT[0] + v * _LIGHT[1] + depth * _LIGHT[2], 0, 1)
    for gain, x, y, wide, high in _PAIRED_SHADES:
        for side in (-1, 1):
            shade *= 1 + gain * _blob(u, v, side * x, y, wide, high)
    for gain, x, y, wide, high in _SINGLE_SHADES:
        shade *= 1 + gain * _blob(u, v, x, y, wide, high)
    skin = np.array(appearance.skin, np.float32) * shade[..., None]
    hair = np.array(appearance.hair, np.float32) * _strands(name, u, v)[..., None]
    if appearance.beard:
        around_mouth = 1 - 0.9 * _blob(u, v, 0, _MOUTH[1], 0.30, 0.07)
        beard = appearance.beard * _step(v + 0.25 * u**2, 0.36, 0.62) * around_mouth
        skin = skin * (1 - beard[..., None]) + np.array(appearance.hair) * 1.2 * beard[..., None]
    layers = _Layers(np.zeros_like(skin), np.zeros_like(u))
    for color, mask in _head_layers(appearance, u, v, distance, skin, hair):
        layers = layers.over(color, mask)
    size = (CANVAS_WIDTH, CANVAS_HEIGHT)
    color = np.clip(layers.color, 0, 255).astype(np.uint8)
    alpha = (layers.alpha * 255).astype(np.uint8)
    return (
        np.asarray(cv2.resize(color, size, interpolation=cv2.INTER_AREA), np.uint8),
        np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.uint8),
    )


@dataclass(frozen=True, slots=True)
class _Layers:
    color: Field
    alpha: Field

    def over(self, color: Field, mask: Field) -> "_Layers":
        cover = mask[..., None]
        return replace(
            self,
            color=self.color * (1 - cover) + color * cover,
            alpha=self.alpha + (1 - self.alpha) * mask,
        )


def _head_layers(
    appearance: Appearance, u: Field, v: Field, distance: Field, skin: Field, hair: Field
) -> list[tuple[Field, Field]]:
    """Colour and mask from back to front: hair behind, neck, ears, face, hair, brows."""
    flat_skin = np.array(appearance.skin, np.float32) * np.ones_like(skin)
    layers: list[tuple[Field, Field]] = []
    if appearance.style == "long":
        behind = 1 - _step(np.hypot(u / 1.22, np.minimum(v + 0.12, 0) / 1.12), 0.98, 1.01)
        layers.append((hair * 0.75, behind * (1 - _step(v, 1.15, 1.25)) * (np.abs(u) < 1.5)))
    if appearance.style == "bob":
        behind = 1 - _step(np.hypot(u / 1.25, (v + 0.10) / 1.12), 0.98, 1.01)
        layers.append((hair * 0.75, behind * (1 - _step(v, 0.62, 0.70))))
    neck = (1 - _step(np.abs(u), 0.50, 0.53)) * _step(v, 0.4, 0.5)
    layers.append((flat_skin * (0.62 - 0.10 * _blob(u, v, 0, 1.0, 0.8, 0.15))[..., None], neck))
    if appearance.style == "knot":
        knot = 1 - _step(np.hypot(u / 0.36, (v + 1.2) / 0.30), 0.95, 1.02)
        layers.append((hair * 0.85, knot))
    if appearance.style in ("short", "bald", "knot"):
        for side in (-1, 1):
            ear = 1 - _step(np.hypot((u - side) / 0.13, (v - 0.02) / 0.2), 0.9, 1.0)
            layers.append((flat_skin * 0.72, ear))
    layers.append((skin, 1 - _step(distance, 0.985, 1.01)))
    if appearance.style != "bald":
        line = {"long": -0.62, "bob": -0.50, "short": -0.66, "knot": -0.70}[appearance.style]
        curve = {"long": 0.75, "bob": 0.45, "short": 0.30, "knot": 0.55}[appearance.style]
        cap = 1 - _step(np.hypot(u / 1.10, (v + 0.06) / 1.10), 0.98, 1.0)
        edge = line + curve * np.abs(u) ** 3
        layers.append((hair, cap * np.asarray(1 - _step(v - edge, -0.02, 0.03), np.float32)))
        if appearance.style in ("long", "bob"):
            strip = cap * _step(np.abs(u), 0.86, 0.92) * (1 - _step(v, 0.6, 0.9))
            layers.append((hair, strip))
    for side in (-1, 1):
        along = (u * side - _EYE[0]) / 0.24
        height = np.abs(v - (-0.29 + 0.05 * along**2 - 0.02 * along))
        brow = 1 - _step(height / (0.032 * appearance.brow), 0.7, 1.1)
        brow = brow * (1 - _step(np.abs(along), 0.85, 1.05)) * 0.92
        layers.append((np.array(appearance.hair, np.float32) * 0.8 * np.ones_like(skin), brow))
    return layers


def _strands(name: str, u: Field, v: Field) -> Field:
    rng = np.random.default_rng(sum(name.encode()))
    noise = rng.normal(0, 1, u.shape).astype(np.float32)
    strands = cv2.GaussianBlur(noise, (0, 0), sigmaX=1.2, sigmaY=14)
    strands = strands / strands.std()
    return np.asarray(1 + 0.12 * strands + 0.35 * _blob(u, v, -0.3, -1.0, 0.5, 0.18), np.float32)


def _blob(u: Field, v: Field, x: float, y: float, wide: float, high: float) -> Field:
    return np.exp(-0.5 * (((u - x) / wide) ** 2 + ((v - y) / high) ** 2)).astype(np.float32)


def _step(values: NDArray[np.floating[Any]], low: float, high: float) -> Field:
    t = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def _darker(color: Color, factor: float) -> Color:
    red, green, blue = (int(channel * factor) for channel in color)
    return red, green, blue


def _rounded(point: tuple[float, float]) -> tuple[int, int]:
    return round(point[0]), round(point[1])
