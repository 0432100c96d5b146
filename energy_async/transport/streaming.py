"""Answers read bit by bit, as they come: lines of JSON, server-sent events, bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeAlias, TypeVar, Unpack, cast

import anyio
import msgspec

from energy_async.transport.answers import decoder_for, is_page, unreadable
from energy_async.transport.backends.unfolding import Garbled, Unfolding
from energy_async.transport.errors import ConnectionBroken, ResponseTooLarge

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator

    from energy_async.transport.client import ApiClient
    from energy_async.transport.request import CallOptions, Operation, Request, WireReply

__all__ = ["ServerSentEvent", "Stream"]

T = TypeVar("T")

_ENDLESS: Final = 2**62
_LONGEST: Final = 16 * 1024 * 1024
_END_OF_EVENTS: Final = b"[DONE]"  # how several APIs say that no event follows


class ServerSentEvent(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One event. `retry` is the server's wish in milliseconds for a new connection."""

    data: T
    event: str = "message"
    id: str = ""
    retry: int | None = None


class Stream(Generic[T]):
    """An answer that is read bit by bit: `async for item in stream`.

    Nothing is sent before the first item is asked for. The connection is given back at the end of
    the answer; a stream that is left before its end must be closed: `async with`, or `aclose`.
    Waits between bits are limited by the client's read timeout, the answer as a whole is not;
    nothing is repeated once it has begun. While it is read, a stream raises what a call raises.
    """

    def __init__(
        self, client: ApiClient, request: Request[Any], **options: Unpack[CallOptions]
    ) -> None:
        self._items = _items(client, request, options)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        return cast("T", await anext(self._items))

    async def aclose(self) -> None:
        """Give the connection back. Closing twice does nothing."""
        await self._items.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


async def _items(
    client: ApiClient, request: Request[Any], options: CallOptions
) -> AsyncGenerator[Any, None]:
    operation = request.operation
    split, decode = _SPLITTERS[operation.streaming](), decoder_for(operation) or bytes
    reply = await client.open(request, **options)
    try:
        if is_page(reply):
            raise unreadable(operation, reply, msgspec.DecodeError("a page"), attempts=1)
        async for chunk in _plain(reply):
            for part in split.feed(chunk):
                if part.data == _END_OF_EVENTS and operation.streaming == "events":
                    return
                yield _read(part, decode, operation, reply)
        for part in split.rest():
            yield _read(part, decode, operation, reply)
    finally:
        if reply.chunks is not None:
            with anyio.CancelScope(shield=True):
                await reply.chunks.aclose()


async def _plain(reply: WireReply) -> AsyncIterator[bytes]:
    """The body bit by bit, unpacked where the server has packed it."""
    if reply.chunks is None:  # a backend that only reads whole answers
        yield reply.body
        return
    body = Unfolding(_ENDLESS)
    try:
        body.announced(reply.headers)
        async for chunk in reply.chunks:
            body.feed(chunk)
            yield body.taken()
        yield body.whole()
    except Garbled as exc:
        raise ConnectionBroken(f"the answer {exc}") from exc


_Part: TypeAlias = "ServerSentEvent[bytes]"


def _read(
    part: _Part, decode: Callable[[bytes], Any], operation: Operation[Any], reply: WireReply
) -> Any:  # noqa: ANN401 - an item
    try:
        data = decode(part.data)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        one = msgspec.structs.replace(reply, body=part.data, chunks=None)
        raise unreadable(operation, one, exc, attempts=1) from exc
    return msgspec.structs.replace(part, data=data) if operation.streaming == "events" else data


class _Bytes:
    """Passes bytes on as they come."""

    def feed(self, chunk: bytes) -> Iterator[_Part]:
        if chunk:
            yield ServerSentEvent(data=chunk)

    def rest(self) -> Iterator[_Part]:
        yield from ()


class _Lines:
    """Cuts bytes into lines; empty ones, and the mark that `json-seq` begins with, are left out."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, chunk: bytes) -> Iterator[_Part]:
        *lines, self._pending = (self._pending + chunk).split(b"\n")
        if len(self._pending) > _LONGEST:
            message = f"one line of the answer is longer than {_LONGEST} bytes"
            raise ResponseTooLarge(message)
        for line in lines:
            yield from self._part(line)

    def rest(self) -> Iterator[_Part]:
        yield from self._part(self._pending)

    def _part(self, line: bytes) -> Iterator[_Part]:
        if line := line.strip(b"\x1e \t\r"):
            yield ServerSentEvent(data=line)


class _Events:
    """Cuts bytes into events, as the HTML standard defines `text/event-stream`."""

    def __init__(self) -> None:
        self._pending = b""
        self._data: list[bytes] = []
        self._event = "message"
        self._id = ""
        self._retry: int | None = None

    def feed(self, chunk: bytes) -> Iterator[_Part]:
        text = self._pending + chunk
        ends_in_cr = text.endswith(b"\r")  # whose line feed may be still to come
        whole = text[:-1] if ends_in_cr else text
        *lines, rest = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._pending = rest + b"\r" if ends_in_cr else rest
        if len(self._pending) + sum(map(len, self._data)) > _LONGEST:
            message = f"one event of the answer is longer than {_LONGEST} bytes"
            raise ResponseTooLarge(message)
        for line in lines:
            if line:
                self._line(line.removeprefix(b"\xef\xbb\xbf"))
            else:
                yield from self._dispatched()

    def rest(self) -> Iterator[_Part]:
        """Nothing: an event that was not ended is not one."""
        yield from ()

    def _line(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._event = value.decode("utf-8", "replace") or "message"
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit():
            self._retry = int(value)

    def _dispatched(self) -> Iterator[_Part]:
        data, event = self._data, self._event
        self._data, self._event = [], "message"
        if data:
            whole = b"\n".join(data)
            yield ServerSentEvent(data=whole, event=event, id=self._id, retry=self._retry)


_SPLITTERS: Final[dict[str, Callable[[], _Bytes | _Lines | _Events]]] = {
    "bytes": _Bytes,
    "lines": _Lines,
    "events": _Events,
}
