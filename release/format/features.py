"""Features of a release: what an encoder computed from its media, in shards of the same kind.

    features/<encoder>/<config>/train-<bucket>.parquet    a row for each sample, uncompressed
    features/<encoder>/<config>/index-<part>.parquet      a row for each row of `scan`: ranges

Arrays go in; their columns, schemas, paths and manifest entry are defined here.

A value is an array in C order, little-endian: (steps, ...). A unit is 160 ms, which is a whole
number of steps of every encoder: 4 frames at 25 a second, 1 latent of a causal video VAE of
temporal stride 4, 2 frames of Mimi, 4 audio positions of Qwen2.5-Omni.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any, ClassVar, Literal, Self, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...records import Branch, Column, Config, columns_of
from ..errors import DamagedRelease, QueryError
from .byte_ranges import MediaRange
from .index import PLACE_TYPES
from .tables import ShardedTable

FEATURES_VERSION = 1
"""Goes up when the same values would be written as other bytes."""
UNIT_SECONDS = 0.16
"""Time of one unit (as in Wan-Streamer, arXiv 2606.25041; the common grid of the codecs above)."""
FRAME_RATE = 25
"""Frames a second that an encoder gets: 4 in each unit."""

FeatureMedium = Literal["video", "audio"]
FeatureType = Literal["float16", "bfloat16", "int16"]

_STORED: dict[FeatureType, str] = {"float16": "<f2", "bfloat16": "<u2", "int16": "<i2"}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureForm:
    """What an encoder returns.

    Raises:
        ValueError: a value is out of range; says what is allowed.
    """

    name: str
    """Of the encoder, and of its folder: lower case letters, digits and `_`."""
    media: tuple[FeatureMedium, ...]
    """What it takes. Values are stored under the first medium and need it; the others may be
    missing."""
    dtype: FeatureType
    """Of a value's numbers. NumPy has no bfloat16: its bits are read as uint16 there."""
    shape: tuple[int | None, ...]
    """Of one step; None where it depends on the clip."""
    steps_per_unit: int
    """Steps in 160 ms."""
    lead_steps: int = 0
    """Steps before the first unit: 1 for a causal video VAE, whose first latent is of the first
    frame alone. Step `lead_steps + n * steps_per_unit` is the first of unit n."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"name={self.name!r}: an encoder is called by up to 40 lower case letters, digits "
                "and underscores, a letter first"
            )
        if not self.media or set(self.media) - set(get_args(FeatureMedium)):
            raise ValueError(f"media={self.media!r}; one or more of 'video', 'audio'")
        if self.dtype not in _STORED:
            raise ValueError(f"dtype={self.dtype!r}; one of {', '.join(_STORED)}")
        if self.steps_per_unit < 1 or self.lead_steps < 0:
            raise ValueError(
                f"steps_per_unit={self.steps_per_unit}, lead_steps={self.lead_steps}; at least 1 "
                "and 0"
            )

    @property
    def stored(self) -> np.dtype[Any]:
        """The numbers as NumPy reads them."""
        return np.dtype(_STORED[self.dtype])

    def check(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        """Refuses an array of another form.

        Raises:
            ValueError: says what the array is and what it should be.
        """
        fits = len(shape) == 1 + len(self.shape) and all(
            want is None or have == want for have, want in zip(shape[1:], self.shape, strict=True)
        )
        if not fits or dtype != self.stored or shape[0] < 1:
            raise ValueError(
                f"{self.name} gave {dtype}{list(shape)}; it promises {self.stored} of at least one "
                f"step of {list(self.shape)}"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureEntry:
    """What the manifest says of the features of one encoder."""

    form: FeatureForm
    """Of every value."""
    source: str
    """Model and publisher."""
    licence: str
    """Of the weights."""
    build: Mapping[str, Any]
    """Everything that decides the values: package, version, digest of the weights, settings."""
    configs: Mapping[str, str] = field(default_factory=dict)
    """Config to the digest of the shards that were encoded."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for the manifest."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Reads what `to_dict` gave.

        Raises:
            DamagedRelease: the values are something else.
        """
        try:
            form = dict(values["form"])
            form |= {name: tuple(form[name]) for name in ("media", "shape")}
            return cls(**{**values, "form": FeatureForm(**form)})
        except (TypeError, KeyError, ValueError) as error:
            raise DamagedRelease(f"the manifest's features are damaged: {error!r}") from error


def digest_of_build(entry: FeatureEntry) -> str:
    """Digest of everything that decides an encoder's values."""
    values = {name: value for name, value in entry.to_dict().items() if name != "configs"}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FeatureRange:
    """One value in a shard."""

    place: MediaRange
    """Where its bytes lie."""
    shape: tuple[int, ...]
    """(steps, ...)."""

    def steps(self, form: FeatureForm, first: int, stop: int) -> tuple[int, int]:
        """First byte and end of some steps, relative to the value's first byte."""
        size = math.prod(self.shape[1:]) * form.stored.itemsize
        return first * size, stop * size


