"""Between here and the API: proxies, certificates, hosts that move, connections that are spoilt."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import anyio
import httpx
import pytest
import trustme
from anyio.abc import AnyByteStream
from anyio.streams.buffered import BufferedByteReceiveStream
from anyio.streams.tls import TLSListener

from energy_async import (
    AiohttpBackend,
    ApiClient,
    ConnectError,
    HttpxBackend,
    Request,
    RequestTimeout,
)
from energy_async.transport.backends import aiohttp_backend
from energy_async.transport.backends.aiohttp_pool import socket_kept_alive
from energy_async.transport.backends.proxies import Proxies
from tests.faults.behaviours import always
from tests.faults.server import Connection, Seen, answer, serve
from tests.transport.conftest import client_at, operation

GET = operation()
BACKENDS = pytest.mark.parametrize("backend", [AiohttpBackend, HttpxBackend])


# Answers that nobody asked for


def numbered_with_one_more(late: asyncio.Event, sent: asyncio.Event) -> Any:
    """The number of each request; behind the first answer, when told, another one."""

    async def handler(connection: Connection, seen: Seen) -> None:
        await connection.send(answer([seen.number]))
        if seen.number == 1:
            await late.wait()
            await connection.send(answer([666]))
            sent.set()

    return handler


@pytest.mark.parametrize("is_borrowed", [False, True])
@pytest.mark.parametrize("is_blocked", [False, True])
async def test_an_answer_that_comes_late_is_the_answer_to_nothing(
    is_borrowed: bool, is_blocked: bool
) -> None:
    """Whether the event loop had a moment to see it come or not."""
    late, sent = asyncio.Event(), asyncio.Event()
    async with (
        aiohttp.ClientSession() as lent,
        serve(numbered_with_one_more(late, sent)) as server,
        client_at(server.url, backend=AiohttpBackend(lent if is_borrowed else None)) as client,
    ):
        answers = [await client.send(Request(GET))]
        late.set()
        await sent.wait()  # the loop has not looked at the socket since
        if is_blocked:
            time.sleep(0.005)  # noqa: ASYNC251 - a caller that computes
        else:
            await anyio.sleep(0.01)
        answers += [await client.send(Request(GET)) for _ in range(2)]
        assert answers == [[1], [2], [3]]
        assert server.connections == 2


# Proxies


class TestProxies:
    @pytest.fixture(autouse=True)
    def _environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
        monkeypatch.setenv("http_proxy", "plain.example:8080")

    @pytest.mark.parametrize(
        ("origin", "proxy"),
        [
            ("https://api.example", "http://proxy.example:3128"),
            ("http://api.example:8000", "http://plain.example:8080"),
        ],
    )
    def test_the_environment_is_heeded_by_scheme(self, origin: str, proxy: str) -> None:
        assert Proxies(None, trust_env=True).for_url(origin) == proxy
        assert Proxies(None, trust_env=False).for_url(origin) is None
        given = Proxies("https://other.example", trust_env=True)
        assert given.for_url(origin) == "https://other.example"

    @pytest.mark.parametrize(
        ("listed", "host", "is_direct"),
        [
            ("*", "https://api.example", True),
            ("other.example, api.example", "https://api.example", True),
            ("API.example", "https://api.EXAMPLE", True),
            (".example", "https://api.example", True),
            ("*.example", "https://api.example", True),
            ("example", "https://api.example", True),
            ("pi.example", "https://api.example", False),
            ("api.example:443", "https://api.example", True),
            ("api.example:8443", "https://api.example", False),
            ("10.0.0.0/8", "https://10.1.2.3:8443", True),
            ("10.0.0.0/8", "https://11.1.2.3", False),
            ("::1", "https://[::1]:80", True),
            ("[::1]", "https://[::1]", True),
            ("127.0.0.1", "https://127.0.0.1:9", True),
            ("", "https://api.example", False),
            (" , ,", "https://api.example", False),
        ],
    )
    def test_exceptions_are_names_domains_addresses_and_networks(
        self, monkeypatch: pytest.MonkeyPatch, listed: str, host: str, is_direct: bool
    ) -> None:
        monkeypatch.setenv("NO_PROXY", listed)
        assert (Proxies(None, trust_env=True).for_url(host) is None) == is_direct

    def test_one_for_all_is_used_where_there_is_no_other(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("HTTPS_PROXY")
        monkeypatch.setenv("ALL_PROXY", "http://all.example:1")
        assert Proxies(None, trust_env=True).for_url("https://a.b") == "http://all.example:1"

    @pytest.mark.parametrize(
        "proxy", ["socks5://me:hush@p.example:1080", "http://", "http://p:99999", "http://[bad"]
    )
    def test_one_that_cannot_be_used_is_refused_without_its_password(
        self, monkeypatch: pytest.MonkeyPatch, proxy: str
    ) -> None:
        for backend in (AiohttpBackend, HttpxBackend):
            with pytest.raises(ValueError, match="cannot be used: expected http://host") as caught:
                backend(proxy=proxy)
            assert "hush" not in str(caught.value)
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        with pytest.raises(ConnectError, match="comes from the environment"):
            Proxies(None, trust_env=True).for_url("https://api.example")


@asynccontextmanager
async def listening(one: Any, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Hand each connection to `one`; the port. All are closed at the end."""

    async def handle(stream: AnyByteStream) -> None:
        with suppress(anyio.BrokenResourceError, anyio.EndOfStream, anyio.IncompleteRead):
            await one(BufferedByteReceiveStream(stream), stream)

    tcp: Any = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = tcp.extra(anyio.abc.SocketAttribute.local_port)
    listener = tcp if tls is None else TLSListener(tcp, tls, standard_compatible=False)
    async with anyio.create_task_group() as group:
        group.start_soon(listener.serve, handle, group)
        yield port
        group.cancel_scope.cancel()
    await listener.aclose()


