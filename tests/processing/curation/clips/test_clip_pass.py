"""Clips looked at as they are released: the right pictures, cut by the box, each decoded once."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("cv2", reason="the extra curate is not installed")

from speakervid5m.media import SourceReader, num_frames_of
from speakervid5m.processing.curation.clips.clip_pass import run_clip_pass
from speakervid5m.records import Clip
from tests.processing.shows import write_video

SIZE = (160, 96)


class Keeping:
    def __init__(self) -> None:
        self.images: list[NDArray[np.uint8]] = []

    def add_frame(self, image: NDArray[np.uint8]) -> None:
        self.images.append(image)


def clip(scene: int, start: float, end: float, bbox: tuple[float, ...]) -> Clip:
    return Clip(
        clip_id=f"xaaaaaaaaaa_160x96_full_video_{scene:03d}_None_00", source_id="xaaaaaaaaaa",
        scene=scene, box_index=0, role="unbound", start_seconds=start, end_seconds=end, bbox=bbox,
        source_width=160, source_height=96, origin="curated",
    )  # fmt: skip


def test_frames_are_those_of_the_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readers: list[SourceReader] = []

    def opened(path: Path) -> SourceReader:
        readers.append(SourceReader(path))
        return readers[-1]

    monkeypatch.setattr("speakervid5m.processing.curation.clips.clip_pass.SourceReader", opened)
    path = tmp_path / "a b.mp4"
    write_video(path, *SIZE, 200, 3)
    with SourceReader(path) as reader:
        whole = [one.frame.to_ndarray(format="bgr24") for one in reader.frames(0.0, 99.0)]
    clips = [
        clip(0, 0.4, 2.4, (0.0, 0.0, 0.5, 1.0)),
        clip(1, 1.2, 3.2, (0.5, 0.0, 1.0, 1.0)),
        clip(2, 5.0, 7.0, (0.25, 0.25, 0.75, 1.0)),
        # Eight pixels wide: no clip can be cut of it, and nothing else is lost for it.
        clip(3, 5.0, 7.0, (0.0, 0.0, 0.05, 1.0)),
        # The last frame is missing, and is the one before it.
        clip(4, 7.04, 8.04, (0.0, 0.0, 1.0, 1.0)),
    ]
    seen = {one.clip_id: tap for one, tap in run_clip_pass(path, clips, lambda _: Keeping())}
    assert set(seen) == {one.clip_id for one in clips if one.scene != 3}
    for one in clips:
        if one.scene == 3:
            continue
        images = seen[one.clip_id].images
        assert len(images) == num_frames_of(one.duration_seconds, 25)
        x1, y1, x2, y2 = (round(v * s) for v, s in zip(one.bbox, SIZE * 2, strict=True))
        for number, image in enumerate(images):
            frame = whole[min(199, round(one.start_seconds * 25) + number)]
            assert image.shape == (y2 - y1, x2 - x1, 3)
            apart = np.abs(image.astype(int) - frame[y1:y2, x1:x2].astype(int))
            # Chroma at a cut's edge is all that differs.
            assert apart.mean() < 1.0, (one.scene, number)
    # Two clips of one time share their pictures: 70 + 50 + 25 and what seeking costs.
    assert readers[0].num_pictures_decoded < 260


def test_no_clips_no_decoding(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", *SIZE, 30, 1)
    assert list(run_clip_pass(tmp_path / "a.mp4", [], lambda _: Keeping())) == []
