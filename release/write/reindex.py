"""`reindex`: writes the index again from the shards alone; `data/` does not change.

    shards, facts of the manifest --reindex--> new index, manifest

For a release whose index was lost, or which an earlier minor version of the format wrote. The
shards hold everything that the index needs; the manifest's facts are kept.
"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from ...records import Branch, columns_of, from_row, schema_of
from ..errors import DamagedRelease
from ..format.shard import MediaValue, Row, media_values
from ..format.upgrades import declared
from ..layout import belongs
from ..manifest import Manifest
from ..read.samples import open_release
from ..tombstones.pending import refuse_newer_tombstones
from .bucket import BucketContent
from .durable_files import link, sha256_of
from .writer import write_release


def reindex(root: Path) -> Manifest:
    """Writes the index of a release again from its own shards, by the folder swap.

    Shards, and all other files that the manifest lists, are linked.

    Raises:
        ReleaseError: no release, a damaged shard, newer tombstones, or another process writes it.
    """
    release = open_release(str(root))
    refuse_newer_tombstones(release)

    def others(new: Path) -> None:
        for name in release.manifest.files:
            source = Path(release.files.path(name))
            if not name.startswith(("data/", "index/")) and belongs(name) and source.exists():
                link(source, new / name)

    contents: dict[str, dict[int, BucketContent]] = {}
    for name in release.configs:
        branch = release[name].config.branch
        for path in release.manifest.shards(name):
            release.files.check(path, release.manifest)
            file = Path(release.files.path(path))
            digest = sha256_of(file)
            if digest != release.manifest.files[path].sha256:
                raise DamagedRelease(f"{file} was altered; copy it again, nothing was changed")
            bucket = int(file.stem.rpartition("-")[2], 16)
            contents.setdefault(name, {})[bucket] = BucketContent(
                digest=f"reindexed {digest}",
                rows=lambda file=file, branch=branch: read_rows(file, branch),  # type: ignore[misc]
                shard=file,
            )
    return write_release(root, contents, release.manifest.facts, documents=others)


def read_rows(path: Path, branch: Branch) -> Iterator[Row]:
    """The rows of a shard, media included, as a writer takes them."""
    media = [column for column in columns_of(branch) if column.table == "media"]
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            table = declared(file.read_row_group(group), schema_of(branch))
            for stored in table.to_pylist():
                values: dict[str, MediaValue] = {}
                for column in media:
                    cells = media_values(stored[column.name], column)
                    values[column.name] = cells if column.many else cells[0]
                yield Row(sample=from_row(branch, stored), media=values)
