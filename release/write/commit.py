"""The lock, and the swap of folders by which a release changes at once or not at all.

    RELEASE.work/new        complete and checked, with its manifest
    RELEASE      -> RELEASE.work/old
    RELEASE.work/new -> RELEASE
    RELEASE.work/old is removed

The next writer finishes an interrupted swap.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...records import file_lock
from ..errors import LockedRelease, NotARelease
from ..layout import CARD, MANIFEST, work_folder
from ..read.samples import Release
from ..tombstones.pending import refuse_undone_takedown


@contextmanager
def release_lock(root: Path) -> Iterator[None]:
    """Holds the lock for writing a release; it is released when the process ends, in any way.

    Raises:
        LockedRelease: another process holds it.
    """
    with file_lock(work_folder(root) / "lock") as other:
        if other is not None:
            raise LockedRelease(
                f"{str(root)!r} is being written by {other}; wait for it, or stop it and run the "
                "command again"
            )
        yield


def swap(root: Path, release: Release) -> None:
    """Replaces the release by the new folder; `Change.finish` alone does so.

    Args:
        root: the release's folder.
        release: the new folder, open.

    Raises:
        NotARelease: `root` holds something else.
        ReleaseError: the new release would undo a takedown.
    """
    new, old = work_folder(root) / "new", work_folder(root) / "old"
    assert Path(release.root) == new, "what is swapped in was opened, so it has a manifest"
    refuse_undone_takedown(root, release)
    if root.exists():
        refuse_foreign(root)
        root.rename(old)
        finish_swap(root)
    else:
        new.rename(root)


def finish_swap(root: Path) -> None:
    """Finishes or undoes what an interrupted `swap` left; does nothing otherwise."""
    new, old = work_folder(root) / "new", work_folder(root) / "old"
    if not old.exists():
        return
    if not root.exists():
        (new if (new / MANIFEST).exists() else old).rename(root)
    shutil.rmtree(old, ignore_errors=True)


def refuse_foreign(root: Path) -> None:
    """Refuses a folder that is not a release.

    Raises:
        NotARelease: the folder holds something else, or is a file.
    """
    if not root.exists():
        return
    if not root.is_dir():
        raise NotARelease(f"{str(root)!r} is a file; choose another name, nothing was changed")
    names = {path.name for path in root.iterdir()}
    if names and MANIFEST not in names and not {CARD, "data"} <= names:
        raise NotARelease(
            f"{str(root)!r} exists and is no release (it holds {sorted(names)[:3]}); choose "
            "another folder, nothing was changed"
        )
