"""Statistics in, matplotlib figures and their alternative texts out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure as Canvas

from ...records import BRANCHES, TIERS
from ..content import card_content as content
from ..statistics.measures import MEASURES, UNKNOWN, Measure
from ..statistics.release_statistics import ConfigStatistics, Statistics
from ..statistics.tally import Histogram
from .theme import BLUE, GREEN, GREY, ORANGE, SERIES, Theme, canvas, label

Axes = Any
"""matplotlib's, which is hardly typed."""

_HISTOGRAMS = (
    "duration_seconds",
    "dover",
    "sync_confidence",
    "face_blur",
    "hand_blur",
    "motion_degree",
    "asr_avg_logprob",
    "caption_words",
    "gap_seconds",
    "num_turns",
)
_PIE_CHARTS = ("language", "topic", "human_body", "resolution", "year")
_TITLES = {"human_body": "Framing", "resolution": "Resolution", "year": "Year published"}


def draw_statistics(
    statistics: Statistics, gates: Sequence[Mapping[str, Any]], theme: Theme
) -> Canvas:
    """Pie charts above, histograms with the gates' thresholds below."""
    figure = canvas(13, 8.2)
    figure.suptitle(
        f"{content.count(statistics.clips.num_clips)} clips, "
        f"{content.hours(statistics.clips.clip_seconds)}, "
        f"{content.count(statistics.num_people)} people in "
        f"{content.count(statistics.num_sources)} videos",
        x=0.01, ha="left", fontsize=13, fontweight="bold", color=theme.foreground,
    )  # fmt: skip
    axes = figure.subplots(3, 5)
    for axis, name in zip(axes[0], _PIE_CHARTS, strict=True):
        rows = content.shares(statistics.clips, name)
        _pie_chart(axis, _TITLES.get(name, name.capitalize()), rows, theme)
    for axis, name in zip(axes[1:].flat, _HISTOGRAMS, strict=True):
        measure = next(measure for measure in MEASURES if measure.name == name)
        _histogram(
            axis, measure, _histogram_of(statistics, measure), _thresholds(gates, name), theme
        )
    return figure


def describe_statistics(statistics: Statistics) -> str:
    """The same in words."""
    clips = statistics.clips
    means = [
        f"{measure.title.lower()} {clips.histograms[measure.name].mean:.3g}"
        for measure in MEASURES
        if measure.of == "clip" and clips.histograms[measure.name].mean is not None
    ]
    shares = [
        f"{_TITLES.get(name, name).lower()}: {row[0]} {content.percent(row[2])}"
        for name in _PIE_CHARTS
        for row in content.shares(clips, name)[:2]
    ]
    return (
        f"Pie charts and histograms of {content.count(clips.num_clips)} clips. "
        f"Shares: {'; '.join(shares)}. Means: {', '.join(means)}. Dashed lines are gates."
    )


def draw_composition(statistics: Statistics, theme: Theme) -> Canvas:
    """Samples and hours of every branch, by tier."""
    figure = canvas(9, 3.4)
    longest = max(config.clip_seconds for config in statistics.configs.values())
    unit, seconds = ("Hours", 3600) if longest >= 3600 else ("Minutes", 60)
    left, right = figure.subplots(1, 2)
    _bars(left, "Samples", lambda config: config.num_rows, statistics, theme)
    _bars(
        right, f"{unit} of clips", lambda config: config.clip_seconds / seconds, statistics, theme
    )
    return figure


def describe_composition(statistics: Statistics) -> str:
    """The same in words."""
    parts = [
        f"{name} {content.count(config.num_rows)} samples of {content.hours(config.clip_seconds)}"
        for name, config in statistics.configs.items()
    ]
    return f"Bars of samples and hours of clips by branch and tier: {'; '.join(parts)}."


