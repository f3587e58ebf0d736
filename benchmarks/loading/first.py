"""Seconds from after the imports to the first batch of raw bytes, in a process of its own.

python -m benchmarks.loading.first NAME FOLDER_OF_PEERS RELEASE
"""

import importlib
import os
import sys
import time
from pathlib import Path

from . import peers

_PACKAGES = {
    "WebDataset": "webdataset",
    "LitData": "litdata",
    "MDS": "streaming",
    "torchdata": "torchdata.stateful_dataloader",
}


def main() -> None:
    """Prints seconds by the clock and by the processor."""
    name, folder, root = sys.argv[1:]
    importlib.import_module(_PACKAGES.get(name, "datasets"))
    began, cpu = time.perf_counter(), time.process_time()
    makers = {
        "ours": lambda: peers._ours(Path(root), 0),
        "WebDataset": lambda: peers._webdataset(Path(folder) / "tar", 0),
        "LitData": lambda: peers._litdata(Path(folder) / "litdata", 0),
        "MDS": lambda: peers._mds(Path(folder) / "mds", 0),
        "torchdata": lambda: peers._torchdata(Path(root), 0),
        "HF streaming": lambda: peers._hf_raw(Path(root), 0),
    }
    next(iter(makers[name]()()))
    print(time.perf_counter() - began, time.process_time() - cpu, flush=True)
    # Peers' threads may keep the process for seconds.
    os._exit(0)


if __name__ == "__main__":
    main()
