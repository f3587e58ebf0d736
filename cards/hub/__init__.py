"""The Hub: a local release in, a dataset repository out; old files are deleted from it.

upload          one pull request with the whole release, or nothing
erase_history   after a takedown: deletes old bytes from the repository's history too
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .erase_history import OldFiles, erase, old_files
    from .upload import (
        check_release,
        check_repository,
        list_remote_files,
        plan_publishing,
        publish,
        with_repository,
    )

__all__ = [
    "OldFiles",
    "check_release",
    "check_repository",
    "erase",
    "list_remote_files",
    "old_files",
    "plan_publishing",
    "publish",
    "with_repository",
]

_PLACES = {
    "erase_history": ("OldFiles", "erase", "old_files"),
    "upload": (
        "check_release",
        "check_repository",
        "list_remote_files",
        "plan_publishing",
        "publish",
        "with_repository",
    ),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
