"""The vocabulary in types: clips, samples, configs, the clip key, and their columns.

clip, samples, intervals, keys, configs   what a release holds
columns, hf_features                      records <--> flat columns; columns as `datasets` has them
install_commands                          what is installed, what works here, what to type
atomic_files                              files that appear whole or not at all; locks
progress, printable_text, lazy            a command's progress; names on one line; lazy imports
portable_errors                           errors that cross from one process to another

Everything else imports this package; it imports nothing else of ours. A name is loaded on first
use, so pyarrow and `datasets` are imported only where they are needed.
"""

import typing

from .lazy import lazy_names

VERSION = "0.1.0"
"""The version of this package: its one place."""

if typing.TYPE_CHECKING:
    from .atomic_files import (
        atomic_file,
        atomic_folder,
        file_lock,
        machine,
        sweep_draft,
        temporary_name,
    )
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
        first_line,
        install_command,
        installation,
        lacking,
        own_command,
        package_command,
        python_command,
        requirements,
        trouble_of,
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
    from .portable_errors import portable
    from .printable_text import printable
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
    "atomic_file",
    "atomic_folder",
    "bucket_of",
    "columns_of",
    "config_of",
    "decode",
    "encode",
    "extras",
    "features_of",
    "file_lock",
    "find_clip_keys",
    "find_video_ids",
    "first_line",
    "from_row",
    "install_command",
    "installation",
    "lacking",
    "lazy_names",
    "machine",
    "merge",
    "own_command",
    "package_command",
    "parse_video_name",
    "portable",
    "printable",
    "python_command",
    "requirements",
    "sample_id",
    "sample_tier",
    "schema_of",
    "silent",
    "sweep_draft",
    "temporary_name",
    "to_row",
    "trouble_of",
    "typed",
    "typed_path",
]

_PLACES = {
    "atomic_files": (
        "atomic_file",
        "atomic_folder",
        "file_lock",
        "machine",
        "sweep_draft",
        "temporary_name",
    ),
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
        "first_line",
        "install_command",
        "installation",
        "lacking",
        "own_command",
        "package_command",
        "python_command",
        "requirements",
        "trouble_of",
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
    "portable_errors": ("portable",),
    "printable_text": ("printable",),
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
