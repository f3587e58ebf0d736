"""An open release, and the samples of a config: rows of the index, and their media.

    open_release(root) -> Release -> Samples -> records, tables, byte ranges, bytes

Only the index is read until media are read, and then only their byte ranges.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from numpy.typing import NDArray

from ...records import CONFIGS, Config, Sample, from_row
from ..address import safe_root
from ..errors import DamagedRelease, QueryError
from ..format.byte_ranges import MediaRange
from ..layout import index_part, index_path
from ..manifest import ConfigEntry, Manifest
from ..storage.files import Files, read_manifest
from ..tombstones.pending import pending_rows
from ..tombstones.records import Takedown
from .column_cache import forget_superseded
from .features import Features
from .index import Index, IndexPart
from .notebook import release_html
from .selection import Selection
from .where import MAX_SECONDS, matching_rows, nearest


class Release(Mapping[str, "Samples"]):
    """An open release: a mapping from the names of its configs that have rows to their samples."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.manifest: Manifest = read_manifest(files)
        forget_superseded(files, self.manifest)
        self._pending: Mapping[str, NDArray[np.int64]] | None = None

    @property
    def root(self) -> str:
        """Folder or URL; it may hold a password, so messages use `safe_root`."""
        return self.files.root

    @property
    def safe_root(self) -> str:
        """The root for messages: a folder in full, a URL without user, password and query."""
        return safe_root(self.files.root)

    @property
    def configs(self) -> tuple[str, ...]:
        """Configs that have rows, in the order of the vocabulary."""
        return tuple(name for name in CONFIGS if name in self.manifest.configs)

    def __getitem__(self, name: str) -> "Samples":
        """The samples of a config, without pending rows.

        Raises:
            UnknownConfig: there is no such config; lists the nine.
            EmptyConfig: it has no rows here; says why.
            DamagedRelease: the tombstones cannot be read.
        """
        samples = self.whole(name)
        if (pending := self.pending.get(name)) is None:
            return samples
        kept = np.delete(np.arange(len(samples)), pending)
        return Samples(self, samples.config, kept, is_whole=True)

    def __iter__(self) -> Iterator[str]:
        return iter(self.configs)

    def __len__(self) -> int:
        return len(self.configs)

    def __contains__(self, name: object) -> bool:
        return name in self.manifest.configs

    def get(self, name: str, default: Any = None) -> Any:
        """The samples of a config, or `default` if it has no rows here."""
        return self[name] if name in self.configs else default

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.configs)

    @property
    def pending(self) -> Mapping[str, NDArray[np.int64]]:
        """Rows by config, in index order, that tombstones name and the data still hold.

        Raises:
            DamagedRelease: the tombstones cannot be read.
        """
        if self._pending is None:
            self._pending = pending_rows(self)
        return self._pending

    def whole(self, name: str) -> "Samples":
        """Every stored row, also pending ones: for rewriting and verifying a release."""
        self.manifest.entry(name)
        return Samples(self, CONFIGS[name], is_whole=True)

    def source_ids(self, *names: str) -> frozenset[str]:
        """Sources of these configs, or of all configs; pending rows do not count."""
        sources: set[str] = set()
        for name in names or self.configs:
            ids = self[name].table(["conversation_id"])["conversation_id"]
            sources.update(pc.unique(ids).to_pylist())
        return frozenset(sources)

    def rows_since(self, name: str, config_digest: str) -> NDArray[np.int64] | None:
        """New row numbers of the samples of a config's earlier state; -1 for retracted ones.

        Args:
            name: of the config.
            config_digest: digest of the earlier state, or its first characters.

        Returns:
            For each number in that state, the number in `self[name]`; None if other changes than
            retractions lie between that state and this one.
        """
        entry, now = self.manifest.entry(name), len(self[name])
        positions: Sequence[int] | None = Takedown.read(self.files).rows_since(
            name, config_digest, entry.config_digest, entry.num_rows
        )
        if entry.config_digest.startswith(config_digest):
            positions = range(entry.num_rows)
        if positions is None:
            return None
        rows, pending = np.array(positions, np.int64), self.pending.get(name)
        if pending is not None:
            places = np.full(entry.num_rows + 1, -1)
            places[np.delete(np.arange(entry.num_rows), pending)] = np.arange(now)
            rows = places[rows]
        return rows

    def __repr__(self) -> str:
        rows = ", ".join(f"{name}: {self.manifest.configs[name].num_rows}" for name in self.configs)
        return f"Release({self.safe_root!r}, {rows})"

    def _repr_html_(self) -> str:
        entries = {name: self.manifest.configs[name] for name in self.configs}
        return release_html(f"Release {self.safe_root}", entries)


