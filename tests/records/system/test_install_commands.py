"""What to type for what is missing, by how this copy came here."""

import email.message
import importlib.metadata
import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from speakervid5m.records import (
    extras,
    install_command,
    installation,
    lacking,
    own_command,
    package_command,
    python_command,
    requirements,
    trouble_of,
)
from speakervid5m.records.system import install_commands as module


class _Distribution:
    version = "2.0"

    def __init__(self, origin: dict[str, Any] | None) -> None:
        self._text = None if origin is None else json.dumps(origin)

    def read_text(self, _: str) -> str | None:
        return self._text


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of its own below the current folder, with nothing on the PATH."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    return folder


def installed_from(monkeypatch: pytest.MonkeyPatch, origin: dict[str, Any] | None) -> None:
    monkeypatch.setattr(module, "_CHECKOUT", Path("/nowhere"))
    monkeypatch.setattr(importlib.metadata, "distribution", lambda _: _Distribution(origin))


def words_after_install(line: str) -> list[str]:
    words = shlex.split(line)
    return words[words.index("install") + 1 :]


def test_a_checkout(tmp_path: Path, bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed from it or not: a source tree on the path has no record of an installer."""
    root = Path(module.__file__).parents[2]
    words = words_after_install(install_command("ray"))
    assert words == ["-c", str(root / "constraints.txt"), "-e", f"{root}[ray]"]
    assert own_command("demo") == ".venv/bin/python -m speakervid5m.cli demo"
    monkeypatch.chdir(root)
    assert words_after_install(install_command("a", "b")) == [
        "-c",
        "constraints.txt",
        "-e",
        ".[a,b]",
    ]
    monkeypatch.setattr(module, "_CHECKOUT", tmp_path / "other")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    assert words_after_install(install_command("ray")) == ["-e", "./other[ray]"]
    assert installation().requirement("explore") is None, "nobody else can reach it"
    del bin_folder


def test_a_folder_with_a_space_that_is_not_run_itself(
    tmp_path: Path, bin_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del bin_folder
    folder = tmp_path / "my copy 100%"
    folder.mkdir()
    installed_from(monkeypatch, {"url": folder.as_uri(), "dir_info": {}})
    assert words_after_install(install_command("cards")) == ["./my copy 100%[cards]"]
    monkeypatch.chdir(folder.parent.parent)
    assert words_after_install(install_command("cards")) == [
        f"./{folder.relative_to(Path.cwd())}[cards]"
    ]
    monkeypatch.chdir("/")
    (folder / "inside").mkdir()
    monkeypatch.chdir(folder / "inside")
    assert words_after_install(install_command("cards")) == [f"{folder}[cards]"]


def test_an_address_of_git(bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del bin_folder
    made = {"vcs": "git", "commit_id": "abc123", "requested_revision": "main"}
    installed_from(monkeypatch, {"url": "https://example.org/us", "vcs_info": made})
    wanted = "speakervid5m[loaders] @ git+https://example.org/us@abc123"
    assert words_after_install(install_command("loaders")) == [wanted]
    assert installation().requirement("loaders") == wanted
    installed_from(monkeypatch, {"url": "file:///us", "vcs_info": made, "subdirectory": "x"})
    wanted = "speakervid5m @ git+file:///us@abc123#subdirectory=x"
    assert words_after_install(install_command()) == [wanted]
    assert installation().requirement() is None, "nobody else can reach it"


def test_a_wheel(tmp_path: Path, bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del bin_folder
    wheel = tmp_path / "dist" / "speakervid5m-2.0-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.touch()
    installed_from(monkeypatch, {"url": wheel.as_uri(), "archive_info": {}})
    assert words_after_install(install_command("ray")) == [f"./dist/{wheel.name}[ray]"]
    wheel.unlink()
    monkeypatch.setattr(
        module, "requirements", lambda *_: [Requirement("s3fs"), Requirement("av>=15")]
    )
    # What it came from is gone: what the extra asks for is not.
    assert words_after_install(install_command("remote")) == ["s3fs", "av>=15"]
    address = "https://example.org/speakervid5m-2.0-py3-none-any.whl"
    installed_from(monkeypatch, {"url": address, "archive_info": {}})
    assert words_after_install(install_command("ray")) == [f"speakervid5m[ray] @ {address}"]


@pytest.mark.parametrize("text", [None, "not json"])
def test_an_index(bin_folder: Path, monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    del bin_folder
    installed_from(monkeypatch, None)
    monkeypatch.setattr(_Distribution, "read_text", lambda *_: text)
    assert words_after_install(install_command("ray")) == ["speakervid5m[ray]==2.0"]


def test_a_wheel_knows_what_the_checkout_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its metadata, in which an extra of extras may be spelled out."""
    lines = ["datasets>=5", "av>=15; extra == 'cards'", "starlette; extra == 'explore'"]
    lines += [
        "speakervid5m[cards]; extra == 'explore'",
        "x; os_name == 'none' and extra == 'cards'",
    ]
    known = email.message.Message()
    for line in lines:
        known["Requires-Dist"] = line
    known["Provides-Extra"] = "cards"
    known["Provides-Extra"] = "explore"
    assert {one.name for one in requirements("explore")} > {"jinja2", "pillow", "starlette"}
    monkeypatch.setattr(module, "_CHECKOUT", Path("/nowhere"))
    monkeypatch.setattr(importlib.metadata, "metadata", lambda _: known)
    assert extras() == ["cards", "explore"]
    assert [str(one) for one in requirements()] == ["datasets>=5"]
    assert {str(one) for one in requirements("explore")} == {"av>=15", "starlette"}


def test_the_installer_is_one_that_is_there(
    tmp_path: Path, bin_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = ".venv/bin/python"
    assert package_command("av>=15") == f"{python} -m pip install 'av>=15'"
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert package_command("av") == f"{python} -m ensurepip && {python} -m pip install av"
    (bin_folder / "uv").touch()
    assert package_command("av") == f".venv/bin/uv pip install --python {python} av"
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "uv").touch()
    (programs / "uv").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    assert package_command("av") == f"uv pip install --python {python} av"
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    assert package_command("av") == "uv pip install av"


def test_commands_of_ours_are_typed_as_they_can_be(
    bin_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("python", "speakervid5m"):
        (bin_folder / name).touch()
        (bin_folder / name).chmod(0o755)
    assert own_command("explore", "my release") == ".venv/bin/speakervid5m explore 'my release'"
    assert python_command() == ".venv/bin/python"
    monkeypatch.setenv("PATH", str(bin_folder))
    assert own_command("explore", "-x") == "speakervid5m explore -x"
    assert python_command() == "python"
    monkeypatch.chdir("/")
    monkeypatch.setenv("PATH", "/nothing")
    assert own_command("doctor") == f"{bin_folder}/speakervid5m doctor"


def test_the_demo_brings_what_the_readme_shows_after_it() -> None:
    names = {one.name for one in requirements("demo")}
    assert names >= {one.name for one in requirements("explore", "curate", "loaders", "cards")}


def test_something_optional_is_tried_once() -> None:
    tried: list[int] = []

    def broken() -> None:
        tried.append(1)
        raise OSError("libGL.so.1: cannot open shared object file\nand more")

    for _ in range(2):
        assert (trouble_of(broken) or "").startswith("libGL.so.1")
    assert tried == [1]
    assert trouble_of(lambda: None) is None
    said = str(lacking("looking needs OpenCV", OSError("libGL.so.1: cannot open.\nx"), "curate"))
    assert said == f"looking needs OpenCV (libGL.so.1: cannot open): {install_command('curate')}"
