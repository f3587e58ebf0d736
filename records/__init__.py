"""The vocabulary in types: clips, samples, configs, the clip key, and their columns.

clip, samples, intervals, keys, configs   what a release holds
columns, hf_features                      records <--> flat columns; columns as `datasets` has them
install_commands, availability            what is installed, what works here, what to type
progress, printable_text, lazy            a command's progress; text for people; lazy imports

Everything else imports this package; it imports nothing else of ours. A name is loaded on first
use, so pyarrow and `datasets` are imported only where they are needed.
"""

import typing

from .lazy import lazy_names

if typing.TYPE_CHECKING:
    from .availability import first_line, lacking, trouble_of
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
    from .hf_features import features_of, schema_of
    from .install_commands import (
        Installation,
        extras,
        install_command,
        installation,
        own_command,
        package_command,
        python_command,
        requirements,
        typed,
        typed_path,
    )
    from .intervals import Interval, Segment, VoiceInterval, merge
    from .keys import (
        ClipKey,
        ClipKeyError,
        Role,
        find_clip_keys,
        find_video_ids,
        parse_video_name,
    )
    from .printable_text import printable, readable_size
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
    from .version import VERSION

__all__ = [
    "BRANCHES",
    "CONFIGS",
    "MEDIA_ROLES",
    "SAMPLES",
    "TIERS",
    "TURN_MINIMA",
    "VERSION",
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
    "find_clip_keys",
    "find_video_ids",
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
    "readable_size",
    "requirements",
    "sample_id",
    "sample_tier",
    "schema_of",
    "silent",
    "to_row",
    "trouble_of",
    "typed",
    "typed_path",
]

_PLACES = {
    "version": ("VERSION",),
    "availability": ("first_line", "lacking", "trouble_of"),
    "clip": ("Clip", "Facing", "HumanBody", "Origin"),
    "columns": (
        "MEDIA_ROLES",
        "TURN_MINIMA",
        "Column",
        "Medium",
        "arrow_type",
        "columns_of",
        "decode",
        "encode",
        "from_row",
        "to_row",
    ),
    "configs": (
        "BRANCHES",
        "CONFIGS",
        "TIERS",
        "Branch",
        "Config",
        "Split",
        "Tier",
        "bucket_of",
        "config_of",
    ),
    "hf_features": ("features_of", "schema_of"),
    "install_commands": (
        "Installation",
        "extras",
        "install_command",
        "installation",
        "own_command",
        "package_command",
        "python_command",
        "readable_size",
        "requirements",
        "typed",
        "typed_path",
    ),
    "intervals": ("Interval", "Segment", "VoiceInterval", "merge"),
    "keys": (
        "ClipKey",
        "ClipKeyError",
        "Role",
        "find_clip_keys",
        "find_video_ids",
        "parse_video_name",
    ),
    "printable_text": ("printable", "readable_size"),
    "progress": ("Listener", "Progress", "silent"),
    "samples": (
        "SAMPLES",
        "DialogueSample",
        "ListeningSample",
        "MultiTurnSample",
        "OffScreenVoice",
        "Sample",
        "SingleSample",
        "Utterance",
        "sample_id",
        "sample_tier",
    ),
}

__getattr__, __dir__ = lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
