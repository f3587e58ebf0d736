"""Keeps the shown release open, and reopens it when it changes.

    manifest and tombstones --> changed? --> OpenRelease --> ConfigIndex, Search

A takedown swaps folders under a running explorer; no later request may see the old ones. So every
request first checks whether the manifest and the tombstones are the same as before.
"""

import math
import threading
import time
from collections import OrderedDict
from functools import partial
from pathlib import Path
from typing import Any

from ...release import MANIFEST, MAX_MANIFEST_BYTES, Release, UnfinishedRelease, open_release
from ...release.takedown import tombstones_digest
from .search.config_index import ConfigIndex
from .search.filters import SampleFilter
from .search.matches import Search

_REMOTE_SECONDS = 60.0
"""After which the manifest of a remote release is read again (ours)."""
_MAX_SEARCHES = 64
"""Searches whose matches are kept (ours: enough for visitors who page through results)."""


class OpenRelease:
    """One state of the release: open files, indexes by config, recent searches."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self._indexes: dict[str, ConfigIndex] = {}
        self._searches: OrderedDict[tuple[str, SampleFilter], Search] = OrderedDict()
        self._lock = threading.Lock()

    def index(self, name: str) -> ConfigIndex:
        """The index of a config.

        Raises:
            UnknownConfig: there is no such config; lists the nine.
            EmptyConfig: it has no rows here; says why.
        """
        with self._lock:
            if name not in self._indexes:
                self._indexes[name] = ConfigIndex(self.release, name)
            return self._indexes[name]

    def search(self, name: str, sample_filter: SampleFilter) -> Search:
        """The search with a filter, continued if it was begun before."""
        index = self.index(name)
        with self._lock:
            key = (name, sample_filter)
            search = self._searches.pop(key, None) or Search(index, sample_filter)
            self._searches[key] = search
            while len(self._searches) > _MAX_SEARCHES:
                self._searches.popitem(last=False)
            return search


class ReleaseWatcher:
    """Hands out the current state of a release."""

    def __init__(
        self,
        root: str,
        storage_options: dict[str, Any] | None = None,
        takedown_check: bool = True,
    ) -> None:
        self._open = partial(
            open_release, root, storage_options=storage_options, takedown_check=takedown_check
        )
        self._lock = threading.Lock()
        self._current = OpenRelease(self._open())
        self._stamp: object = None
        self._checked_at = -math.inf

    @property
    def safe_root(self) -> str:
        """Folder or URL, without the secrets of a URL."""
        return self._current.release.safe_root

    def current(self) -> OpenRelease:
        """The release as it is now.

        Raises:
            UnfinishedRelease: it is being replaced; ask again in a moment.
        """
        with self._lock:
            files = self._current.release.files
            if not files.is_local and time.monotonic() - self._checked_at < _REMOTE_SECONDS:
                return self._current
            stamp = self._read_stamp()
            self._checked_at = time.monotonic()
            if stamp != self._stamp:
                # Also the first time: it may have changed since it was opened.
                self._current = OpenRelease(self._open())
                self._stamp = stamp
            return self._current

    def _read_stamp(self) -> object:
        """A value that changes with the manifest or the tombstones."""
        files = self._current.release.files
        if not files.is_local:
            return files.read(MANIFEST, MAX_MANIFEST_BYTES), tombstones_digest(files)
        try:
            status = Path(files.path(MANIFEST)).stat()
        except FileNotFoundError as error:
            raise UnfinishedRelease(
                f"{files.address()!r} is being replaced or is gone; ask again in a moment"
            ) from error
        return status.st_ino, status.st_mtime_ns, status.st_size, tombstones_digest(files)
