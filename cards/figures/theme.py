"""One visual language for all figures: colours that colour-blind people tell apart, two papers.

Figures are drawn on paper of their own, so they can be read on any page; in an SVG the paper
turns dark where the reader's page is.
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
    """Paper and ink."""

    paper: str
    """Behind everything."""
    ink: str
    """Words and outlines."""
    faint: str
    """Axes, and words of lesser weight."""
    wash: str
    """Areas that only set off."""


LIGHT = Theme(paper="#fbfbf9", ink="#1d1f23", faint="#63666c", wash="#e6e7e4")
DARK = Theme(paper="#17191d", ink="#f0f1ee", faint="#a2a6ad", wash="#33373e")

BLUE, ORANGE, GREEN, PURPLE = "#3b82c4", "#d97706", "#2a9d76", "#b069a8"
SKY, RED, YELLOW, GREY = "#6fb7dd", "#c8553d", "#c9a227", "#8b8f96"
SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED, YELLOW, GREY)
"""After Okabe and Ito; every one stands out from both papers."""


@contextmanager
def drawing(theme: Theme) -> Iterator[None]:
    """Matplotlib's settings for a figure, and only for it."""
    settings: dict[str, Any] = {
        "font.family": "DejaVu Sans",
        "font.size": 9,
        "text.color": theme.ink,
        "text.parse_math": False,
        "axes.edgecolor": theme.faint,
        "axes.labelcolor": theme.faint,
        "axes.facecolor": theme.paper,
        "axes.titlesize": 10,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlecolor": theme.ink,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "xtick.color": theme.faint,
        "ytick.color": theme.faint,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "figure.facecolor": theme.paper,
        "savefig.facecolor": theme.paper,
        "hatch.color": theme.faint,
        "svg.fonttype": "path",
        "svg.hashsalt": "speakervid5m",
    }
    with matplotlib.rc_context(settings):  # type: ignore[arg-type]  # its stubs list every name
        yield


def canvas(width: float, height: float) -> Canvas:
    """An empty figure, in inches; no window system is asked for."""
    return Canvas(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.14, h_pad=0.14))


def label(value: str, longest: int = 28) -> str:
    """Words of strangers that the font can draw, in the order in which they are read."""
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
