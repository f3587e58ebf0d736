"""Features of samples, by number: `samples.features("mimi").array(3, "responder_audio")`.

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
        """Says which features there are, and of which shards."""


class EncodedSamples(Protocol):
    """The samples whose media were encoded: what their features are found by."""

    @property
    def release(self) -> EncodedRelease:
        """That they are of."""

    @property
    def config(self) -> Config:
        """That they are of."""

    @property
    def config_digest(self) -> str:
        """sha256 over the config's data files."""

    def __len__(self) -> int:
        """How many they are."""

    def place(self, number: int) -> tuple[int, int, int, str]:
        """Part of the index, row in it, bucket and id of a row."""

    def view(self, place: MediaRange) -> memoryview:
        """The bytes of a range, checked."""


class Features:
    """What one encoder made of the media of some samples.

    Raises:
        QueryError: the release has no such features; says which it has.
        DamagedRelease: they were made of other shards than the release has now.
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
        self._names = {one: tuple(f"{one}_{kind}" for kind in kinds) for one in self.columns}
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
        """Where the values of a row lie: a list for the turns of a multi-turn run.

        Raises:
            QueryError: no such column.
        """
        if column not in self._names:
            raise QueryError(
                f"no features of {self.form.name} for {column!r}; there are "
                f"{', '.join(self.columns)}"
            )
        part, offset, bucket, name = self.samples.place(number)
        path = self._index.parts("index")[part]
        found = self._index.of(path, ["sample_id", *self._names[column]])
        own, *values = [one.value(offset) for one in found.values()]
        if own != name:
            raise DamagedRelease(
                f"{path} does not belong to its scan; run `speakervid5m encode` again"
            )
        shard = features_shard(self.form.name, self.samples.config, bucket)
        if self._many[column]:
            lists = zip(*(value or [] for value in values), strict=True)
            return [range_of(shard, one) for one in lists]
        return range_of(shard, tuple(values))

    def array(self, number: int, column: str) -> NDArray[Any] | list[NDArray[Any] | None] | None:
        """The numbers of a row, (steps, ...); a list for turns; None where there are none.

        Raises:
            QueryError: no such column.
            DamagedRelease: the bytes are not what was written.
        """
        found = self.ranges(number, column)
        if isinstance(found, list):
            return [None if one is None else self.read(one) for one in found]
        return None if found is None else self.read(found)

    def read(self, value: FeatureRange) -> NDArray[Any]:
        """The numbers of one value, checked; a view of the memory map where the release is local.

        Raises:
            DamagedRelease: the bytes are not what was written.
        """
        return array_of(self.samples.view(value.place), self.form, value.shape)