def _bars(
    axis: Axes,
    title: str,
    value: Callable[[ConfigStatistics], float],
    statistics: Statistics,
    theme: Theme,
) -> None:
    rows = [(branch, f"{branch}_{{}}") for branch in BRANCHES]
    names = [branch for branch, _ in rows] + ["vidchatbench"]
    lengths: dict[str, list[float]] = {}
    for tier in TIERS:
        by_branch = [statistics.configs.get(form.format(tier)) for _, form in rows]
        lengths[tier] = [value(config) if config else 0.0 for config in by_branch] + [0.0]
    bench = statistics.configs.get("vidchatbench")
    lengths["test"] = [0.0] * len(rows) + [value(bench) if bench else 0.0]
    left = np.zeros(len(names))
    styles = {"pretrain": (BLUE, ""), "sft": (ORANGE, "///"), "test": (GREEN, "...")}
    for kind, widths in lengths.items():
        color, hatch = styles[kind]
        axis.barh(
            names, widths, left=left, color=color, hatch=hatch, height=0.62, label=kind,
            edgecolor=theme.background, linewidth=0.8,
        )  # fmt: skip
        left += widths
    for place, total in enumerate(left):
        text = f"  {total:,.0f}" if title == "Samples" or total >= 100 else f"  {total:.3g}"
        axis.text(total, place, text, va="center", fontsize=8, color=theme.foreground)
    axis.set_title(title)
    axis.set_xlim(0, max(left.max() * 1.18, 1e-9))
    axis.invert_yaxis()
    axis.tick_params(axis="y", length=0)
    if title == "Samples":
        axis.legend(frameon=False, fontsize=8, loc="lower right", labelcolor=theme.foreground)


def _pie_chart(axis: Axes, title: str, rows: list[tuple[str, int, float]], theme: Theme) -> None:
    axis.set_title(title)
    shown = rows[:5]
    rest = 100 - sum(share for _, _, share in shown)
    parts = [(label(value, 22), share) for value, _, share in shown]
    if rest > 0.05:
        parts.append(("others", rest))
    axis.set_axis_off()
    if not parts:
        axis.text(0.5, 0.5, "not measured", ha="center", color=theme.muted)
        return
    colors = [
        GREY if name in (UNKNOWN, "others") else SERIES[n] for n, (name, _) in enumerate(parts)
    ]
    axis.pie(
        [share for _, share in parts], colors=colors, startangle=90, counterclock=False,
        center=(0, 0), radius=1,
        wedgeprops={"width": 0.36, "edgecolor": theme.background, "linewidth": 1.5},
    )  # fmt: skip
    for number, (name, share) in enumerate(parts):
        top = 0.42 * (len(parts) - 1) / 2 - 0.42 * number
        axis.text(1.32, top, "\N{BLACK SQUARE}", color=colors[number], va="center", fontsize=10)
        words = f"{name}  {content.percent(share)}"
        axis.text(1.75, top, words, color=theme.foreground, va="center", fontsize=8)
    axis.set_xlim(-1.1, 4.1)
    axis.set_ylim(-1.3, 1.3)


def _histogram(
    axis: Axes,
    measure: Measure,
    histogram: Histogram,
    thresholds: list[tuple[str, float]],
    theme: Theme,
) -> None:
    axis.set_title(measure.title)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.set_xlabel(measure.unit, fontsize=8)
    if not histogram.num_measured:
        axis.set_xticks([])
        axis.text(
            0.5, 0.5, "not measured", ha="center", color=theme.muted, transform=axis.transAxes
        )
        return
    edges = measure.low + measure.step * np.arange(measure.num_bins)
    axis.bar(edges, histogram.counts, width=measure.step, align="edge", color=BLUE)
    for stage, threshold in thresholds:
        axis.axvline(threshold, color=ORANGE, linestyle="--", linewidth=1.3)
        axis.text(
            threshold, 1.0, f" {stage}", color=ORANGE, fontsize=7, va="top", ha="left",
            transform=axis.get_xaxis_transform(),
        )  # fmt: skip
    axis.set_xlim(measure.low, measure.high)


def _histogram_of(statistics: Statistics, measure: Measure) -> Histogram:
    """A measure's histogram: of the clips, or of the largest config that has the measure."""
    if measure.of == "clip":
        return statistics.clips.histograms[measure.name]
    histograms = [config.histograms[measure.name] for config in statistics.configs.values()]
    return max(histograms, key=lambda histogram: histogram.num_measured)


def _thresholds(gates: Sequence[Mapping[str, Any]], name: str) -> list[tuple[str, float]]:
    return [
        (str(gate["stage"]), float(gate["threshold"])) for gate in gates if gate["field"] == name
    ]
