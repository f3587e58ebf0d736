"""docs/install.md says on which systems versions are found; `uv pip compile` is asked again."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UV = Path(sys.executable).with_name("uv")
PLATFORMS: Mapping[str, tuple[str, str | None]] = {
    "Linux, x86-64": ("x86_64-manylinux_2_28", None),
    "Linux, ARM": ("aarch64-manylinux_2_28", None),
    "macOS 14 and later, Apple chips": ("aarch64-apple-darwin", "14.0"),
    "macOS 13, Apple chips": ("aarch64-apple-darwin", "13.0"),
    "macOS, Intel": ("x86_64-apple-darwin", "14.0"),
    "Windows, x86-64": ("x86_64-pc-windows-msvc", None),
}
"""System as the page names it, to uv's name and the version of macOS."""
_ROW = re.compile(r"^\| (.+?) \| (yes|no) \| (yes|no) \| (yes|no) \| .* \|$", re.MULTILINE)


def rows() -> dict[str, tuple[str, ...]]:
    """System to what the page says of base, `loaders` and `curate`."""
    page = (ROOT / "docs" / "install.md").read_text()
    return {name: tuple(cells) for name, *cells in _ROW.findall(page)}


def test_the_table_has_every_system() -> None:
    assert set(rows()) == set(PLATFORMS)


@pytest.mark.slow
@pytest.mark.skipif(not UV.exists(), reason="uv is not installed here")
@pytest.mark.parametrize("python", ["3.12", "3.13"])
@pytest.mark.parametrize("system", PLATFORMS)
def test_versions_are_found_where_the_page_says_so(system: str, python: str) -> None:
    platform, macos = PLATFORMS[system]
    environment = {**os.environ} | ({"MACOSX_DEPLOYMENT_TARGET": macos} if macos else {})
    command = [str(UV), "pip", "compile", "--quiet", "pyproject.toml"]
    command += ["--constraint", "constraints.txt", "--python-version", python]
    for extra, answer in zip((None, "loaders", "curate"), rows()[system], strict=True):
        chosen = ["--extra", extra] if extra else []
        done = subprocess.run(
            [*command, *chosen, "--python-platform", platform],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        said = "yes" if done.returncode == 0 else "no"
        assert said == answer, f"{extra or 'base'}: {done.stderr[-2000:]}"
        if answer == "no":
            assert "no wheels with a matching platform tag" in done.stderr
