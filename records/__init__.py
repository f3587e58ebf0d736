"""The vocabulary in types: clips, samples, configs, the clip key, and their columns.

Everything else stands on this room; it stands on nothing of ours.
"""

from .clip import Clip, Facing, HumanBody, Origin
from .columns import (
    MEDIA_ROLES,
    TURN_MINIMA,
    Column,
    Medium,
    arrow_type,
    columns_of,
    decode,
    encode,
    from_row,
    to_row,
)
from .configs import (
    BRANCHES,
    CONFIGS,
    TIERS,
    Branch,
    Config,
    Split,
    Tier,
    bucket_of,
    config_of,
)
from .features import features_of, schema_of
from .intervals import Interval, Segment, VoiceInterval, merge
from .keys import (
    ClipKey,
    ClipKeyError,
    Role,
    find_clip_keys,
    find_video_ids,
    parse_video_name,
)
from .samples import (
    SAMPLES,
    DialogueSample,
    ListeningSample,
    MultiTurnSample,
    OffScreenVoice,
    Sample,
    SingleSample,
    Utterance,
    sample_id,
    sample_tier,
)

__all__ = [
    "BRANCHES",
    "CONFIGS",
    "MEDIA_ROLES",
    "SAMPLES",
    "TIERS",
    "TURN_MINIMA",
    "Branch",
    "Clip",
    "ClipKey",
    "ClipKeyError",
    "Column",
    "Config",
    "DialogueSample",
    "Facing",
    "HumanBody",
    "Interval",
    "ListeningSample",
    "Medium",
    "MultiTurnSample",
    "OffScreenVoice",
    "Origin",
    "Role",
    "Sample",
    "Segment",
    "SingleSample",
    "Split",
    "Tier",
    "Utterance",
    "VoiceInterval",
    "arrow_type",
    "bucket_of",
    "columns_of",
    "config_of",
    "decode",
    "encode",
    "features_of",
    "find_clip_keys",
    "find_video_ids",
    "from_row",
    "merge",
    "parse_video_name",
    "sample_id",
    "sample_tier",
    "schema_of",
    "to_row",
]
