"""Everything that can be wrong with a release, or with what is asked of one.

ValueError
+-- ReleaseError
    +-- NotARelease         no manifest there, and nothing that looks like a release
    +-- UnfinishedRelease   data without a manifest: a writer was stopped
    +-- SchemaVersionError  of another major version than this reader's
    +-- DamagedRelease      a file is missing, truncated or altered
    +-- UnknownConfig       no config of that name; there are nine
    +-- EmptyConfig         the config has no rows in this release; says why
    +-- QueryError          a `where` or a column that the index does not have
    +-- LockedRelease       another process writes it
"""


class ReleaseError(ValueError):
    """The family; catch it to catch them all."""


class NotARelease(ReleaseError):
    """There is no release at that place."""


class UnfinishedRelease(ReleaseError):
    """The folder has data and no manifest."""


class SchemaVersionError(ReleaseError):
    """Written by a version whose major number is not ours."""


class DamagedRelease(ReleaseError):
    """A file is not what the manifest says."""


class UnknownConfig(ReleaseError):
    """No config has that name."""


class EmptyConfig(ReleaseError):
    """The config has no rows in this release."""


class QueryError(ReleaseError):
    """The expression cannot be evaluated over the index."""


class LockedRelease(ReleaseError):
    """Another process is writing this release."""
