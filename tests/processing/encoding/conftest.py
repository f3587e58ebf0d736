"""A small release, and the same with features."""

import shutil
from pathlib import Path

import pytest

from speakervid5m.processing.encoding import encode_release
from tests.processing.encoding.tiny import Loudness, Means
from tests.small_release import write_small_release


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Without features; its work folder beside it. Not to be changed."""
    root = tmp_path_factory.mktemp("bare") / "speakervid5m"
    write_small_release(root, num_sources=3)
    return root


@pytest.fixture(scope="session")
def encoded(bare: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With both tiny encoders' features. Not to be changed."""
    folder = tmp_path_factory.mktemp("encoded")
    shutil.copytree(bare.parent, folder, dirs_exist_ok=True)
    root = folder / "speakervid5m"
    encode_release(root, Loudness())
    encode_release(root, Means())
    return root


@pytest.fixture
def own(encoded: Path, tmp_path: Path) -> Path:
    """A copy of it, with its work folder, to change."""
    shutil.copytree(encoded.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / "speakervid5m"
