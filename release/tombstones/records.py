"""What was taken back: tombstones, and where the removed rows stood.

    takedown/tombstones.parquet   what must not come back: digests, no ids
    takedown/removals.parquet     per date and config: removed rows, digests before and after
    TAKEDOWN.md                   dates and counts, for readers

A digest of a public id is a pseudonym, not a secret: whoever has the id can look it up.
"""

import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ...records import ClipKey
from ..errors import DamagedRelease
from ..storage.files import MAX_TAKEDOWN_BYTES, Files

TOMBSTONES = "takedown/tombstones.parquet"
REMOVALS = "takedown/removals.parquet"
TAKEDOWN = "TAKEDOWN.md"

Kind = Literal["source", "person", "clip"]
_KINDS: tuple[Kind, ...] = ("source", "person", "clip")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MAX_ROWS = 1 << 20
"""Of a file of `takedown/`: requests, or retractions of a config (ours)."""
_MAX_VALUES = 1 << 24
"""In it (ours: every row of SpeakerVid-5M removed three times)."""
_MAX_UNPACKED_BYTES = 1 << 28
"""Of it, unpacked (ours: a million requests have 150 MB)."""
_MAX_TEXT = 256
"""Bytes of a text in it; a digest has 64 (ours)."""
_TOMBSTONES = pa.schema(
    [(name, pa.string()) for name in ("kind", "digest", "source_digest", "date")]
)
_REMOVALS = pa.schema(
    [
        ("date", pa.string()),
        ("config", pa.string()),
        ("config_digest_before", pa.string()),
        ("config_digest_after", pa.string()),
        ("rows", pa.list_(pa.int64())),
    ]
)


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Tombstone:
    """One request that was honoured."""

    date: str
    """When, ISO 8601."""
    kind: Kind
    """What was named: a source, a person of it, or a clip."""
    digest: str
    """sha256 of the id."""
    source_digest: str
    """sha256 of the id of its source."""

    def __post_init__(self) -> None:
        texts = all(isinstance(one, str) for one in (self.date, self.digest, self.source_digest))
        digests = texts and all(_DIGEST.fullmatch(one) for one in (self.digest, self.source_digest))
        if not digests or self.kind not in _KINDS:
            raise ValueError(
                f"a tombstone says {self.kind!r:.40}, {self.digest!r:.80}; it has a kind "
                f"({', '.join(_KINDS)}), a date and sha256 in hex"
            )


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Removal:
    """The rows of a config that one retraction removed."""

    date: str
    """When, ISO 8601."""
    config: str
    """Name of the config."""
    config_digest_before: str
    """Digest of its data files before."""
    config_digest_after: str
    """Digest after; empty where nothing was left."""
    rows: tuple[int, ...]
    """Positions in index order before, ascending."""


@dataclass(frozen=True, kw_only=True)
class Takedown:
    """All that was ever taken back from a release."""

    tombstones: tuple[Tombstone, ...] = ()
    """Requests by date, kind and digest, each once."""
    removals: tuple[Removal, ...] = ()
    """Removed rows, in the order of the retractions."""

    @cached_property
    def sources(self) -> frozenset[str]:
        """Digests of the sources of which something was taken back."""
        return frozenset(tombstone.source_digest for tombstone in self.tombstones)

    def touches(self, source_id: str) -> bool:
        """Whether anything of this source was taken back; then nothing new of it may enter."""
        return digest(source_id) in self.sources

    def names(self, kind: Kind, name: str) -> bool:
        """Whether this very source, person or clip was taken back."""
        return (kind, digest(name)) in self._named

    @cached_property
    def _named(self) -> frozenset[tuple[Kind, str]]:
        return frozenset((tombstone.kind, tombstone.digest) for tombstone in self.tombstones)

    def rows_since(self, config: str, then: str, now: str, num_rows: int) -> list[int] | None:
        """Where the rows of an earlier state of a config are now; -1 for those taken back.

        Args:
            config: name of the config.
            then: config digest of the earlier state, or the beginning of it.
            now: config digest of this state.
            num_rows: of this state.

        Returns:
            By position in index order then; None if retractions alone do not lead from there
            to here.
        """
        gone: list[tuple[int, ...]] = []
        before = then
        for removal in (one for one in self.removals if one.config == config):
            if gone or removal.config_digest_before.startswith(then):
                if gone and removal.config_digest_before != before:
                    return None
                gone.append(removal.rows)
                before = removal.config_digest_after
        if not gone or before != now:
            return None
        origins = list(range(num_rows + sum(len(rows) for rows in gone)))
        found = [-1] * len(origins)
        for rows in gone:
            removed = set(rows)
            origins = [one for place, one in enumerate(origins) if place not in removed]
        for place, origin in enumerate(origins):
            found[origin] = place
        return found

    def plus(self, other: Self) -> Self:
        """With what was taken back now; a request that was honoured before is not told twice."""
        known = {(tombstone.kind, tombstone.digest) for tombstone in self.tombstones}
        fresh = [
            tombstone
            for tombstone in other.tombstones
            if (tombstone.kind, tombstone.digest) not in known
        ]
        return type(self)(
            tombstones=tuple(sorted([*self.tombstones, *fresh])),
            removals=(
                *self.removals,
                *(removal for removal in other.removals if removal not in self.removals),
            ),
        )

    def until(self, digests: Mapping[str, str]) -> Self:
        """Without the removals that were made on another copy after these states of configs."""
        ahead = {(config, digest) for config, digest in digests.items()}
        kept: list[Removal] = []
        for removal in self.removals:
            if (removal.config, removal.config_digest_before) in ahead:
                ahead.add((removal.config, removal.config_digest_after))
            else:
                kept.append(removal)
        return type(self)(tombstones=self.tombstones, removals=tuple(kept))

    def write(self, folder: Path) -> None:
        """Writes the three files."""
        (folder / TOMBSTONES).parent.mkdir(parents=True, exist_ok=True)
        for name, schema, rows in (
            (TOMBSTONES, _TOMBSTONES, self.tombstones),
            (REMOVALS, _REMOVALS, self.removals),
        ):
            table = pa.Table.from_pylist([asdict(row) for row in rows], schema=schema)
            pq.write_table(table, folder / name, compression="zstd")
        (folder / TAKEDOWN).write_text(self.to_markdown(), "utf-8")

    @classmethod
    def read(cls, files: Files) -> Self:
        """What a release says; nothing where it has no such files.

        Raises:
            DamagedRelease: the files cannot be read, so nobody knows what they name.
        """
        stored = files.read_takedown(TOMBSTONES)
        if stored is None:
            return cls()
        try:
            tombstones = _rows_of(stored, _TOMBSTONES)
            removals = _rows_of(files.read(REMOVALS, MAX_TAKEDOWN_BYTES), _REMOVALS)
            return cls(
                tombstones=tuple(Tombstone(**row) for row in tombstones),
                removals=tuple(Removal(**row | {"rows": tuple(row["rows"])}) for row in removals),
            )
        except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
            raise DamagedRelease(
                f"{files.address('takedown')} cannot be read: {error}. Copy it again: what was "
                "taken back must not be loaded"
            ) from error

    def to_markdown(self) -> str:
        """Dates and counts."""
        lines = [
            "# What was taken back",
            "",
            "Media, words and scores of the following were removed from this release, and do not",
            "come back with later imports. Copies that others have made cannot be reached from",
            "here: if you hold an earlier state of this release, remove the same rows.",
            "`takedown/removals.parquet` names them by config, digest and position.",
            "",
            "| date | sources | people | clips | rows removed |",
            "|---|---:|---:|---:|---:|",
        ]
        kinds = Counter((tombstone.date, tombstone.kind) for tombstone in self.tombstones)
        rows = Counter[str]()
        for removal in self.removals:
            rows[removal.date] += len(removal.rows)
        for date in sorted({date for date, _ in kinds} | set(rows)):
            counts = " | ".join(str(kinds[date, kind]) for kind in _KINDS)
            lines.append(f"| {date} | {counts} | {rows[date]} |")
        return "\n".join(lines) + "\n"


