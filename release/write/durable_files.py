"""The files of a new release: linked, synced to disk, and described for the manifest.

file of a bucket or of the previous release --link--> new folder --sync--> disk
file --file_entry--> size, sha256, footer checksum and rows, as the manifest lists them
"""

import hashlib
import os
import shutil
from pathlib import Path

import pyarrow.parquet as pq

from ..format.byte_ranges import footer_digest
from ..manifest import FileEntry


def link(source: Path, target: Path) -> None:
    """Makes a hard link, or a copy where the file system has no links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def sync_tree(folder: Path) -> None:
    """Waits until a folder, its files and its folders are on disk."""
    for path in [folder, *folder.rglob("*")]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sha256_of(path: Path) -> str:
    """Digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def footer_of(path: Path) -> int:
    """Digest of a Parquet file's footer."""
    with path.open("rb") as file:
        file.seek(-8, os.SEEK_END)
        size = int.from_bytes(file.read(4), "little") + 8
        file.seek(-min(size, path.stat().st_size), os.SEEK_END)
        return footer_digest(file.read())


def file_entry(path: Path, sha256: str | None = None) -> FileEntry:
    """Describes a file for the manifest.

    Args:
        path: the file.
        sha256: its digest, where it is known.
    """
    is_parquet = path.suffix == ".parquet"
    return FileEntry(
        num_bytes=path.stat().st_size,
        sha256=sha256_of(path) if sha256 is None else sha256,
        footer_xxh3_64=footer_of(path) if is_parquet else None,
        num_rows=pq.read_metadata(path).num_rows if is_parquet else None,
    )
