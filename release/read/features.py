"""Features of samples, by number: `samples.features("mimi").array(3, "responder_audio")`.

    number of a sample --index of features--> byte range and shape --> array

Locally an array is a slice of the shard's memory map. Over a network it is one range read.
"""

from typing import Any, Protocol

from numpy.typing import NDArray

from ...records import Config
from ..errors import DamagedRelease, QueryError
from ..format.byte_ranges import MediaRange
from ..format.features import (
    FeatureRange,
    array_of,
    entry_of,
    feature_columns,
    features_folder,
    features_shard,
    range_of,
)
from ..format.index import PLACE_TYPES
from ..manifest import Manifest
from ..storage.files import Files
from .column_cache import IndexColumns


class EncodedRelease(Protocol):
    """The release whose media were encoded."""

    @property
    def files(self) -> Files:
        """Where its files are."""

    @property
    def manifest(self) -> Manifest:
        """Says which features there are, and which shards were encoded."""


class EncodedSamples(Protocol):
    """The samples whose media were encoded."""

    @property
    def release(self) -> EncodedRelease:
        """The release that holds them."""

    @property
    def config(self) -> Config:
        """Their config."""

    @property
    def config_digest(self) -> str:
        """sha256 over the config's data files."""

    def __len__(self) -> int:
        """Number of samples."""

    def place(self, number: int) -> tuple[int, int, int, str]:
        """Part of the index, row in it, bucket and id of a row."""

    def view(self, place: MediaRange) -> memoryview:
        """The bytes of a range, checked."""


class Features:
    """The features of one encoder for some samples.

    Raises:
        QueryError: the release has no such features; says which it has.
        DamagedRelease: other shards were encoded than the release has now.
    """

    def __init__(self, samples: EncodedSamples, name: str) -> None:
        self.samples, self._name = samples, name
        config, release = samples.config, samples.release
        entry = entry_of(release.manifest.facts.features, name, config.name)
        if entry.configs[config.name] != samples.config_digest:
            raise DamagedRelease(
                f"the features of {name} for {config.name} were made of other shards; run "
                f"`speakervid5m encode RELEASE --encoder {name}` again"
            )
        self.entry, self.form = entry, entry.form
        columns = feature_columns(config.branch, self.form.media[0])
        self.columns = tuple(column.name for column in columns)
        """Media columns that have features."""
        self._many = {column.name: column.many for column in columns}
        kinds = (*PLACE_TYPES, "shape")
        self._names = {
            column: tuple(f"{column}_{kind}" for kind in kinds) for column in self.columns
        }
        self._index = IndexColumns(
            release.files,
            release.manifest,
            config,
            folder=f"{features_folder(name, config.name)}/",
            placed=self.columns,
        )

    def __getstate__(self) -> dict[str, Any]:
        return {"samples": self.samples, "name": self._name}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Maps and locks belong to one process; a worker opens its own.
        self.__init__(**state)  # type: ignore[misc]

    def ranges(self, number: int, column: str) -> FeatureRange | list[FeatureRange | None] | None:
        """Byte ranges of a row's values: a list for the turns of a multi-turn run.

        Raises:
            QueryError: no such column.
        """
        if column not in self._names:
            raise QueryError(
                f"no features of {self.form.name} for {column!r}; there are "
                f"{', '.join(self.columns)}"
            )
        part, offset, bucket, expected_id = self.samples.place(number)
        path = self._index.parts("index")[part]
        columns = self._index.of(path, ["sample_id", *self._names[column]])
        stored_id, *values = [index_column.value(offset) for index_column in columns.values()]
        if stored_id != expected_id:
            raise DamagedRelease(
                f"{path} does not belong to its scan; run `speakervid5m encode` again"
            )
        shard = features_shard(self.form.name, self.samples.config, bucket)
        if self._many[column]:
            turns = zip(*(value or [] for value in values), strict=True)
            return [range_of(shard, turn) for turn in turns]
        return range_of(shard, tuple(values))

    def array(self, number: int, column: str) -> NDArray[Any] | list[NDArray[Any] | None] | None:
        """The numbers of a row, (steps, ...); a list for turns; None where there are none.

        Raises:
            QueryError: no such column.
            DamagedRelease: the bytes are not what was written.
        """
        ranges = self.ranges(number, column)
        if isinstance(ranges, list):
            return [None if turn is None else self.read(turn) for turn in ranges]
        return None if ranges is None else self.read(ranges)

    def read(self, value: FeatureRange) -> NDArray[Any]:
        """The numbers of a value, checked; a view of the memory map where the release is local.

        Raises:
            DamagedRelease: the bytes are not what was written.
        """
        return array_of(self.samples.view(value.place), self.form, value.shape)
