"""What `curate report` shows: values out of the store, for the page of `cards/`."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from speakervid5m.cards.curation_page import (
    ScoreValues,
    Strip,
    write_curation_page,
)
from speakervid5m.media import MediaError
from speakervid5m.processing.curating import (
    CurateOptions,
    Measured,
    funnel_of,
    measured,
    profile_of,
    strip_of,
)
from speakervid5m.release import failing, work_folder

_STRIPS = 6
"""Clips that are shown of every reason."""


def write_report(options: CurateOptions, page: Path | None) -> Path:
    """Writes the page; where it stands."""
    page = page or work_folder(options.out) / "curation.html"
    found = measured(options)
    assert found.report.tiering is not None, "what is measured is tiered"
    profile = profile_of(options.profile, options.backends)
    left_out = ", ".join(profile.left_out) or "none"
    write_curation_page(
        page,
        title=f"Curation of {len(found.report.found.sources)} videos",
        facts=[
            f"Profile {profile.name}: {profile.what}; {len(found.scores)} clips were measured.",
            f"Gates of the paper that this profile cannot answer and leaves out: {left_out}.",
        ],
        funnel=funnel_of(found.report.stages, found.report.tiering),
        scores=_scores(found),
        strips=_strips(found),
    )
    return page


def _scores(found: Measured) -> list[ScoreValues]:
    names = [*dict.fromkeys(gate.field for gate in found.gates), "motion_energy"]
    scores = []
    for name in names:
        column = _column(found.scores, name)
        values = column.drop_null().to_numpy()
        scores.append(
            ScoreValues(
                name=name,
                values=values,
                num_unmeasured=len(column) - len(values),
                thresholds={one.name: one.threshold for one in found.gates if one.field == name},
            )
        )
    return scores


def _column(scores: pa.Table, name: str) -> pa.ChunkedArray:
    if name != "duration_seconds":
        return scores[name]
    start, end = (scores[f"{one}_seconds"].to_numpy() for one in ("start", "end"))
    return pa.chunked_array([pa.array(np.round(end - start, 6))])


def _strips(found: Measured) -> dict[str, list[Strip]]:
    paths = {source.source_id: source.path for source in found.report.found.sources}
    strips: dict[str, list[Strip]] = {}
    for gate in found.gates:
        for row in np.flatnonzero(failing(found.scores, gate))[:_STRIPS]:
            clip = found.clip(found.scores["clip_id"][int(row)].as_py())
            try:
                frames = strip_of(paths[clip.source_id], clip)
            except (MediaError, OSError):
                frames = []  # The page says that its video is gone.
            value = getattr(clip, gate.field)
            known = "not measured" if value is None else f"{gate.field} {value:.4g}"
            score = f"{known}, asked for {gate.comparison} {gate.threshold:g}"
            strips.setdefault(gate.name, []).append(
                Strip(clip_id=clip.clip_id, score=score, frames=frames)
            )
    return strips
