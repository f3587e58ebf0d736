"""Rows to a table in Markdown and to plots; a claim only where the interval leaves 1 out."""

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path

from .engines import EngineRow
from .measure import Row


def markdown(rows: Sequence[Row], engines: Sequence[EngineRow]) -> str:
    """The tables of the loading guide."""
    lines = [
        "| what | by the clock | 95 % | by processor time | 95 % | aim | |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        cpu = ["", ""]
        if row.cpu_ratio is not None and row.cpu_low is not None and row.cpu_high is not None:
            cpu = [_number(row.cpu_ratio), f"{_number(row.cpu_low)}-{_number(row.cpu_high)}"]
        unit = "" if row.unit == "ratio" else f" {row.unit}"
        sign = "≤ " if row.at_most else ""
        aim = "" if row.target is None else f"{sign}{row.target:g}"
        lines.append(
            f"| {row.name} | {_number(row.ratio)}{unit} | {_number(row.low)}-{_number(row.high)} "
            f"| {cpu[0]} | {cpu[1]} | {aim} | {verdict(row)} |"
        )
    if engines:
        lines += [
            "",
            "| engine | agrees | difference | whole clips, of a libavcodec loop | windows, over "
            "torchcodec exact |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| {one.name} | {'yes' if one.conforms else 'no'} | {one.difference:g} "
            f"| {_with_interval(one.whole)} | {_with_interval(one.window)} |"
            for one in engines
        ]
    return "\n".join(lines)


def verdict(row: Row) -> str:
    """What is said of a row: nothing is claimed of a ratio whose interval touches 1."""
    if row.claim == "no claim" and (row.target is None or row.target >= 1):
        return "no claim"
    if row.target is None:
        return ""
    if row.holds is False:
        return "missed"
    sure = row.high <= row.target if row.at_most else row.low >= row.target
    return "" if sure else "not certain"


def draw(rows: Sequence[Row], engines: Sequence[EngineRow], folder: Path) -> list[Path]:
    """Draws the ratios and the engines, as SVG and PNG."""
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    ratios = [row for row in rows if row.unit == "ratio" and row.ratio > 0]
    written: list[Path] = []
    if ratios:
        figure = Figure(figsize=(10, 1.2 + 0.36 * len(ratios)), layout="constrained")
        axes = figure.subplots()
        for place, row in enumerate(reversed(ratios)):
            touches = row.claim == "no claim"
            axes.plot([row.low, row.high], [place, place], color="0.6", lw=2, zorder=1)
            axes.scatter(
                row.ratio, place, s=34, color="white" if touches else "C0", ec="C0", zorder=3
            )
            if row.target is not None:
                axes.plot(
                    [row.target] * 2, [place - 0.35, place + 0.35], color="C3", lw=2, zorder=2
                )
        axes.axvline(1, color="0.3", lw=1, ls=":")
        axes.set_xscale("log")
        low = min(0.5, *(row.low for row in ratios if row.low > 0))
        high = max(row.high for row in ratios) * 1.2
        axes.set_xlim(low, high)
        ticks = [
            one for one in (0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 50, 100, 200) if low <= one <= high
        ]
        axes.set_xticks(ticks, [f"{one:g}" for one in ticks])
        axes.minorticks_off()
        names = [textwrap.fill(row.name, 62) for row in reversed(ratios)]
        axes.set_yticks(range(len(ratios)), names, fontsize=8)
        axes.set_xlabel("times as fast; red: aim; hollow: no claim", fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
        written += _save(figure, folder / "loading")
    if engines:
        figure = Figure(figsize=(9, 1 + 0.42 * len(engines)), layout="constrained")
        for axes, which, title in zip(
            figure.subplots(1, 2, sharey=True),
            ("whole", "window"),
            ("whole clips, of a decode-only loop", "32-frame windows, over torchcodec exact"),
            strict=True,
        ):
            for place, one in enumerate(reversed(engines)):
                middle, low, high = getattr(one, which)
                axes.barh(place, middle, color="C0" if one.conforms else "0.7", height=0.6)
                axes.plot([low, high], [place, place], color="0.2", lw=1.5)
            axes.axvline(1, color="0.3", lw=1, ls=":")
            axes.set_title(title, fontsize=9)
            axes.spines[["top", "right"]].set_visible(False)
            axes.set_yticks(
                range(len(engines)), [one.name for one in reversed(engines)], fontsize=8
            )
        written += _save(figure, folder / "engines")
    return written


def _save(figure: object, stem: Path) -> list[Path]:
    written = []
    for ending in ("svg", "png"):
        path = stem.with_suffix(f".{ending}")
        figure.savefig(path, dpi=130)  # type: ignore[attr-defined]
        written.append(path)
    return written


def _number(value: float) -> str:
    """Three digits that count."""
    if not value or not math.isfinite(value) or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.{2 - math.floor(math.log10(abs(value)))}f}"


def _with_interval(found: tuple[float, float, float]) -> str:
    return f"{found[0]:.2f} ({found[1]:.2f}-{found[2]:.2f})"
