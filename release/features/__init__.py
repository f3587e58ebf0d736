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
    )
    from ..format.features import (
        UNIT_SECONDS as UNIT_SECONDS,
    )
    from ..format.features import (
        FeatureEntry as FeatureEntry,
    )
    from ..format.features import (
        FeatureForm as FeatureForm,
    )
    from ..format.features import (
        FeatureMedium as FeatureMedium,
    )
    from ..format.features import (
        FeatureRange as FeatureRange,
    )
    from ..format.features import (
        FeatureType as FeatureType,
    )
    from ..format.features import (
        array_of as array_of,
    )
    from ..format.features import (
        digest_of_build as digest_of_build,
    )
    from ..format.features import (
        feature_columns as feature_columns,
    )
    from ..read.features import Features as Features
    from .writer import (
        FeatureRow as FeatureRow,
    )
    from .writer import (
        FeatureValue as FeatureValue,
    )
    from .writer import (
        features_store as features_store,
    )
    from .writer import (
        write_features as write_features,
    )
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
