"""Seconds from after the imports to the first batch of raw bytes, in a process of its own.

python -m benchmarks.loading.first NAME FOLDER_OF_PEERS RELEASE
"""

import sys
import time
from pathlib import Path

from . import peers


def main() -> None:
    """Prints the seconds."""
    name, folder, root = sys.argv[1:]
    for package in {"WebDataset": ["webdataset"], "LitData": ["litdata"], "MDS": ["streaming"]}.get(
        name, ["datasets"]
    ):
        __import__(package)
    began = time.perf_counter()
    makers = {
        "ours": lambda: peers._ours(Path(root), 0),
        "WebDataset": lambda: peers._webdataset(Path(folder) / "tar", 0),
        "LitData": lambda: peers._litdata(Path(folder) / "litdata", 0),
        "MDS": lambda: peers._mds(Path(folder) / "mds", 0),
        "HF streaming": lambda: peers._hf_raw(Path(root), 0),
    }
    next(iter(makers[name]()()))
    print(time.perf_counter() - began, flush=True)
    # Peers' threads may keep the process for seconds.
    import os

    os._exit(0)


if __name__ == "__main__":
    main()
