"""The format of a release: the hinge between those who make one and those who read one.

What writes and what reads goes through here, and through nothing else.
"""

from .address import public_address, safe_root
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
from .format.shard import MediaValue, Row
from .gates import (
    GATES,
    Gate,
    Verdict,
    count_answers,
    curated_tier,
    describe_gates,
    gate_from,
)
from .layout import num_buckets_for, work_folder
from .manifest import (
    SCHEMA_VERSION,
    ConfigEntry,
    FileEntry,
    FunnelStep,
    Manifest,
    ReleaseFacts,
)
from .read.samples import Release, Samples, open_release
from .tiering import TIERS_SCHEMA, failing, tiers_of
from .verification.release import Problem, VerifyReport, verify
from .write.bucket import BucketContent
from .write.commit import finish_swap, release_lock
from .write.reindex import reindex
from .write.writer import write_release

__all__ = [
    "GATES",
    "SCHEMA_VERSION",
    "TIERS_SCHEMA",
    "BucketContent",
    "ConfigEntry",
    "DamagedRelease",
    "EmptyConfig",
    "FileEntry",
    "FunnelStep",
    "Gate",
    "LockedRelease",
    "Manifest",
    "MediaRange",
    "MediaValue",
    "NotARelease",
    "Problem",
    "QueryError",
    "Release",
    "ReleaseError",
    "ReleaseFacts",
    "Row",
    "Samples",
    "SchemaVersionError",
    "UnfinishedRelease",
    "UnknownConfig",
    "Verdict",
    "VerifyReport",
    "count_answers",
    "curated_tier",
    "describe_gates",
    "failing",
    "finish_swap",
    "gate_from",
    "num_buckets_for",
    "open_release",
    "public_address",
    "reindex",
    "release_lock",
    "safe_root",
    "tiers_of",
    "verify",
    "work_folder",
    "write_release",
]
