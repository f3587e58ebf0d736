"""The media of a release in, features by a model out: latents, tokens and hidden states.

encoder   the Protocol of a model: a clip in, numbers out
store     values by source, in the work folder: a stopped run continues
run       encodes every source of a release, then writes its shards of features
registry  the encoders by name; wan21, mimi and qwen25omni are the models
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .encoder import ClipMedia, Encoder, EncodingError
    from .registry import ENCODERS, load_encoder
    from .run import EncodeReport, delete_retracted_values, encode_release

__all__ = [
    "ENCODERS",
    "ClipMedia",
    "EncodeReport",
    "Encoder",
    "EncodingError",
    "delete_retracted_values",
    "encode_release",
    "load_encoder",
]

_PLACES = {
    "encoder": (
        "ClipMedia",
        "Encoder",
        "EncodingError",
    ),
    "registry": (
        "ENCODERS",
        "load_encoder",
    ),
    "run": (
        "EncodeReport",
        "encode_release",
        "delete_retracted_values",
    ),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
