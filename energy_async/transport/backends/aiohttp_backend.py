"""The default backend. Importing this module imports aiohttp, which takes a moment."""

from __future__ import annotations

import asyncio
import io
import ssl as tls
import time
from typing import Any, Final

import aiohttp
import anyio._backends._asyncio  # noqa: F401 - else it is loaded in the middle of a request
from aiohttp.hdrs import CONTENT_ENCODING
from multidict import CIMultiDict
from yarl import URL

from energy_async.transport.backends.aiohttp_errors import FOREIGN, translated
from energy_async.transport.backends.aiohttp_pool import Idle, socket_kept_alive
from energy_async.transport.backends.backend import (
    ANOTHER_LOOP,
    CLOSED,
    CLOSED_UNDER_WAY,
    BodyChunks,
    WrongLoop,
    check_kind,
    only_for_its_own,
    total_timeout,
    whole_body,
)
from energy_async.transport.backends.overdue import Overdue
from energy_async.transport.backends.proxies import Proxies
from energy_async.transport.backends.unfolding import ACCEPTED
from energy_async.transport.errors import ClientClosed, ConnectionBroken
from energy_async.transport.redact import without_frames
from energy_async.transport.request import WireReply, WireRequest

__all__ = ["AiohttpBackend"]

_NOT_ASYNCIO: Final = "AiohttpBackend runs on asyncio alone; on trio use `backend=HttpxBackend()`"
_NEVER_ROUNDED: Final = 1e9
_COARSE_FROM: Final = 5.0
_LARGE_BODY: Final = 2**20
_VERSIONS: Final[dict[object, str]] = {aiohttp.HttpVersion11: "1.1"}


