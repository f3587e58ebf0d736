"""How a release, its samples and one sample look in a notebook.

counts, records, bytes of media --> HTML; media are data URLs, so a page needs no file and no server
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from ...records import ListeningSample, MultiTurnSample, Sample, columns_of, rows_table

MediaCell = bytes | list[bytes | None] | None
"""The bytes of a media column of a row: a list for the turns of a run."""

_TYPES = {"video": "video/mp4", "audio": "audio/flac"}
_SHOWN_ROWS = 5
"""Rows of `Samples` that are shown (ours: as a data frame's head)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownSample:
    """A sample with its media: a notebook shows players, a terminal the sample's text."""

    sample: Sample
    """The record."""
    media: Mapping[str, MediaCell]
    """Column name to bytes."""

    def __repr__(self) -> str:
        return repr(self.sample)

    def _repr_html_(self) -> str:
        return f'<div style="display:flex;flex-wrap:wrap;gap:1em">{"".join(self._players())}</div>'

    def _players(self) -> list[str]:
        players = []
        for column in columns_of(self.sample.branch):
            if column.medium not in _TYPES or column.name not in self.media:
                continue
            cell = self.media[column.name]
            for turn, data in enumerate(cell if isinstance(cell, list) else [cell]):
                if data is not None:
                    caption = self._caption(column.name, turn)
                    players.append(_player(column.medium, data, caption))
        return players

    def _caption(self, column: str, turn: int) -> str:
        if isinstance(self.sample, MultiTurnSample):
            return f"turn {turn + 1}: {self.sample.turns[turn].summary}"
        role = column.rpartition("_")[0]
        if not role:
            return self.sample.clips[0].summary
        if isinstance(self.sample, ListeningSample) and role == "speaker":
            clip = self.sample.speaker
            return f"speaker: {getattr(clip, 'summary', f'off screen, voice {clip.voice}')}"
        return f"{role}: {getattr(self.sample, role).summary}"


def shown_columns(sample: Sample) -> list[str]:
    """The media columns to show: every video, and audio that no shown video has."""
    columns = columns_of(sample.branch)
    if isinstance(sample, ListeningSample) and not sample.co_present:
        return ["speaker_audio", "listener_video"]
    return [column.name for column in columns if column.medium == "video"]


def release_html(title: str, configs: Mapping[str, Any]) -> str:
    """A table of the configs of a release, from the manifest's entries."""
    rows = [
        [name, entry.num_rows, entry.num_sources, f"{entry.clip_seconds / 3600:.2f}"]
        for name, entry in configs.items()
    ]
    return rows_table(title, ["config", "samples", "conversations", "hours of clips"], rows)


def samples_html(title: str, samples: Sequence[Sample]) -> str:
    """A table of the first samples."""
    rows = [[number, *_cells(samples[number])] for number in range(min(len(samples), _SHOWN_ROWS))]
    return rows_table(title, ["row", "sample", "conversation", "clips"], rows)


def _cells(sample: Sample) -> list[str]:
    return [sample.sample_id, sample.conversation_id, " | ".join(c.summary for c in sample.clips)]


def _player(medium: str, data: bytes, caption: str) -> str:
    url = f"data:{_TYPES[medium]};base64,{base64.b64encode(data).decode('ascii')}"
    return (
        f'<figure style="margin:0;max-width:24em"><{medium} controls preload="metadata" '
        f'style="width:100%" src="{url}"></{medium}>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )
