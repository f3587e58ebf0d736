"""The peers, at the versions that were measured, into the environment that runs."""

import shutil
import subprocess
import sys
from pathlib import Path

_PINNED = Path(__file__).with_name("peers.txt")
# Its pins (numpy<2.2, xxhash<4, transformers<5) and cloud SDKs are not what is measured here.
_ALONE = "mosaicml-streaming==0.13.0"


def install_peers() -> None:
    """Installs them by uv.

    Raises:
        FileNotFoundError: there is no uv.
        CalledProcessError: it could not be done; uv has said why.
    """
    own_uv = Path(sys.executable).with_name("uv")
    uv = str(own_uv) if own_uv.exists() else shutil.which("uv")
    if uv is None:
        raise FileNotFoundError("--install needs uv: pip install uv")
    into = [uv, "pip", "install", "--python", sys.executable]
    subprocess.run([*into, "--requirement", str(_PINNED)], check=True)
    subprocess.run([*into, "--no-deps", _ALONE], check=True)
