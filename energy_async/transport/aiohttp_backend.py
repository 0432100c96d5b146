"""The default backend. Importing this module imports aiohttp, which takes a moment."""

from __future__ import annotations

import asyncio
import io
import socket
from typing import TYPE_CHECKING, Any, Final, cast

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from energy_async.transport.backend import ANOTHER_LOOP
from energy_async.transport.errors import (
    ConnectError,
    ConnectionBroken,
    RequestTimeout,
    ResponseTooLarge,
    TransportError,
)
from energy_async.transport.overdue import Overdue
from energy_async.transport.request import WireReply, WireRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import AddrInfoType

__all__ = ["AiohttpBackend"]

_KEEPALIVE_IDLE: Final = 60
_KEEPALIVE_EVERY: Final = 30
_CLOSED: Final = "the backend is closed"
_NOT_ASYNCIO: Final = "AiohttpBackend runs on asyncio alone; on trio use `backend=HttpxBackend()`"
_FOREIGN: Final = (aiohttp.ClientError, TimeoutError, OSError)
_NEVER_ROUNDED: Final = 1e9
_COARSE_FROM: Final = 5.0
_LARGE_BODY: Final = 2**20


class AiohttpBackend:
    """Sends requests through an aiohttp session, made in the running loop at the first request.

    Proxy variables of the environment are heeded only by a borrowed session made with
    `trust_env=True`.

    Args:
        session: A session to borrow. It is used as it is, cookies and connector limit included,
            and never closed. aiohttp itself repeats an idempotent request (never a POST) of such
            a session once if the connection breaks, so a server may count one more than we do.
        connections: Connections at once, for a session of our own.
    """

    def __init__(
        self, session: aiohttp.ClientSession | None = None, *, connections: int = 100
    ) -> None:
        if connections < 1:
            message = f"connections must be at least 1, got {connections!r}"
            raise ValueError(message)
        self._borrowed = session
        self._session = session
        self._connections = connections
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._headers: tuple[Mapping[str, str], CIMultiDict[str]] = ({}, CIMultiDict())
        self._overdue: Overdue | None = None
        self._timeouts: dict[tuple[float, float, float], aiohttp.ClientTimeout] = {}

    def __repr__(self) -> str:
        state = "borrowed" if self._borrowed else "open" if self._session else "not open"
        return f"AiohttpBackend({state})"

    def reserve(self, connections: int) -> None:
        """Allow at least this many connections; heeded until the first request."""
        self._connections = max(self._connections, connections)

    async def send(self, request: WireRequest) -> WireReply:
        """Send one request, read its answer to the end."""
        # One function rather than three: each further coroutine costs a request about 1 µs.
        loop = _running_loop()
        if loop is not self._loop:
            self._open(loop)
        session, overdue = self._session, self._overdue
        if session is None or overdue is None:
            raise RuntimeError(_CLOSED)
        timeout = self._timeout(request)
        if timeout.total is not None:
            overdue = None  # aiohttp keeps the total itself
        task = cast("asyncio.Task[object]", asyncio.current_task())
        cancelling = 0 if overdue is None else overdue.begin(task, request.total_timeout)
        is_late = False
        try:
            response = await session.request(
                request.method,
                _url(request.url),
                data=_data(request.body),
                headers=self._multidict(request.headers),
                allow_redirects=False,
                timeout=timeout,
            )
            headers = response.headers
            length = response.content_length
            if length is None or length > request.max_bytes or "Content-Encoding" in headers:
                body = await _counted(response, request, length)
            else:
                body = await _rest(response)
        except BaseException as exc:
            if overdue is not None:
                is_late, overdue = overdue.end(task, cancelling), None
            if is_late and isinstance(exc, asyncio.CancelledError):
                raise _total_timeout(request) from exc
            if isinstance(exc, _FOREIGN):
                cause = _bare(exc.why if isinstance(exc, _Broke) else exc)
                raise _translated(cause, request) from cause
            raise
        if overdue is not None:
            overdue.end(task, cancelling)
        return WireReply(response.status, headers, body, _version(response))

    def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not None:
            raise RuntimeError(ANOTHER_LOOP)
        if self._closed:
            raise RuntimeError(_CLOSED)
        self._loop = loop
        self._overdue = Overdue(loop)
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, socket_factory=_socket)
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(loop=loop),
                middlewares=(_sent_once,),
            )

    async def aclose(self) -> None:
        """Close our own session; a borrowed one stays open. Closing twice does nothing."""
        self._closed = True
        session, self._session = self._session, None
        if self._overdue is not None:
            self._overdue.close()
        if session is not None and self._borrowed is None:
            await session.close()

    def _multidict(self, headers: Mapping[str, str]) -> CIMultiDict[str]:
        """`headers` as aiohttp wants them; clients send the same mapping again and again."""
        if headers is not self._headers[0]:
            self._headers = (headers, CIMultiDict(headers))
        return self._headers[1]

    def _timeout(self, request: WireRequest) -> aiohttp.ClientTimeout:
        """The limits for aiohttp to keep; without a total if `Overdue` keeps that."""
        total = request.total_timeout
        if request.exact or total < _COARSE_FROM:  # the caller's deadline: another for each call
            return _client_timeout(request, total)
        key = (request.connect_timeout, request.read_timeout, total)
        timeout = self._timeouts.get(key)
        if timeout is None:
            timeout = self._timeouts[key] = _client_timeout(request, None)
        return timeout


