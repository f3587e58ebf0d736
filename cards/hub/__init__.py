"""The Hub: a local release in, a dataset repository out; old files are deleted from it.

upload          one pull request with the whole release, or nothing
erase_history   after a takedown: deletes old bytes from the repository's history too
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .erase_history import OldFiles as OldFiles, erase as erase, old_files as old_files
    from .upload import (
        check_release as check_release,
        check_repository as check_repository,
        list_remote_files as list_remote_files,
        plan_publishing as plan_publishing,
        publish as publish,
        with_repository as with_repository,
    )
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
