"""A release: its format, and every way to read it, write it and change it.

    processing --rows--> write/ --> format/ <-- read/ --samples--> loaders, cards, the builder
                          ^                      |
                          '-- features/, takedown/, verification/ --'

address, errors, layout, manifest, gates, tiering, strict_json   the base of all below
card, publication   what a release says of itself: its card, name, terms, consent
format/         shards, index and features as they lie on disk; byte ranges; upgrades
storage/        bytes of files, from a folder or a URL
tombstones/     what was retracted, and the rule that says which samples a tombstone touches
read/           `open_release`, samples, `where`, the index column by column
write/          buckets, the writer, and the one gate through which a release changes
features/       latents and tokens of an encoder: a face of its own
takedown/       `retract`, and the face for everything about takedowns
verification/   `verify`

Writers and readers of a release use the names below, or those of `release.features` and
`release.takedown`. Each name is loaded when it is used.
"""

import typing

from ..records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .address import (
        public_address as public_address,
        public_text as public_text,
        safe_root as safe_root,
    )
    from .card import (
        DEFAULT_CONFIG as DEFAULT_CONFIG,
        front_matter as front_matter,
        list_notes as list_notes,
    )
    from .errors import (
        DamagedRelease as DamagedRelease,
        EmptyConfig as EmptyConfig,
        LockedRelease as LockedRelease,
        NotARelease as NotARelease,
        QueryError as QueryError,
        ReleaseError as ReleaseError,
        SchemaVersionError as SchemaVersionError,
        UnfinishedRelease as UnfinishedRelease,
        UnknownConfig as UnknownConfig,
    )
    from .format.byte_ranges import MediaRange as MediaRange
    from .format.index import index_schema as index_schema, write_index_table as write_index_table
    from .format.shard import MediaValue as MediaValue, Row as Row
    from .gates import (
        GATES as GATES,
        Answer as Answer,
        Gate as Gate,
        count_answers as count_answers,
        describe_gates as describe_gates,
        gate_from as gate_from,
    )
    from .layout import (
        MANIFEST as MANIFEST,
        IndexTable as IndexTable,
        index_part as index_part,
        index_path as index_path,
        num_buckets_for as num_buckets_for,
        work_folder as work_folder,
    )
    from .manifest import (
        SCHEMA_VERSION as SCHEMA_VERSION,
        ConfigEntry as ConfigEntry,
        FileEntry as FileEntry,
        FunnelStep as FunnelStep,
        Manifest as Manifest,
        ReleaseFacts as ReleaseFacts,
    )
    from .publication import (
        Consent as Consent,
        Publication as Publication,
        people_of as people_of,
        terms_of as terms_of,
        title_of as title_of,
    )
    from .read.arrow_rows import media_bytes_of as media_bytes_of, read_rows_of as read_rows_of
    from .read.byte_reader import (
        ByteRange as ByteRange,
        ByteReader as ByteReader,
        GetBytes as GetBytes,
    )
    from .read.index import IndexPart as IndexPart
    from .read.samples import Release as Release, Samples as Samples, open_release as open_release
    from .read.where import nearest as nearest
    from .storage.files import MAX_MANIFEST_BYTES as MAX_MANIFEST_BYTES, Files as Files
    from .storage.retries import ReadFailed as ReadFailed
    from .strict_json import plain as plain, record as record
    from .tiering import TIERS_SCHEMA as TIERS_SCHEMA, failing as failing, tiers_of as tiers_of
    from .verification.release import verify as verify
    from .verification.report import Problem as Problem, VerifyReport as VerifyReport
    from .write.bucket import BucketContent as BucketContent
    from .write.change import (
        Change as Change,
        changing as changing,
        rewrite_documents as rewrite_documents,
    )
    from .write.commit import (
        finish_swap as finish_swap,
        refuse_foreign as refuse_foreign,
        release_lock as release_lock,
    )
    from .write.durable_files import file_entry as file_entry, sha256_of as sha256_of
    from .write.previous import previous_release as previous_release
    from .write.reindex import reindex as reindex
    from .write.writer import write_contents as write_contents, write_release as write_release
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
