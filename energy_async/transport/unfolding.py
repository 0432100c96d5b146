"""Bodies as they come in: decompressed on the way, and given up as soon as they are too large."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ACCEPTED", "TooMuch", "Unfolding"]

ACCEPTED: Final = "gzip"
"""What to ask for in an `Accept-Encoding` header; one form of `deflate` is understood too."""

_EITHER_HEADER: Final = 32 + zlib.MAX_WBITS  # zlib finds out whether it is gzip or zlib


class TooMuch(Exception):
    """The body passes the cap; the message says how that was noticed."""


class Unfolding:
    """Collects a body, and never holds more of it than `cap` bytes and one chunk.

    Raises `zlib.error` where the body is not compressed as announced.
    """

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._size = 0
        self._chunks: list[bytes] = []
        self._unzip: Any = None

    def announced(self, headers: Mapping[str, str]) -> None:
        """Take what the headers, with names in lower case, say about the body."""
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > self._cap:
            message = f"{length} bytes announced"
            raise TooMuch(message)
        encoding = headers.get("content-encoding", "").strip().lower()
        if encoding in {"gzip", "x-gzip", "deflate"}:
            self._unzip = zlib.decompressobj(_EITHER_HEADER)
        elif encoding not in {"", "identity"}:
            message = f"the body is encoded as {encoding[:50]!r}, which was not asked for"
            raise zlib.error(message)

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes as they were sent."""
        if self._unzip is not None:
            chunk = self._unzip.decompress(chunk, self._cap - self._size + 1)
        self._size += len(chunk)
        if self._size > self._cap:
            message = "more came"
            raise TooMuch(message)
        self._chunks.append(chunk)

    def whole(self) -> bytes:
        """The body, all of which has been fed."""
        return b"".join(self._chunks)
