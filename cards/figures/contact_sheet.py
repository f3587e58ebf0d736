"""Frames and transcripts in, a PNG contact sheet out: one row for each sample.

Frames are arrays; this module knows neither video nor releases.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps

from ...records import atomic_file
from .theme import font_path, label

_TILE = (176, 176)
_MARGIN = 12
_LINE = 15
_BACKGROUND, _FOREGROUND, _MUTED = (250, 250, 248), (28, 28, 30), (120, 120, 124)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tile:
    """One person of a row."""

    frames: Sequence[NDArray[np.uint8]]
    """Frames (H, W, 3) RGB, drawn left to right."""
    heading: str
    """Who this is: initiator, responder, ..."""
    words: str
    """What is said; long text is cut to three lines."""


def draw_contact_sheet(rows: Sequence[Sequence[Tile]], title: str, path: Path) -> None:
    """Writes a PNG: one row of tiles for each sample, under a title.

    Args:
        rows: samples, each with any number of tiles.
        title: printed above.
        path: where to write.

    Raises:
        ValueError: there are no rows.
    """
    if not rows:
        raise ValueError("a contact sheet needs at least one row of tiles; got none")
    wide, high = _TILE
    tile_width = max(len(tile.frames) for row in rows for tile in row) * (wide + 4)
    columns = max(len(row) for row in rows)
    row_height = high + 5 * _LINE + _MARGIN
    sheet = Image.new(
        "RGB",
        (
            _MARGIN + columns * (tile_width + _MARGIN),
            2 * _MARGIN + 2 * _LINE + len(rows) * row_height,
        ),
        _BACKGROUND,
    )
    draw = ImageDraw.Draw(sheet)
    draw.text(
        (_MARGIN, _MARGIN),
        label(title, 100),
        fill=_FOREGROUND,
        font=ImageFont.truetype(font_path(), 15),
    )
    for number, row in enumerate(rows):
        top = 2 * _MARGIN + 2 * _LINE + number * row_height
        for column, tile in enumerate(row):
            _draw_tile(sheet, draw, tile, _MARGIN + column * (tile_width + _MARGIN), top)
    with atomic_file(path) as draft:
        sheet.save(draft, format="PNG")


def _draw_tile(
    sheet: Image.Image, draw: ImageDraw.ImageDraw, tile: Tile, left: int, top: int
) -> None:
    wide, high = _TILE
    font = ImageFont.truetype(font_path(), 11)
    draw.text((left, top), label(tile.heading, 100), fill=_MUTED, font=font)
    for number, frame in enumerate(tile.frames):
        thumbnail = ImageOps.contain(Image.fromarray(frame), (wide, high))
        sheet.paste(thumbnail, (left + number * (wide + 4), top + _LINE + 2))
    width = len(tile.frames) * (wide + 4)
    lines = _wrap(label(tile.words, 400), width, font)
    for number, line in enumerate(lines[:3]):
        last = number == 2 and len(lines) > 3
        text = f"{line[:-3]}..." if last else line
        draw.text((left, top + high + _LINE * (number + 1) + 4), text, fill=_FOREGROUND, font=font)


def _wrap(text: str, width: int, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