@asynccontextmanager
async def proxy_server(status: int = 200) -> AsyncIterator[tuple[str, list[str]]]:
    """A proxy that passes everything on; the first lines and credentials it got."""
    seen: list[str] = []

    async def one(reader: BufferedByteReceiveStream, stream: AnyByteStream) -> None:
        async with stream:
            head = (await reader.receive_until(b"\r\n\r\n", 65536)).decode()
            method, target, _ = head.split("\r\n")[0].split(" ")
            credentials = [line for line in head.split("\r\n") if "Proxy-Authorization" in line]
            seen.append(" ".join([method, target, *credentials]))
            host, _, path = target.removeprefix("http://").partition("/")
            if status != 200:
                await stream.send(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status)
            elif method == "CONNECT":
                await through(stream, host)
            else:
                await through(stream, host, f"{method} /{path} {head.split(' ', 2)[2]}\r\n\r\n")

    async def through(stream: AnyByteStream, host: str, head: str = "") -> None:
        name, _, port = host.partition(":")
        async with await anyio.connect_tcp(name, int(port)) as there:
            if head:
                await there.send(head.encode())
            else:
                await stream.send(b"HTTP/1.1 200 OK\r\n\r\n")
            async with anyio.create_task_group() as group:
                group.start_soon(pump, stream, there, group.cancel_scope)
                group.start_soon(pump, there, stream, group.cancel_scope)

    async def pump(source: AnyByteStream, to: AnyByteStream, scope: anyio.CancelScope) -> None:
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            async for data in source:
                await to.send(data)
        scope.cancel()

    async with listening(one) as port:
        yield f"http://127.0.0.1:{port}", seen


@asynccontextmanager
async def tls_server(
    authority: trustme.CA, *, asks_for_certificate: bool = False
) -> AsyncIterator[str]:
    """Answers `[1]` over TLS, with a certificate for `localhost`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    if asks_for_certificate:
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED

    async def one(reader: BufferedByteReceiveStream, stream: AnyByteStream) -> None:
        async with stream:
            while await reader.receive_until(b"\r\n\r\n", 65536):
                await stream.send(answer())

    async with listening(one, tls=context) as port:
        yield f"https://localhost:{port}"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def trusting(authority: trustme.CA, *, name: str = "") -> ssl.SSLContext:
    """What a client with this authority trusts, and its own certificate if it has a name."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    if name:
        authority.issue_cert(name).configure_cert(context)
    return context


