import shutil
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from speakervid5m.release import Release, open_release
from tests.small_release import write_small_release


@pytest.fixture(scope="session")
def small_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("loaders") / "speakervid5m"
    write_small_release(root)
    return root


@pytest.fixture(scope="session")
def release(small_root: Path) -> Release:
    return open_release(str(small_root))


@pytest.fixture
def own_root(small_root: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return shutil.copytree(small_root, tmp_path / "speakervid5m")


def assert_same(one: Any, other: Any) -> None:
    """Two batches, tensor by tensor."""
    assert type(one) is type(other)
    if isinstance(one, torch.Tensor):
        assert one.dtype == other.dtype
        assert torch.equal(torch.nan_to_num(one), torch.nan_to_num(other))
    elif is_dataclass(one):
        for field in fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, tuple) and one and is_dataclass(one[0]):
        for each, its in zip(one, other, strict=True):
            assert_same(each, its)
    else:
        assert one == other
