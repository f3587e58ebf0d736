"""A release's media through a model, once: latents, tokens and hidden states, kept with it.

encoder   what a model is shown and gives: the Protocol
store     values by source, in the work folder: a run that is stopped goes on
run       every source of a release, then its shards of features
wan21, mimi, qwen25omni   the models
"""

from .encoder import ClipMedia, Encoder, EncodingError
from .registry import ENCODERS, load_encoder
from .run import EncodeReport, encode_release, purge

__all__ = [
    "ENCODERS",
    "ClipMedia",
    "EncodeReport",
    "Encoder",
    "EncodingError",
    "encode_release",
    "load_encoder",
    "purge",
]
