"""`load_dataset("speakervid5m", CONFIG)`: a release as a builder of `datasets`.

A config and a root go in; Parquet shards, or the rows that `where` keeps, come out.

speakervid5m   the builder itself
root           which release to read
registration   how `datasets` learns the name, when it is loaded
"""

import typing

from ..records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .registration import register as register, register_with_datasets as register_with_datasets
    from .root import find_root as find_root
    from .speakervid5m import (
        SpeakerVid5M as SpeakerVid5M,
        SpeakerVid5MConfig as SpeakerVid5MConfig,
        dataset_of as dataset_of,
    )
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
