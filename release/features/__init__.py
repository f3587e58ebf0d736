"""Features of a release: what an encoder computed from its media, in shards of the same kind.

The face for outsiders: the form (`FeatureForm`, `FeatureEntry`), reading (`Features`,
`array_of`) and writing (`write_features`), each loaded when it is used. Arrays of an encoder go
in; shards, an index, and arrays by the number of a sample come out.
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from ..format.features import (
        FRAME_RATE as FRAME_RATE,
        UNIT_SECONDS as UNIT_SECONDS,
        FeatureEntry as FeatureEntry,
        FeatureForm as FeatureForm,
        FeatureMedium as FeatureMedium,
        FeatureRange as FeatureRange,
        FeatureType as FeatureType,
        array_of as array_of,
        digest_of_build as digest_of_build,
        feature_columns as feature_columns,
    )
    from ..read.features import Features as Features
    from .writer import (
        FeatureRow as FeatureRow,
        FeatureValue as FeatureValue,
        features_store as features_store,
        write_features as write_features,
    )
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
