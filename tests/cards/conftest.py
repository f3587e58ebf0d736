from pathlib import Path

import pytest

from tests.small_release import write_small_release


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All nine configs; not to be changed."""
    root = tmp_path_factory.mktemp("cards") / "speakervid5m"
    write_small_release(root)
    return root
