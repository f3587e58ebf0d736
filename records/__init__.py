"""The vocabulary in types: clips, samples, configs, the clip key, and their columns.

clip, samples, intervals, keys, configs   what a release holds
reject                                    what was left out on the way to one
columns, hf_features                      records <--> flat columns; columns as `datasets` has them
progress, printable_text, display, lazy   a command's progress; text for people; records in a
                                          terminal and a notebook; lazy imports
system/                                   whole files, locks, install commands, errors of processes

Everything else imports this package; it imports nothing else of ours. A name is loaded on first
use, so pyarrow and `datasets` are imported only where they are needed.
"""

import typing

from .lazy import lazy_names as lazy_names

if typing.TYPE_CHECKING:
    from .clip import Clip as Clip, Facing as Facing, HumanBody as HumanBody, Origin as Origin
    from .columns import (
        CLIP_SCHEMA as CLIP_SCHEMA,
        MEDIA_ROLES as MEDIA_ROLES,
        TURN_MINIMA as TURN_MINIMA,
        Column as Column,
        Medium as Medium,
        arrow_type as arrow_type,
        clips_of as clips_of,
        columns_of as columns_of,
        decode as decode,
        encode as encode,
        from_row as from_row,
        to_row as to_row,
    )
    from .configs import (
        BRANCHES as BRANCHES,
        CONFIGS as CONFIGS,
        TIERS as TIERS,
        Branch as Branch,
        Config as Config,
        Split as Split,
        Tier as Tier,
        bucket_of as bucket_of,
        config_of as config_of,
        in_bucket_order as in_bucket_order,
    )
    from .display import rows_table as rows_table, shortened as shortened
    from .hf_features import features_of as features_of, schema_of as schema_of
    from .intervals import (
        Interval as Interval,
        Segment as Segment,
        VoiceInterval as VoiceInterval,
        merge as merge,
    )
    from .keys import (
        ClipKey as ClipKey,
        ClipKeyError as ClipKeyError,
        Role as Role,
        find_clip_keys as find_clip_keys,
        find_video_ids as find_video_ids,
        parse_video_name as parse_video_name,
    )
    from .printable_text import printable as printable, readable_size as readable_size
    from .progress import (
        Listener as Listener,
        Progress as Progress,
        Working as Working,
        silent as silent,
    )
    from .reject import Reject as Reject
    from .samples import (
        SAMPLES as SAMPLES,
        DialogueSample as DialogueSample,
        ListeningSample as ListeningSample,
        MultiTurnSample as MultiTurnSample,
        OffScreenVoice as OffScreenVoice,
        Sample as Sample,
        SingleSample as SingleSample,
        Utterance as Utterance,
        sample_tier as sample_tier,
    )
    from .system.atomic_files import (
        atomic_file as atomic_file,
        atomic_folder as atomic_folder,
        file_lock as file_lock,
        machine as machine,
        sweep_draft as sweep_draft,
        temporary_name as temporary_name,
    )
    from .system.install_commands import (
        Installation as Installation,
        extras as extras,
        first_line as first_line,
        install_command as install_command,
        installation as installation,
        lacking as lacking,
        own_command as own_command,
        package_command as package_command,
        python_command as python_command,
        requirements as requirements,
        trouble_of as trouble_of,
        typed as typed,
        typed_path as typed_path,
        uv_program as uv_program,
    )
    from .system.portable_errors import portable as portable
    from .version import VERSION as VERSION
else:
    __all__, __getattr__, __dir__ = lazy_names(__name__, __file__)
