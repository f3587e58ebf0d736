"""The most memory that one epoch takes, each contender in a process of its own.

python -m benchmarks.loading.memory raw|decoded NAME FOLDER_OF_PEERS RELEASE
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from . import peers
from .decoded import decoded_epochs
from .measure import Row, value
from .processes import peak_pss


def memory_rows(formats: peers.Formats, decoded: Path) -> list[Row]:
    """Peak PSS of an epoch with 2 workers, imports and all processes included."""
    known = {
        "raw": (formats.root, list(peers.raw_epochs(formats.folder, formats.root, 2))),
        "decoded": (decoded, list(decoded_epochs(decoded, windows=True))),
    }
    rows = []
    for kind, (root, names) in known.items():
        for name in names:
            command = [sys.executable, "-m", "benchmarks.loading.memory", kind, name]
            output = subprocess.run(
                [*command, str(formats.folder), str(root)],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            what = "raw samples" if kind == "raw" else "windows of 32 frames"
            title = f"peak PSS of all processes, {what}, 2 workers: {name}"
            rows.append(value(title, [float(output.split()[-1]) / 1e6], "MB"))
    return rows


def main() -> None:
    """Prints bytes."""
    kind, name, folder, root = sys.argv[1:]
    epochs: dict[str, Any]
    if kind == "raw":
        epochs = dict(peers.raw_epochs(Path(folder), Path(root), 2))
    else:
        epochs = dict(decoded_epochs(Path(root), windows=True))
    epoch = epochs[name]

    def run() -> None:
        for _ in epoch():
            pass

    print(peak_pss(run), flush=True)
    # Peers' threads may keep the process for seconds.
    os._exit(0)


if __name__ == "__main__":
    main()
