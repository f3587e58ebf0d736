"""The files of a release, in a folder or at a URL that fsspec opens.

    root, name of a file --Files--> bytes, ranges as memory views, opened Parquet files

Only the manifest is read at first. Shards and index parts are checked against it at their first
opening (size, and the footer's checksum), locally too.
"""

import mmap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import fsspec
import pyarrow.parquet as pq
from fsspec import AbstractFileSystem

from ...records import lacking
from ..address import public_address, public_text, safe_root
from ..errors import DamagedRelease, NotARelease, UnfinishedRelease
from ..format.byte_ranges import footer_digest
from ..layout import MANIFEST, work_folder
from ..manifest import Manifest
from .http_reader import WebReader, is_web
from .retries import ReadFailed, ReadRefused, ShortRead, once, retrying, with_timeouts

MAX_MANIFEST_BYTES = 1 << 25
"""Of `manifest.json`: 140,000 files; SpeakerVid-5M has about 10,000 (ours)."""
MAX_CARD_BYTES = 1 << 23
"""Of `README.md`; ours have about 100 kB (ours)."""
MAX_TAKEDOWN_BYTES = 1 << 26
"""Of a file of `takedown/`: about a million requests (ours)."""
MAX_INDEX_BYTES = 1 << 30
"""Of an index part that is read whole, which has at most 50,000 rows (ours)."""
MAX_FOOTER_BYTES = 1 << 27
"""Of a Parquet file's footer; a shard of 20 GB has 8 MB (ours)."""
MAX_RANGE_BYTES = 1 << 30
"""Of a read over a network; the media of a whole run have 256 MB at most (ours)."""

_TAIL_BYTES = 1 << 16
_ADVICE = "copy the release again, or run `speakervid5m verify` to see all that is wrong"
_REPLACED = "it was replaced since the release was opened; open it again"
T = TypeVar("T")


