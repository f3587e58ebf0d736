"""Every test starts from the same surroundings: no variables of the caller, its own caches."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# The same examples in every run, however long a busy machine takes for one.
hypothesis.settings.register_profile(
    "ours",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("ours")

# Read when `datasets` and `huggingface_hub` are imported, so they are set before any test.
os.environ.update(
    HF_UPDATE_DOWNLOAD_COUNTS="0", HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_XET="1"
)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("SPEAKERVID5M_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf_home"))


if sys.platform == "linux":

    @pytest.fixture(autouse=True)
    def ordinary_scheduling() -> Iterator[None]:
        """A library that made this thread a real-time one would starve all other tests."""
        yield
        policy = os.sched_getscheduler(0)
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        assert policy == os.SCHED_OTHER


@pytest.fixture(autouse=True)
def own_datasets_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import datasets.config

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "datasets_cache")
    # `datasets` sleeps 5 s at the end of every shuffled epoch, for Arrow's threads.
    monkeypatch.setattr(datasets.config, "SLEEP_TIME_ON_THREADS_SHUTDOWN", 0)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests marked `cuda` are skipped without a GPU, and fail if one was promised."""
    if item.get_closest_marker("cuda") is None:
        return
    import torch

    if not torch.cuda.is_available():
        if os.environ.get("REQUIRE_CUDA") == "1":
            pytest.fail("REQUIRE_CUDA=1, and torch sees no GPU", pytrace=False)
        pytest.skip("needs a GPU")
