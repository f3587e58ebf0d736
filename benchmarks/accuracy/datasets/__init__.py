"""Public data sets, when they lie on disk: each judges one stage, by its own annotation format.

bbc          shot boundaries of BBC Planet Earth (zenodo 14865504)
voxconverse  who speaks when, VoxConverse (github joonson/voxconverse)
ava          who is seen speaking, AVA-ActiveSpeaker
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import ava, bbc, voxconverse

DATASETS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "ava": ava.score,
    "bbc": bbc.score,
    "voxconverse": voxconverse.score,
}
"""What takes the folder of a data set and gives figures."""


def score_dataset(name: str, root: Path) -> dict[str, Any]:
    """Runs the stage that a data set judges over all of it that is there.

    Raises:
        FileNotFoundError: no annotation there, or no media for any.
        ValueError: an annotation is not in the data set's format.
    """
    if not root.is_dir():
        raise FileNotFoundError(f"no folder at {str(root)!r}, where {name} should lie")
    return {"dataset": name} | DATASETS[name](root)