def _rows_of(stored: bytes, schema: pa.Schema) -> list[dict[str, Any]]:
    """Rows of a stranger's file: a few bytes of Parquet can say the same a billion times.

    Raises:
        ValueError: other columns, or more than a takedown has.
    """
    found = pq.read_metadata(io.BytesIO(stored))
    columns = found.schema.to_arrow_schema()
    if sorted(columns.names) != sorted(schema.names) or any(
        columns.field(one.name).type != one.type for one in schema
    ):
        raise ValueError(f"its columns are {str(columns)[:300]!r}, not {', '.join(schema.names)}")
    chunks = [
        found.row_group(group).column(number)
        for group in range(found.num_row_groups)
        for number in range(found.num_columns)
    ]
    num_values = sum(one.num_values for one in chunks)
    num_bytes = sum(one.total_uncompressed_size for one in chunks)
    if found.num_rows > _MAX_ROWS or num_values > _MAX_VALUES or num_bytes > _MAX_UNPACKED_BYTES:
        raise ValueError(
            f"it has {found.num_rows} rows, {num_values} values and {num_bytes} bytes unpacked; "
            f"{_MAX_ROWS}, {_MAX_VALUES} and {_MAX_UNPACKED_BYTES} are the most"
        )
    # Texts stay what the file stores of them, each once, until their length is known.
    texts = [one.name for one in schema if one.type == pa.string()]
    table = pq.read_table(io.BytesIO(stored), read_dictionary=texts, use_threads=False)
    for name in texts:
        for chunk in table[name].chunks:
            if (pc.max(pc.binary_length(chunk.dictionary)).as_py() or 0) > _MAX_TEXT:
                raise ValueError(f"a {name} of more than {_MAX_TEXT} bytes")
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def digest(name: str) -> str:
    """The pseudonym of an id."""
    return hashlib.sha256(name.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What is to be taken back."""

    sources: frozenset[str] = field(default_factory=frozenset)
    """Source ids: everything of them."""
    people: frozenset[str] = field(default_factory=frozenset)
    """Person ids, `{source_id}#A`: their pictures, voices and words."""
    clips: frozenset[str] = field(default_factory=frozenset)
    """Clip keys."""

    def __post_init__(self) -> None:
        for name in self.sources:
            if len(name) != 11:
                raise ValueError(f"{name!r} is no source id: one has 11 characters")
        for name in self.people:
            source, mark, voice = name.partition("#")
            if len(source) != 11 or not mark or not (len(voice) == 1 and voice.isupper()):
                raise ValueError(
                    f"{name!r} is no person id: one is a source id, # and the letter of the voice"
                )
        for name in self.clips:
            ClipKey.parse(name)

    def __bool__(self) -> bool:
        return bool(self.sources or self.people or self.clips)

    def ids(self) -> Iterable[tuple[Kind, str, str]]:
        """Kind, id and source id of everything, sorted."""
        yield from (("source", name, name) for name in sorted(self.sources))
        yield from (("person", name, name.partition("#")[0]) for name in sorted(self.people))
        yield from (("clip", name, ClipKey.parse(name).source_id) for name in sorted(self.clips))

    def tombstones(self, date: str) -> tuple[Tombstone, ...]:
        """As they are recorded."""
        return tuple(
            Tombstone(date=date, kind=kind, digest=digest(name), source_digest=digest(source))
            for kind, name, source in self.ids()
        )
