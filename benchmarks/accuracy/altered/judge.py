"""The figures of every row: altered shows through a profile, against the same truth.

row --> altered videos --> stages --> cuts, pairs, pairs in SFT, sources refused by name
"""

import json
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from speakervid5m.processing import Assumptions, StageStore, run_stages, weights_folder
from speakervid5m.processing.curation import (
    CuratedCatalogue,
    StoredClips,
    clipless_sources,
    profile_of,
)
from speakervid5m.records import atomic_file
from speakervid5m.release import tiers_of

from ..compare import Comparison, match
from ..found import Found, nothing
from ..pipeline import run_profile
from ..shows import Show
from .detectors import other_detectors
from .reencode import altered_show
from .rows import ROWS

SFT_PAIRS = "dialogue_sft"
"""The config of pairs for fine-tuning."""


def altered(
    shows: Sequence[Show],
    profile: str,
    folder: Path,
    *,
    only: Collection[str] = (),
    into: Path | None = None,
    detectors: bool = False,
    report: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Figures by row.

    Args:
        shows: rendered, unaltered.
        profile: whose stages run.
        folder: keeps the altered videos.
        only: names of rows; empty: all.
        into: a file that keeps each row as soon as it is done; rows of the same shows and profile
            that it holds are not done again unless `only` names them.
        detectors: whether other cut detectors see the videos too.
        report: told of every row that is done.

    Raises:
        ValueError: a row that there is not.
    """
    if unknown := sorted(set(only) - set(ROWS)):
        raise ValueError(f"no row {unknown[0]!r}; there are {', '.join(ROWS)}")
    facts = {
        "profile": profile,
        "seeds": [show.truth.seed for show in shows],
        "seconds": [show.truth.duration_seconds for show in shows],
    }
    rows = _kept(into, facts)
    for name in ROWS:
        if name not in only if only else name in rows:
            continue
        rows[name] = row_figures(shows, name, profile, folder, detectors=detectors)
        report(f"{name}: {json.dumps(rows[name])}")
        ordered = facts | {"rows": {known: rows[known] for known in ROWS if known in rows}}
        if into is not None:
            into.parent.mkdir(parents=True, exist_ok=True)
            with atomic_file(into) as draft:
                draft.write_text(json.dumps(ordered, indent=1) + "\n")
    return facts | {"rows": {known: rows[known] for known in ROWS if known in rows}}


def _kept(into: Path | None, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Rows of an earlier run of the same shows and profile."""
    if into is None or not into.exists():
        return {}
    known = json.loads(into.read_text())
    if not isinstance(known, dict) or {name: known.get(name) for name in facts} != facts:
        raise ValueError(
            f"{str(into)!r} holds figures of other shows or another profile; give another file"
        )
    rows: dict[str, Any] = known["rows"]
    return rows


def row_figures(
    shows: Sequence[Show], name: str, profile: str, folder: Path, *, detectors: bool = False
) -> dict[str, Any]:
    """One row: how well cuts and pairs of the altered shows are found, and what was refused."""
    changed = [altered_show(show, name, ROWS[name], folder) for show in shows]
    with tempfile.TemporaryDirectory() as work:
        ran = run_profile(profile, [show.source for show in changed], Path(work))
        released, refused = _released(changed, profile, Path(work))
    comparison = Comparison()
    false_pairs, num_pairs = 0, 0
    for show in changed:
        source_id = show.truth.source_id
        found = ran.found.get(source_id) or nothing(source_id)
        comparison.add(show, found)
        pairs = released.get(source_id, [])
        num_pairs += len(pairs)
        false_pairs += len(pairs) - len(_true(pairs, found, show))
    figures = comparison.figures()
    seconds = sum(show.truth.duration_seconds for show in changed)
    return {
        "num_cuts": sum(len(show.cuts) + len(show.fades) for show in changed),
        **{name: figures[name] for name in _FIGURES},
        "num_sft_pairs": num_pairs,
        "false_sft_pairs": false_pairs,
        "refused": refused | {line.split()[0]: line for line in ran.failures},
        "other_detectors": other_detectors(changed) if detectors else None,
        "real_time_factor": ran.cpu_seconds / seconds,
    }


_FIGURES = (
    "cut_f1",
    "dialogue_pair_f1",
    "dialogue_pair_precision",
    "dialogue_pair_recall",
    "active_speaker_f1",
    "der",
    "num_clips_true",
    "num_clips_matched",
)
"""Of a comparison, those that a row shows."""


def _released(
    shows: Sequence[Show], profile: str, work: Path
) -> tuple[dict[str, list[tuple[str, ...]]], dict[str, str]]:
    """By source, the pairs that a release has in SFT; and why a source has no clip.

    The gate of clarity, a percentile over a whole release, is left out.
    """
    chosen, store = profile_of(profile), StageStore(work)
    sources = [show.source for show in shows]
    # All is stored already: this finds it.
    done = run_stages(chosen.stages(weights_folder()), sources, store)
    clips = StoredClips(done, store)
    catalogue = CuratedCatalogue(clips, chosen.gates, Assumptions(), ["dialogue"])
    pairs = {
        source_id: [
            tuple(clip.clip_id for clip in sample.clips)
            for config, sample in catalogue.samples(source_id)
            if config == SFT_PAIRS
        ]
        for source_id in clips
    }
    refused: dict[str, str] = {}
    for source_id in clips:
        tiers = tiers_of(clips.table(source_id), chosen.gates)
        lost = clipless_sources(done, sources, store, tiers)
        refused |= {
            one.source.source_id: f"{one.source.source_id} {one.step} {one.reason}"
            for one in lost
            if one.source.source_id == source_id
        }
    return pairs, refused


def _true(pairs: Sequence[tuple[str, ...]], found: Found, show: Show) -> list[tuple[str, ...]]:
    """The pairs that are true ones."""
    names = {clip_id: true.clip_id for clip_id, true in match(found.clips or (), show).items()}
    true = set(show.truth.samples.dialogue)
    return [pair for pair in pairs if tuple(names.get(clip_id) for clip_id in pair) in true]
