"""The release that is shown, opened anew when it changes, without what was taken back.

A retraction swaps folders under a running explorer; whoever is shown next must not see the old
ones. So every answer first asks whether the manifest is still the same file.
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
from .search.filters import Question
from .search.matches import Search
from .search.rows import Shelf

_REMOTE_SECONDS = 60.0
"""After which the manifest of a release elsewhere is read again (ours)."""
_MOST_SEARCHES = 64
"""Questions whose answers are kept (ours: the answers of a page that is leafed through)."""


class Edition:
    """A release as it stands now: open files, shelves, what was asked."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self._shelves: dict[str, Shelf] = {}
        self._searches: OrderedDict[tuple[str, Question], Search] = OrderedDict()
        self._lock = threading.Lock()

    def shelf(self, name: str) -> Shelf:
        """A config.

        Raises:
            UnknownConfig: there is no such config; lists the nine.
            EmptyConfig: it has no rows here; says why.
        """
        with self._lock:
            if name not in self._shelves:
                self._shelves[name] = Shelf(self.release, name)
            return self._shelves[name]

    def search(self, name: str, question: Question) -> Search:
        """The search for a question, as far as it has got."""
        shelf = self.shelf(name)
        with self._lock:
            key = (name, question)
            found = self._searches.pop(key, None) or Search(shelf, question)
            self._searches[key] = found
            while len(self._searches) > _MOST_SEARCHES:
                self._searches.popitem(last=False)
            return found


class Library:
    """Gives the edition that stands now."""

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
        self._edition = Edition(self._open())
        self._seen: object = None
        self._looked = -math.inf

    @property
    def safe_root(self) -> str:
        """Folder or URL, without what is secret in a URL."""
        return self._edition.release.safe_root

    def edition(self) -> Edition:
        """The release as it stands now.

        Raises:
            UnfinishedRelease: it is being replaced; to be asked again in a moment.
        """
        with self._lock:
            files = self._edition.release.files
            if not files.is_local and time.monotonic() - self._looked < _REMOTE_SECONDS:
                return self._edition
            seen = self._mark()
            self._looked = time.monotonic()
            if seen != self._seen:
                # The first time, too: it may have changed since it was opened.
                self._edition = Edition(self._open())
                self._seen = seen
            return self._edition

    def _mark(self) -> object:
        """Something that differs when the manifest does, or the tombstones."""
        files = self._edition.release.files
        if not files.is_local:
            return files.read(MANIFEST, MAX_MANIFEST_BYTES), tombstones_digest(files)
        try:
            found = Path(files.path(MANIFEST)).stat()
        except FileNotFoundError as error:
            raise UnfinishedRelease(
                f"{files.address()!r} is being replaced or is gone; ask again in a moment"
            ) from error
        return found.st_ino, found.st_mtime_ns, found.st_size, tombstones_digest(files)