class AiohttpBackend:
    """Sends requests through an aiohttp session, made in the running loop at the first request.

    Args:
        session: A session to borrow. It is used as it is, cookies, proxies, `User-Agent` and
            connector limit included, and never closed. aiohttp itself repeats an idempotent request
            (never a POST) of such a session once if the connection breaks, so a server may count
            one more than we do.
        connections: Connections at once, for a session of our own.
        proxy: URL of an HTTP proxy for all requests, with `user:password@` if need be.
        ssl: What to trust, and a client certificate if the server wants one; by default the
            certificates of the system, or those that `SSL_CERT_FILE` names.
        trust_env: Whether the proxy variables of the environment count (`HTTPS_PROXY`,
            `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`) where no `proxy` is given. They are read
            before the first request.

    Raises:
        TypeError: `session` is no `aiohttp.ClientSession`, or `ssl` no `ssl.SSLContext`.
        ValueError: The proxy cannot be used, or options of our own session come with a borrowed
            one.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession | None = None,
        *,
        connections: int = 100,
        proxy: str | None = None,
        ssl: tls.SSLContext | None = None,
        trust_env: bool = True,
    ) -> None:
        if connections < 1:
            message = f"connections must be at least 1, got {connections!r}"
            raise ValueError(message)
        check_kind("session", session, aiohttp.ClientSession)
        check_kind("ssl", ssl, tls.SSLContext)
        if session is not None:
            only_for_its_own(proxy=proxy, ssl=ssl)
        self._borrowed = session
        self._session = session
        self._connections = connections
        self._ssl = ssl
        self._proxies = Proxies(proxy, trust_env=trust_env and session is None)
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._usual: tuple[object, dict[str, Any]] = (None, {})
        self._overdue: Overdue  # from the first request on
        self._idle: Idle

    def __repr__(self) -> str:
        state = "borrowed" if self._borrowed else "open" if self._session else "not open"
        return f"AiohttpBackend({state})"

    def reserve(self, connections: int) -> None:
        """Allow at least this many connections; heeded until the first request."""
        self._connections = max(self._connections, connections)

    async def send(self, request: WireRequest) -> WireReply:
        """Send one request, read its answer to the end."""
        # One function rather than three: each further coroutine costs a request about 1 µs.
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError as exc:
            raise WrongLoop(_NOT_ASYNCIO) from exc
        if loop is not self._loop:
            self._open(loop)
        session, overdue, idle = self._session, self._overdue, self._idle
        if session is None or (self._borrowed and session.closed):
            raise ClientClosed(CLOSED)
        proxy = None if self._proxies.are_none else self._proxies.for_url(request.url)
        limits = request.connect_timeout, request.read_timeout, request.total_timeout
        key = request.headers, limits, request.streaming
        if key != self._usual[0]:
            self._usual = key, self._options(request)
        idle.discard_soiled()
        task: asyncio.Task[object] = asyncio.current_task(loop)  # type: ignore[assignment]
        total = request.total_timeout
        is_exact = request.exact or total < _COARSE_FROM
        cancelling = overdue.begin(task, loop.time() + total, exact=is_exact)
        response = None
        try:
            response = await session.request(
                request.method,
                _url(request.url),
                data=request.body and _data(request.body),
                proxy=proxy,
                **self._usual[1],
            )
            headers = response.headers
            if request.streaming and response.ok:
                overdue.end(task, cancelling)
                return _on_its_way(response, request, proxy)
            length = response.content_length
            if length is None or length > request.max_bytes or CONTENT_ENCODING in headers:
                body = await whole_body(response.content.iter_any(), headers, request)
            else:  # as `response.read` does, less what we do not need; then the connection is free
                body = await response.content.read()
        except BaseException as exc:
            if response is not None:
                response.close()
            ours = self._failure(exc, request, proxy, is_late=overdue.end(task, cancelling))
            if ours is exc:
                raise
            raise ours from exc
        overdue.end(task, cancelling)
        idle.seen_at = time.monotonic()
        return WireReply(response.status, headers, body, _VERSIONS.get(response.version, "1.0"))

    def _failure(
        self, exc: BaseException, request: WireRequest, proxy: str | None, *, is_late: bool
    ) -> BaseException:
        """What `exc` is for the caller: one of our errors, or itself."""
        if is_late and isinstance(exc, asyncio.CancelledError):
            self._idle.forget()
            return ConnectionBroken(CLOSED_UNDER_WAY) if self._closed else total_timeout(request)
        if isinstance(exc, FOREIGN):
            self._idle.forget()
            return translated(exc, request, proxy)
        return exc

    def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not None:
            raise WrongLoop(ANOTHER_LOOP)
        if self._closed:
            raise ClientClosed(CLOSED)
        self._loop = loop
        self._overdue = Overdue(loop)
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=self._connections,
                socket_factory=socket_kept_alive,
                ssl=True if self._ssl is None else self._ssl,
            )
            self._session = _sending_once(connector, loop)
        self._idle = Idle(self._session.connector)

    async def aclose(self) -> None:
        """Close our own session; a borrowed one stays open. Closing twice does nothing."""
        self._closed = True
        session, self._session = self._session, None
        if self._loop is not None:
            self._overdue.close()
        if session is not None and self._borrowed is None:
            await session.close()

    def _options(self, request: WireRequest) -> dict[str, Any]:
        """What aiohttp is to go by. Clients send the same headers and limits again and again."""
        headers = CIMultiDict(request.headers)
        headers.setdefault("Accept-Encoding", ACCEPTED)
        if self._borrowed is not None:  # what its owner has chosen comes first
            for name in {"Accept-Encoding", "User-Agent"} & {*self._borrowed.headers}:
                headers[name] = self._borrowed.headers[name]
        return {
            "headers": headers,
            "allow_redirects": False,
            "timeout": _client_timeout(request),  # the total is kept by `Overdue`
            "auto_decompress": False,
        }


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


def _sending_once(
    connector: aiohttp.BaseConnector, loop: asyncio.AbstractEventLoop
) -> aiohttp.ClientSession:
    """A session that does not send an idempotent request again when a connection breaks.

    Whether and when anything is repeated is decided in one place, where attempts are counted. The
    switch for that is a private one: without it, such a request may be sent twice unseen.
    """
    session = aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(loop=loop)
    )
    if "_retry_connection" in getattr(aiohttp.ClientSession, "ATTRS", ()):
        session._retry_connection = False  # noqa: SLF001
    return session


def _client_timeout(request: WireRequest) -> aiohttp.ClientTimeout:
    # A connection made in the last tenth of the time is worthless; giving up on it before the
    # whole time is over lets us say for certain that nothing was sent.
    connect = min(request.connect_timeout, 0.9 * request.total_timeout)
    return aiohttp.ClientTimeout(
        total=None,
        connect=connect,
        sock_connect=connect,
        sock_read=request.read_timeout
        if request.streaming or request.read_timeout < request.total_timeout
        else None,
        ceil_threshold=_NEVER_ROUNDED,
    )


def _on_its_way(
    response: aiohttp.ClientResponse, request: WireRequest, proxy: str | None
) -> WireReply:
    async def close() -> None:
        response.close()  # at the end of the answer the connection has been given back already

    def ours(exc: Exception) -> Exception | None:
        without_frames(exc)
        return translated(exc, request, proxy) if isinstance(exc, FOREIGN) else None

    chunks = BodyChunks(aiter(response.content.iter_any()), close, ours)
    version = _VERSIONS.get(response.version, "1.0")
    return WireReply(response.status, response.headers, b"", version, chunks)


def _data(body: bytes) -> bytes | io.BytesIO:
    # aiohttp warns of large ones that it must write in one go.
    return io.BytesIO(body) if len(body) > _LARGE_BODY else body
