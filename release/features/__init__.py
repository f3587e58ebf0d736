"""Features of a release: what an encoder computed from its media, in shards of the same kind.

The face for outsiders: the form (`FeatureForm`, `FeatureEntry`), reading (`Features`,
`array_of`) and writing (`write_features`), each loaded when it is used. Arrays of an encoder go
in; shards, an index, and arrays by the number of a sample come out.
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from ..format.features import (
        FRAME_RATE,
        UNIT_SECONDS,
        FeatureEntry,
        FeatureForm,
        FeatureMedium,
        FeatureRange,
        FeatureType,
        array_of,
        digest_of_build,
        feature_columns,
    )
    from ..read.features import Features
    from .writer import FeatureRow, FeatureValue, features_store, write_features

__all__ = [
    "FRAME_RATE",
    "UNIT_SECONDS",
    "FeatureEntry",
    "FeatureForm",
    "FeatureMedium",
    "FeatureRange",
    "FeatureRow",
    "FeatureType",
    "FeatureValue",
    "Features",
    "array_of",
    "digest_of_build",
    "feature_columns",
    "features_store",
    "write_features",
]

_PLACES = {
    ".format.features": (
        "FRAME_RATE",
        "UNIT_SECONDS",
        "FeatureEntry",
        "FeatureForm",
        "FeatureMedium",
        "FeatureRange",
        "FeatureType",
        "array_of",
        "digest_of_build",
        "feature_columns",
    ),
    ".read.features": ("Features",),
    "writer": ("FeatureRow", "FeatureValue", "features_store", "write_features"),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