@BACKENDS
@pytest.mark.parametrize("way", ["given", "environment", "not trusted"])
async def test_plain_requests_go_through_the_proxy(
    backend: Any, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxy_server() as (proxy, seen), serve(always(answer())) as server:
        secret = proxy.replace("://", "://me:hush%40@")
        options: dict[str, Any] = {"proxy": secret} if way == "given" else {}
        if way != "given":
            monkeypatch.setenv("HTTP_PROXY", secret)
        if way == "not trusted":
            options = {"trust_env": False}
        async with client_at(server.url, backend=backend(**options)) as client:
            assert await client.send(Request(GET)) == [1]
            assert await client.send(Request(GET)) == [1]
    if way == "not trusted":
        assert seen == []
    else:
        assert seen[0] == f"GET {server.url}/things Proxy-Authorization: Basic bWU6aHVzaEA="


@BACKENDS
async def test_tls_goes_through_the_proxy_in_a_tunnel(
    backend: Any, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxy_server() as (proxy, seen), tls_server(authority) as url:
        monkeypatch.setenv("https_proxy", proxy)
        context = trusting(authority)
        async with client_at(url, backend=backend(ssl=context)) as client:
            assert await client.send(Request(GET)) == [1]
        assert seen == [f"CONNECT {url.removeprefix('https://')}"]


@BACKENDS
async def test_a_proxy_that_refuses_is_named_without_its_password(
    backend: Any, authority: trustme.CA
) -> None:
    async with proxy_server(407) as (proxy, _), tls_server(authority) as url:
        secret = proxy.replace("://", "://me:hush-hush@")
        async with client_at(url, backend=backend(proxy=secret), retries=0) as client:
            with pytest.raises(ConnectError, match=rf"the proxy {proxy} .*NO_PROXY.*407") as caught:
                await client.send(Request(GET))
    assert "hush-hush" not in str(caught.value)


@BACKENDS
async def test_a_proxy_that_is_not_there_is_named(backend: Any) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{unused.getsockname()[1]}"
        client = client_at("http://a.example", backend=backend(proxy=proxy), retries=0)
        async with client:
            with pytest.raises(ConnectError, match=f"the proxy {proxy} towards a.example:80"):
                await client.send(Request(GET))


# Certificates


@BACKENDS
async def test_an_authority_of_ones_own_is_trusted(backend: Any, authority: trustme.CA) -> None:
    async with tls_server(authority) as url:
        async with client_at(url, backend=backend(), retries=0) as client:
            with pytest.raises(ConnectError, match=r"could not be verified.*SSL_CERT_FILE"):
                await client.send(Request(GET))
        async with client_at(url, backend=backend(ssl=trusting(authority))) as client:
            assert await client.send(Request(GET)) == [1]


@BACKENDS
async def test_a_client_certificate_is_shown(backend: Any, authority: trustme.CA) -> None:
    async with tls_server(authority, asks_for_certificate=True) as url:
        context = trusting(authority, name="me@example.com")
        async with client_at(url, backend=backend(ssl=context)) as client:
            assert await client.send(Request(GET)) == [1]


@BACKENDS
def test_only_a_context_says_what_to_trust(backend: Any) -> None:
    with pytest.raises(TypeError, match=r"ssl must be an ssl\.SSLContext, got builtins\.bool"):
        backend(ssl=False)


async def test_options_for_what_was_borrowed_are_refused() -> None:
    async with aiohttp.ClientSession() as session, httpx.AsyncClient() as lent:
        for backend in (AiohttpBackend, HttpxBackend):
            own: Any = session if backend is AiohttpBackend else lent
            with pytest.raises(ValueError, match="`proxy` must be set where the borrowed session"):
                backend(own, proxy="http://p:1")


@BACKENDS
async def test_what_a_borrowed_session_is_called_stays(backend: Any) -> None:
    headers = {"User-Agent": "dispatch/7", "Accept-Encoding": "gzip"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        httpx.AsyncClient(headers=headers) as lent,
        aiohttp.ClientSession() as plain,
        httpx.AsyncClient() as plain_lent,
        serve(always(answer())) as server,
    ):
        ours = backend(session if backend is AiohttpBackend else lent)
        async with client_at(server.url, backend=ours) as client:
            await client.send(Request(GET))
        ours = backend(plain if backend is AiohttpBackend else plain_lent)
        async with client_at(server.url, backend=ours) as client:
            await client.send(Request(GET))
    named, unnamed = (seen.headers for seen in server.seen)
    assert named["user-agent"] == "dispatch/7"
    assert unnamed["user-agent"].startswith("trlyr-async")


# Hosts that move, and machines that are full


@BACKENDS
async def test_the_next_attempt_finds_a_host_that_has_moved(
    backend: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a name that is looked up, and an address that nobody listens at any more."""
    usual, addresses = socket.getaddrinfo, ["127.0.0.1"]

    def look_up(host: Any, *args: Any, **more: Any) -> Any:
        moving = host in {"moving.example", b"moving.example"}
        return usual(addresses[-1] if moving else host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    async with serve(always(answer(headers={"Connection": "close"}))) as server:
        port = int(server.url.rpartition(":")[2])
        url = f"http://moving.example:{port}"
        async with client_at(url, backend=backend(), retries=1) as client:
            assert await client.send(Request(GET)) == [1]
            server.shut()
            addresses.append("127.0.0.2")
            with socket.create_server(("127.0.0.2", port)) as there:
                there.setblocking(False)
                async with anyio.create_task_group() as group:
                    group.start_soon(_say_two, there)
                    assert await client.send(Request(GET)) == [2]


async def _say_two(listening: socket.socket) -> None:
    await anyio.wait_readable(listening)
    raw, _ = listening.accept()
    with raw:
        await anyio.wait_readable(raw)
        raw.recv(65536)
        raw.sendall(answer([2], headers={"Connection": "close"}))


def _full(_: Any) -> socket.socket:
    raise OSError(errno.EMFILE, "Too many open files")


async def test_want_of_descriptors_is_called_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiohttp_backend, "socket_kept_alive", _full)
    async with client_at("http://127.0.0.1:9", retries=0) as client:
        with pytest.raises(ConnectError, match=r"no file descriptors left of \d+; .*ulimit -n"):
            await client.send(Request(GET))


async def test_calls_wait_for_the_connections_that_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Forty at once where five fit: none fails, and none of it is a retry."""
    made: list[socket.socket] = []

    def five(address: Any) -> socket.socket:
        if len(made) == 5:
            _full(address)
        made.append(socket_kept_alive(address))
        return made[-1]

    monkeypatch.setattr(aiohttp_backend, "socket_kept_alive", five)
    answers: list[list[int]] = []

    async def one(client: ApiClient) -> None:
        answers.append(await client.send(Request(GET)))

    async with (
        serve(always(answer())) as server,
        client_at(server.url, retries=0, concurrency=40, burst=40) as client,
        anyio.create_task_group() as group,
    ):
        for _ in range(40):
            group.start_soon(one, client)
    assert answers == [[1]] * 40
    assert client.rate_limit().concurrency <= 6


# An event loop that was busy


@BACKENDS
async def test_an_answer_that_came_while_the_loop_was_busy_has_come(backend: Any) -> None:
    """The limit passes meanwhile; the look at the socket comes first."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        came, busy = threading.Event(), threading.Event()

        def serve_one() -> None:
            raw, _ = listening.accept()
            with raw:
                raw.recv(65536)
                came.set()
                busy.wait(5)
                raw.sendall(answer())

        server = threading.Thread(target=serve_one)
        server.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with client_at(url, backend=backend(), timeout=0.5) as client:
            task = asyncio.create_task(client.send(Request(GET)))
            while not came.is_set():  # noqa: ASYNC110 - set in a thread
                await asyncio.sleep(0.001)
            busy.set()
            server.join()
            time.sleep(0.7)  # noqa: ASYNC251 - a caller that computes
            assert await task == [1]


async def test_a_server_that_says_nothing_to_a_busy_loop_is_given_up() -> None:
    async def handler(connection: Connection, seen: Seen) -> None:
        await connection.until_hung_up()

    async with serve(handler) as server, client_at(server.url, timeout=0.1) as client:
        task = asyncio.create_task(client.send(Request(GET)))
        while not server.seen:  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.001)
        time.sleep(0.3)  # noqa: ASYNC251 - a caller that computes
        with pytest.raises(RequestTimeout):
            await task
