"""A release opened for reading, wherever fsspec finds it.

    open_release("speakervid5m")["dialogue_sft"] -> Samples

Only the manifest is read at first; a shard or a part of the index is checked against it when it
is first opened (size, and the footer's checksum), locally too.
"""

import mmap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec
import pyarrow.parquet as pq

from .errors import DamagedRelease, NotARelease, UnfinishedRelease
from .layout import MANIFEST, work_folder
from .manifest import Manifest
from .ranges import footer_digest
from .retries import ReadFailed, ShortRead, public_url, retrying, with_timeouts
from .web import WebReader, is_web

_TAIL_BYTES = 1 << 16
_ADVICE = "copy the release again, or run `speakervid5m verify` to see all that is wrong"
_REPLACED = "it was replaced since the release was opened; open it again"


class Files:
    """The files of a release: local ones by memory map, others by range reads."""

    def __init__(self, root: str, storage_options: Mapping[str, Any] | None = None) -> None:
        root = root.removeprefix("file://")
        self.is_local = "://" not in root
        self.root = str(Path(root).expanduser().resolve()) if self.is_local else root.rstrip("/")
        self._options = dict(storage_options or {})
        if self.is_local:
            self.system, self._path = fsspec.filesystem("file"), self.root
        else:
            self.system, path = fsspec.core.url_to_fs(
                self.root, **with_timeouts(self.root, self._options)
            )
            self._path = path.rstrip("/")
            # File systems are shared in a thread, and remember what a release was before.
            self.system.invalidate_cache()
        self._web = WebReader() if is_web(self.root) and not self._options else None
        self._maps: dict[str, mmap.mmap] = {}
        self._checked: set[str] = set()

    def __getstate__(self) -> dict[str, Any]:
        return {"root": self.root, "storage_options": self._options}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Handles and maps belong to one process; a worker opens its own.
        self.__init__(**state)  # type: ignore[misc]

    def url(self, name: str) -> str:
        """Where a file is, for others to open."""
        return f"{self.root}/{name}"

    def path(self, name: str) -> str:
        """Where a file is, for this file system."""
        return f"{self._path}/{name}" if name else self._path

    def exists(self, name: str) -> bool:
        """Whether a file or folder is there."""
        return bool(self.system.exists(self.path(name)))

    def read(self, name: str) -> bytes:
        """A whole file."""
        where = public_url(self.url(name))
        return bytes(retrying(lambda: self.system.cat_file(self.path(name)), where))

    def read_range(self, name: str, offset_bytes: int, num_bytes: int) -> memoryview:
        """Part of a file: a slice of a memory map, or one range read.

        Raises:
            ReadFailed: it could not be read within the budget of `retrying`.
            DamagedRelease: the local file was cut off since it was opened.
        """
        if not self.is_local:
            return self._fetch(name, offset_bytes, num_bytes)
        if name not in self._maps:
            with Path(self.path(name)).open("rb") as file:
                self._maps[name] = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        mapped = self._maps[name]
        # Pages of a map whose file was cut off end the process (SIGBUS) when they are touched.
        if (size := mapped.size()) < offset_bytes + num_bytes:
            raise DamagedRelease(
                f"{self.url(name)} was cut off while it was read: it has {size} bytes, the "
                f"{num_bytes} at {offset_bytes} are not all there; copy the shard again"
            )
        return memoryview(mapped)[offset_bytes : offset_bytes + num_bytes]

    def _fetch(self, name: str, offset_bytes: int, num_bytes: int) -> memoryview:
        def read() -> memoryview:
            if self._web:
                return self._web.read(self.url(name), offset_bytes, num_bytes)
            end = offset_bytes + num_bytes
            data = self.system.cat_file(self.path(name), start=offset_bytes, end=end)
            if len(data) != num_bytes:
                raise ShortRead(f"{len(data)} of {num_bytes} bytes came")
            return memoryview(data)

        what = f"{public_url(self.url(name))} at byte {offset_bytes}"
        try:
            return retrying(read, what)
        except FileNotFoundError as error:
            raise ReadFailed(
                f"{what}: not there any more; the release was moved or replaced while it was read, "
                "so open it again"
            ) from error

    def check(self, name: str, manifest: Manifest) -> None:
        """Compares a Parquet file with the manifest, once.

        Raises:
            DamagedRelease: missing, of another size, or with another footer; names the file.
        """
        if name in self._checked:
            return
        where, path = self.url(name), self.path(name)
        if name not in manifest.files:
            raise DamagedRelease(f"{where}: the index names it, the manifest does not")
        try:
            size = int(retrying(lambda: self.system.size(path), public_url(where)) or 0)
        except FileNotFoundError as error:
            raise DamagedRelease(f"{where} is missing; {_ADVICE}") from error
        self._compare(
            name, manifest, size, lambda offset, count: bytes(self.read_range(name, offset, count))
        )
        self._checked.add(name)

    def _compare(
        self, name: str, manifest: Manifest, size: int, read: Callable[[int, int], bytes]
    ) -> None:
        where, entry = self.url(name), manifest.files[name]
        advice = _REPLACED if name in self._checked else _ADVICE
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
        """A Parquet file, open for reading, of which this very handle was checked.

        Raises:
            DamagedRelease: as `check` says, or replaced since.
        """
        self.check(name, manifest)
        try:
            handle = self.system.open(self.path(name), "rb")
        except FileNotFoundError as error:
            raise DamagedRelease(f"{self.url(name)} is missing; {_REPLACED}") from error

        def read(offset: int, count: int) -> bytes:
            handle.seek(offset)
            return bytes(handle.read(count))

        with handle:
            self._compare(name, manifest, int(handle.seek(0, 2)), read)
            with pq.ParquetFile(handle) as file:
                yield file

    def parquet_bytes(self, name: str, manifest: Manifest) -> bytes:
        """A whole Parquet file, of which these very bytes were checked.

        Raises:
            DamagedRelease: as `check` says, or replaced since.
        """
        self.check(name, manifest)
        try:
            data = self.read(name)
        except FileNotFoundError as error:
            raise DamagedRelease(f"{self.url(name)} is missing; {_REPLACED}") from error
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
    return read(size - footer, footer) if taken < footer <= size else tail


def read_manifest(files: Files) -> Manifest:
    """The manifest of a release.

    Raises:
        UnfinishedRelease: there are data and no manifest.
        NotARelease: there is nothing of a release.
        SchemaVersionError: of another major version.
        DamagedRelease: the manifest cannot be parsed.
    """
    if files.exists(MANIFEST):
        text = files.read(MANIFEST).decode("utf-8", "replace")
        return Manifest.from_json(text, files.url(MANIFEST))
    if files.exists("data"):
        raise UnfinishedRelease(
            f"{files.root!r} has data and no {MANIFEST}: it was not written to the end, or was "
            "copied in part. Run the command that wrote it again, or copy it again"
        )
    if files.is_local and (work_folder(Path(files.root)) / "old").exists():
        raise UnfinishedRelease(
            f"{files.root!r} was being replaced when its writer was stopped: run the command that "
            "wrote it again, which finishes that; nothing is lost"
        )
    what = "is not there" if not files.exists("") else f"holds no {MANIFEST}"
    raise NotARelease(
        f"{files.root!r} {what}. A release is a folder with {MANIFEST}, README.md, data/ and "
        "index/, as `speakervid5m import` and `speakervid5m demo` write it"
    )
