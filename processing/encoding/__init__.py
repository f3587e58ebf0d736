"""The media of a release in, features by a model out: latents, tokens and hidden states.

encoder   the Protocol of a model: a clip in, numbers out
store     values by source, in the work folder: a stopped run continues
run       encodes every source of a release, then writes its shards of features
registry  the encoders by name; wan21, mimi and qwen25omni are the models
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .encoder import ClipMedia as ClipMedia, Encoder as Encoder, EncodingError as EncodingError
    from .registry import ENCODERS as ENCODERS, load_encoder as load_encoder
    from .run import (
        EncodeReport as EncodeReport,
        delete_retracted_values as delete_retracted_values,
        encode_release as encode_release,
    )
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
