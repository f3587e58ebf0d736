"""The built wheel: what is in it, and that it works far from the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.import_graph import ROOMS

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    done = subprocess.run([*command, str(ROOT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {name for name in names if ".dist-info/" not in name}
    assert {name.split("/")[0] for name in shipped} == {"speakervid5m"}
    expected = {"speakervid5m/__init__.py", "speakervid5m/__main__.py", "speakervid5m/py.typed"}
    for room in ROOMS:
        files = (
            path
            for path in (ROOT / room).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        )
        expected |= {f"speakervid5m/{path.relative_to(ROOT).as_posix()}" for path in files}
    assert shipped == expected - {"speakervid5m/cli/__main__.py"}
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def run(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(installed), "PATH": "/usr/bin:/bin", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_room_imports_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    imports = "; ".join(f"import speakervid5m.{room}" for room in ROOMS)
    code = f"import speakervid5m; {imports}; print(speakervid5m.__file__)"
    done = run(installed, tmp_path, "-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(installed / "speakervid5m" / "__init__.py")


def test_the_command_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "-m", "speakervid5m", "--version")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "0.1.0"