def _running_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError as exc:
        raise RuntimeError(_NOT_ASYNCIO) from exc


def _url(text: str) -> URL:
    """`text`, which is encoded and has no fragment, as aiohttp wants it.

    Half the time of `URL(text)`, which looks for what cannot be there.
    """
    scheme, _, rest = text.partition("://")
    authority, _, target = rest.partition("/")
    path, _, query = target.partition("?")
    return URL.build(
        scheme=scheme, authority=authority, path=f"/{path}", query_string=query, encoded=True
    )


def _version(response: aiohttp.ClientResponse) -> str:
    return "1.1" if response.version is aiohttp.HttpVersion11 else "1.0"


class _Broke(aiohttp.ClientError):
    """A connection that broke, in a guise that aiohttp does not know."""

    def __init__(self, why: aiohttp.ClientError) -> None:
        super().__init__(why)
        self.why = why


async def _sent_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending an idempotent request again on its own when a connection breaks.

    Whether and when anything is repeated is decided in one place, where attempts are counted.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as exc:
        raise _Broke(exc) from exc


def _client_timeout(request: WireRequest, total: float | None) -> aiohttp.ClientTimeout:
    # A connection made in the last tenth of the time is worthless; giving up on it before the
    # whole time is over lets us say for certain that nothing was sent.
    connect = min(request.connect_timeout, 0.9 * request.total_timeout)
    return aiohttp.ClientTimeout(
        total=total,
        connect=connect,
        sock_connect=connect,
        sock_read=request.read_timeout if request.read_timeout < request.total_timeout else None,
        ceil_threshold=_NEVER_ROUNDED,
    )


def _socket(address: AddrInfoType) -> socket.socket:
    """A socket with keepalive on: answers may take a while, and NAT forgets quiet connections."""
    family, kind, protocol, *_ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in (("TCP_KEEPIDLE", _KEEPALIVE_IDLE), ("TCP_KEEPINTVL", _KEEPALIVE_EVERY)):
        if hasattr(socket, name):
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), seconds)
    return made


def _data(body: bytes | None) -> bytes | io.BytesIO | None:
    """A body as aiohttp wants it; it warns of large ones that it must write in one go."""
    return io.BytesIO(body) if body is not None and len(body) > _LARGE_BODY else body