class Files:
    """The files of a release: local ones by memory map, others by range reads.

    Args:
        root: a folder, or a URL that fsspec opens.
        storage_options: for fsspec.
        takedown_check: whether it is an error that a host does not say if there is a `takedown/`;
            see `open_release`.

    Raises:
        NotARelease: no files can be read at this address.
        ImportError: a package that reads such addresses is missing; says what to install.
    """

    def __init__(
        self,
        root: str,
        storage_options: Mapping[str, Any] | None = None,
        takedown_check: bool = True,
    ) -> None:
        root = root.removeprefix("file://")
        self.is_local = "://" not in root
        self.root = str(Path(root).expanduser().resolve()) if self.is_local else root.rstrip("/")
        self.takedown_check = takedown_check
        self.storage_options = dict(storage_options or {})
        if self.is_local:
            self.system, self._path = fsspec.filesystem("file"), self.root
        else:
            self.system, path = _remote_system(self.root, self.storage_options)
            self._path = path.rstrip("/")
            # File systems are shared in a thread, and cache an earlier state of the release.
            self.system.invalidate_cache()
        self._web = WebReader() if is_web(self.root) and not self.storage_options else None
        self._maps: dict[str, mmap.mmap] = {}
        self._sizes: dict[str, int] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {
            "root": self.root,
            "storage_options": self.storage_options,
            "takedown_check": self.takedown_check,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Handles and maps belong to one process; a worker opens its own.
        self.__init__(**state)  # type: ignore[misc]

    def url(self, name: str) -> str:
        """Full address of a file, to open it; it may hold a password."""
        return f"{self.root}/{name}"

    def address(self, name: str = "") -> str:
        """Address of a file for messages: without secrets and local folders."""
        return f"{public_address(self.root)}/{name}".rstrip("/")

    def path(self, name: str) -> str:
        """Path of a file in its file system."""
        return f"{self._path}/{name}" if name else self._path

    def exists(self, name: str) -> bool:
        """Whether a file or folder is there."""
        return bool(self.system.exists(self.path(name)))

    def read(self, name: str, max_bytes: int) -> bytes:
        """A whole file.

        Raises:
            DamagedRelease: it is longer than `max_bytes`.
            FileNotFoundError: it is not there.
            ReadFailed: it could not be read; over a network, within the budget of `retrying`.
        """

        def read() -> bytes:
            if self._web:
                return self._web.read_whole(self.url(name), max_bytes)
            with self.system.open(self.path(name), "rb") as file:
                data = bytes(file.read(max_bytes + 1))
            if len(data) > max_bytes:
                raise DamagedRelease(f"{self.address(name)} has more than {max_bytes} bytes")
            return data

        return self._tried(read, self.address(name))

    def read_takedown(self, name: str) -> bytes | None:
        """A file of `takedown/`; None where there is none.

        Raises:
            DamagedRelease: the host, or this machine, does not say whether there is one.
        """
        try:
            # Reads at once: where asking for it fails, no tombstone would apply.
            return self.read(name, MAX_TAKEDOWN_BYTES)
        except FileNotFoundError:
            return None
        except NotADirectoryError as error:
            raise DamagedRelease(
                f"{error}. So nobody knows what was retracted; copy the release again"
            ) from None
        except ReadRefused as error:
            if not self.takedown_check:
                return None
            raise DamagedRelease(
                f"{error}. So nobody knows whether something was retracted from this release. "
                "Some hosts give this answer for a missing file: let this one list its files, "
                "or, if you know that nothing was retracted, pass takedown_check=False "
                "(--no-takedown-check)"
            ) from None

    def read_range(self, name: str, offset_bytes: int, num_bytes: int) -> memoryview:
        """Part of a file: a slice of a memory map, or one range read.

        Raises:
            ReadFailed: it could not be read within the budget of `retrying`.
            DamagedRelease: the file is shorter, or was cut off since it was opened.
        """
        self.check_range(name, offset_bytes, num_bytes)
        if not self.is_local:
            return self._fetch(name, offset_bytes, num_bytes)
        if name not in self._maps:
            with Path(self.path(name)).open("rb") as file:
                self._maps[name] = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        mapped = self._maps[name]
        # If the file was truncated, touching the map's last pages ends the process (SIGBUS).
        if (size := mapped.size()) < offset_bytes + num_bytes:
            raise DamagedRelease(
                f"{self.address(name)} was cut off while it was read: it has {size} bytes, the "
                f"{num_bytes} at {offset_bytes} are not all there; copy the shard again"
            )
        return memoryview(mapped)[offset_bytes : offset_bytes + num_bytes]

    def check_range(self, name: str, offset_bytes: int, num_bytes: int) -> None:
        """Refuses, before it allocates memory, a range that a checked file does not have.

        Raises:
            DamagedRelease: the file ends before, or the range is longer than any in a release.
        """
        size = self._sizes.get(name, offset_bytes + num_bytes)
        limit = num_bytes if self.is_local else MAX_RANGE_BYTES
        if offset_bytes + num_bytes > size or num_bytes > limit:
            raise DamagedRelease(
                f"{self.address(name)} has {size} bytes; the {num_bytes} at {offset_bytes} "
                f"cannot be read (at most {limit} at once): the index is wrong; run `speakervid5m "
                "reindex` where the release is, or copy it again"
            )

    def _tried(self, read: Callable[[], T], label: str) -> T:
        return once(read, label) if self.is_local else retrying(read, label)

    def _fetch(self, name: str, offset_bytes: int, num_bytes: int) -> memoryview:
        def read() -> memoryview:
            if self._web:
                return self._web.read(self.url(name), offset_bytes, num_bytes)
            end = offset_bytes + num_bytes
            data = self.system.cat_file(self.path(name), start=offset_bytes, end=end)
            if len(data) != num_bytes:
                raise ShortRead(f"{len(data)} of {num_bytes} bytes came")
            return memoryview(data)

        label = f"{self.address(name)} at byte {offset_bytes}"
        try:
            return retrying(read, label)
        except FileNotFoundError as error:
            raise ReadFailed(
                f"{label}: no longer there; the release was moved or replaced while it was read, "
                "so open it again"
            ) from error

    def check(self, name: str, manifest: Manifest) -> None:
        """Compares a Parquet file with the manifest, once.

        Raises:
            DamagedRelease: missing, of another size, or with another footer; names the file.
        """
        if name in self._sizes:
            return
        where, path = self.address(name), self.path(name)
        if name not in manifest.files:
            raise DamagedRelease(f"{where}: the index names it, the manifest does not")
        try:
            size = int(self._tried(lambda: self.system.size(path), where) or 0)
        except FileNotFoundError as error:
            raise DamagedRelease(f"{where} is missing; {_ADVICE}") from error
        self._compare(
            name, manifest, size, lambda offset, count: bytes(self.read_range(name, offset, count))
        )
        self._sizes[name] = size

    def _compare(
        self, name: str, manifest: Manifest, size: int, read: Callable[[int, int], bytes]
    ) -> None:
        where, entry = self.address(name), manifest.files[name]
        advice = _REPLACED if name in self._sizes else _ADVICE
        if size != entry.num_bytes:
            raise DamagedRelease(f"{where} has {size} bytes, not {entry.num_bytes}; {advice}")
        try:
            digest = footer_digest(_tail(size, read))
        except DamagedRelease as error:
            raise DamagedRelease(f"{where} {error}; {advice}") from error
        if digest != entry.footer_xxh3_64:
            raise DamagedRelease(f"{where} is another file than the manifest's; {advice}")

    @contextmanager
    def parquet(self, name: str, manifest: Manifest) -> Iterator[pq.ParquetFile]:
        """A Parquet file, open for reading; this very handle was checked.

        Raises:
            DamagedRelease: as `check` says, or replaced since.
        """
        self.check(name, manifest)
        try:
            handle = self.system.open(self.path(name), "rb")
        except FileNotFoundError:
            raise DamagedRelease(f"{self.address(name)} is missing; {_REPLACED}") from None

        def read(offset: int, count: int) -> bytes:
            handle.seek(offset)
            return bytes(handle.read(count))

        with handle:
            self._compare(name, manifest, int(handle.seek(0, 2)), read)
            with pq.ParquetFile(handle) as file:
                yield file

    def parquet_bytes(self, name: str, manifest: Manifest) -> bytes:
        """A whole Parquet file; these very bytes were checked.

        Raises:
            DamagedRelease: as `check` says, or replaced since.
        """
        self.check(name, manifest)
        try:
            data = self.read(name, MAX_INDEX_BYTES)
        except FileNotFoundError:
            raise DamagedRelease(f"{self.address(name)} is missing; {_REPLACED}") from None
        self._compare(
            name, manifest, len(data), lambda offset, count: data[offset : offset + count]
        )
        return data

    def walk(self) -> Iterator[str]:
        """Names of all files, sorted."""
        prefix = self.path("").rstrip("/") + "/"
        for path in sorted(self.system.find(self.path(""))):
            yield str(path).removeprefix(prefix)


def _tail(size: int, read: Callable[[int, int], bytes]) -> bytes:
    """A file's end, with all of its footer."""
    taken = min(size, _TAIL_BYTES)
    tail = read(size - taken, taken)
    footer = int.from_bytes(tail[-8:-4], "little") + 8
    if footer > MAX_FOOTER_BYTES:
        raise DamagedRelease(f"has a footer of {footer} bytes, {MAX_FOOTER_BYTES} at most are read")
    return read(size - footer, footer) if taken < footer <= size else tail


def read_manifest(files: Files) -> Manifest:
    """The manifest of a release.

    Raises:
        UnfinishedRelease: there are data and no manifest.
        NotARelease: there is nothing of a release.
        SchemaVersionError: of another major version.
        DamagedRelease: the manifest cannot be parsed.
    """
    try:
        text = files.read(MANIFEST, MAX_MANIFEST_BYTES).decode("utf-8", "replace")
    except (FileNotFoundError, NotADirectoryError):
        raise _without_manifest(files) from None
    return Manifest.from_json(text, files.address(MANIFEST))


def _without_manifest(files: Files) -> NotARelease | UnfinishedRelease:
    where = safe_root(files.root)
    if files.exists("data"):
        return UnfinishedRelease(
            f"{where!r} has data and no {MANIFEST}: it was not written to the end, or was "
            "copied in part. Run the command that wrote it again, or copy it again"
        )
    if files.is_local and (work_folder(Path(files.root)) / "old").exists():
        return UnfinishedRelease(
            f"a writer was stopped while it replaced {where!r}: run the command that wrote it "
            "again, which finishes that; nothing is lost"
        )
    state = "is not there" if not files.exists("") else f"holds no {MANIFEST}"
    return NotARelease(
        f"{where!r} {state}. A release is a folder with {MANIFEST}, README.md, data/ and "
        "index/, as `speakervid5m import` and `speakervid5m demo` write it"
    )


def _remote_system(root: str, options: Mapping[str, Any]) -> tuple[AbstractFileSystem, str]:
    address = public_address(root)
    if is_web(root) and set("?#") & set(root):
        raise NotARelease(
            f"{address!r} was given with a query, and no file of a release can follow a query; "
            "give the address of the folder alone, and what opens it in storage_options="
        )
    try:
        system, path = fsspec.core.url_to_fs(root, **with_timeouts(root, options))
    except ImportError as error:
        raise lacking(f"{address} needs a package that does not load", error, "remote") from error
    except ValueError as error:
        raise NotARelease(f"{address!r} cannot be opened: {public_text(str(error))}") from None
    return system, str(path)
