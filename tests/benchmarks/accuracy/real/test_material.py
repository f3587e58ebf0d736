"""Fetching by fake clients, digests, and a folder that goes whatever happens."""

import os
import signal
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

pytest.importorskip("cv2", reason="the extra curate is not installed")

from benchmarks.accuracy.real.material.fetching import (
    digest_of,
    fetch_material,
    scratch_folder,
)
from benchmarks.accuracy.real.material.packages import PACKAGES, Package, Registry
from benchmarks.accuracy.real.run import REPOSITORY, real_people

CONTENT = b"a film"
PYTHON = sys.executable


def package(registry: Registry, name: str, *, sha256: str, file: str = "kept/film.mp4") -> Package:
    return Package(
        registry=registry, name=name, version="1.0", files=(file,), sha256=sha256, licence="MIT"
    )


def client(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!{PYTHON}\nimport sys, pathlib\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def digest(tmp_path: Path) -> str:
    path = tmp_path / "film"
    path.write_bytes(CONTENT)
    return digest_of(tmp_path, [path])


@pytest.fixture
def clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all the clients that there are."""
    folder = tmp_path / "clients"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    # The environment's own programs come first.
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    return folder


def test_each_registry_by_its_client(clients: Path, tmp_path: Path, digest: str) -> None:
    writes = (
        "place = pathlib.Path(sys.argv[sys.argv.index('--target') + 1]) / 'kept'\n"
        "place.mkdir(parents=True)\n"
        f"(place / 'film.mp4').write_bytes({CONTENT!r})\n"
        "(place / 'other.py').write_text('never imported')\n"
        "assert '--no-deps' in sys.argv and '--only-binary' in sys.argv\n"
        "assert '.pypi-wheel' in sys.argv[sys.argv.index('--cache-dir') + 1]"
    )
    client(clients, "uv", writes)
    archive = BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as members:
        for name in ("package/film.mp4", "package/model.dat"):
            info = tarfile.TarInfo(name)
            info.size = len(CONTENT)
            members.addfile(info, BytesIO(CONTENT))
    packed = f"pathlib.Path('a.tgz').write_bytes({archive.getvalue()!r})"
    client(clients, "npm", packed)
    client(clients, "apt-get", "pathlib.Path('a.deb').write_bytes(b'')")
    client(
        clients,
        "dpkg-deb",
        "place = pathlib.Path(sys.argv[3]) / 'kept'\n"
        f"place.mkdir()\n(place / 'film.mp4').write_bytes({CONTENT!r})",
    )
    wanted = [
        package("pypi", "wheel", sha256=digest),
        package("npm", "@a/pack", sha256=digest, file="package/film.mp4"),
        package("debian", "deb", sha256=digest),
    ]
    folder = tmp_path / "material, with a space"
    folder.mkdir()
    material = fetch_material(wanted, folder)
    assert material.missing == {} and material.lacks(wanted) is None
    assert {used.sha256 for used in material.used} == {digest}
    for each in wanted:
        assert material.file(each, "film.mp4").read_bytes() == CONTENT
    # Nothing but the used files stays, and nothing is fetched twice.
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == ["film.mp4"] * 3
    for name in ("uv", "npm", "apt-get"):
        client(clients, name, "sys.exit('fetched again')")
    assert fetch_material(wanted, folder).missing == {}


def test_a_client_that_is_not_there_is_named(clients: Path, tmp_path: Path, digest: str) -> None:
    assert not list(clients.iterdir())
    wanted = [
        package("pypi", "wheel", sha256=digest),
        package("npm", "pack", sha256=digest),
        package("debian", "deb", sha256=digest),
    ]
    material = fetch_material(wanted, tmp_path / "material")
    assert [reason.split(":")[0] for reason in material.missing.values()] == [
        "there is no uv here",
        "there is no npm here",
        "there is no apt-get here",
    ]
    assert "wheel 1.0 (pypi): there is no uv" in str(material.lacks(wanted))
    assert not list((tmp_path / "material").rglob("*"))


def test_what_cannot_be_had_says_why(clients: Path, tmp_path: Path, digest: str) -> None:
    wanted = [package("pypi", "wheel", sha256=digest)]
    client(clients, "uv", "sys.exit('no route to https://me:secret@registry.example/simple')")
    reason = fetch_material(wanted, tmp_path / "a").missing["wheel 1.0 (pypi)"]
    assert "uv ended with 1: no route to https://registry.example" in reason
    assert "secret" not in reason
    client(clients, "uv", "")
    assert "has no kept/film.mp4" in str(fetch_material(wanted, tmp_path / "b").missing)
    client(
        clients,
        "uv",
        "place = pathlib.Path(sys.argv[sys.argv.index('--target') + 1]) / 'kept'\n"
        "place.mkdir(parents=True)\n(place / 'film.mp4').write_bytes(b'another film')",
    )
    assert "digest" in str(fetch_material(wanted, tmp_path / "c").missing)


def test_the_folder_goes_also_after_an_error_and_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(RuntimeError, match="half way"), scratch_folder() as folder:
        (folder / "face.png").write_bytes(b"")
        raise RuntimeError("half way")
    assert not list(tmp_path.iterdir())
    script = (
        "from benchmarks.accuracy.real.material.fetching import scratch_folder\n"
        "from benchmarks.accuracy.real.run import _ended_tidily\n"
        "with _ended_tidily(), scratch_folder() as folder:\n"
        "    (folder / 'face.png').write_bytes(b'')\n"
        "    print(folder, flush=True)\n"
        "    input()\n"
    )
    for number, left in ((signal.SIGTERM, 0), (signal.SIGKILL, 1)):
        with subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=REPOSITORY,
            env=os.environ | {"TMPDIR": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert Path(process.stdout.readline().strip()).is_dir()
            process.send_signal(number)
            process.wait(timeout=60)
        assert len(list(tmp_path.iterdir())) == left
    # What a kill left behind goes with the next run.
    with scratch_folder() as folder:
        assert list(tmp_path.iterdir()) == [folder]


def test_a_file_is_no_folder_for_packages(tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    with pytest.raises(ValueError, match="is a file"):
        real_people("embedded", {}, tmp_path / "a file")


def test_no_material_in_the_checkout() -> None:
    with pytest.raises(ValueError, match="lies in the checkout"):
        real_people("embedded", {}, REPOSITORY / "build" / "faces")


def test_every_package_has_a_digest_and_a_version() -> None:
    for each in PACKAGES:
        assert len(each.sha256) == 64 and each.version and each.files
    assert len({each.folder for each in PACKAGES}) == len(PACKAGES)
    assert not any("68" in file and "predictor" in file for each in PACKAGES for file in each.files)
