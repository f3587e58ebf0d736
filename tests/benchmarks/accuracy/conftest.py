"""One small show, rendered once, and what our stages found in it."""

from pathlib import Path

import pytest

pytest.importorskip("cv2", reason="the extra curate is not installed")
pytest.importorskip("espeakng_loader", reason="the extra demo is not installed")
pytest.importorskip("onnxruntime", reason="the extra curate is not installed")

from benchmarks.accuracy.pipeline import Ran, run_profile
from benchmarks.accuracy.shows import Show, rendered, specs


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("accuracy") / "clean"


@pytest.fixture(scope="session")
def show(folder: Path) -> Show:
    wanted = specs([2], "clean", seconds=24, first_seed=40, size=(480, 270))
    return rendered(wanted, folder)[0]


@pytest.fixture(scope="session")
def ran(show: Show, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run_profile("embedded", [show.source], tmp_path_factory.mktemp("stages"))
