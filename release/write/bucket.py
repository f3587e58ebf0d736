"""A bucket, built once: shard and index rows in a folder named by a digest of their content.

    BucketContent --build_bucket--> folder with shard, index rows and counts, as BuiltBucket

Built buckets are in the work folder. A killed build continues with the complete ones, and an
unchanged bucket is not built again: a release consists of hard links to them.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...records import Branch, Sample, sample_id, schema_of
from ..errors import DamagedRelease, ReleaseError
from ..format.index import frame_rows, index_rows, write_index
from ..format.shard import Row, locate_all, write_shard
from ..layout import INDEX_TABLES
from .durable_files import footer_of, link, sha256_of, sync, write_synced

WRITER_VERSION = 1
"""Goes up when the same rows would be written as other bytes."""

SHARD = "shard.parquet"


@dataclass(frozen=True, kw_only=True, slots=True)
class BucketContent:
    """The content of a bucket to build."""

    digest: str
    """Function of everything that decides its bytes: values of the rows, checksums of media."""
    rows: Callable[[], Iterator[Row]]
    """Returns the rows in order (by source, then time); called only to build the bucket."""
    shard: Path | None = None
    """A finished shard of these rows; if there is one, only the index is built."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltBucket:
    """A finished bucket."""

    folder: Path
    """Holds the shard and its rows of the three index tables."""
    num_rows: int
    """Samples."""
    num_bytes: int
    """Size of the shard."""
    sha256: str
    """Digest of the shard."""
    footer_xxh3_64: int
    """Of the shard's footer."""
    num_sources: int
    """Conversations."""
    num_media_bytes: int
    """Bytes of all media."""
    clip_seconds: float
    """Sum of the durations of the samples' clips."""


def build_bucket(
    store: Path, config: str, branch: Branch, bucket: int, content: BucketContent
) -> BuiltBucket:
    """Finds the built bucket of this content, or builds it.

    Args:
        store: folder of all built buckets.
        config: name of the config.
        branch: its branch.
        bucket: number of the bucket.
        content: its rows.

    Raises:
        ReleaseError: the content has no rows, or two rows with one id.
    """
    schema = schema_of(branch).to_string(show_field_metadata=False)
    identity = [WRITER_VERSION, config, bucket, content.digest, schema]
    name = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:40]
    folder = store / name
    if not _is_whole(folder):
        shutil.rmtree(folder, ignore_errors=True)
        draft = store / f"{name}.{os.getpid()}.tmp"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        facts = _build(draft, config, branch, bucket, content)
        write_synced(draft / "part.json", json.dumps(facts, sort_keys=True))
        draft.rename(folder)
    return BuiltBucket(folder=folder, **_facts_of(folder))


def _facts_of(folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((folder / "part.json").read_text())
    return facts


def _is_whole(folder: Path) -> bool:
    """Whether a built bucket is complete, its shard neither truncated nor overwritten since."""
    shard = folder / SHARD
    if not shard.exists() or not (folder / "part.json").exists():
        return False
    facts = _facts_of(folder)
    try:
        return (shard.stat().st_size, footer_of(shard)) == (
            facts["num_bytes"],
            facts["footer_xxh3_64"],
        )
    except DamagedRelease:
        return False


def _build(
    folder: Path, config: str, branch: Branch, bucket: int, content: BucketContent
) -> dict[str, Any]:
    samples: list[Sample] = []
    frames: list[dict[str, Any]] = []

    def noted() -> Iterator[Row]:
        for row in content.rows():
            samples.append(row.sample)
            frames.extend(frame_rows(sample_id(row.sample), row.media, branch))
            yield row

    shard = folder / SHARD
    if content.shard is None:
        places = write_shard(shard, branch, noted())
    else:
        link(content.shard, shard)
        places = locate_all(shard, branch)
        for _ in noted():
            pass
    if not samples:
        raise ReleaseError(f"bucket {bucket} of {config} has no rows; empty buckets have no file")
    ids = [sample_id(sample) for sample in samples]
    if len(set(ids)) < len(ids):
        duplicate = next(id_ for id_ in ids if ids.count(id_) > 1)
        raise ReleaseError(f"bucket {bucket} of {config} holds sample {duplicate} twice")
    rows = index_rows(samples, places, bucket)
    for table in INDEX_TABLES:
        write_index(
            folder / f"{table}.parquet", branch, table, frames if table == "frames" else rows
        )
        sync(folder / f"{table}.parquet")
    sync(shard)
    sizes = [
        size
        for place in places
        for name, value in place.items()
        if name.endswith("_num_bytes")
        for size in (value if isinstance(value, list) else [value])
    ]
    return {
        "num_rows": len(samples),
        "num_bytes": shard.stat().st_size,
        "sha256": sha256_of(shard),
        "footer_xxh3_64": footer_of(shard),
        "num_sources": len({sample.clips[0].source_id for sample in samples}),
        "num_media_bytes": sum(size or 0 for size in sizes),
        "clip_seconds": sum(clip.duration_seconds for sample in samples for clip in sample.clips),
    }
