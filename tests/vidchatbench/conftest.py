"""One thread: on a busy machine small decompositions wait for one another, not work."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from speakervid5m.vidchatbench import Bench, open_bench
from tests.small_release import write_small_release


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def small_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of eight test pairs; nobody changes it."""
    root = tmp_path_factory.mktemp("bench") / "a release"
    write_small_release(root, configs=["single_sft", "dialogue_sft", "vidchatbench"])
    return root


@pytest.fixture
def bench(small_root: Path, tmp_path: Path) -> Bench:
    """Its pairs, with caches of the test's own."""
    return open_bench(str(small_root), work=tmp_path / "caches")