class Samples(Selection):
    """Rows of a config: all of them in index order, or those that were chosen, in that order."""

    def __init__(
        self,
        release: Release,
        config: Config,
        rows: NDArray[np.int64] | None = None,
        columns: frozenset[str] | None = None,
        index: Index | None = None,
        is_whole: bool = False,
    ) -> None:
        self.release = release
        self.config = config
        self.is_whole = is_whole
        """Whether these are all samples of the config, in index order."""
        self._index = index or Index(release.files, release.manifest, config)
        self._rows = rows
        self._columns = columns

    def __getstate__(self) -> dict[str, Any]:
        state = {"release": self.release, "config": self.config}
        return state | {"rows": self._rows, "columns": self._columns, "is_whole": self.is_whole}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Maps and locks belong to one process; a worker opens its own.
        self.__init__(**state)  # type: ignore[misc]

    @property
    def _numbers(self) -> NDArray[np.int64] | None:
        return self._rows

    @property
    def entry(self) -> ConfigEntry:
        """What the manifest says of the config."""
        return self.release.manifest.entry(self.config.name)

    @property
    def config_digest(self) -> str:
        """sha256 over the config's data files."""
        return self.entry.config_digest

    @property
    def parts(self) -> tuple[IndexPart, ...]:
        """The parts of the config's index, whatever rows were kept."""
        return self._index.parts

    @property
    def shard_urls(self) -> list[str]:
        """Where the config's shards are, in bucket order."""
        manifest = self.release.manifest
        return [self.release.files.url(path) for path in manifest.shards(self.config.name)]

    def __len__(self) -> int:
        return self._index.num_rows if self._rows is None else len(self._rows)

    def __repr__(self) -> str:
        return f"Samples({self.config.name!r}, {len(self)} of {self._index.num_rows} rows)"

    def record(self, number: int) -> Sample:
        """The record of a row, without media.

        Raises:
            DamagedRelease: its id does not match its clips.
        """
        row = self._index.row(self._row(number), self._columns)
        sample = from_row(self.config.branch, row)
        if (name := sample.sample_id) != row["sample_id"]:
            raise DamagedRelease(
                f"{self.release.files.address()}: sample {row['sample_id']!r:.80} of "
                f"{self.config.name} has the clips of {name}; run `speakervid5m reindex`"
            )
        return sample

    def where(self, expression: str, *, max_seconds: float = MAX_SECONDS) -> Self:
        """Keeps the rows for which an SQL expression over the index's columns is true.

        Args:
            expression: as after WHERE in DuckDB: `responder_dover > 0.6`. It may use columns,
                constants, comparisons and the functions of `release/read/where_grammar.py`.
            max_seconds: after which the evaluation is interrupted.

        Raises:
            QueryError: it is not one expression, names an unknown column or a function that is
                not allowed, or takes too long.
        """
        names = self._index.names
        kept = matching_rows(expression, names, self.table, max_seconds=max_seconds)
        return self._with(self.numbers[kept])

    def select(self, columns: Sequence[str]) -> Self:
        """Keeps these columns of the index in the records, and does not read the others.

        A record always has its ids, places and times, and what cutting it needs (size, rate,
        frames); other fields are None or empty. The turns of a run are one column.

        Raises:
            QueryError: a column that the index does not have.
        """
        self._check(columns)
        chosen = frozenset(columns)
        return type(self)(self.release, self.config, self._rows, chosen, self._index, self.is_whole)

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Columns of the index as an Arrow table, a row a sample.

        Args:
            columns: names from `scan` and `text`; all of them if left out.

        Raises:
            QueryError: a column that the index does not have.
        """
        names = self._index.names if columns is None else list(columns)
        self._check(names)
        return self._index.table(names, self._rows)

    def ranges(self, number: int, column: str) -> MediaRange | list[MediaRange | None] | None:
        """Byte ranges of a row's media: a list for the turns of a multi-turn run.

        Raises:
            QueryError: no such media column.
        """
        if (layout := self._index.media.get(column)) is None:
            known = ", ".join(self._index.media)
            raise QueryError(f"no media column {column!r}; there are {known}")
        many, names = layout
        bucket, *values = self._index.values(self._row(number), names)
        path = self.config.shard(bucket)
        if many:
            places = zip(*(value or [] for value in values), strict=True)
            return [_range(path, place) for place in places]
        return _range(path, tuple(values))

    def media(self, number: int, column: str) -> bytes | list[bytes | None] | None:
        """The bytes of a media column of a row: one range read, checked.

        Raises:
            QueryError: no such media column.
            DamagedRelease: the bytes are not what was written.
        """
        ranges = self.ranges(number, column)
        if isinstance(ranges, list):
            return [None if turn is None else self.read(turn) for turn in ranges]
        return None if ranges is None else self.read(ranges)

    def read(self, place: MediaRange) -> bytes:
        """The bytes of a media value.

        Raises:
            DamagedRelease: they are not what was written.
        """
        return bytes(self.view(place))

    def view(self, place: MediaRange) -> memoryview:
        """The bytes of a media value, without a copy where the release is local.

        Raises:
            DamagedRelease: they are not what was written.
        """
        files = self.release.files
        files.check(place.path, self.release.manifest)
        data = files.read_range(place.path, place.offset_bytes, place.num_bytes)
        self.check(place, data)
        return data

    def check(self, place: MediaRange, data: memoryview) -> None:
        """Compares a media value with its checksum.

        Raises:
            DamagedRelease: it is not what was written.
        """
        if xxhash.xxh3_64_intdigest(data) != place.xxh3_64:
            raise DamagedRelease(
                f"{self.release.files.address(place.path)}: the {place.num_bytes} bytes at "
                f"{place.offset_bytes} do not match their checksum; copy the shard again"
            )

    def features(self, name: str) -> Features:
        """The features of an encoder for these samples; raises as `Features` does."""
        return Features(self, name)

    def place(self, number: int) -> tuple[int, int, int, str]:
        """Index part, row in it, bucket and sample id of a row."""
        row = self._row(number)
        bucket, name = self._index.values(row, ["bucket", "sample_id"])
        return *self._index.place(row), bucket, name

    def frames(self, number: int, column: str) -> pa.Table:
        """Rows of the `frames` table for a video column of a row, one for each video."""
        return self._index.frames(self._row(number), column)

    def frames_of(self, bucket: int) -> pa.Table:
        """The part of the `frames` table that indexes a bucket."""
        part = index_part(bucket, self.entry.num_buckets)
        path = index_path(self.config.name, "frames", part)
        with self.release.files.parquet(path, self.release.manifest) as file:
            return file.read()

    def _with(self, rows: NDArray[np.int64]) -> Self:
        return type(self)(self.release, self.config, rows, self._columns, self._index)

    def _check(self, names: Sequence[str]) -> None:
        if unknown := [name for name in names if name not in self._index.names]:
            raise QueryError(
                f"no column {unknown[0]!r} in {self.config.name}; the nearest are "
                f"{', '.join(nearest(unknown[0], self._index.names))}"
            )


def open_release(
    root: str,
    *,
    storage_options: dict[str, Any] | None = None,
    takedown_check: bool = True,
) -> Release:
    """Opens a release.

    Args:
        root: a folder, or any URL that fsspec opens: `hf://`, `s3://`, `https://`.
        storage_options: for fsspec.
        takedown_check: some hosts answer "forbidden" for a missing file. Nobody then knows
            whether rows were retracted since the data were written, so opening a config raises.
            False reads that answer as "no tombstones". Tombstones that can be read are applied
            either way.

    Raises:
        NotARelease: there is no release; says what a release is.
        UnfinishedRelease: there are data and no manifest.
        SchemaVersionError: of another major version.
        DamagedRelease: the manifest cannot be parsed.
    """
    return Release(Files(str(root), storage_options, takedown_check))


def _range(path: str, place: tuple[Any, ...]) -> MediaRange | None:
    if place[0] is None:
        return None
    return MediaRange(path, *place)
