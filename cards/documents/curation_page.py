"""Plain values in, one HTML page on a curation out: funnel, scores with gates, dropped clips.

Every text is escaped, frames are embedded, nothing is fetched.
"""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...records import atomic_file, printable
from ...release import FunnelStep

_WIDE, _HIGH = 420, 140
_LABELS = 40
"""Pixels above the bars, for the names of gates."""
_FRAME_HEIGHT = 90


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreValues:
    """One score of all clips, and the gates over it."""

    name: str
    """Field of `Clip`."""
    values: Sequence[float]
    """Measured values."""
    num_unmeasured: int
    """Clips without it."""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    """Gate name to threshold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Strip:
    """Frames of a clip, or of a video, that was dropped."""

    name: str
    """Id of the clip or video."""
    words: str
    """Why: the score and the gate's threshold, or the message of the stage."""
    frames: Sequence[NDArray[np.uint8]]
    """(H, W, 3) RGB; empty if none can be read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Strips:
    """Examples of what was dropped for one reason."""

    shown: Sequence[Strip]
    """The examples."""
    num_more: int
    """How many more were dropped."""


def write_curation_page(
    path: Path,
    *,
    title: str,
    facts: Sequence[str],
    funnel: Sequence[FunnelStep],
    scores: Sequence[ScoreValues],
    strips: Mapping[str, Strips],
    source_strips: Mapping[str, Strips],
) -> None:
    """Writes the page.

    Args:
        path: of the page.
        title: of the page.
        facts: sentences under the title.
        funnel: steps in order.
        scores: histograms to draw; those without values are only named.
        strips: gate to examples of the clips that it dropped.
        source_strips: stage and reason to examples of the videos that it left out.
    """
    from jinja2 import Environment

    page = Environment(autoescape=True).from_string(_PAGE)
    text = page.render(
        title=title,
        facts=facts,
        funnels=_funnels(funnel),
        scores=[_histogram(score) for score in scores if len(score.values)],
        unmeasured=[score.name for score in scores if not len(score.values)],
        strips=_strips_content(strips),
        source_strips=_strips_content(source_strips),
        wide=_WIDE,
        high=_HIGH,
    )
    with atomic_file(path) as draft:
        draft.write_text(text, "utf-8")


def _funnels(rows: Sequence[FunnelStep]) -> dict[str, list[dict[str, object]]]:
    """By unit; bar lengths relative to the input, percentages relative to what reached the step."""
    most: dict[str, int] = {}
    for row in rows:
        most[row.unit] = max(most.get(row.unit, 1), row.kept + row.lost)
    # Every unit has a funnel and a scale of its own.
    funnels: dict[str, list[dict[str, object]]] = {}
    for row in rows:
        num_input = row.kept + row.lost
        funnels.setdefault(row.unit, []).append(
            {
                "step": row.step,
                "kept": row.kept,
                "lost": row.lost,
                "share": f"{100 * row.kept / num_input:.1f} %" if num_input else "-",
                "kept_part": round(100 * row.kept / most[row.unit], 2),
                "lost_part": round(100 * row.lost / most[row.unit], 2),
                "why": ", ".join(f"{reason} {count}" for reason, count in row.why.items()),
            }
        )
    return funnels


def _histogram(score: ScoreValues) -> dict[str, object]:
    values = np.asarray(score.values, np.float64)
    marks = list(score.thresholds.values())
    low = float(min([*values, *marks], default=0.0))
    high = float(max([*values, *marks], default=1.0))
    high = high if high > low else low + 1.0
    counts, _ = np.histogram(values, bins=40, range=(low, high))
    most = max(int(counts.max()), 1)
    tallest = _HIGH - _LABELS
    bars = [
        (round(number * _WIDE / 40, 1), round(_HIGH - tallest * count / most, 1),
         round(tallest * count / most, 1))
        for number, count in enumerate(counts)
    ]  # fmt: skip
    gates = []
    for name, at in score.thresholds.items():
        x = round((at - low) / (high - low) * _WIDE, 1)
        # The name goes to the side with more space.
        side, shift = ("start", 4) if x < _WIDE / 2 else ("end", -4)
        gates.append((f"{name} {at:g}", x, side, shift))
    return {
        "name": score.name,
        "bars": bars,
        "gates": gates,
        "low": f"{low:.3g}",
        "high": f"{high:.3g}",
        "measured": len(values),
        "unmeasured": score.num_unmeasured,
    }


def _strips_content(strips: Mapping[str, Strips]) -> dict[str, dict[str, object]]:
    return {
        reason: {
            "shown": [
                (
                    printable(strip.name),
                    printable(strip.words),
                    [_data_url(frame) for frame in strip.frames],
                )
                for strip in group.shown
            ],
            "num_more": group.num_more,
        }
        for reason, group in strips.items()
    }


def _data_url(frame: NDArray[np.uint8]) -> str:
    thumbnail = Image.fromarray(frame)
    thumbnail.thumbnail((4 * _FRAME_HEIGHT, _FRAME_HEIGHT))
    data = io.BytesIO()
    thumbnail.save(data, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(data.getvalue()).decode()


_PAGE = """{% macro examples(strips, without, nothing) %}
{% for reason, group in strips.items() %}<h3>{{ reason }}</h3>
{% for name, words, frames in group.shown %}<div class="strip">
<div><small>{{ name }}: {{ words }}</small></div>
{% for url in frames %}<img src="{{ url }}" alt="a frame of {{ name }}">
{% else %}<small class="faint">{{ without }}</small>{% endfor %}</div>
{% endfor %}{% if group.num_more %}<p class="faint">and {{ group.num_more }} more</p>{% endif %}
{% else %}<p class="faint">{{ nothing }}</p>{% endfor %}
{% endmacro %}<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark; --foreground: #1c1c1e; --background: #fafaf8;
        --bar: #3b6ea5; --lost: #c8763a; --muted: #6b6b70; }
