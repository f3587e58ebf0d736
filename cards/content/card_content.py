"""A release, its statistics and figures in; the variables and filters of the templates out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from ...records import BRANCHES, CONFIGS, TIERS, Branch, readable_size
from ...release import (
    DEFAULT_CONFIG,
    Release,
    ReleaseFacts,
    list_notes,
    people_of,
    terms_of,
    title_of,
)
from ...release.takedown import Takedown
from ..statistics.measures import MEASURES, UNKNOWN, Measure
from ..statistics.release_statistics import ConfigStatistics, Statistics
from ..statistics.tally import Histogram
from . import fields, paper_statistics as paper
from .escaping import code, text

FIGURES = ("statistics", "composition", "conversation", "contact_sheet")
SHOWN_VALUES = 8
"""Values of a category that a table lists; the rest are summed."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure file of a release."""

    path: str
    """Relative to the release."""
    alt: str
    """Alternative text."""


def card_content(
    release: Release, statistics: Statistics, figures: Sequence[Figure], takedown: Takedown
) -> dict[str, Any]:
    """Variables for the templates."""
    facts = release.manifest.facts
    return {
        "release": release,
        "facts": facts,
        "repository": repository_of(facts),
        "official": facts.origin == "official",
        "title": title_of(facts.origin, facts.publication),
        "people": people_of(facts.publication),
        "terms": terms_of(facts.origin, facts.publication),
        "publication": facts.publication,
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
        "measures": [measure for measure in MEASURES if measure.of == "clip"],
        "sample_measures": [measure for measure in MEASURES if measure.of == "sample"],
        "paper": paper,
        "clip_groups": fields.clip_groups(),
        "sample_fields": fields.sample_fields,
        "gate_rows": gate_rows(facts.gates, statistics.gate_counts),
        "stage_rows": stage_rows(facts.backends),
        "left_out": _strings(facts.backends.get("left_out")),
        "other_backends": {
            name: values
            for name, values in facts.backends.items()
            if name != "left_out" and not _is_profile(values)
        },
        "shares": shares,
        "duration_shares": duration_shares(statistics.clips),
        "list_notes": list_notes(facts),
        "schema_version": release.manifest.schema_version,
    }


def repository_of(facts: ReleaseFacts) -> str:
    """The release's repository on a Hub, or a placeholder."""
    return facts.repository or "org/SpeakerVid-5M"


def _is_empty(release: Release, name: str) -> bool:
    return name not in release.configs


def _has(release: Release, branch: Branch) -> list[bool]:
    return [f"{branch}_{tier}" in release.configs for tier in TIERS]


def gate_rows(
    gates: Sequence[Mapping[str, Any]], counts: Mapping[str, Mapping[str, int]]
) -> list[dict[str, Any]]:
    """One row for each gate: the rule, its source, and its answers."""
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
    """One row for each stage and weights file: the model, its licence, source and size."""
    return [
        {
            "profile": profile,
            "stage": stage,
            "backend": str(model["name"]),
            "licence": str(model["licence"]),
        }
        | weights
        for profile, stages in backends.items()
        if _is_profile(stages)
        for stage, model in stages.items()
        for weights in _weights(model)
    ]


def _is_profile(values: object) -> bool:
    """Whether an entry of the manifest's backends maps stages to backends, as curation writes."""
    return (
        isinstance(values, Mapping)
        and bool(values)
        and all(
            isinstance(value, Mapping) and {"name", "licence"} <= set(value)
            for value in values.values()
        )
    )


def _weights(backend: Mapping[str, Any]) -> list[dict[str, str]]:
    """File, terms, source and size of each weights file of a backend; one row if there are none."""
    listed = [*(backend.get("files") or ()), *(backend.get("bundled") or ())]
    return [
        {
            "weights": str(weights_file.get("file", UNKNOWN)),
            "terms": str(weights_file.get("licence", UNKNOWN)),
            "source": str(weights_file.get("source", UNKNOWN)),
            "size": readable_size(weights_file["num_bytes"])
            if _is_size(weights_file.get("num_bytes"))
            else UNKNOWN,
        }
        for weights_file in listed
        if isinstance(weights_file, Mapping)
    ] or [{"weights": "none", "terms": "", "source": "", "size": ""}]


def _is_size(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _strings(values: object) -> list[str]:
    return [str(value) for value in values] if isinstance(values, Sequence) else []


def shares(statistics: ConfigStatistics, name: str) -> list[tuple[str, int, float]]:
    """Values of a category with counts and percentages of the clips; rarer ones are summed."""
    counts = statistics.categories.get(name, {})
    total = sum(counts.values()) or 1
    known = [(value, count) for value, count in counts.items() if value != UNKNOWN]
    rows = known[:SHOWN_VALUES]
    if rest := sum(count for _, count in known[SHOWN_VALUES:]):
        rows.append((f"{len(known) - SHOWN_VALUES} others", rest))
    if counts.get(UNKNOWN):
        rows.append((UNKNOWN, counts[UNKNOWN]))
    return [(value, count, 100 * count / total) for value, count in rows]


def duration_shares(statistics: ConfigStatistics) -> dict[str, float]:
    """Percent of the clips by duration, in the classes of the paper."""
    counts = statistics.histograms["duration_seconds"].counts
    total = sum(counts) or 1
    edges = {
        "under 3 s": (0, 6),
        "3 to 5 s": (6, 10),
        "5 to 10 s": (10, 20),
        "10 s and more": (20, 32),
    }
    return {name: 100 * sum(counts[low:high]) / total for name, (low, high) in edges.items()}


def hours(seconds: float) -> str:
    """Seconds as hours, or as minutes below an hour."""
    if seconds >= 36_000:
        return f"{seconds / 3600:,.0f} h"
    return f"{seconds / 3600:.2f} h" if seconds >= 3600 else f"{seconds / 60:.1f} min"


def count(number: float) -> str:
    """With a separator of thousands."""
    return f"{number:,}" if isinstance(number, int) else f"{number:,.4g}"


def percent(share: float) -> str:
    """A percentage for readers."""
    return f"{share:.1f} %" if share < 99.95 else "100 %"


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
    "size": lambda num_bytes: Markup(readable_size(num_bytes)),
    "trusted": Markup,
}
