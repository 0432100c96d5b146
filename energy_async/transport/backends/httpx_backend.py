"""Backends on httpx and its successor httpx2: HTTP/2 and trio; respx can fake answers to httpx."""

from __future__ import annotations

import contextlib
import importlib
import logging
import socket
import ssl as tls
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

import anyio
from anyio.lowlevel import current_token

from energy_async.transport.backends.backend import (
    ANOTHER_LOOP,
    CLOSED,
    CLOSED_UNDER_WAY,
    BodyChunks,
    WrongLoop,
    broken,
    check_kind,
    host_of,
    only_for_its_own,
    total_timeout,
    whole_body,
)
from energy_async.transport.backends.proxies import Proxies, without_credentials
from energy_async.transport.backends.unfolding import ACCEPTED
from energy_async.transport.backends.unreachable import Reason, connect_error
from energy_async.transport.errors import (
    ClientClosed,
    ConnectError,
    ConnectionBroken,
    RequestTimeout,
    TransportError,
)
from energy_async.transport.redact import SEARCHED, redact
from energy_async.transport.request import WireReply, WireRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx
    import httpx2  # noqa: F401 - named in a type below

__all__ = ["Httpx2Backend", "HttpxBackend"]

ClientT = TypeVar("ClientT")
TransportT = TypeVar("TransportT")

_WAY_TO_H11: Final = ("_stream", "_httpcore_stream", "_stream", "_connection", "_h11_state")
_LIBRARY_AGENTS: Final = ("python-httpx/", "python-httpx2/")
_PACKED: Final = ("hpack", "hpack.hpack", "hpack.table", "hpack.huffman")
_SPOKEN: Final = tuple(
    name + number + part
    for number in ("", "2")
    for name, part in [("httpx", "")]
    + [("httpcore", f".{it}") for it in ("http11", "http2", "proxy")]
)