async def _counted(
    response: aiohttp.ClientResponse, request: WireRequest, length: int | None
) -> bytes:
    """The whole body, unless it passes the cap, as sent or as decompressed."""
    if length is not None and length > request.max_bytes:
        response.close()
        raise _too_large(request, f"{length} bytes announced")
    chunks = []
    size = 0
    async with response:
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > request.max_bytes:
                response.close()
                raise _too_large(request, "more came")
            chunks.append(chunk)
    return b"".join(chunks)


async def _rest(response: aiohttp.ClientResponse) -> bytes:
    """What `response.read` does, less what we do not need; at its end the connection is free."""
    try:
        return await response.content.read()
    except BaseException:
        response.close()
        raise


def _too_large(request: WireRequest, what: str) -> ResponseTooLarge:
    return ResponseTooLarge(
        f"the answer is larger than {request.max_bytes} bytes ({what});"
        " ask for a shorter range or raise max_response_bytes"
    )


# Most specific first.
_TABLE: Final[tuple[tuple[type[Exception], str], ...]] = (
    (aiohttp.ConnectionTimeoutError, "connect timeout"),
    (aiohttp.ServerTimeoutError, "read timeout"),
    (TimeoutError, "total timeout"),
    (aiohttp.ClientConnectorCertificateError, "certificate"),
    (aiohttp.ClientSSLError, "tls"),
    (aiohttp.ClientProxyConnectionError, "proxy"),
    (aiohttp.ClientHttpProxyError, "proxy"),
    (aiohttp.ClientConnectorDNSError, "dns"),
    (aiohttp.ClientConnectorError, "connect"),
    (aiohttp.InvalidURL, "connect"),
    (Exception, "broken"),
)


def _translated(exc: Exception, request: WireRequest) -> TransportError:
    kind = next(kind for error, kind in _TABLE if isinstance(exc, error))
    host = _host_of(request)
    if isinstance(exc, aiohttp.ClientResponseError):
        _forget_headers(exc)
    if kind == "connect timeout":
        return RequestTimeout(
            f"{host} took longer than {request.connect_timeout:g} s to connect", phase="connect"
        )
    if kind == "read timeout":
        return RequestTimeout(f"{host} was silent for {request.read_timeout:g} s", phase="read")
    if kind == "total timeout":
        return _total_timeout(request)
    if kind == "broken":
        return ConnectionBroken(
            f"the connection to {host} broke before the whole answer was read: {_said(exc)}"
        )
    return ConnectError(f"{_CONNECT_ADVICE[kind].format(host=host)} ({_said(exc)})")


_CONNECT_ADVICE: Final = {
    "certificate": "the certificate of {host} could not be verified; check the host name, the"
    " clock and, behind a company proxy, its certificate",
    "tls": "no TLS connection to {host}",
    "proxy": "the proxy towards {host} could not be reached",
    "dns": "the host name of {host} could not be resolved; check it and the network",
    "connect": "{host} could not be reached; check the address, the network and the firewall",
}


def _said(exc: Exception) -> str:
    if isinstance(exc, aiohttp.ClientResponseError):
        return f"{type(exc).__name__}: {exc.message}"
    cause = getattr(exc, "os_error", exc)
    return f"{type(exc).__name__}: {str(cause)[:200]}" if str(cause) else type(exc).__name__


def _host_of(request: WireRequest) -> str:
    url = URL(request.url, encoded=True)
    return f"{url.host}:{url.port}"


def _total_timeout(request: WireRequest) -> RequestTimeout:
    return RequestTimeout(
        f"no whole answer from {_host_of(request)} within {request.total_timeout:g} s", phase="read"
    )


def _bare(exc: Exception) -> Exception:
    """`exc` without the frames it went through: there the request's headers are local variables.

    Error trackers send local variables away, and aiohttp's mappings show the token.
    """
    link: BaseException | None = exc
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return exc


def _forget_headers(exc: aiohttp.ClientResponseError) -> None:
    """Aiohttp keeps the request's headers, token included, in such an error and shows them."""
    info: Any = exc.request_info
    clean = info._replace(headers=type(info.headers)(type(info.headers.copy())()))
    exc.request_info = clean
    exc.args = (clean, *exc.args[1:])
