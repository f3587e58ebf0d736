"""Rendered shows and a release that was curated from them; not to be changed."""

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from speakervid5m.processing import Weights
from speakervid5m.processing.curation import CurateOptions, curate
from speakervid5m.processing.studio import ShowSpec, ShowTruth

SPECS = [
    ShowSpec(seed=2, duration_seconds=48, av_offset_frames=3),
    ShowSpec(seed=4, duration_seconds=48),
]


@dataclasses.dataclass(frozen=True)
class Curated:
    folder: Path
    shows: list[ShowTruth]
    out: Path

    @property
    def options(self) -> CurateOptions:
        # In this process: quicker, and where coverage and debuggers look.
        return CurateOptions(
            videos=(self.folder / "my videos",), out=self.out, profile="embedded", engine="inline"
        )


@pytest.fixture(scope="session")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Curated:
    for package in ("cv2", "espeakng_loader", "onnxruntime", "scipy"):
        pytest.importorskip(package, reason="the extras demo and curate are not installed")
    from speakervid5m.processing.studio.render import render_show

    folder = tmp_path_factory.mktemp("curated")
    shows = [render_show(spec, folder / "rendered") for spec in SPECS]
    (folder / "my videos").mkdir()
    for number, show in enumerate(shows):
        path = folder / "rendered" / f"{show.video_name}.mp4"
        shutil.copy(path, folder / "my videos" / f"talk {number}.mp4")
    found = Curated(folder, shows, folder / "release" / "speakervid5m")
    report = curate(found.options)
    assert not report.stages.failures
    assert not report.has_rejects
    return found


@pytest.fixture(scope="module", autouse=True)
def _made_weights_count_as_published() -> Iterator[None]:
    """These tests put graphs of their own under the names of published files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Weights, "is_damaged", lambda *_: False)
        yield
