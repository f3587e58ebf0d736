"""What the templates are given: a release, its numbers, and the words around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from ...records import BRANCHES, CONFIGS, TIERS, Branch
from ...release import DEFAULT_CONFIG, Release, ReleaseFacts, list_notes
from ...release.takedown import Takedown
from ..statistics.measures import MEASURES, UNKNOWN, Measure
from ..statistics.release_statistics import ConfigStatistics, Statistics
from ..statistics.tally import Histogram
from . import fields
from . import paper_statistics as paper
from .escaping import code, text

FIGURES = ("statistics", "composition", "conversation", "contact_sheet")
SHOWN_VALUES = 8
"""Values of a category that a table lists; the rest is summed."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture in a release."""

    path: str
    """Relative to the release."""
    alt: str
    """What it shows, for those who do not see it."""


def card_content(
    release: Release, statistics: Statistics, figures: Sequence[Figure], takedown: Takedown
) -> dict[str, Any]:
    """Names for the templates."""
    facts = release.manifest.facts
    return {
        "release": release,
        "facts": facts,
        "repository": repository_of(facts),
        "official": facts.origin == "official",
        "configs": [CONFIGS[name] for name in release.configs],
        "entries": release.manifest.configs,
        "empty": [
            (name, facts.empty_configs.get(name)) for name in CONFIGS if _is_empty(release, name)
        ],
        "default": DEFAULT_CONFIG if DEFAULT_CONFIG in release.configs else release.configs[0],
        "statistics": statistics,
        "figures": dict.fromkeys(FIGURES)
        | {figure.path.rpartition("/")[2].partition(".")[0]: figure for figure in figures},
        "takedown": takedown,
        "num_takedown": {
            kind: sum(tombstone.kind == kind for tombstone in takedown.tombstones)
            for kind in ("source", "person", "clip")
        },
        "branches": [branch for branch in BRANCHES if any(_has(release, branch))],
        "measures": [one for one in MEASURES if one.of == "clip"],
        "sample_measures": [one for one in MEASURES if one.of == "sample"],
        "paper": paper,
        "clip_groups": fields.clip_groups(),
        "sample_fields": fields.sample_fields,
        "gate_rows": gate_rows(facts.gates, statistics.gate_counts),
        "stage_rows": stage_rows(facts.backends),
        "left_out": _words(facts.backends.get("left_out")),
        "other_backends": {
            name: values
            for name, values in facts.backends.items()
            if name != "left_out" and not _is_profile(values)
        },
        "shares": shares,
        "duration_ring": duration_ring(statistics.clips),
        "list_notes": list_notes(facts),
        "schema_version": release.manifest.schema_version,
    }


def repository_of(facts: ReleaseFacts) -> str:
    """Where the release stands on a Hub, or a name in the place of that."""
    return facts.repository or "org/SpeakerVid-5M"


def _is_empty(release: Release, name: str) -> bool:
    return name not in release.configs


def _has(release: Release, branch: Branch) -> list[bool]:
    return [f"{branch}_{tier}" in release.configs for tier in TIERS]


def gate_rows(
    gates: Sequence[Mapping[str, Any]], counts: Mapping[str, Mapping[str, int]]
) -> list[dict[str, Any]]:
    """One row a gate: the rule, where it is from, and what it answered."""
    return [
        {
            "name": gate["name"],
            "stage": gate["stage"],
            "expression": gate["expression"],
            "applies_to": str(gate["applies_to"]).replace("_", " "),
            "source": gate["source"],
            "answers": counts.get(gate["name"], {}),
        }
        for gate in gates
    ]


def stage_rows(backends: Mapping[str, Any]) -> list[dict[str, str]]:
    """The stages of the profile that measured: who did each, and on which terms; a row a weight."""
    return [
        {
            "profile": profile,
            "stage": stage,
            "backend": str(one["name"]),
            "licence": str(one["licence"]),
        }
        | weights
        for profile, stages in backends.items()
        if _is_profile(stages)
        for stage, one in stages.items()
        for weights in _weights(one)
    ]