@media (prefers-color-scheme: dark) {
  :root { --foreground: #ececee; --background: #17181a;
          --bar: #7fb0e0; --lost: #e0a070; --muted: #a0a0a6; } }
body { font: 15px/1.5 system-ui, sans-serif;
       color: var(--foreground); background: var(--background);
       max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2.5rem }
table { border-collapse: collapse; width: 100% } td, th { padding: .15rem .6rem .15rem 0;
       text-align: left; vertical-align: top } .n.n { text-align: right; white-space: nowrap }
td.why { min-width: 9rem } h3 { font-size: 1rem; margin: 1.2rem 0 .3rem }
.row { display: flex; height: .9rem; min-width: 12rem } .kept { background: var(--bar) }
.lost { background: var(--lost) } small, .faint { color: var(--muted) }
figure { display: inline-block; margin: 0 1.5rem 1.2rem 0 } rect { fill: var(--bar) }
line { stroke: var(--lost); stroke-width: 2 } svg { overflow: visible }
svg text { fill: var(--foreground); font-size: 11px; paint-order: stroke; stroke: var(--background);
       stroke-width: 3px }
.strip img { height: 90px; margin-right: 3px } .strip { margin-bottom: .6rem }
</style></head><body>
<h1>{{ title }}</h1>
{% for fact in facts %}<p>{{ fact }}</p>{% endfor %}
<h2>Kept after each step</h2>
{% for unit, rows in funnels.items() %}<h3>{{ unit }}</h3>
<table><tr><th>step</th><th class="n">kept</th><th class="n">share</th><th class="n">lost</th>
<th></th><th>why</th></tr>
{% for row in rows %}<tr><td>{{ row.step }}</td><td class="n">{{ row.kept }}</td>
<td class="n">{{ row.share }}</td><td class="n">{{ row.lost }}</td><td><div class="row" role="img"
aria-label="{{ row.kept }} kept, {{ row.lost }} lost">
<div class="kept" style="width: {{ row.kept_part }}%"></div>
<div class="lost" style="width: {{ row.lost_part }}%"></div></div></td>
<td class="why"><small>{{ row.why }}</small></td></tr>{% endfor %}
</table>{% else %}<p class="faint">no stage has run</p>{% endfor %}
<h2>Scores and gates</h2>
{% for score in scores %}<figure><figcaption>{{ score.name }}
<small>{{ score.measured }} clips{% if score.unmeasured %}, {{ score.unmeasured }} not measured
{% endif %}</small></figcaption>
<svg width="{{ wide }}" height="{{ high + 34 }}" role="img"
aria-label="histogram of {{ score.name }}">
{% for x, y, h in score.bars %}
<rect x="{{ x }}" y="{{ y }}" width="9.5" height="{{ h }}"/>{% endfor %}
{% for label, x, side, shift in score.gates %}
<line x1="{{ x }}" x2="{{ x }}" y1="0" y2="{{ high }}"/>
<text x="{{ x + shift }}" y="{{ 11 + 13 * loop.index0 }}"
text-anchor="{{ side }}">{{ label }}</text>
{% endfor %}
<text x="0" y="{{ high + 14 }}">{{ score.low }}</text>
<text x="{{ wide }}" y="{{ high + 14 }}" text-anchor="end">{{ score.high }}</text></svg></figure>
{% else %}<p class="faint">no clip was measured</p>{% endfor %}
{% if unmeasured %}
<p class="faint">Measured on no clip: {{ unmeasured | join(", ") }}.</p>{% endif %}
<h2>Videos that were left out</h2>
{{ examples(source_strips, "its frames cannot be read", "every video passed") }}
<h2>Examples of clips that a gate drops, or keeps out of SFT</h2>
{{ examples(strips, "its video is gone", "no gate dropped a clip") }}
</body></html>
"""