def features_folder(encoder: str, config: str) -> str:
    """Folder of a config's features, relative to the release."""
    return f"features/{encoder}/{config}"


def features_shard(encoder: str, config: Config, bucket: int) -> str:
    """Path of one shard of features, relative to the release."""
    return f"{features_folder(encoder, config.name)}/{config.split}-{bucket:04x}.parquet"


@cache
def feature_columns(branch: Branch, medium: FeatureMedium) -> tuple[Column, ...]:
    """The columns of a shard of features: named as the media columns that were encoded."""
    return tuple(
        Column(
            name=column.name,
            type=pa.list_(pa.binary()) if column.many else pa.binary(),
            table="media",
            medium=medium,
            many=column.many,
        )
        for column in columns_of(branch)
        if column.medium == medium
    )


@cache
def features_schema(branch: Branch, medium: FeatureMedium) -> pa.Schema:
    """The Arrow schema of a shard of features."""
    fields = [("sample_id", pa.string())]
    for column in feature_columns(branch, medium):
        fields += [(column.name, column.type), _shape_field(column)]
    return pa.schema(fields)


@cache
def features_index_schema(branch: Branch, medium: FeatureMedium) -> pa.Schema:
    """The Arrow schema of the index of features."""
    fields = [("sample_id", pa.string()), ("bucket", pa.int32()), ("row", pa.int64())]
    for column in feature_columns(branch, medium):
        for name, kind in PLACE_TYPES.items():
            fields.append((f"{column.name}_{name}", pa.list_(kind) if column.many else kind))
        fields.append(_shape_field(column))
    return pa.schema(fields)


def _shape_field(column: Column) -> tuple[str, pa.DataType]:
    shape = pa.list_(pa.int32())
    return f"{column.name}_shape", pa.list_(shape) if column.many else shape


class FeaturesTable(ShardedTable):
    """The features of an encoder for the samples of a config."""

    rewrites_parts: ClassVar[bool] = True

    def __init__(self, entry: FeatureEntry, config: Config) -> None:
        branch, medium = config.branch, entry.form.media[0]
        self.entry, self.config = entry, config
        self.schema = features_schema(branch, medium)
        self.media = feature_columns(branch, medium)
        self.index = {"index": features_index_schema(branch, medium)}

    def shard(self, bucket: int) -> str:
        """See `ShardedTable`."""
        return features_shard(self.entry.form.name, self.config, bucket)

    def part(self, table: str, number: int) -> str:
        """See `ShardedTable`."""
        folder = features_folder(self.entry.form.name, self.config.name)
        return f"{folder}/{table}-{number:04x}.parquet"

    def identity(self, bucket: int, digest: str) -> Sequence[object]:
        """See `ShardedTable`."""
        build = digest_of_build(self.entry)
        return [FEATURES_VERSION, build, self.config.name, bucket, digest]


def entry_of(features: Mapping[str, Mapping[str, Any]], name: str, config: str) -> FeatureEntry:
    """The features of one encoder for a config.

    Raises:
        QueryError: there are none; says which there are, and which command makes them.
    """
    if name not in features:
        known = ", ".join(sorted(features)) or "none"
        raise QueryError(
            f"no features of {name!r} in this release; there are {known}. `speakervid5m encode "
            f"RELEASE --encoder {name}` makes them"
        )
    entry = FeatureEntry.from_dict(features[name])
    if config not in entry.configs:
        raise QueryError(
            f"{name} was not run on {config}, only on {', '.join(entry.configs)}; run "
            f"`speakervid5m encode RELEASE --encoder {name}` again"
        )
    return entry


def array_of(data: memoryview, form: FeatureForm, shape: tuple[int, ...]) -> NDArray[Any]:
    """The numbers of a value, as a view of its bytes."""
    return np.frombuffer(data, form.stored).reshape(shape)


def range_of(path: str, place: tuple[Any, ...]) -> FeatureRange | None:
    """Offset, length, checksum and shape as one value; None where there is none."""
    *byte_range, shape = place
    if byte_range[0] is None:
        return None
    return FeatureRange(MediaRange(path, *byte_range), tuple(shape))
