"""One small release for all tests that only read, and a copy of it for those that break it."""

import shutil
from pathlib import Path

import pytest

from tests.small_release import write_small_release


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All nine configs; not to be changed."""
    root = tmp_path_factory.mktemp("small") / "speakervid5m"
    write_small_release(root)
    return root


@pytest.fixture
def copy(small: Path, tmp_path: Path) -> Path:
    """A copy to break, without its work folder and with files of its own."""
    root = tmp_path / "speakervid5m"
    shutil.copytree(small, root)
    return root
