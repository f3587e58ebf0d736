"""What shards and index parts have in common, whatever their media columns hold.

    config --ConfigTable-------.
                                >-- ShardedTable --> schemas and paths of shards and index parts
    encoder --FeaturesTable----'

A sharded table has media columns: each value lies in one piece in a shard, and the index says
where. The media of a config are such a table, and so are the features of an encoder for it. They
are written, verified and retracted by the same code.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import pyarrow as pa

from ...records import Column, Config, schema_of
from ..layout import INDEX_TABLES, index_path
from .index import frame_rows, index_schema
from .shard import Cells, media_columns

WRITER_VERSION = 1
"""Goes up when the same rows would be written as other bytes."""


class ShardedTable(ABC):
    """A table of a release: rows in shards by bucket, and an index in parts."""

    rewrites_parts: ClassVar[bool] = False
    """Whether an index part is written anew even if it has the rows of one bucket alone."""
    config: Config
    """Its rows are those of this config."""
    schema: pa.Schema
    """Of a shard."""
    media: Sequence[Column]
    """The columns whose byte ranges the index has."""
    index: Mapping[str, pa.Schema]
    """The tables of the index; the first one says the bucket of each row."""

    @abstractmethod
    def shard(self, bucket: int) -> str:
        """Path of a shard, relative to the release."""

    @abstractmethod
    def part(self, table: str, number: int) -> str:
        """Path of an index part, relative to the release."""

    @abstractmethod
    def identity(self, bucket: int, digest: str) -> Sequence[object]:
        """Everything that decides the bytes of a built bucket.

        Args:
            bucket: its number.
            digest: of its content.
        """

    def frames(self, cells: Cells) -> Iterable[Cells]:
        """The rows of the index table `frames` for a row of a shard."""
        del cells
        return ()

    def buckets(self, names: Iterable[str]) -> dict[int, str]:
        """Number to path of those shards that are among some files of a release."""
        return _numbered(names, self.shard(0))

    def parts(self, names: Iterable[str], table: str) -> dict[int, str]:
        """Number to path of those parts of an index table that are among some files."""
        return _numbered(names, self.part(table, 0))


def _numbered(names: Iterable[str], first: str) -> dict[int, str]:
    begin, _, end = first.rpartition("0000")
    return {
        int(name[len(begin) : -len(end)], 16): name
        for name in sorted(names)
        if name.startswith(begin)
    }


class ConfigTable(ShardedTable):
    """The samples of a config with their media."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.schema = schema_of(config.branch)
        self.media = media_columns(config.branch)
        self.index = {table: index_schema(config.branch, table) for table in INDEX_TABLES}

    def shard(self, bucket: int) -> str:
        """See `ShardedTable`."""
        return self.config.shard(bucket)

    def part(self, table: str, number: int) -> str:
        """See `ShardedTable`."""
        return index_path(self.config.name, table, number)

    def identity(self, bucket: int, digest: str) -> Sequence[object]:
        """See `ShardedTable`."""
        schema = self.schema.to_string(show_field_metadata=False)
        return [WRITER_VERSION, self.config.name, bucket, digest, schema]

    def frames(self, cells: Cells) -> Iterable[Cells]:
        """See `ShardedTable`."""
        return frame_rows(cells, self.media)
