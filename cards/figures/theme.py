"""Colours and fonts of all figures: a light and a dark theme, distinguishable when colour-blind.

Figures have a background of their own, so they can be read on any page. An SVG turns dark where
the reader prefers dark.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import matplotlib
from matplotlib.figure import Figure as Canvas
from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font
from matplotlib.layout_engine import ConstrainedLayoutEngine

from ..content.escaping import is_right_to_left, plain


@dataclass(frozen=True, kw_only=True, slots=True)
class Theme:
    """Colours that depend on light or dark mode."""

    background: str
    """Behind everything."""
    foreground: str
    """Text and outlines."""
    muted: str
    """Axes and secondary text."""
    fill: str
    """Subtle areas."""


LIGHT = Theme(background="#fbfbf9", foreground="#1d1f23", muted="#63666c", fill="#e6e7e4")
DARK = Theme(background="#17191d", foreground="#f0f1ee", muted="#a2a6ad", fill="#33373e")

BLUE, ORANGE, GREEN, PURPLE = "#3b82c4", "#d97706", "#2a9d76", "#b069a8"
SKY, RED, YELLOW, GREY = "#6fb7dd", "#c8553d", "#c9a227", "#8b8f96"
SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED, YELLOW, GREY)
"""After Okabe and Ito; each contrasts with both backgrounds."""


@contextmanager
def drawing(theme: Theme) -> Iterator[None]:
    """Applies matplotlib's settings within a `with` block."""
    settings: dict[str, Any] = {
        "font.family": "DejaVu Sans",
        "font.size": 9,
        "text.color": theme.foreground,
        "text.parse_math": False,
        "axes.edgecolor": theme.muted,
        "axes.labelcolor": theme.muted,
        "axes.facecolor": theme.background,
        "axes.titlesize": 10,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlecolor": theme.foreground,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "xtick.color": theme.muted,
        "ytick.color": theme.muted,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "figure.facecolor": theme.background,
        "savefig.facecolor": theme.background,
        "hatch.color": theme.muted,
        "svg.fonttype": "path",
        "svg.hashsalt": "speakervid5m",
    }
    with matplotlib.rc_context(settings):  # type: ignore[arg-type]  # its stubs list every name
        yield


def canvas(width: float, height: float) -> Canvas:
    """An empty figure, in inches; needs no window system."""
    return Canvas(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.14, h_pad=0.14))


def label(value: str, longest: int = 28) -> str:
    """Strangers' text that the font can draw, in visual order."""
    line = plain(value, longest)
    known = _letters()
    shown = "".join(sign if ord(sign) in known else "\N{WHITE SQUARE}" for sign in line)
    return shown[::-1] if is_right_to_left(shown) else shown


@cache
def font_path() -> str:
    """The font of all figures; it comes with matplotlib."""
    return str(findfont("DejaVu Sans"))


@cache
def _letters() -> frozenset[int]:
    return frozenset(FT2Font(font_path()).get_charmap())
