"""Names and sizes of a release on disk: the only place that spells its paths.

    speakervid5m/
        README.md LICENSE.md manifest.json
        data/<branch>/<tier>/train-<bucket>.parquet
        index/<config>/{scan,text,frames}-<part>.parquet
    speakervid5m.work/      beside it, never inside: built buckets, store, lock

Config, table and bucket go in; relative paths come out. Paths in a manifest are untrusted:
`checked_path` refuses those that leave the folder.
"""

import re
from pathlib import Path
from typing import Literal

IndexTable = Literal["scan", "text", "frames"]
INDEX_TABLES: tuple[IndexTable, ...] = ("scan", "text", "frames")

MANIFEST = "manifest.json"
CARD = "README.md"
LICENSE = "LICENSE.md"

ROW_GROUP_BYTES = 64_000_000
"""Media after which a row group is closed (ours: a range read of a row group is worth its
latency, and the Hub's viewer refuses 286 MiB)."""
ROW_GROUP_ROWS = 10_000
"""Rows after which it is closed where media are small or absent (ours)."""
BUCKET_BYTES = 2_000_000_000
"""Largest mean nominal size of a shard (ours: the Hub advises against files over 20 GB)."""
MAX_BUCKETS = 8192
"""The Hub advises at most 10,000 files a folder."""
MAX_INDEX_PARTS = 64
"""Most parts of an index table (ours: few requests, few rows in each rewrite)."""

_SAFE_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._ -]*")


def work_folder(root: Path) -> Path:
    """The folder beside a release: everything that builds it and is not part of it."""
    try:
        path = root.resolve()
    except RuntimeError:
        # Python before 3.13 raises this.
        raise ValueError(f"{str(root)!r} is a link that leads to itself; give another") from None
    if not path.name:
        raise ValueError(f"{str(root)!r} cannot hold a release: give the name of a folder")
    return path.with_name(f"{path.name}.work")


def index_path(config: str, table: str, part: int) -> str:
    """Path of one part of an index table, relative to the release."""
    return f"index/{config}/{table}-{part:04x}.parquet"


def index_part(bucket: int, num_buckets: int) -> int:
    """The part that indexes a bucket: its top bits."""
    return bucket // max(1, num_buckets // MAX_INDEX_PARTS)


def num_buckets_for(nominal_bytes: int) -> int:
    """The smallest power of two, at most 8192, with a mean of at most 2 GB a bucket."""
    num_buckets = 1
    while num_buckets < MAX_BUCKETS and nominal_bytes > num_buckets * BUCKET_BYTES:
        num_buckets *= 2
    return num_buckets


def checked_path(path: str) -> str:
    """The path itself, if it stays inside the folder.

    Raises:
        ValueError: it is absolute, climbs, or holds a character that no file of ours has.
    """
    if len(path) > 400 or not all(_SAFE_PART.fullmatch(part) for part in path.split("/")):
        raise ValueError(f"not a path inside a release: {path[:120]!r}")
    return path


def belongs(path: str) -> bool:
    """Whether a file belongs to a release: top-level dotfiles (`.git`) do not."""
    return not path.startswith(".")
