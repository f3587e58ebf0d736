"""The clips of one source in, its samples of all four branches out: rules over who speaks when.

turns                             the speech of a source in time order, by clip
dialogue, listening, multi_turn   one branch each
build                             all samples of a source, and the config of each
report                            what was dropped, and why
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .build import (
        build_samples as build_samples,
        samples_by_config as samples_by_config,
        why_left_out as why_left_out,
    )
    from .report import BranchReport as BranchReport, DropReason as DropReason
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
