"""Records of takedowns: requests, tombstones, and the numbers of the removed rows.

    request --tombstones--> Takedown <--read, write--> files of a release

    takedown/tombstones.parquet   what must not return: digests, no ids
    takedown/removals.parquet     per date and config: removed rows, digests before and after
    TAKEDOWN.md                   dates and counts, for readers

A digest of a public id is a pseudonym, not a secret: anyone who has the id can look it up.
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
FILES = frozenset([TOMBSTONES, REMOVALS, TAKEDOWN])
"""What a release keeps of its takedowns."""

Kind = Literal["source", "person", "clip"]
_KINDS: tuple[Kind, ...] = ("source", "person", "clip")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MAX_ROWS = 1 << 20
"""Of a file of `takedown/`: requests, or retractions of a config (ours)."""
_MAX_VALUES = 1 << 24
"""Of a file of `takedown/` (ours: every row of SpeakerVid-5M removed three times)."""
_MAX_UNPACKED_BYTES = 1 << 28
"""Of a file of `takedown/`, unpacked (ours: a million requests have 150 MB)."""
_MAX_TEXT = 256
"""Bytes of a text in a file of `takedown/`; a digest has 64 (ours)."""
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
    """The record of a request that was carried out."""

    date: str
    """When, ISO 8601."""
    kind: Kind
    """What the request named: a source, a person of it, or a clip."""
    digest: str
    """sha256 of the id."""
    source_digest: str
    """sha256 of the id of its source."""

    def __post_init__(self) -> None:
        texts = self.date, self.digest, self.source_digest
        are_digests = all(isinstance(text, str) for text in texts) and all(
            _DIGEST.fullmatch(text) for text in texts[1:]
        )
        if not are_digests or self.kind not in _KINDS:
            raise ValueError(
                f"a tombstone says {self.kind!r:.40}, {self.digest!r:.80}; it has a kind "
                f"({', '.join(_KINDS)}), a date and sha256 in hex"
            )


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Removal:
    """The rows of a config that a retraction removed."""

    date: str
    """When, ISO 8601."""
    config: str
    """Name of the config."""
    config_digest_before: str
    """Digest of its data files before."""
    config_digest_after: str
    """Digest after; empty if no rows remained."""
    rows: tuple[int, ...]
    """Positions in index order before, ascending."""


@dataclass(frozen=True, kw_only=True)
class Takedown:
    """All retractions of a release."""

    tombstones: tuple[Tombstone, ...] = ()
    """Each request once, by date, kind and digest."""
    removals: tuple[Removal, ...] = ()
    """Removed rows, in the order of the retractions."""

    @cached_property
    def sources(self) -> frozenset[str]:
        """Digests of the sources that tombstones touch."""
        return frozenset(tombstone.source_digest for tombstone in self.tombstones)

    def touches(self, source_id: str) -> bool:
        """Whether anything of this source was retracted; then no new rows of it are allowed."""
        return digest(source_id) in self.sources

    def names(self, kind: Kind, name: str) -> bool:
        """Whether a tombstone names this very source, person or clip."""
        return (kind, digest(name)) in self._named

    @cached_property
    def _named(self) -> frozenset[tuple[Kind, str]]:
        return frozenset((tombstone.kind, tombstone.digest) for tombstone in self.tombstones)

    def rows_since(self, config: str, then: str, now: str, num_rows: int) -> list[int] | None:
        """New positions of the rows of an earlier state of a config; -1 for retracted ones.

        Args:
            config: name of the config.
            then: config digest of the earlier state, or its first characters.
            now: config digest of this state.
            num_rows: number of rows of this state.

        Returns:
            For each position in the earlier state, in index order; None if other changes than
            retractions lie between the two.
        """
        removals: list[Removal] = []
        for removal in self.removals:
            if removal.config != config:
                continue
            if removals and removal.config_digest_before != removals[-1].config_digest_after:
                return None
            if removals or removal.config_digest_before.startswith(then):
                removals.append(removal)
        if not removals or removals[-1].config_digest_after != now:
            return None
        origins = list(range(num_rows + sum(len(removal.rows) for removal in removals)))
        positions = [-1] * len(origins)
        for removal in removals:
            removed = set(removal.rows)
            origins = [origin for place, origin in enumerate(origins) if place not in removed]
        for place, origin in enumerate(origins):
            positions[origin] = place
        return positions

    def plus(self, other: Self) -> Self:
        """These retractions and further ones; a request that is recorded already is not added."""
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
        """Without the removals that another copy of the release had after these states."""
        later = {(config, digest) for config, digest in digests.items()}
        kept: list[Removal] = []
        for removal in self.removals:
            if (removal.config, removal.config_digest_before) in later:
                later.add((removal.config, removal.config_digest_after))
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
        """Reads the takedowns of a release; empty without these files.

        Raises:
            DamagedRelease: the files cannot be read, so nobody knows what they name.
        """
        stored = files.read_takedown(TOMBSTONES)
        if stored is None:
            return cls()
        try:
            tombstones = _read_rows(stored, _TOMBSTONES)
            removals = _read_rows(files.read(REMOVALS, MAX_TAKEDOWN_BYTES), _REMOVALS)
            return cls(
                tombstones=tuple(Tombstone(**row) for row in tombstones),
                removals=tuple(Removal(**row | {"rows": tuple(row["rows"])}) for row in removals),
            )
        except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
            raise DamagedRelease(
                f"{files.address('takedown')} cannot be read: {error}. Copy it again: retracted "
                "rows must not be loaded"
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


def _read_rows(stored: bytes, schema: pa.Schema) -> list[dict[str, Any]]:
    """Rows of an untrusted file, bounded: few bytes of Parquet can repeat a value a billion times.

    Raises:
        ValueError: other columns, or more than a takedown has.
    """
    metadata = pq.read_metadata(io.BytesIO(stored))
    columns = metadata.schema.to_arrow_schema()
    if sorted(columns.names) != sorted(schema.names) or any(
        columns.field(field.name).type != field.type for field in schema
    ):
        raise ValueError(f"its columns are {str(columns)[:300]!r}, not {', '.join(schema.names)}")
    chunks = [
        metadata.row_group(group).column(number)
        for group in range(metadata.num_row_groups)
        for number in range(metadata.num_columns)
    ]
    num_rows = metadata.num_rows
    num_values = sum(chunk.num_values for chunk in chunks)
    num_bytes = sum(chunk.total_uncompressed_size for chunk in chunks)
    if num_rows > _MAX_ROWS or num_values > _MAX_VALUES or num_bytes > _MAX_UNPACKED_BYTES:
        raise ValueError(
            f"it has {num_rows} rows, {num_values} values and {num_bytes} bytes unpacked; "
            f"{_MAX_ROWS}, {_MAX_VALUES} and {_MAX_UNPACKED_BYTES} are the most"
        )
    # Texts stay dictionary-encoded, each stored once, until their length is known.
    texts = [field.name for field in schema if field.type == pa.string()]
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
    """What a retraction removes."""

    sources: frozenset[str] = field(default_factory=frozenset)
    """Source ids: everything from them."""
    people: frozenset[str] = field(default_factory=frozenset)
    """Person ids, `{source_id}#A`: their frames, voices and transcripts."""
    clips: frozenset[str] = field(default_factory=frozenset)
    """Clip keys."""

    def __post_init__(self) -> None:
        for name in self.sources:
            if len(name) != 11:
                raise ValueError(f"{name!r} is not a source id, which has 11 characters")
        for name in self.people:
            source, mark, voice = name.partition("#")
            if len(source) != 11 or not mark or not (len(voice) == 1 and voice.isupper()):
                raise ValueError(
                    f"{name!r} is not a person id, which is a source id, # and a voice's letter"
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
        """The tombstones that record this request."""
        return tuple(
            Tombstone(date=date, kind=kind, digest=digest(name), source_digest=digest(source))
            for kind, name, source in self.ids()
        )
