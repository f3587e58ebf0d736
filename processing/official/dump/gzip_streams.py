"""A gzip file in, its content as a file out: handles several streams, early ends, and bombs."""

import io
import zlib
from typing import Any, BinaryIO

MAX_RATIO = 200
"""Most inflated bytes for one stored byte (ours: the dump's scores inflate 2 times, its records
about 10 times, rendered ones 60 times; a gzip file of zeros 1,032 times)."""
FREE_BYTES = 64_000_000
"""Inflated bytes that are always allowed: tar fills small archives with zeros (ours)."""

_READ_BYTES = 1 << 16
_INFLATED_BYTES = 1 << 20
"""Bytes inflated at once, so that memory does not depend on the file."""
_GZIP = 31
"""zlib's window bits for a gzip header and checksum."""


class InflatedTooFar(Exception):
    """The file inflates to more than any honest archive."""


class Inflated(io.RawIOBase):
    """The inflated content. Python's `gzip` loses what it has read if the file ends early."""

    def __init__(self, stored: BinaryIO) -> None:
        self._stored = stored
        self._inflate = zlib.decompressobj(_GZIP)
        self._ready = b""
        self._num_stored = self._num_inflated = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, target: Any) -> int:
        """Fills some of the target; 0 at the end.

        Raises:
            EOFError: the file ends early.
            zlib.error: it is damaged, or its content does not match its checksum.
            InflatedTooFar: it inflates to more than `MAX_RATIO` times its bytes.
        """
        while not self._ready:
            stored = self._next()
            if not stored:
                if self._inflate.eof:
                    return 0
                raise EOFError("the compressed file ends early")
            self._ready = self._inflate.decompress(stored, _INFLATED_BYTES)
            self._num_inflated += len(self._ready)
            if self._num_inflated > FREE_BYTES + MAX_RATIO * self._num_stored:
                raise InflatedTooFar(
                    f"its first {self._num_stored} bytes inflate to {self._num_inflated}; at most "
                    f"{MAX_RATIO} times their number are read, and {FREE_BYTES} more"
                )
        count = min(len(target), len(self._ready))
        target[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _next(self) -> bytes:
        """The next stored bytes; starts the next stream if one ends."""
        if not self._inflate.eof:
            return self._inflate.unconsumed_tail or self._read()
        # Zeros may fill the end, as on tapes; anything else starts a stream, or is damage.
        rest = self._inflate.unused_data.lstrip(b"\0")
        while not rest and (stored := self._read()):
            rest = stored.lstrip(b"\0")
        if rest:
            self._inflate = zlib.decompressobj(_GZIP)
        return rest

    def _read(self) -> bytes:
        stored = self._stored.read(_READ_BYTES)
        self._num_stored += len(stored)
        return stored
