"""A registry of made packages, and clients that hand them out."""

import os
from pathlib import Path

import pytest

from .made_packages import clients


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "registry"
    folder.mkdir()
    clients(tmp_path / "clients")
    monkeypatch.setenv("PATH", f"{tmp_path / 'clients'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_REGISTRY", str(folder))
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "my weights"
