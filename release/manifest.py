"""The manifest: what a release holds, file by file, and by which rules it was made.

    facts, counts and files of a writer <--> manifest.json

It is a function of content: no clock, no path, no history. A folder without one is unfinished.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self

from ..records import CONFIGS, Origin
from .errors import DamagedRelease, EmptyConfig, SchemaVersionError, UnknownConfig
from .gates import check_gate
from .layout import checked_path
from .publication import Publication
from .strict_json import plain, record

SCHEMA_VERSION = "1.1"
"""major.minor of the format; readers accept their own major."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FunnelStep:
    """One step of curation, and what it keeps."""

    step: str
    """A stage, or the gates of a tier."""
    unit: Literal["sources", "clips"]
    """What is counted."""
    kept: int
    """Units that passed it."""
    lost: int
    """Units dropped at this step."""
    why: Mapping[str, int] = field(default_factory=dict)
    """Reason to units; a clip that several gates drop counts under each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseFacts:
    """What a writer takes besides the rows."""

    origin: Origin
    """`official` or `curated`."""
    num_buckets: Mapping[str, int]
    """Shards by config, counted from the whole plan and kept."""
    with_media: bool = True
    """Whether media are embedded."""
    publication: Publication = field(default_factory=Publication)
    """What the maker says of it: name, licence, contact, consent."""
    repository: str | None = None
    """`ORG/NAME` on a Hub, once the release was published there."""
    empty_configs: Mapping[str, str] = field(default_factory=dict)
    """Config without rows to the reason why."""
    gates: tuple[Mapping[str, Any], ...] = ()
    """The gates as applied, or as counted where the origin is official."""
    gate_counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Gate to the number of clips by answer."""
    funnel: tuple[FunnelStep, ...] = ()
    """What each step of curation kept, when the release was last written by it; origin official
    has none, since what the authors dropped is not published."""
    assumptions: Mapping[str, Any] = field(default_factory=dict)
    """Values that the paper does not publish."""
    lists: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Origin official: how the dump's lists (test set, SFT) were applied: `state` and counts by the
    list's name; empty where an earlier version wrote it."""
    backends: Mapping[str, Any] = field(default_factory=dict)
    """`backends_id` to the models that measured, and the encoder's build and settings."""
    features: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Encoder to form, terms, build and encoded configs of its features: `FeatureEntry`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigEntry:
    """A config that has rows."""

    num_rows: int
    """Samples."""
    num_buckets: int
    """Shards it would have if none were empty."""
    num_sources: int
    """Conversations."""
    num_media_bytes: int
    """Bytes of all its media."""
    clip_seconds: float
    """Sum of the durations of its samples' clips."""
    config_digest: str
    """sha256 over the sorted (path, sha256) of its data files."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileEntry:
    """A file of the release."""

    num_bytes: int
    """Size."""
    sha256: str
    """Digest of the content."""
    footer_xxh3_64: int | None = None
    """Of a Parquet file's footer, which readers compare at first opening; None for others."""
    num_rows: int | None = None
    """Of a Parquet file: readers find a row without opening earlier parts; None for others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """The whole of `manifest.json`."""

    facts: ReleaseFacts
    """Rules, gates, assumptions, backends."""
    configs: Mapping[str, ConfigEntry]
    """Configs that have rows."""
    files: Mapping[str, FileEntry]
    """Every file but the manifest, by path."""
    schema_version: str = SCHEMA_VERSION
    """Format of the release."""

    def entry(self, name: str) -> ConfigEntry:
        """The entry of a config.

        Raises:
            UnknownConfig: there is no such config; lists the nine.
            EmptyConfig: it has no rows here; says why.
        """
        if name not in CONFIGS:
            raise UnknownConfig(f"no config {name!r}; there are {', '.join(CONFIGS)}")
        if name not in self.configs:
            why = self.facts.empty_configs.get(name, "it was not written")
            raise EmptyConfig(
                f"config {name!r} has no rows in this release: {why}. It has rows of "
                f"{', '.join(self.configs) or 'nothing'}"
            )
        return self.configs[name]

    def shards(self, name: str) -> list[str]:
        """Paths of a config's shards, in bucket order."""
        folder = f"{CONFIGS[name].folder}/"
        return sorted(path for path in self.files if path.startswith(folder))

    def to_json(self) -> str:
        """Sorted, indented, with a newline at the end."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=True) + "\n"

    @classmethod
    def from_json(cls, text: str, where: str) -> Self:
        """Parses a manifest.

        Args:
            text: the file's content.
            where: named in errors.

        Raises:
            SchemaVersionError: of another major version.
            DamagedRelease: not a manifest, or one whose paths leave the folder.
        """
        try:
            values = plain(text)
            version = str(values["schema_version"])
        except (ValueError, TypeError, KeyError) as error:
            raise DamagedRelease(f"{where} is no manifest: {error!r}") from error
        if version.split(".")[0] != SCHEMA_VERSION.split(".")[0]:
            raise SchemaVersionError(
                f"{where} is of schema version {version[:40]}, this reader knows "
                f"{SCHEMA_VERSION}: install the speakervid5m of that major version, or write the "
                "release again"
            )
        try:
            for path in values["files"]:
                checked_path(path)
            manifest = record(cls, values | {"schema_version": version}, "manifest")
            for gate in manifest.facts.gates:
                check_gate(gate)
        except (TypeError, KeyError, ValueError) as error:
            raise DamagedRelease(f"{where} is damaged: {error}") from error
        configs = {name: config for name, config in manifest.configs.items() if name in CONFIGS}
        return replace(manifest, configs=configs)


def digest_of(shards: Mapping[str, str]) -> str:
    """The digest of a config: sha256 over the sorted paths and sha256s of its data files."""
    lines = sorted(f"{path} {sha256}\n" for path, sha256 in shards.items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()
