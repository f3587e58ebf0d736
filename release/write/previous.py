"""The release that is about to be replaced.

folder --> an interrupted swap finished --> `Release`, or None where there is none yet
"""

import time
from contextlib import suppress
from pathlib import Path

from ..errors import LockedRelease, NotARelease
from ..layout import work_folder
from ..read.samples import Release, open_release
from .commit import finish_swap, release_lock

_PAUSE_SECONDS = 0.5
"""Wait between two attempts to take the lock of another run (ours)."""


def previous_release(root: Path) -> Release | None:
    """The release in a folder; None for a missing or empty one.

    Finishes a swap of folders that was interrupted, and waits for one that is under way.
    """
    while (work_folder(root) / "old").exists():
        with suppress(LockedRelease), release_lock(root):
            finish_swap(root)
            break
        time.sleep(_PAUSE_SECONDS)
    try:
        return open_release(str(root))
    except NotARelease:
        return None
