"""What `curate report` shows: values out of the store, for the page of `cards/`."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from speakervid5m.cards import (
    ScoreValues,
    Strip,
    Strips,
    write_curation_page,
)
from speakervid5m.media import MediaError
from speakervid5m.processing import Failure
from speakervid5m.processing.curation import (
    MEASURES,
    Clipless,
    CurateOptions,
    ScoredClips,
    chosen_tracks,
    clip_thumbnails,
    funnel_of,
    profile_of,
    scored_clips,
    source_thumbnails,
)
from speakervid5m.release import failing, work_folder

_STRIPS = 6
"""Clips, or sources, that are shown of every reason."""


def write_report(options: CurateOptions, page: Path | None) -> Path:
    """Writes the page; where it stands."""
    if page is not None:
        if page.is_dir():
            raise IsADirectoryError(f"--page {str(page)!r} is a folder; give the name of a file")
        page.parent.mkdir(parents=True, exist_ok=True)
    page = page or work_folder(options.out) / "curation.html"
    found = scored_clips(options)
    assert found.report.tiering is not None, "what is measured is tiered"
    profile = profile_of(options.profile, options.backends)
    left_out = ", ".join(profile.left_out) or "none"
    write_curation_page(
        page,
        title=f"Curation of {len(found.report.videos.sources)} videos",
        facts=[
            f"Profile {profile.name}: {profile.summary}; {len(found.scores)} clips were measured.",
            f"Gates of the paper that this profile cannot answer and leaves out: {left_out}.",
            *(f"Tracks of {line}." for line in chosen_tracks(options, found.report)),
        ],
        funnel=funnel_of(found.report.stages, found.report.tiering),
        scores=_scores(found),
        strips=_strips(found),
        source_strips=_source_strips(found),
    )
    return page


def _scores(found: ScoredClips) -> list[ScoreValues]:
    """Every measure of a clip: those over which there are gates first."""
    scores = []
    for name in dict.fromkeys([*(gate.field for gate in found.gates), *MEASURES]):
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


def _strips(found: ScoredClips) -> dict[str, Strips]:
    """By gate, some of the clips that it fails."""
    paths = {source.source_id: source.path for source in found.report.videos.sources}
    strips: dict[str, Strips] = {}
    for gate in found.gates:
        rows = np.flatnonzero(failing(found.scores, gate))
        shown = []
        for row in rows[:_STRIPS]:
            clip = found.clip(found.scores["clip_id"][int(row)].as_py())
            value = getattr(clip, gate.field)
            known = "not measured" if value is None else f"{gate.field} {value:.4g}"
            shown.append(
                Strip(
                    name=clip.clip_id,
                    words=f"{known}, asked for {gate.comparison} {gate.threshold:g}",
                    frames=_seen(partial(clip_thumbnails, paths[clip.source_id], clip)),
                )
            )
        if shown:
            strips[gate.name] = Strips(shown=shown, num_more=len(rows) - len(shown))
    return strips


def _source_strips(found: ScoredClips) -> dict[str, Strips]:
    """By stage and reason, some of the videos that are left out as a whole."""
    sources = {source.source_id: source for source in found.report.videos.sources}
    left_out: dict[str, list[Failure]] = {}
    for failure in found.report.stages.failures:
        if failure.source_id in sources:
            left_out.setdefault(f"{failure.stage}: {failure.reason}", []).append(failure)
    strips: dict[str, Strips] = {}
    for reason, failures in left_out.items():
        shown = [
            Strip(
                name=f"{failure.source_id}, {sources[failure.source_id].name}",
                words=failure.detail,
                frames=_seen(partial(source_thumbnails, sources[failure.source_id].path)),
            )
            for failure in failures[:_STRIPS]
        ]
        strips[reason] = Strips(shown=shown, num_more=len(failures) - len(shown))
    clipless: dict[str, list[Clipless]] = {}
    for lost in found.report.clipless:
        clipless.setdefault(f"no clip: {lost.step}: {lost.reason}", []).append(lost)
    for reason, some in clipless.items():
        shown = [
            Strip(
                name=f"{lost.source.source_id}, {lost.source.name}",
                words=lost.detail,
                frames=_seen(partial(source_thumbnails, lost.source.path)),
            )
            for lost in some[:_STRIPS]
        ]
        strips[reason] = Strips(shown=shown, num_more=len(some) - len(shown))
    unreadable = found.report.videos.unreadable
    if unreadable:
        shown = [Strip(name=path.name, words=why, frames=[]) for path, why in unreadable[:_STRIPS]]
        strips["cannot be read"] = Strips(shown=shown, num_more=len(unreadable) - len(shown))
    return strips


def _seen(strip: Callable[[], list[NDArray[np.uint8]]]) -> list[NDArray[np.uint8]]:
    """The pictures, or none of a video that is gone or broken: the page says so."""
    try:
        return strip()
    except (MediaError, OSError):
        return []
