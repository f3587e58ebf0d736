"""Pieces of clips, as browsers ask for them: the part of a part of a shard, never more.

A local release is a memory map, and every piece is compared with its checksum before the first
byte leaves. Elsewhere only the blocks that are asked for are read, and kept for a while; blocks of
a piece cannot be compared, since the checksum is of the whole.
"""

import re
import threading
from collections import OrderedDict
from io import RawIOBase, UnsupportedOperation

from ....release import MediaRange, Samples

BLOCK_BYTES = 1 << 18
"""Read at a time (ours: from elsewhere a quarter of a second at 1 MB/s)."""
_KEPT_BYTES = 1 << 26
"""Of blocks that are kept (ours: the clips of a page)."""
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class Unsatisfiable(ValueError):
    """A range that begins after the end."""


def parse_range(header: str | None, num_bytes: int) -> tuple[int, int] | None:
    """First byte and end of what a `Range` header asks for; None for all of it.

    What cannot be read, and more than one range, are answered with everything, as RFC 9110 says.

    Raises:
        Unsatisfiable: nothing of it exists.
    """
    found = _RANGE.fullmatch((header or "").replace(" ", ""))
    if found is None or found.group(1, 2) == ("", ""):
        return None
    first, last = found.groups()
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


class Pieces:
    """Reads parts of media of one edition of a release."""

    def __init__(self) -> None:
        self._blocks: OrderedDict[tuple[MediaRange, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, samples: Samples, place: MediaRange) -> "PieceFile":
        """One piece as a file; its checksum is compared now if the release is local.

        Raises:
            DamagedRelease: the shard, or a local piece, is not what was written.
        """
        return PieceFile(self, samples, place)

    def read(self, samples: Samples, place: MediaRange, start: int, stop: int) -> bytes:
        """Some bytes of one piece of a release elsewhere, at most a block.

        Raises:
            DamagedRelease: the shard is not what was written.
        """
        number = start // BLOCK_BYTES
        data = self._block(samples, place, number)
        begin = number * BLOCK_BYTES
        return data[start - begin : stop - begin]

    def _block(self, samples: Samples, place: MediaRange, number: int) -> bytes:
        key = (place, number)
        with self._lock:
            if key in self._blocks:
                self._blocks.move_to_end(key)
                return self._blocks[key]
        files = samples.release.files
        files.check(place.path, samples.release.manifest)
        begin = number * BLOCK_BYTES
        size = min(BLOCK_BYTES, place.num_bytes - begin)
        data = bytes(files.read_range(place.path, place.offset_bytes + begin, size))
        with self._lock:
            self._blocks[key] = data
            while len(self._blocks) * BLOCK_BYTES > _KEPT_BYTES:
                self._blocks.popitem(last=False)
        return data


class PieceFile(RawIOBase):
    """One piece as a file, for decoders that read no more than they need."""

    def __init__(self, pieces: Pieces, samples: Samples, place: MediaRange) -> None:
        self._pieces, self._samples, self._place = pieces, samples, place
        self._position = 0
        self._mapped = samples.view(place) if samples.release.files.is_local else None

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        """Goes to a byte; `whence` as in `io`."""
        base = {0: 0, 1: self._position, 2: self._place.num_bytes}[whence]
        if base + offset < 0:
            raise UnsupportedOperation(f"byte {base + offset} lies before the beginning")
        self._position = base + offset
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Up to so many bytes, and never more than a block."""
        left = max(0, self._place.num_bytes - self._position)
        wanted = left if size < 0 else min(size, left)
        if not wanted:
            return b""
        stop = self._position + min(wanted, BLOCK_BYTES)
        if self._mapped is not None:
            data = bytes(self._mapped[self._position : stop])
        else:
            data = self._pieces.read(self._samples, self._place, self._position, stop)
        self._position += len(data)
        return data
