"""Two rendered shows and what the taps saw in them: fades, dark and blurred scenes, two-shots."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

pytest.importorskip("cv2", reason="the extra curate is not installed")

from speakervid5m.processing.curation.vision.cut_scores import CutScores
from speakervid5m.processing.curation.vision.faces import Faces
from speakervid5m.processing.curation.vision.frame_pass import FramePassReport, run_frame_pass
from speakervid5m.processing.curation.vision.light import Cells
from speakervid5m.processing.curation.vision.shots import FoundScene, find_shots, scenes_of
from speakervid5m.processing.curation.vision.tracking import Track, track
from speakervid5m.processing.models.vision.frame import Frame, Image
from speakervid5m.processing.studio import FPS, ShowSpec, ShowTruth

SEEDS = (195, 114)


@dataclass(frozen=True, kw_only=True)
class Seen:
    truth: ShowTruth
    details: dict[str, Any]
    """The truth's file: boxes of faces in pixels, openings of mouths."""
    looked: FramePassReport
    cuts: pa.Table
    faces: pa.Table
    cells: pa.Table
    scenes: list[FoundScene]
    tracks: list[Track]
    path: Path

    def fault_at(self, frame: int) -> str | None:
        for effect in self.truth.effects:
            if effect.start_seconds <= frame / FPS + 1e-6 < effect.stop_seconds:
                return effect.kind
        return None

    def in_fade(self, frame: int) -> bool:
        fades = [shot.start_seconds * FPS for shot in self.truth.shots if shot.transition == "fade"]
        return any(abs(frame - fade) < 12 for fade in fades)

    def true_face(self, frame: int, person: str) -> NDArray[np.float64]:
        """x1, y1, x2, y2, normalised."""
        size = [self.truth.width, self.truth.height] * 2
        return np.array(self.details["faces"][frame][person]) / size

    def person_of(self, one: Track) -> str:
        """Whose face the middle of a track shows."""
        frame = (one.first + one.stop) // 2
        box = one.boxes[frame - one.first]
        true = {str(p): self.true_face(frame, p) for p in self.details["faces"][frame]}
        found: str = max(true, key=lambda p: iou(true[p], box))
        assert iou(true[found], box) > 0.4
        return found


def iou(one: Any, other: Any) -> float:
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    shared = float(np.prod(np.clip(np.asarray(high) - low, 0, None)))
    areas = [float((box[2] - box[0]) * (box[3] - box[1])) for box in (one, other)]
    return shared / (sum(areas) - shared)


def grey_frame(index: int, luma: Image) -> Frame:
    """A frame without colour."""
    chroma = np.full((luma.shape[0] // 2, luma.shape[1]), 128, np.uint8)
    return Frame(index, np.concatenate([luma, chroma]))


@pytest.fixture(scope="session")
def shows(tmp_path_factory: pytest.TempPathFactory) -> list[Seen]:
    pytest.importorskip("espeakng_loader", reason="the extra demo is not installed")
    from speakervid5m.processing.studio.render import render_show

    folder = tmp_path_factory.mktemp("shows")
    seen: list[Seen] = []
    for seed in SEEDS:
        truth = render_show(ShowSpec(seed=seed, duration_seconds=24, width=480, height=270), folder)
        path = folder / f"{truth.video_name}.mp4"
        taps = (CutScores(), Faces(), Cells())
        looked = run_frame_pass(path, taps)
        cuts, faces, cells = (tap.finish() for tap in taps)
        scenes = scenes_of(find_shots(cuts))
        seen.append(
            Seen(
                truth=truth,
                details=json.loads(path.with_suffix(".json").read_text()),
                looked=looked,
                cuts=cuts,
                faces=faces,
                cells=cells,
                scenes=scenes,
                tracks=track(faces, scenes),
                path=path,
            )
        )
    return seen
