"""The shows of the benchmark: four kinds, people and seeds that no measure was set by."""

import json
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speakervid5m.processing import Source
from speakervid5m.processing.studio import (
    FPS,
    Cast,
    ShowKind,
    ShowSpec,
    ShowTruth,
    find_show,
    render_show,
)
from speakervid5m.records import VoiceInterval

FIRST_SEED = 1000
"""Reported shows have the seeds from here on. Measures are set on seeds below 1000, and checked on
seeds from 500 on when a guest is needed for it."""
_OFFSETS = (0, 0, 3, -2)
_FADE_FRAMES = 11
"""Frames on either side of a fade's black one that are darker than they would be."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Show:
    """A rendered show and all that is true of it."""

    truth: ShowTruth
    """Script, camera, clips, samples."""
    faces: tuple[dict[str, tuple[float, ...]], ...]
    """In each frame who is where: x1, y1, x2, y2, normalised."""
    path: Path
    """The video."""

    @property
    def source(self) -> Source:
        """What the stages take."""
        name = self.truth.source_id
        return Source(source_id=name, path=self.path, digest=name, name=self.path.name)

    @property
    def voices(self) -> list[VoiceInterval]:
        """Who speaks when, in the time of the sound."""
        late = self.truth.av_offset_frames / FPS
        return [
            VoiceInterval(turn.start_seconds + late, turn.stop_seconds + late, turn.voice)
            for turn in self.truth.turns
        ]

    @property
    def cuts(self) -> list[int]:
        """Frames at which a shot begins after a hard cut."""
        shots = self.truth.shots[1:]
        return [round(one.start_seconds * FPS) for one in shots if one.transition == "cut"]

    @property
    def fades(self) -> list[tuple[int, int]]:
        """First and last darkened frame of every fade."""
        blacks = [
            round(one.start_seconds * FPS)
            for one in self.truth.shots[1:]
            if one.transition == "fade"
        ]
        return [(black - _FADE_FRAMES, black + _FADE_FRAMES) for black in blacks]

    def speaks(self, person: str, frame: int) -> bool:
        """Whether somebody says something while a frame is shown."""
        middle = (frame + 0.5) / FPS
        return any(
            turn.voice == person and turn.start_seconds <= middle < turn.stop_seconds
            for turn in self.truth.turns
        )


def specs(
    seeds: Sequence[int],
    kind: ShowKind,
    *,
    seconds: float = 60.0,
    first_seed: int = FIRST_SEED,
    cast: Cast = "guests",
    size: tuple[int, int] = (640, 360),
) -> list[ShowSpec]:
    """What the shows are to be; the sound of half of them is late or early."""
    return [
        ShowSpec(
            seed=first_seed + seed,
            duration_seconds=seconds,
            width=size[0],
            height=size[1],
            kind=kind,
            cast=cast,
            av_offset_frames=_OFFSETS[seed % len(_OFFSETS)],
        )
        for seed in seeds
    ]


def rendered(wanted: Sequence[ShowSpec], folder: Path, jobs: int = 1) -> list[Show]:
    """The shows, from the folder where they were rendered before.

    Args:
        wanted: what they are to be.
        folder: where they are kept; one kind a folder, since the names are by seed.
        jobs: processes that render.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        truths = list(pool.map(_render, wanted, [folder] * len(wanted)))
    return [load_show(truth, folder) for truth in truths]


def _render(spec: ShowSpec, folder: Path) -> ShowTruth:
    return find_show(spec, folder) or render_show(spec, folder)


def load_show(truth: ShowTruth, folder: Path) -> Show:
    """A rendered show with the faces that stand in the file beside it."""
    path = folder / f"{truth.video_name}.mp4"
    details: dict[str, Any] = json.loads(path.with_suffix(".json").read_text())
    size = (truth.width, truth.height) * 2
    faces = tuple(
        {
            person: tuple(side / whole for side, whole in zip(box, size, strict=True))
            for person, box in frame.items()
        }
        for frame in details["faces"]
    )
    return Show(truth=truth, faces=faces, path=path)