class _Backend(Generic[ClientT, TransportT]):
    """What both have in common; `_name` is the library's, and the extra's that installs it."""

    _name: ClassVar[str]

    def __init__(
        self,
        client: ClientT | None = None,
        *,
        http2: bool = False,
        connections: int = 100,
        transport: TransportT | None = None,
        proxy: str | None = None,
        ssl: tls.SSLContext | None = None,
        trust_env: bool = True,
    ) -> None:
        self._httpx = _library(self._name, type(self).__name__)
        check_kind("client", client, self._httpx.AsyncClient)
        check_kind("ssl", ssl, tls.SSLContext)
        if client is not None:
            only_for_its_own(transport=transport, proxy=proxy, ssl=ssl)
        self._borrowed: httpx.AsyncClient | None = client  # type: ignore[assignment]
        self._connections = connections
        self._http2, self._transport, self._ssl = http2, transport, ssl
        self._proxies = Proxies(proxy, trust_env=trust_env and client is None)
        self._clients: dict[str | None, httpx.AsyncClient] = {}  # by proxy
        self._body = type("_Body", (_Body, self._httpx.AsyncByteStream), {})
        self._errors = self._httpx.HTTPError, self._httpx.InvalidURL, self._httpx.StreamError
        self._under_way: set[anyio.CancelScope] = set()
        self._closed = False
        self._loop: object = None
        _mask_header_logs()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(borrowed={self._borrowed is not None})"

    def reserve(self, connections: int) -> None:
        """Allow at least this many connections; heeded until the first request."""
        self._connections = max(self._connections, connections)

    async def send(self, request: WireRequest) -> WireReply:
        """Send one request, read its answer to the end."""
        self._check_open()
        proxy = self._proxies.for_url(request.url)
        client, progress = self._client(proxy), _Progress()
        scope = anyio.CancelScope(deadline=anyio.current_time() + request.total_timeout)
        self._under_way.add(scope)
        try:
            with scope:
                return await self._exchange(client, request, progress, proxy)
        except self._errors as exc:
            raise self._translated(exc, request, proxy) from exc
        finally:
            self._under_way.discard(scope)
        if self._closed:
            kind = ConnectError if progress.is_connecting else ConnectionBroken
            raise kind(CLOSED_UNDER_WAY)
        raise total_timeout(request, "connect" if progress.is_connecting else "read")

    def _check_open(self) -> None:
        loop = current_token()
        if self._loop is None:
            self._loop = loop
        elif loop != self._loop:
            raise WrongLoop(ANOTHER_LOOP)
        if self._closed or (self._borrowed is not None and self._borrowed.is_closed):
            raise ClientClosed(CLOSED)

    def _client(self, proxy: str | None) -> httpx.AsyncClient:
        if self._borrowed is not None:
            return self._borrowed
        if proxy not in self._clients:
            self._clients[proxy] = self._httpx.AsyncClient(
                limits=self._httpx.Limits(
                    max_connections=self._connections, max_keepalive_connections=self._connections
                ),
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                http2=self._http2,
                transport=self._transport,
                proxy=None if self._transport is not None else proxy,
                verify=True if self._transport is not None else self._trusted(),
                trust_env=False,
            )
        return self._clients[proxy]

    def _trusted(self) -> tls.SSLContext:
        """What to trust: as with the default backend, the certificates of the system."""
        if self._ssl is None:
            self._ssl = tls.create_default_context()
        return self._ssl

    async def _exchange(
        self,
        client: httpx.AsyncClient,
        request: WireRequest,
        progress: _Progress,
        proxy: str | None,
    ) -> WireReply:
        connect = min(request.connect_timeout, 0.9 * request.total_timeout)
        timeout = self._httpx.Timeout(request.read_timeout, connect=connect, pool=connect)
        wire = client.build_request(
            request.method,
            request.url,
            headers=_headers(client, request, is_borrowed=self._borrowed is not None),
            content=request.body,
            timeout=timeout,
            extensions={"trace": progress},
        )
        if request.body:
            wire.stream = self._body(request.body)
        response = await client.send(wire, stream=True, follow_redirects=False)
        version = response.http_version.removeprefix("HTTP/")
        if request.streaming and response.is_success:
            chunks = self._chunks(response, request, proxy)
            return WireReply(response.status_code, response.headers, b"", version, chunks)
        try:
            body = await _read(response, request)
            _check_end(response)
        finally:
            await response.aclose()
        return WireReply(response.status_code, response.headers, body, version)

    async def aclose(self) -> None:
        """Close our own httpx client; a borrowed one stays open. Closing twice does nothing."""
        self._closed = True
        clients, self._clients = self._clients, {}
        if self._under_way and self._loop == current_token():
            for scope in self._under_way:
                scope.cancel()
        for client in clients.values():
            if self._loop in {None, current_token()}:
                await client.aclose()
            else:  # a loop that is closed has no connections left to close
                with contextlib.suppress(RuntimeError):
                    await client.aclose()

    def _chunks(
        self, response: httpx.Response, request: WireRequest, proxy: str | None
    ) -> BodyChunks:
        source: AsyncIterator[bytes] = aiter(response.stream)  # type: ignore[arg-type]
        is_read = False

        async def read() -> AsyncIterator[bytes]:
            nonlocal is_read
            async for chunk in source:
                yield chunk
            is_read = True

        async def close() -> None:
            if not is_read:
                await _abandon(source)
            await response.aclose()

        def ours(exc: Exception) -> Exception | None:
            return self._translated(exc, request, proxy) if isinstance(exc, self._errors) else None

        return BodyChunks(read(), close, ours)

    def _translated(
        self, exc: Exception, request: WireRequest, proxy: str | None
    ) -> TransportError:
        httpx = self._httpx
        host = host_of(request)
        said = f"{type(exc).__name__}: {str(exc)[:SEARCHED]}"
        if isinstance(exc, httpx.ConnectTimeout | httpx.PoolTimeout):
            return RequestTimeout(f"{host} took too long to connect", phase="connect")
        if isinstance(exc, httpx.TimeoutException):
            return RequestTimeout(f"{host} was silent for {request.read_timeout:g} s", phase="read")
        shown = None if proxy is None else without_credentials(proxy)
        if isinstance(exc, httpx.ProxyError):
            return connect_error("proxy", said, exc, host=host, proxy=shown)
        if isinstance(exc, httpx.ConnectError | httpx.InvalidURL | httpx.UnsupportedProtocol):
            return connect_error(_reason(exc), said, exc, host=host, proxy=shown)
        return broken(request, said)


