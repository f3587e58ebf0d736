"""A release to the Hub, and old files away from it.

upload          one pull request with the whole release, or nothing
erase_history   after a takedown: old bytes leave the repository's history too
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .erase_history import OldFiles, erase, old_files
    from .upload import (
        check_release,
        check_repository,
        listing,
        plan_publishing,
        publish,
        with_address,
    )

__all__ = [
    "OldFiles",
    "check_release",
    "check_repository",
    "erase",
    "listing",
    "old_files",
    "plan_publishing",
    "publish",
    "with_address",
]

_PLACES = {
    "erase_history": ("OldFiles", "erase", "old_files"),
    "upload": (
        "check_release",
        "check_repository",
        "listing",
        "plan_publishing",
        "publish",
        "with_address",
    ),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