def _is_profile(values: object) -> bool:
    """Whether an entry of the manifest's backends is stages by name, as curation writes them."""
    return (
        isinstance(values, Mapping)
        and bool(values)
        and all(
            isinstance(value, Mapping) and {"name", "licence"} <= set(value)
            for value in values.values()
        )
    )


def _weights(backend: Mapping[str, Any]) -> list[dict[str, str]]:
    """File, terms, source and size of each of a backend's weights; one row of none."""
    listed = [*(backend.get("files") or ()), *(backend.get("bundled") or ())]
    return [
        {
            "weights": str(one.get("file", UNKNOWN)),
            "terms": str(one.get("licence", UNKNOWN)),
            "source": str(one.get("source", UNKNOWN)),
            "size": size(one["num_bytes"]) if _is_size(one.get("num_bytes")) else UNKNOWN,
        }
        for one in listed
        if isinstance(one, Mapping)
    ] or [{"weights": "none", "terms": "", "source": "", "size": ""}]


def _is_size(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _words(values: object) -> list[str]:
    return [str(value) for value in values] if isinstance(values, Sequence) else []


def shares(found: ConfigStatistics, name: str) -> list[tuple[str, int, float]]:
    """Values of a category with counts and shares of the clips; the rarer ones together."""
    counts = found.categories.get(name, {})
    total = sum(counts.values()) or 1
    known = [(value, count) for value, count in counts.items() if value != UNKNOWN]
    rows = known[:SHOWN_VALUES]
    if rest := sum(count for _, count in known[SHOWN_VALUES:]):
        rows.append((f"{len(known) - SHOWN_VALUES} others", rest))
    if counts.get(UNKNOWN):
        rows.append((UNKNOWN, counts[UNKNOWN]))
    return [(value, count, 100 * count / total) for value, count in rows]


def duration_ring(found: ConfigStatistics) -> dict[str, float]:
    """Percent of the clips by duration, in the classes of the paper."""
    counts = found.histograms["duration_seconds"].counts
    total = sum(counts) or 1
    edges = {
        "under 3 s": (0, 6),
        "3 to 5 s": (6, 10),
        "5 to 10 s": (10, 20),
        "10 s and more": (20, 32),
    }
    return {name: 100 * sum(counts[low:high]) / total for name, (low, high) in edges.items()}


def hours(seconds: float) -> str:
    """Seconds as hours, or as minutes where they are few."""
    if seconds >= 36_000:
        return f"{seconds / 3600:,.0f} h"
    return f"{seconds / 3600:.2f} h" if seconds >= 3600 else f"{seconds / 60:.1f} min"


def count(number: float) -> str:
    """With a separator of thousands."""
    return f"{number:,}" if isinstance(number, int) else f"{number:,.4g}"


def percent(share: float) -> str:
    """A share for readers."""
    return f"{share:.1f} %" if share < 99.95 else "100 %"


def size(num_bytes: float) -> str:
    """Bytes for people, in powers of 1000."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(num_bytes) < 1000:
            return f"{num_bytes:.0f} {unit}" if unit == "B" else f"{num_bytes:.1f} {unit}"
        num_bytes /= 1000
    return f"{num_bytes:.1f} TB"


def spread(histogram: Histogram, measure: Measure) -> Markup:
    """Mean and extremes of a measure, or that it was not measured."""
    if histogram.mean is None:
        return Markup("not measured")
    unit = f" {measure.unit}" if measure.unit in ("seconds", "words", "turns") else ""
    values = f"{histogram.mean:.3g} ({histogram.minimum:.3g} to {histogram.maximum:.3g})"
    return Markup(f"{values}{unit}")


FILTERS = {
    "text": text,
    "code": code,
    "hours": lambda seconds: Markup(hours(seconds)),
    "count": lambda number: Markup(count(number)),
    "percent": lambda share: Markup(percent(share)),
    "size": lambda num_bytes: Markup(size(num_bytes)),
    "trusted": Markup,
}
