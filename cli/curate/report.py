"""`curate report`: values of the store in, the curation page of `cards/` out."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from speakervid5m.cards import ScoreValues, Strip, Strips, write_curation_page
from speakervid5m.media import MediaError
from speakervid5m.processing.curation import (
    MEASURES,
    CurateOptions,
    ScoredClips,
    chosen_tracks,
    clip_thumbnails,
    funnel_of,
    scored_clips,
    source_thumbnails,
)
from speakervid5m.release import failing, work_folder

_STRIPS = 6
"""Clips, or sources, that are shown for each reason."""


def write_report(options: CurateOptions, page: Path | None) -> Path:
    """Writes the page; returns its path."""
    if page is not None:
        if page.is_dir():
            raise IsADirectoryError(f"--page {str(page)!r} is a folder; give the name of a file")
        page.parent.mkdir(parents=True, exist_ok=True)
    page = page or work_folder(options.out) / "curation.html"
    curation = scored_clips(options)
    assert curation.report.tiering is not None, "what is measured is tiered"
    profile = curation.report.curation.profile
    left_out = ", ".join(profile.left_out) or "none"
    write_curation_page(
        page,
        title=f"Curation of {len(curation.report.videos.sources)} videos",
        facts=[
            f"Profile {profile.name}: {profile.summary}; "
            f"{len(curation.scores)} clips were measured.",
            f"Gates of the paper that this profile cannot measure and leaves out: {left_out}.",
            *(f"Tracks of {line}." for line in chosen_tracks(curation.report)),
        ],
        funnel=funnel_of(curation.report.stages, curation.report.tiering),
        scores=_scores(curation),
        strips=_strips(curation),
        source_strips=_source_strips(curation),
    )
    return page


def _scores(curation: ScoredClips) -> list[ScoreValues]:
    """Every measure of a clip: those with gates first."""
    scores = []
    for name in dict.fromkeys([*(gate.field for gate in curation.gates), *MEASURES]):
        column = _column(curation.scores, name)
        values = column.drop_null().to_numpy()
        scores.append(
            ScoreValues(
                name=name,
                values=values,
                num_unmeasured=len(column) - len(values),
                thresholds={
                    gate.name: gate.threshold for gate in curation.gates if gate.field == name
                },
            )
        )
    return scores


def _column(scores: pa.Table, name: str) -> pa.ChunkedArray:
    if name != "duration_seconds":
        return scores[name]
    start, end = (scores[f"{edge}_seconds"].to_numpy() for edge in ("start", "end"))
    return pa.chunked_array([pa.array(np.round(end - start, 6))])


def _strips(curation: ScoredClips) -> dict[str, Strips]:
    """By gate, examples of the clips that fail it."""
    paths = {source.source_id: source.path for source in curation.report.videos.sources}
    strips: dict[str, Strips] = {}
    for gate in curation.gates:
        rows = np.flatnonzero(failing(curation.scores, gate))
        shown = []
        for row in rows[:_STRIPS]:
            clip = curation.clip(curation.scores["clip_id"][int(row)].as_py())
            value = getattr(clip, gate.field)
            known = "not measured" if value is None else f"{gate.field} {value:.4g}"
            shown.append(
                Strip(
                    name=clip.clip_id,
                    words=f"{known}, must be {gate.comparison} {gate.threshold:g}",
                    frames=_frames_or_none(partial(clip_thumbnails, paths[clip.source_id], clip)),
                )
            )
        if shown:
            strips[gate.name] = Strips(shown=shown, num_more=len(rows) - len(shown))
    return strips


def _source_strips(curation: ScoredClips) -> dict[str, Strips]:
    """By stage and reason, examples of the videos that were left out."""
    report = curation.report
    sources = {source.source_id: source for source in report.videos.sources}
    losses = [
        (f"{failure.stage}: {failure.reason}", sources[failure.source_id], failure.detail)
        for failure in report.stages.failures
        if failure.source_id in sources
    ]
    losses += [
        (f"no clip: {loss.step}: {loss.reason}", loss.source, loss.detail)
        for loss in report.clipless
    ]
    strips = {}
    for reason in dict.fromkeys(reason for reason, _, _ in losses):
        lost = [(source, detail) for other, source, detail in losses if other == reason]
        shown = [
            Strip(
                name=f"{source.source_id}, {source.name}",
                words=detail,
                frames=_frames_or_none(partial(source_thumbnails, source.path)),
            )
            for source, detail in lost[:_STRIPS]
        ]
        strips[reason] = Strips(shown=shown, num_more=len(lost) - len(shown))
    if unreadable := report.videos.unreadable:
        shown = [Strip(name=path.name, words=why, frames=[]) for path, why in unreadable[:_STRIPS]]
        strips["cannot be read"] = Strips(shown=shown, num_more=len(unreadable) - len(shown))
    return strips


def _frames_or_none(strip: Callable[[], list[NDArray[np.uint8]]]) -> list[NDArray[np.uint8]]:
    """The frames, or none if the video is gone or broken: the page says so."""
    try:
        return strip()
    except (MediaError, OSError):
        return []
