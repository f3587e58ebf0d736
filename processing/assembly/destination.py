"""Checks that a release can be written to a folder, before anything is read or cut.

The path of a release and those of its inputs go in; an error with what to do comes out, at once or
when the disk is full later on. Every command that writes a release works inside `destination`, so a
run that cannot succeed is refused in its first second.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ...release import refuse_foreign, work_folder
from ..engines.units.unit import FULL


@contextmanager
def destination(out: Path, inputs: Sequence[Path] = ()) -> Iterator[None]:
    """Checks the folder of a release, and names the disk if it is full later on.

    Raises:
        OSError: see `check_destination`; the disk is full.
        ValueError: see `check_destination`.
        NotARelease: see `check_destination`.
    """
    check_destination(out, inputs)
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise _full(error, work_folder(out)) from error


def check_destination(out: Path, inputs: Sequence[Path] = ()) -> None:
    """Refuses a folder that cannot take a release, by trying what the last step will do.

    Makes the work folder, which holds everything until then.

    Args:
        out: the release.
        inputs: files and folders that are read for it.

    Raises:
        OSError: a folder cannot be written, or the work folder is on another file system.
        ValueError: no release can have this name, or it overlaps with an input.
        NotARelease: there is a file, or a folder that holds something else.
    """
    work, root = work_folder(out), out.resolve()
    try:
        str(root).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(
            f"{str(out)!r} has bytes that are not UTF-8, and Parquet files need a path in UTF-8; "
            "give another --out, nothing was changed"
        ) from None
    refuse_foreign(root)
    for place in inputs:
        _refuse_overlap(root, work, place)
    for folder in (work, root):
        _refuse_unwritable(folder)
    _refuse_other_disk(root, work)


def _refuse_overlap(root: Path, work: Path, place: Path) -> None:
    read = place.resolve()
    for mine in (root, work):
        if mine.is_relative_to(read) or read.is_relative_to(mine):
            raise ValueError(
                f"the release {str(root)!r} and its input {str(place)!r} would lie in one another, "
                "and rewriting a release removes what else is in its folder; "
                "give another --out, nothing was changed"
            )


def _refuse_unwritable(folder: Path) -> None:
    """Tries to make a folder next to this one, and inside it if it exists; removes it again."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for place in (folder.parent, folder):
            if place.exists():
                os.rmdir(tempfile.mkdtemp(prefix=".", dir=place))
    except OSError as error:
        raise _cannot(error, folder) from error


def _refuse_other_disk(root: Path, work: Path) -> None:
    try:
        work.mkdir(exist_ok=True)
    except OSError as error:
        raise _cannot(error, work) from error
    for place in (root.parent, root):
        if place.exists() and place.stat().st_dev != work.stat().st_dev:
            raise OSError(
                errno.EXDEV,
                f"the release would be on another file system than {str(work)!r}, from where it is "
                "moved by a rename; give another --out, nothing was changed",
                str(place),
            )


def _cannot(error: OSError, folder: Path) -> OSError:
    place = error.filename or str(folder)
    if error.errno in FULL:
        return _full(error, folder)
    words = f"{error.strerror}; give another --out, nothing was changed"
    return OSError(error.errno, words, place)


def _full(error: OSError, work: Path) -> OSError:
    """The same error, with the folder and what to do; models and FFmpeg's files use TMPDIR."""
    temporary = tempfile.gettempdir()
    return OSError(
        error.errno,
        f"{os.strerror(error.errno or errno.ENOSPC)} ({_free(work)}; for temporary files, TMPDIR: "
        f"{_free(Path(temporary))}): make room there and run the same command again; "
        "finished work is kept and no video counts as failed",
        error.filename or str(work),
    )


def _free(folder: Path) -> str:
    while not folder.exists():
        folder = folder.parent
    return f"{shutil.disk_usage(folder).free / 1e6:.1f} MB are free at {str(folder)!r}"