class HttpxBackend(_Backend["httpx.AsyncClient", "httpx.AsyncBaseTransport"]):
    """Sends requests through httpx, on asyncio or trio.

    Slower than the default backend where many requests are under way at once.

    Args:
        client: An `httpx.AsyncClient` to borrow; used as it is, proxies, `User-Agent` and TLS
            included, and never closed.
        http2: Whether to offer HTTP/2 (needs the `h2` package, part of the extra).
        connections: Connections at once.
        transport: An httpx transport, such as `httpx.MockTransport`.
        proxy: URL of an HTTP proxy for all requests, with `user:password@` if need be.
        ssl: What to trust, and a client certificate if the server wants one; by default the
            certificates of the system, or those that `SSL_CERT_FILE` names.
        trust_env: Whether the proxy variables of the environment count, as for `AiohttpBackend`.

    Raises:
        ImportError: The extra `[httpx]` is not installed.
        TypeError: `client` is no `httpx.AsyncClient`, or `ssl` no `ssl.SSLContext`.
        ValueError: The proxy cannot be used, or an option is not for what was borrowed.
    """

    _name = "httpx"


class Httpx2Backend(_Backend["httpx2.AsyncClient", "httpx2.AsyncBaseTransport"]):
    """Sends requests through httpx2, the maintained successor of httpx; faster with many in flight.

    Arguments and errors are those of `HttpxBackend`, with the classes of `httpx2`; the extra is
    `[httpx2]`.
    """

    _name = "httpx2"


def _library(name: str, backend: str) -> Any:  # noqa: ANN401 - httpx or httpx2
    try:
        return importlib.import_module(name)
    except ImportError as missing:
        message = f"{backend} needs {name}: pip install 'trlyr-async[{name}]'"
        raise ImportError(message) from missing


class _Progress:
    """Listens to httpcore: whether a connection is being made, and so nothing has been sent yet.

    A transport that tells nothing leaves that open, which counts as sent.
    """

    def __init__(self) -> None:
        self.is_connecting = False

    async def __call__(self, event: str, _: object) -> None:
        """Take one event, such as `connection.connect_tcp.started`."""
        self.is_connecting = event.startswith("connection.")


class _Body:
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


def _headers(
    client: httpx.AsyncClient, request: WireRequest, *, is_borrowed: bool
) -> dict[str, str]:
    """What to send; where a client is borrowed, what its owner has chosen comes first."""
    headers = {"Accept-Encoding": ACCEPTED, **request.headers}
    agent = client.headers.get("User-Agent", "")
    if is_borrowed and agent and not agent.startswith(_LIBRARY_AGENTS):
        headers["User-Agent"] = agent
    return headers


async def _read(response: httpx.Response, request: WireRequest) -> bytes:
    stream: AsyncIterator[bytes] = aiter(response.stream)  # type: ignore[arg-type]
    try:
        return await whole_body(stream, response.headers, request)
    except TransportError:
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


def _reason(exc: BaseException) -> Reason:
    """What lies at the bottom of a failure to connect."""
    link: BaseException | None = exc
    while link is not None:
        if isinstance(link, tls.SSLCertVerificationError):
            return "certificate"
        if isinstance(link, tls.SSLError):
            return "tls"
        if isinstance(link, socket.gaierror):
            return "dns"
        link = link.__cause__ or link.__context__
    return "connect"


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
