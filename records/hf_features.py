"""Columns as `datasets` sees them: `Video` and `Audio` features, and the schema on disk.

branch --> datasets.Features --> Arrow schema of a shard

`datasets` is imported when a schema is asked for: it takes longer than most commands run.
"""

import typing
from functools import cache

import pyarrow as pa

from .columns import Column, columns_of
from .configs import Branch

if typing.TYPE_CHECKING:
    import datasets


@cache
def features_of(branch: Branch) -> "datasets.Features":
    """The `datasets.Features` of a branch, the same in every release.

    Media are `Video()` and `Audio()`, or lists of them for the turns of a multi-turn run;
    poses are bytes of a `.npy` file.
    """
    import datasets

    columns = columns_of(branch)
    plain = [column for column in columns if column.medium in (None, "pose")]
    known = datasets.Features.from_arrow_schema(
        pa.schema([(column.name, column.type) for column in plain])
    )
    return datasets.Features(
        {column.name: known.get(column.name) or _medium(column) for column in columns}
    )


@cache
def schema_of(branch: Branch) -> pa.Schema:
    """The Arrow schema of a shard, with the metadata by which `datasets` knows its features."""
    return features_of(branch).arrow_schema


def _medium(column: Column) -> "datasets.Video | datasets.Audio | datasets.List":
    import datasets

    feature = datasets.Video() if column.medium == "video" else datasets.Audio()
    return datasets.List(feature) if column.many else feature
