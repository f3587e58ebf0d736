"""A release: its format, and every way to read it, write it and change it.

    processing --rows--> write/ --> format/ <-- read/ --samples--> loaders, cards, the builder
                          ^                      |
                          '-- features/, takedown/, verification/ --'

address, errors, layout, manifest, gates, tiering, card, strict_json   the base of all below
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
    )
    from .address import (
        public_text as public_text,
    )
    from .address import (
        safe_root as safe_root,
    )
    from .card import (
        DEFAULT_CONFIG as DEFAULT_CONFIG,
    )
    from .card import (
        front_matter as front_matter,
    )
    from .card import (
        list_notes as list_notes,
    )
    from .errors import (
        DamagedRelease as DamagedRelease,
    )
    from .errors import (
        EmptyConfig as EmptyConfig,
    )
    from .errors import (
        LockedRelease as LockedRelease,
    )
    from .errors import (
        NotARelease as NotARelease,
    )
    from .errors import (
        QueryError as QueryError,
    )
    from .errors import (
        ReleaseError as ReleaseError,
    )
    from .errors import (
        SchemaVersionError as SchemaVersionError,
    )
    from .errors import (
        UnfinishedRelease as UnfinishedRelease,
    )
    from .errors import (
        UnknownConfig as UnknownConfig,
    )
    from .format.byte_ranges import MediaRange as MediaRange
    from .format.index import index_schema as index_schema
    from .format.index import write_index_table as write_index_table
    from .format.shard import MediaValue as MediaValue
    from .format.shard import Row as Row
    from .gates import (
        GATES as GATES,
    )
    from .gates import (
        Answer as Answer,
    )
    from .gates import (
        Gate as Gate,
    )
    from .gates import (
        Verdict as Verdict,
    )
    from .gates import (
        count_answers as count_answers,
    )
    from .gates import (
        curated_tier as curated_tier,
    )
    from .gates import (
        describe_gates as describe_gates,
    )
    from .gates import (
        gate_from as gate_from,
    )
    from .layout import (
        MANIFEST as MANIFEST,
    )
    from .layout import (
        IndexTable as IndexTable,
    )
    from .layout import (
        index_part as index_part,
    )
    from .layout import (
        index_path as index_path,
    )
    from .layout import (
        num_buckets_for as num_buckets_for,
    )
    from .layout import (
        work_folder as work_folder,
    )
    from .manifest import (
        SCHEMA_VERSION as SCHEMA_VERSION,
    )
    from .manifest import (
        ConfigEntry as ConfigEntry,
    )
    from .manifest import (
        FileEntry as FileEntry,
    )
    from .manifest import (
        FunnelStep as FunnelStep,
    )
    from .manifest import (
        Manifest as Manifest,
    )
    from .manifest import (
        ReleaseFacts as ReleaseFacts,
    )
    from .read.arrow_rows import media_bytes_of as media_bytes_of
    from .read.arrow_rows import read_rows_of as read_rows_of
    from .read.byte_reader import (
        ByteRange as ByteRange,
    )
    from .read.byte_reader import (
        ByteReader as ByteReader,
    )
    from .read.byte_reader import (
        GetBytes as GetBytes,
    )
    from .read.index import IndexPart as IndexPart
    from .read.samples import Release as Release
    from .read.samples import Samples as Samples
    from .read.samples import open_release as open_release
    from .read.where import nearest as nearest
    from .storage.files import MAX_MANIFEST_BYTES as MAX_MANIFEST_BYTES
    from .storage.files import Files as Files
    from .storage.retries import ReadFailed as ReadFailed
    from .tiering import TIERS_SCHEMA as TIERS_SCHEMA
    from .tiering import failing as failing
    from .tiering import tiers_of as tiers_of
    from .verification.release import verify as verify
    from .verification.report import Problem as Problem
    from .verification.report import VerifyReport as VerifyReport
    from .write.bucket import BucketContent as BucketContent
    from .write.change import (
        Change as Change,
    )
    from .write.change import (
        changing as changing,
    )
    from .write.change import (
        rewrite_documents as rewrite_documents,
    )
    from .write.commit import (
        finish_swap as finish_swap,
    )
    from .write.commit import (
        refuse_foreign as refuse_foreign,
    )
    from .write.commit import (
        release_lock as release_lock,
    )
    from .write.durable_files import file_entry as file_entry
    from .write.durable_files import sha256_of as sha256_of
    from .write.reindex import reindex as reindex
    from .write.writer import write_contents as write_contents
    from .write.writer import write_release as write_release
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
