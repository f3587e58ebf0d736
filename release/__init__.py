"""A release: its format, and every way to read it, write it and change it.

    processing --rows--> write/ --> format/ <-- read/ --samples--> loaders, cards, the builder
                          ^                      |
                          '-- features/, takedown/, verification/ --'

address, errors, layout, manifest, gates, tiering, card, strict_json   the base of all below
format/         shards, index and features as they lie on disk; byte ranges; upgrades
storage/        bytes of files, from a folder or a URL
tombstones/     what was retracted, and the rule that says which samples a tombstone touches
read/           `open_release`, samples, `where`, the index column by column
write/          buckets, the writer, rewrites, and the commit that swaps the new release in
features/       latents and tokens of an encoder: a face of its own
takedown/       `retract`, and the face for everything about takedowns
verification/   `verify`

Writers and readers of a release use the names below, or those of `release.features` and
`release.takedown`. Each name is loaded when it is used.
"""

import typing

from ..records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .address import public_address, public_text, safe_root
    from .card import DEFAULT_CONFIG, front_matter, list_notes
    from .errors import (
        DamagedRelease,
        EmptyConfig,
        LockedRelease,
        NotARelease,
        QueryError,
        ReleaseError,
        SchemaVersionError,
        UnfinishedRelease,
        UnknownConfig,
    )
    from .format.byte_ranges import MediaRange
    from .format.index import PLACE_TYPES, index_schema, write_index_table
    from .format.shard import MediaValue, Row
    from .gates import (
        GATES,
        Answer,
        Gate,
        count_answers,
        describe_gates,
        gate_from,
    )
    from .layout import MANIFEST, IndexTable, index_part, index_path, num_buckets_for, work_folder
    from .manifest import SCHEMA_VERSION, ConfigEntry, FileEntry, FunnelStep, Manifest, ReleaseFacts
    from .read.arrow_rows import media_bytes_of, read_rows_of
    from .read.column_cache import IndexColumn, IndexColumns
    from .read.samples import Release, Samples, open_release
    from .read.where import nearest
    from .storage.files import MAX_MANIFEST_BYTES, Files
    from .storage.retries import ReadFailed
    from .tiering import TIERS_SCHEMA, failing, tiers_of
    from .verification.release import Problem, VerifyReport, verify
    from .write.bucket import BucketContent
    from .write.commit import finish_swap, refuse_foreign, release_lock
    from .write.durable_files import file_entry, sha256_of
    from .write.previous import previous_release
    from .write.reindex import reindex
    from .write.rewrite import rewrite_documents
    from .write.writer import write_release

__all__ = [
    "DEFAULT_CONFIG",
    "GATES",
    "MANIFEST",
    "MAX_MANIFEST_BYTES",
    "PLACE_TYPES",
    "SCHEMA_VERSION",
    "TIERS_SCHEMA",
    "Answer",
    "BucketContent",
    "ConfigEntry",
    "DamagedRelease",
    "EmptyConfig",
    "FileEntry",
    "Files",
    "FunnelStep",
    "Gate",
    "IndexColumn",
    "IndexColumns",
    "IndexTable",
    "LockedRelease",
    "Manifest",
    "MediaRange",
    "MediaValue",
    "NotARelease",
    "Problem",
    "QueryError",
    "ReadFailed",
    "Release",
    "ReleaseError",
    "ReleaseFacts",
    "Row",
    "Samples",
    "SchemaVersionError",
    "UnfinishedRelease",
    "UnknownConfig",
    "VerifyReport",
    "count_answers",
    "describe_gates",
    "failing",
    "file_entry",
    "finish_swap",
    "front_matter",
    "gate_from",
    "index_part",
    "index_path",
    "index_schema",
    "list_notes",
    "media_bytes_of",
    "nearest",
    "num_buckets_for",
    "open_release",
    "previous_release",
    "public_address",
    "public_text",
    "read_rows_of",
    "refuse_foreign",
    "reindex",
    "release_lock",
    "rewrite_documents",
    "safe_root",
    "sha256_of",
    "tiers_of",
    "verify",
    "work_folder",
    "write_index_table",
    "write_release",
]

_PLACES = {
    "address": ("public_address", "public_text", "safe_root"),
    "card": ("DEFAULT_CONFIG", "front_matter", "list_notes"),
    "errors": (
        "DamagedRelease",
        "EmptyConfig",
        "LockedRelease",
        "NotARelease",
        "QueryError",
        "ReleaseError",
        "SchemaVersionError",
        "UnfinishedRelease",
        "UnknownConfig",
    ),
    "format.byte_ranges": ("MediaRange",),
    "format.index": ("PLACE_TYPES", "index_schema", "write_index_table"),
    "format.shard": ("MediaValue", "Row"),
    "gates": (
        "GATES",
        "Answer",
        "Gate",
        "count_answers",
        "describe_gates",
        "gate_from",
    ),
    "layout": (
        "MANIFEST",
        "IndexTable",
        "index_part",
        "index_path",
        "num_buckets_for",
        "work_folder",
    ),
    "manifest": (
        "SCHEMA_VERSION",
        "ConfigEntry",
        "FileEntry",
        "FunnelStep",
        "Manifest",
        "ReleaseFacts",
    ),
    "read.arrow_rows": ("media_bytes_of", "read_rows_of"),
    "read.column_cache": ("IndexColumn", "IndexColumns"),
    "read.samples": ("Release", "Samples", "open_release"),
    "read.where": ("nearest",),
    "storage.files": ("MAX_MANIFEST_BYTES", "Files"),
    "storage.retries": ("ReadFailed",),
    "tiering": ("TIERS_SCHEMA", "failing", "tiers_of"),
    "verification.release": ("Problem", "VerifyReport", "verify"),
    "write.bucket": ("BucketContent",),
    "write.commit": ("finish_swap", "refuse_foreign", "release_lock"),
    "write.durable_files": ("file_entry", "sha256_of"),
    "write.previous": ("previous_release",),
    "write.reindex": ("reindex",),
    "write.rewrite": ("rewrite_documents",),
    "write.writer": ("write_release",),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
