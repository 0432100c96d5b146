"""Bodies as they come in: decompressed on the way, and given up as soon as they are too large."""

from __future__ import annotations

import importlib
import zlib
from typing import TYPE_CHECKING, Any, Final

from energy_async.transport.headers import every

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["ACCEPTED", "Garbled", "TooMuch", "Unfolding"]

_EITHER_HEADER: Final = 32 + zlib.MAX_WBITS  # zlib finds out whether it is gzip or zlib
_ZLIB_HEADER: Final = 8  # the low half of the first byte; without it, the stream has no header
_MOST_CODINGS: Final = 4


class TooMuch(Exception):
    """The body passes the cap; the message says how that was noticed."""


class Garbled(Exception):
    """The body cannot be unpacked, or ends too early; the message completes "the answer ..."."""


class _Brotli:
    """A brotli stream; whatever comes behind its end is an error of the library."""

    unused_data = b""

    def __init__(self, stream: Any) -> None:  # noqa: ANN401 - of a library that may be missing
        self._stream = stream

    @property
    def eof(self) -> bool:
        return bool(self._stream.is_finished())

    def decompress(self, data: bytes, most: int, /) -> bytes:
        return bytes(self._stream.process(data, output_buffer_limit=most))


def _installed(*modules: str) -> Any:  # noqa: ANN401 - a module or None
    for name in modules:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


def _deflate(first: bytes) -> Any:  # noqa: ANN401 - of zlib
    """With the header of zlib, as the standard says, or without, as some servers do."""
    has_header = first[0] & 0x0F == _ZLIB_HEADER
    return zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


def _codings() -> dict[str, Callable[[bytes], Any]]:
    """What can be read here, by the names of `Accept-Encoding`.

    Each makes an object that unpacks one stream, given its first bytes, as zlib has them: with
    `decompress(data, most)`, `eof` and `unused_data`.
    """
    known: dict[str, Callable[[bytes], Any]] = {
        "gzip": lambda _: zlib.decompressobj(_EITHER_HEADER),
        "deflate": _deflate,
    }
    brotli = _installed("brotli", "brotlicffi")
    if hasattr(getattr(brotli, "Decompressor", None), "can_accept_more_data"):  # heeds a limit
        known["br"] = lambda _: _Brotli(brotli.Decompressor())
    zstd = _installed("compression.zstd", "backports.zstd")
    if zstd is not None:
        known["zstd"] = lambda _: zstd.ZstdDecompressor()
    return known


_CODINGS: Final = _codings()

ACCEPTED: Final = ", ".join(_CODINGS)
"""What to ask for in an `Accept-Encoding` header: all that can be read, and nothing else."""


class _Layer:
    """One coding of a body: parts one after the other, each of which must come to its end."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.size = 0
        self._make = _CODINGS[name]
        self._part: Any = None

    @property
    def is_whole(self) -> bool:
        return self._part is None or bool(self._part.eof)

    def feed(self, data: bytes, most: int) -> bytes:
        """Unpack `data`; more than `most` bytes only where that no longer matters."""
        found = b""
        while data and len(found) < most:
            if self._part is None or self._part.eof:
                data = data if self._part is None else data.lstrip(b"\0")  # gzip may be padded
                if not data:
                    break
                self._part = self._make(data)
            found += self._part.decompress(data, most)
            data = self._part.unused_data if self._part.eof else b""
        self.size += len(found)
        return found


class Unfolding:
    """Collects a body, and never holds more of it than `cap` bytes and one chunk.

    Raises `Garbled` where the body is not packed as announced, in a way that was not asked for, or
    cut off. An empty body is whole whatever was announced.
    """

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._size = 0
        self._chunks: list[bytes] = []
        self._layers: list[_Layer] = []
        self._strange = ""

    def announced(self, headers: Mapping[str, str]) -> None:
        """Take what the headers, with names in lower case, say about the body."""
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > self._cap:
            message = f"{length} bytes announced"
            raise TooMuch(message)
        said = every(headers, "content-encoding").lower().removeprefix("x-")
        names = [name.strip().removeprefix("x-") for name in said.split(",")]
        names = [name for name in reversed(names) if name not in {"", "identity"}]
        if len(names) > _MOST_CODINGS or not all(name in _CODINGS for name in names):
            self._strange = said
        else:
            self._layers = [_Layer(name) for name in names]

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes as they were sent."""
        if self._strange and chunk:
            message = (
                f"is encoded as {self._strange[:50]!r}, which cannot be read here and was not"
                f" asked for (but {ACCEPTED})"
            )
            raise Garbled(message)
        for layer in self._layers:
            chunk = self._unpacked(layer, chunk)
            self._check(layer.size)
        self._size += len(chunk)
        self._check(self._size)
        self._chunks.append(chunk)

    def _check(self, size: int) -> None:
        if size > self._cap:
            raise TooMuch("more came")

    def _unpacked(self, layer: _Layer, chunk: bytes) -> bytes:
        try:
            return layer.feed(chunk, self._cap - layer.size + 1)
        except Exception as exc:  # each library has errors of its own
            message = f"is not what its headers say, {layer.name} ({type(exc).__name__}: {exc})"
            raise Garbled(message) from exc

    def taken(self) -> bytes:
        """What has come since the last time; of use where the body is not kept."""
        found = b"".join(self._chunks)
        self._chunks.clear()
        return found

    def whole(self) -> bytes:
        """The body, all of which has been fed, less what was taken."""
        for layer in self._layers:
            if not layer.is_whole:
                message = f"ends before its {layer.name} data does"
                raise Garbled(message)
        return b"".join(self._chunks)
