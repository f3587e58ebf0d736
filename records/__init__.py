"""The vocabulary in types: clips, samples, configs, the clip key, and their columns.

clip, samples, intervals, keys, configs   what a release holds
columns, hf_features                      records <--> flat columns; columns as `datasets` has them
install_commands, availability            what is installed, what works here, what to type
progress, printable_text, display, lazy   a command's progress; names on one line; records in a
                                          terminal and a notebook; lazy imports

Everything else imports this package; it imports nothing else of ours. A name is loaded on first
use, so pyarrow and `datasets` are imported only where they are needed.
"""

import typing

from .lazy import lazy_names as lazy_names

if typing.TYPE_CHECKING:
    from .availability import first_line as first_line
    from .availability import lacking as lacking
    from .availability import trouble_of as trouble_of
    from .clip import Clip as Clip
    from .clip import Facing as Facing
    from .clip import HumanBody as HumanBody
    from .clip import Origin as Origin
    from .columns import (
        MEDIA_ROLES as MEDIA_ROLES,
    )
    from .columns import (
        TURN_MINIMA as TURN_MINIMA,
    )
    from .columns import (
        Column as Column,
    )
    from .columns import (
        Medium as Medium,
    )
    from .columns import (
        arrow_type as arrow_type,
    )
    from .columns import (
        columns_of as columns_of,
    )
    from .columns import (
        decode as decode,
    )
    from .columns import (
        encode as encode,
    )
    from .columns import (
        from_row as from_row,
    )
    from .columns import (
        to_row as to_row,
    )
    from .configs import (
        BRANCHES as BRANCHES,
    )
    from .configs import (
        CONFIGS as CONFIGS,
    )
    from .configs import (
        TIERS as TIERS,
    )
    from .configs import (
        Branch as Branch,
    )
    from .configs import (
        Config as Config,
    )
    from .configs import (
        Split as Split,
    )
    from .configs import (
        Tier as Tier,
    )
    from .configs import (
        bucket_of as bucket_of,
    )
    from .configs import (
        config_of as config_of,
    )
    from .display import rows_table as rows_table
    from .display import shortened as shortened
    from .hf_features import features_of as features_of
    from .hf_features import schema_of as schema_of
    from .install_commands import (
        Installation as Installation,
    )
    from .install_commands import (
        extras as extras,
    )
    from .install_commands import (
        install_command as install_command,
    )
    from .install_commands import (
        installation as installation,
    )
    from .install_commands import (
        own_command as own_command,
    )
    from .install_commands import (
        package_command as package_command,
    )
    from .install_commands import (
        python_command as python_command,
    )
    from .install_commands import (
        requirements as requirements,
    )
    from .install_commands import (
        typed as typed,
    )
    from .install_commands import (
        typed_path as typed_path,
    )
    from .intervals import (
        Interval as Interval,
    )
    from .intervals import (
        Segment as Segment,
    )
    from .intervals import (
        VoiceInterval as VoiceInterval,
    )
    from .intervals import (
        merge as merge,
    )
    from .keys import (
        ClipKey as ClipKey,
    )
    from .keys import (
        ClipKeyError as ClipKeyError,
    )
    from .keys import (
        Role as Role,
    )
    from .keys import (
        find_clip_keys as find_clip_keys,
    )
    from .keys import (
        find_video_ids as find_video_ids,
    )
    from .keys import (
        parse_video_name as parse_video_name,
    )
    from .printable_text import printable as printable
    from .progress import Listener as Listener
    from .progress import Progress as Progress
    from .progress import silent as silent
    from .samples import (
        SAMPLES as SAMPLES,
    )
    from .samples import (
        DialogueSample as DialogueSample,
    )
    from .samples import (
        ListeningSample as ListeningSample,
    )
    from .samples import (
        MultiTurnSample as MultiTurnSample,
    )
    from .samples import (
        OffScreenVoice as OffScreenVoice,
    )
    from .samples import (
        Sample as Sample,
    )
    from .samples import (
        SingleSample as SingleSample,
    )
    from .samples import (
        Utterance as Utterance,
    )
    from .samples import (
        sample_id as sample_id,
    )
    from .samples import (
        sample_tier as sample_tier,
    )
    from .version import VERSION as VERSION
else:
    __all__, __getattr__, __dir__ = lazy_names(__name__, __file__)
