"""A drawn figure as SVG and PNG: the same bytes every time, with words for those who cannot see."""

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
    # Laid out once: both files show the same, and the second one costs little.
    FigureCanvasAgg(canvas)
    canvas.draw_without_rendering()
    canvas.set_layout_engine("none")
    if as_svg:
        (folder / f"{name}.svg").write_text(svg(canvas, title, alt), "utf-8")
    FigureCanvasAgg(canvas)
    metadata = {"Software": None, "Title": title, "Description": alt}
    canvas.savefig(folder / f"{name}.png", format="png", dpi=_DPI, metadata=metadata)


def svg(canvas: Canvas, title: str, alt: str) -> str:
    """The figure as SVG with title, description, and a rule that turns the paper dark."""
    FigureCanvasSVG(canvas)
    sink = io.StringIO()
    canvas.savefig(sink, format="svg", metadata={"Date": None, "Creator": None})
    text = sink.getvalue()
    rules = "".join(
        f'[style*="{kind}: {getattr(LIGHT, name)}"]{{{kind}:{getattr(DARK, name)}!important}}'
        for name in ("paper", "ink", "faint", "wash")
        for kind in ("fill", "stroke")
    )
    head = (
        f'<title id="title">{escape(title)}</title>\n<desc id="desc">{escape(alt)}</desc>\n'
        f"<style>@media (prefers-color-scheme: dark){{{rules}}}</style>\n"
    )
    said = '<svg role="img" aria-labelledby="title desc" '
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, count=1, flags=re.DOTALL)
    opened = re.sub(r"<svg ", said, text, count=1)
    return re.sub(r"(<svg [^>]*>\s*)", lambda found: found[1] + head, opened, count=1)
