"""A backend on httpx: HTTP/2, trio, and answers that respx can fake."""

from __future__ import annotations

import contextlib
import logging
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final, cast

import anyio

from energy_async.transport.errors import (
    ConnectError,
    ConnectionBroken,
    RequestTimeout,
    ResponseTooLarge,
    TransportError,
)
from energy_async.transport.redact import redact
from energy_async.transport.request import WireReply, WireRequest

try:
    import httpx
except ImportError as missing:  # pragma: no cover - depends on the installation
    _message = "HttpxBackend needs httpx: pip install 'trlyr-async[httpx]'"
    raise ImportError(_message) from missing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

__all__ = ["HttpxBackend"]

_HPACK_LOGGERS: Final = ("hpack", "hpack.hpack", "hpack.table", "hpack.huffman")


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
        if http2:
            _mask_header_logs()

    def __repr__(self) -> str:
        return f"HttpxBackend(borrowed={self._borrowed})"

    def reserve(self, connections: int) -> None:
        """Allow at least this many connections; heeded until the first request."""
        self._connections = max(self._connections, connections)

    async def send(self, request: WireRequest) -> WireReply:
        """Send one request, read its answer to the end."""
        client = self._open()
        try:
            with anyio.fail_after(request.total_timeout):
                return await self._exchange(client, request)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as exc:
            raise _translated(exc, request) from exc
        except TimeoutError as exc:
            raise RequestTimeout(
                f"no whole answer from {_host_of(request)} within {request.total_timeout:g} s",
                phase="read",
            ) from exc

    def _open(self) -> httpx.AsyncClient:
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

    async def _exchange(self, client: httpx.AsyncClient, request: WireRequest) -> WireReply:
        connect = min(request.connect_timeout, 0.9 * request.total_timeout)
        timeout = httpx.Timeout(request.read_timeout, connect=connect, pool=connect)
        wire = client.build_request(
            request.method,
            request.url,
            headers=dict(request.headers),
            content=request.body,
            timeout=timeout,
        )
        response = await client.send(wire, stream=True, follow_redirects=False)
        try:
            body = await _read(response, request)
        finally:
            await response.aclose()
        version = response.http_version.removeprefix("HTTP/")
        return WireReply(response.status_code, response.headers, body, version)

    async def aclose(self) -> None:
        """Close our own httpx client; a borrowed one stays open. Closing twice does nothing."""
        self._closed = True
        client, self._client = self._client, None
        if client is not None and not self._borrowed:
            await client.aclose()


async def _read(response: httpx.Response, request: WireRequest) -> bytes:
    """The whole body, unless it passes the cap, as sent or as decompressed."""
    announced = response.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > request.max_bytes:
        raise _too_large(request, f"{announced} bytes announced")
    chunks = []
    size = 0
    async with contextlib.aclosing(_chunks(response)) as stream:
        async for chunk in stream:
            size += len(chunk)
            if size > request.max_bytes:
                raise _too_large(request, "more came")
            chunks.append(chunk)
    return b"".join(chunks)


def _chunks(response: httpx.Response) -> AsyncGenerator[bytes]:
    return cast("AsyncGenerator[bytes]", response.aiter_bytes())


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
    """Masks credentials in records of loggers that write request headers out."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; never drops one."""
        message = record.getMessage()
        clean = redact(message)
        if clean != message:
            record.msg, record.args = clean, ()
        return True


def _mask_header_logs() -> None:
    """The HTTP/2 header packer writes each header into its debug log, tokens included."""
    for name in _HPACK_LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(item, _RedactingFilter) for item in logger.filters):
            logger.addFilter(_RedactingFilter())
