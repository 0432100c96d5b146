"""A backend on httpx: HTTP/2, trio, and answers that respx can fake."""

from __future__ import annotations

import contextlib
import logging
import zlib
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final, cast

import anyio
from anyio.lowlevel import current_token

from energy_async.transport.backend import ANOTHER_LOOP
from energy_async.transport.errors import (
    ConnectError,
    ConnectionBroken,
    RequestTimeout,
    ResponseTooLarge,
    TransportError,
)
from energy_async.transport.redact import redact
from energy_async.transport.request import WireReply, WireRequest
from energy_async.transport.unfolding import ACCEPTED, TooMuch, Unfolding

try:
    import httpx
except ImportError as missing:  # pragma: no cover - depends on the installation
    _message = "HttpxBackend needs httpx: pip install 'trlyr-async[httpx]'"
    raise ImportError(_message) from missing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["HttpxBackend"]

_WAY_TO_H11: Final = ("_stream", "_httpcore_stream", "_stream", "_connection", "_h11_state")
_FOREIGN: Final = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, zlib.error)
_PACKED: Final = ("hpack", "hpack.hpack", "hpack.table", "hpack.huffman")
_SPOKEN: Final = ("httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpx")


class HttpxBackend:
    """Sends requests through httpx, on asyncio or trio.

    Slower than the default backend where many requests are under way at once.

    Args:
        client: An `httpx.AsyncClient` to borrow; never closed.
        http2: Whether to offer HTTP/2 (needs the `h2` package, part of the extra).
        connections: Connections at once.
        transport: An httpx transport, such as `httpx.MockTransport`.
    """

    def __init__(
        self,
        client: httpx.AsyncClient | None = None,
        *,
        http2: bool = False,
        connections: int = 100,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._borrowed = client is not None
        self._connections = connections
        self._options: dict[str, Any] = {"http2": http2, "transport": transport}
        self._client = client
        self._closed = False
        self._loop: object = None
        _mask_header_logs()

    def __repr__(self) -> str:
        return f"HttpxBackend(borrowed={self._borrowed})"

    def reserve(self, connections: int) -> None:
        """Allow at least this many connections; heeded until the first request."""
        self._connections = max(self._connections, connections)

    async def send(self, request: WireRequest) -> WireReply:
        """Send one request, read its answer to the end."""
        client, progress = self._open(), _Progress()
        try:
            with anyio.fail_after(request.total_timeout):
                return await self._exchange(client, request, progress)
        except _FOREIGN as exc:
            raise _translated(exc, request) from exc
        except TimeoutError as exc:
            raise RequestTimeout(
                f"no whole answer from {_host_of(request)} within {request.total_timeout:g} s",
                phase="connect" if progress.is_connecting else "read",
            ) from exc

    def _open(self) -> httpx.AsyncClient:
        loop = current_token()
        if self._loop is None:
            self._loop = loop
        elif loop != self._loop:
            raise RuntimeError(ANOTHER_LOOP)
        if self._closed:
            message = "the backend is closed"
            raise RuntimeError(message)
        if self._client is None:
            limits = httpx.Limits(
                max_connections=self._connections, max_keepalive_connections=self._connections
            )
            no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
            self._client = httpx.AsyncClient(limits=limits, cookies=no_cookies, **self._options)
        return self._client

    async def _exchange(
        self, client: httpx.AsyncClient, request: WireRequest, progress: _Progress
    ) -> WireReply:
        connect = min(request.connect_timeout, 0.9 * request.total_timeout)
        timeout = httpx.Timeout(request.read_timeout, connect=connect, pool=connect)
        wire = client.build_request(
            request.method,
            request.url,
            headers={"Accept-Encoding": ACCEPTED, **request.headers},
            content=request.body,
            timeout=timeout,
            extensions={"trace": progress},
        )
        if request.body:
            wire.stream = _Body(request.body)
        response = await client.send(wire, stream=True, follow_redirects=False)
        try:
            body = await _read(response, request)
            _check_end(response)
        finally:
            await response.aclose()
        version = response.http_version.removeprefix("HTTP/")
        return WireReply(response.status_code, response.headers, body, version)

    async def aclose(self) -> None:
        """Close our own httpx client; a borrowed one stays open. Closing twice does nothing."""
        self._closed = True
        client, self._client = self._client, None
        if client is None or self._borrowed:
            return
        if self._loop in {None, current_token()}:
            await client.aclose()
        else:  # a loop that is closed has no connections left to close
            with contextlib.suppress(RuntimeError):
                await client.aclose()


class _Progress:
    """Listens to httpcore: whether a connection is being made, and so nothing has been sent yet.

    A transport that tells nothing leaves that open, which counts as sent.
    """

    def __init__(self) -> None:
        self.is_connecting = False

    async def __call__(self, event: str, _: object) -> None:
        """Take one event, such as `connection.connect_tcp.started`."""
        self.is_connecting = event.startswith("connection.")


class _Body(httpx.AsyncByteStream):
    """A request body that leaves nothing behind when the connection breaks before it is sent.

    httpx's own is a generator, and trio complains about generators that are merely dropped.
    """

    def __init__(self, body: bytes) -> None:
        self._parts = [body]

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if not self._parts:
            raise StopAsyncIteration
        return self._parts.pop()


async def _read(response: httpx.Response, request: WireRequest) -> bytes:
    """The whole body, unless it passes the cap, as sent or as decompressed."""
    stream = aiter(cast("httpx.AsyncByteStream", response.stream))
    body = Unfolding(request.max_bytes)
    try:
        body.announced(response.headers)
        async for chunk in stream:
            body.feed(chunk)
        return body.whole()
    except TooMuch as exc:
        await _abandon(stream)
        raise _too_large(request, str(exc)) from None
    except zlib.error:
        await _abandon(stream)
        raise


async def _abandon(stream: AsyncIterator[bytes]) -> None:
    """Let go of an answer that is not read to its end.

    httpx nests several generators. A cancellation that starts in the innermost ends them all, and
    the connection with them; trio complains about generators that are merely dropped.
    """
    with anyio.CancelScope() as scope:
        scope.cancel()
        async for _ in stream:
            pass


def _check_end(response: httpx.Response) -> None:
    """Have a connection closed on which the server sent more than its answer.

    httpcore would take it for the answer to the next request. What is left over can only be seen
    in a private place; if that is no longer there, nothing is left over as far as we know.
    """
    place: Any = response.stream
    for name in _WAY_TO_H11:
        place = getattr(place, name, None)
    if place is not None and place.trailing_data[0]:
        place.send_failed()  # h11 then has the connection closed instead of kept


def _too_large(request: WireRequest, what: str) -> ResponseTooLarge:
    return ResponseTooLarge(
        f"the answer is larger than {request.max_bytes} bytes ({what});"
        " ask for a shorter range or raise max_response_bytes"
    )


def _translated(exc: Exception, request: WireRequest) -> TransportError:
    host = _host_of(request)
    said = f"{type(exc).__name__}: {str(exc)[:200]}"
    if isinstance(exc, httpx.ConnectTimeout | httpx.PoolTimeout):
        return RequestTimeout(f"{host} took too long to connect", phase="connect")
    if isinstance(exc, httpx.TimeoutException):
        return RequestTimeout(f"{host} was silent for {request.read_timeout:g} s", phase="read")
    if isinstance(exc, httpx.ConnectError | httpx.ProxyError | httpx.InvalidURL):
        return ConnectError(f"{host} could not be reached; check address and network ({said})")
    if isinstance(exc, httpx.UnsupportedProtocol):
        return ConnectError(f"{host} cannot be spoken to ({said})")
    return ConnectionBroken(
        f"the connection to {host} broke before the whole answer was read ({said})"
    )


def _host_of(request: WireRequest) -> str:
    url = httpx.URL(request.url)
    return f"{url.host}:{url.port or (443 if url.scheme == 'https' else 80)}"


class _RedactingFilter(logging.Filter):
    """Masks credentials in records of loggers that write headers out."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; drops one only if it holds headers in packed form."""
        if record.name in _PACKED:
            return record.levelno > logging.DEBUG
        message = record.getMessage()
        clean = redact(message)
        if clean != message:
            record.msg, record.args = clean, ()
        return True


def _mask_header_logs() -> None:
    """At DEBUG, httpcore logs the headers of answers, and hpack those of requests, token included.

    Packed headers can be unpacked by whoever reads the log, so those records are dropped.
    """
    for name in (*_PACKED, *_SPOKEN):
        logger = logging.getLogger(name)
        if not any(isinstance(item, _RedactingFilter) for item in logger.filters):
            logger.addFilter(_RedactingFilter())
