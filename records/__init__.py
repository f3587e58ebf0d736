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
from .faces import lazy_names
from .features import features_of, schema_of
from .installing import (
    Installation,
    extras,
    install_command,
    installation,
    own_command,
    package_command,
    python_command,
    requirements,
)
from .intervals import Interval, Segment, VoiceInterval, merge
from .keys import ClipKey, ClipKeyError, Role, parse_video_name
from .printable import printable
from .progress import Listener, Progress, silent
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
from .trials import first_line, lacking, trouble_of

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
    "Installation",
    "Interval",
    "Listener",
    "ListeningSample",
    "Medium",
    "MultiTurnSample",
    "OffScreenVoice",
    "Origin",
    "Progress",
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
    "extras",
    "features_of",
    "first_line",
    "from_row",
    "install_command",
    "installation",
    "lacking",
    "lazy_names",
    "merge",
    "own_command",
    "package_command",
    "parse_video_name",
    "printable",
    "python_command",
    "requirements",
    "sample_id",
    "sample_tier",
    "schema_of",
    "silent",
    "to_row",
    "trouble_of",
]
