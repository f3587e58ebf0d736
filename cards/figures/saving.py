"""A matplotlib figure in, SVG and PNG out: the same bytes every time, with alternative text."""

import io
import re
from html import escape
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas

from .theme import DARK, LIGHT

_DPI = 144


def save(
    canvas: Canvas, folder: Path, name: str, title: str, alt: str, *, as_svg: bool = True
) -> None:
    """Writes `<name>.png`, and `<name>.svg`, which follows the reader's colour scheme."""
    folder.mkdir(parents=True, exist_ok=True)
    # One layout for both files: they look the same, and the second costs little.
    FigureCanvasAgg(canvas)
    canvas.draw_without_rendering()
    canvas.set_layout_engine("none")
    if as_svg:
        (folder / f"{name}.svg").write_text(svg(canvas, title, alt), "utf-8")
    FigureCanvasAgg(canvas)
    metadata = {"Software": None, "Title": title, "Description": alt}
    canvas.savefig(folder / f"{name}.png", format="png", dpi=_DPI, metadata=metadata)


def svg(canvas: Canvas, title: str, alt: str) -> str:
    """The figure as SVG with title, description, and a style rule for dark mode."""
    FigureCanvasSVG(canvas)
    sink = io.StringIO()
    canvas.savefig(sink, format="svg", metadata={"Date": None, "Creator": None})
    text = sink.getvalue()
    rules = "".join(
        f'[style*="{kind}: {getattr(LIGHT, name)}"]{{{kind}:{getattr(DARK, name)}!important}}'
        for name in ("background", "foreground", "muted", "fill")
        for kind in ("fill", "stroke")
    )
    head = (
        f'<title id="title">{escape(title)}</title>\n<desc id="desc">{escape(alt)}</desc>\n'
        f"<style>@media (prefers-color-scheme: dark){{{rules}}}</style>\n"
    )
    opening_tag = '<svg role="img" aria-labelledby="title desc" '
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, count=1, flags=re.DOTALL)
    opened = re.sub(r"<svg ", opening_tag, text, count=1)
    return re.sub(r"(<svg [^>]*>\s*)", lambda match: match[1] + head, opened, count=1)
