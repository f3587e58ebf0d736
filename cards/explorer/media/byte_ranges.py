"""HTTP ranges of a clip: a `Range` header and a `MediaRange` in, bytes of a shard out.

A local release is memory-mapped, and every clip is compared with its checksum before its first
byte is sent. Of a remote release only the requested blocks are read, and cached for a while; they
cannot be compared, since the checksum covers the whole clip.
"""

import re
import threading
from collections import OrderedDict
from io import RawIOBase, UnsupportedOperation

from ....release import MediaRange, Samples

BLOCK_BYTES = 1 << 18
"""Read at a time (ours: a quarter of a second at 1 MB/s)."""
_KEPT_BYTES = 1 << 26
"""Of cached blocks (ours: the clips of a page)."""
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class Unsatisfiable(ValueError):
    """A range that begins after the end."""


def parse_range(header: str | None, num_bytes: int) -> tuple[int, int] | None:
    """First byte and end of the range in a `Range` header; None for the whole.

    A malformed header, or several ranges, mean the whole, as RFC 9110 says.

    Raises:
        Unsatisfiable: the range is empty here.
    """
    match = _RANGE.fullmatch((header or "").replace(" ", ""))
    if match is None or match.group(1, 2) == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        if int(last) == 0:
            raise Unsatisfiable(f"the last 0 bytes of {num_bytes}")
        return max(0, num_bytes - int(last)), num_bytes
    start = int(first)
    stop = min(int(last) + 1, num_bytes) if last else num_bytes
    if last and int(last) < start:
        return None
    if start >= num_bytes:
        raise Unsatisfiable(f"byte {start} of {num_bytes}")
    return start, stop


class BlockCache:
    """Reads media by blocks, and caches blocks of remote releases."""

    def __init__(self) -> None:
        self._blocks: OrderedDict[tuple[MediaRange, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, samples: Samples, media_range: MediaRange) -> "MediaFile":
        """Media as a file; the checksum is compared now if the release is local.

        Raises:
            DamagedRelease: the shard, or local media, are not what was written.
        """
        return MediaFile(self, samples, media_range)

    def read(self, samples: Samples, media_range: MediaRange, start: int, stop: int) -> bytes:
        """Some bytes of media of a remote release, at most a block.

        Raises:
            DamagedRelease: the shard is not what was written.
        """
        number = start // BLOCK_BYTES
        data = self._block(samples, media_range, number)
        first_byte = number * BLOCK_BYTES
        return data[start - first_byte : stop - first_byte]

    def _block(self, samples: Samples, media_range: MediaRange, number: int) -> bytes:
        key = (media_range, number)
        with self._lock:
            if key in self._blocks:
                self._blocks.move_to_end(key)
                return self._blocks[key]
        files = samples.release.files
        files.check(media_range.path, samples.release.manifest)
        first_byte = number * BLOCK_BYTES
        size = min(BLOCK_BYTES, media_range.num_bytes - first_byte)
        data = bytes(
            files.read_range(media_range.path, media_range.offset_bytes + first_byte, size)
        )
        with self._lock:
            self._blocks[key] = data
            while len(self._blocks) * BLOCK_BYTES > _KEPT_BYTES:
                self._blocks.popitem(last=False)
        return data


class MediaFile(RawIOBase):
    """Media as a file, for decoders that read no more than they need."""

    def __init__(self, cache: BlockCache, samples: Samples, media_range: MediaRange) -> None:
        self._cache, self._samples, self._media_range = cache, samples, media_range
        self._position = 0
        self._mapped = samples.view(media_range) if samples.release.files.is_local else None

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Position of the next byte."""
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        """Moves to a byte; `whence` as in `io`."""
        base = {0: 0, 1: self._position, 2: self._media_range.num_bytes}[whence]
        if base + offset < 0:
            raise UnsupportedOperation(f"byte {base + offset} lies before the beginning")
        self._position = base + offset
        return self._position

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, and never more than a block."""
        left = max(0, self._media_range.num_bytes - self._position)
        wanted = left if size < 0 else min(size, left)
        if not wanted:
            return b""
        stop = self._position + min(wanted, BLOCK_BYTES)
        if self._mapped is not None:
            data = bytes(self._mapped[self._position : stop])
        else:
            data = self._cache.read(self._samples, self._media_range, self._position, stop)
        self._position += len(data)
        return data
