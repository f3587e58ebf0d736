"""Finds the root of the release to read.

arguments, environment, current folder --find_root--> absolute path or URL
"""

import logging
import os
from pathlib import Path

from ..release import safe_root
from .registration import NAME

logger = logging.getLogger(__name__)

ROOT_VARIABLE = "SPEAKERVID5M_ROOT"


def find_root(root: str | None = None, data_dir: str | None = None) -> str:
    """Finds the release.

    Args:
        root: a folder, or a URL that fsspec opens (`hf://datasets/org/SpeakerVid-5M`).
        data_dir: the name that `datasets` has for the same; if both are given, they must agree.

    Returns:
        `root` or `data_dir`, else the environment variable `SPEAKERVID5M_ROOT`, else
        `./speakervid5m`; local paths absolute.

    Raises:
        ValueError: `root` and `data_dir` differ.
        FileNotFoundError: neither is given, nor the variable, and `./speakervid5m` is missing.
    """
    places = {_absolute(str(place)) for place in (root, data_dir) if place is not None}
    if len(places) > 1:
        raise ValueError(
            f"root={safe_root(str(root))!r} and data_dir={safe_root(str(data_dir))!r} name two "
            "places; they have the same meaning, so give one of them"
        )
    is_default = not places
    place = places.pop() if places else _absolute(os.environ.get(ROOT_VARIABLE) or NAME)
    if is_default and not _exists(place):
        raise FileNotFoundError(
            f"no release at {place!r}. Give its place: load_dataset({NAME!r}, CONFIG, "
            f"root='/path/or/url'), or data_dir= likewise, or set {ROOT_VARIABLE}, or change to "
            f"the folder that holds {NAME!r}. `speakervid5m import` and `speakervid5m demo` "
            "make a release."
        )
    logger.info("reading the release at %s", safe_root(place))
    return place


def _absolute(place: str) -> str:
    return place if "://" in place else str(Path(place).expanduser().resolve())


def _exists(place: str) -> bool:
    return "://" in place or Path(place).exists()
