"""`reindex`: writes the index again from the shards alone; `data/` does not change.

    shards, facts of the manifest --reindex--> new index, manifest

For a release whose index was lost, or which an earlier minor version of the format wrote. The
shards hold everything that the index needs; the manifest's facts are kept.
"""

from functools import partial
from pathlib import Path

from ...records import CONFIGS
from ..format.shard import read_cells
from ..format.tables import ConfigTable
from ..manifest import Manifest
from .bucket import BucketJob
from .change import changing
from .writer import write_jobs


def reindex(root: Path) -> Manifest:
    """Writes the index of a release again from its own shards, by the folder swap.

    Shards, and all other files that the manifest lists, are linked.

    Raises:
        ReleaseError: no release, a damaged shard, newer tombstones, or another process writes it.
    """
    with changing(root) as change:
        release = change.release
        files = release.manifest.files
        change.link(
            name
            for name in files
            if not name.startswith(("data/", "index/")) and release.files.exists(name)
        )
        jobs = []
        for table in (ConfigTable(CONFIGS[name]) for name in release.configs):
            for bucket, path in table.buckets(files).items():
                shard = change.intact(path)
                jobs.append(
                    BucketJob(
                        table=table,
                        bucket=bucket,
                        digest=f"reindexed {files[path].sha256}",
                        rows=partial(read_cells, shard, table.schema),
                        shard=shard,
                    )
                )
        return write_jobs(change, jobs, release.manifest.facts)
