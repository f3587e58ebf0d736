"""`load_dataset("speakervid5m", CONFIG)`: a release as a builder of `datasets`.

config, root --> root --> speakervid5m --> Parquet shards, or rows by `where`

speakervid5m   the builder itself
root           which release is meant
registration   how `datasets` learns the name, when it is loaded
"""

import typing

from ..records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .registration import register, register_with_datasets
    from .root import find_root
    from .speakervid5m import SpeakerVid5M, SpeakerVid5MConfig

__all__ = [
    "SpeakerVid5M",
    "SpeakerVid5MConfig",
    "find_root",
    "register",
    "register_with_datasets",
]

_PLACES = {
    "speakervid5m": ("SpeakerVid5M", "SpeakerVid5MConfig"),
    "registration": ("register", "register_with_datasets"),
    "root": ("find_root",),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
