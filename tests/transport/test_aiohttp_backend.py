"""The default backend against servers that misbehave, byte by byte."""

from __future__ import annotations

import asyncio
import gc
import gzip
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from yarl import URL

from energy_async import (
    AiohttpBackend,
    ApiClient,
    ConnectError,
    ConnectionBroken,
    DeadlineExceeded,
    OutcomeUnknown,
    Request,
    RequestTimeout,
    ResponseTooLarge,
    StatusError,
    Timeouts,
    TransportError,
)
from energy_async.transport import aiohttp_backend
from energy_async.transport.overdue import Overdue
from energy_async.transport.token import StaticToken
from tests.transport.conftest import Seen, Serve, always, answer, operation

GET = operation()
POST = operation(method="POST")


@asynccontextmanager
async def client_at(url: str, **options: Any) -> AsyncIterator[ApiClient]:
    defaults: dict[str, Any] = {"auth": None, "rate": 1e6, "retries": 0, "timeout": 5}
    async with ApiClient(url, **{**defaults, **options}) as client:
        yield client


async def fails_with(kind: type[TransportError], url: str, op: Any = GET, **options: Any) -> Any:
    """The error that one request ends in; its cause is the library's own."""
    async with client_at(url, **options) as client:
        with pytest.raises(kind) as caught:
            await client.send(Request(op))
    assert caught.value.operation == "things.get_things"
    return caught.value


async def cut_body(seen: Seen, writer: asyncio.StreamWriter) -> bool:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1, 2")
    await writer.drain()
    return True


async def cut_chunk(seen: Seen, writer: asyncio.StreamWriter) -> bool:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1, 2\r\n")
    await writer.drain()
    return True


async def reset(seen: Seen, writer: asyncio.StreamWriter) -> bool:
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    return True


async def hang_up(seen: Seen, writer: asyncio.StreamWriter) -> bool:
    return True


async def nonsense(seen: Seen, writer: asyncio.StreamWriter) -> bool:
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    await writer.drain()
    return True


@pytest.mark.parametrize("handler", [cut_body, cut_chunk, reset, hang_up, nonsense])
async def test_a_broken_connection_is_one_kind_of_error(serve: Serve, handler: Any) -> None:
    async with serve(handler) as server:
        error = await fails_with(ConnectionBroken, server.url)
    assert isinstance(error.__cause__, aiohttp.ClientError | OSError)
    assert "127.0.0.1:" in str(error)


@pytest.mark.parametrize("handler", [cut_body, reset, hang_up])
async def test_a_bid_on_a_broken_connection_was_sent_once(serve: Serve, handler: Any) -> None:
    async with serve(handler) as server:
        async with client_at(server.url, retries=3) as client:
            with pytest.raises(OutcomeUnknown):
                await client.send(Request(POST, body={"price": 1}))
        assert len(server.seen) == 1


async def test_an_error_of_the_library_does_not_hold_the_token(serve: Serve) -> None:
    async with serve(nonsense) as server:
        error = await fails_with(ConnectionBroken, server.url, auth=StaticToken("secret-token"))
    cause = error.__cause__
    assert "secret-token" not in f"{cause!r} {cause} {cause.__dict__} {cause.args}"


async def silent(seen: Seen, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def slow_body(seen: Seen, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b" ")
        await asyncio.sleep(0.005)


async def test_silence_ends_at_the_read_limit(serve: Serve) -> None:
    limits = Timeouts(connect=1, read=0.03, total=5)
    async with serve(silent) as server:
        error = await fails_with(RequestTimeout, server.url, timeout=limits)
    assert error.phase == "read"
    assert "silent for 0.03 s" in str(error)


@pytest.mark.parametrize("handler", [silent, slow_body])
async def test_no_attempt_outlasts_its_total(serve: Serve, handler: Any) -> None:
    """Also when something keeps coming, so that nothing is ever silent."""
    async with serve(handler) as server:
        error = await fails_with(
            RequestTimeout, server.url, timeout=Timeouts(connect=1, read=0.05, total=0.05)
        )
    assert error.phase == "read"


@pytest.mark.parametrize("handler", [silent, slow_body])
async def test_a_deadline_ends_an_attempt(serve: Serve, handler: Any) -> None:
    async with serve(handler) as server, client_at(server.url) as client:
        with pytest.raises(DeadlineExceeded):
            await client.send(Request(GET), timeout=0.05)
        with pytest.raises(OutcomeUnknown):
            await client.send(Request(POST), timeout=0.05)
        assert len(server.seen) == 2


async def test_a_total_of_many_seconds_is_kept_by_one_timer(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The usual limits, with a watch that looks more often than twice a second."""
    async with serve(silent) as server:
        backend = AiohttpBackend()
        backend._open(asyncio.get_running_loop())
        backend._overdue = hasty = Overdue(asyncio.get_running_loop(), every=0.01)
        begin = hasty.begin
        monkeypatch.setattr(hasty, "begin", lambda task, _: begin(task, 0.02))
        error = await fails_with(RequestTimeout, server.url, backend=backend, timeout=60)
    assert "within 60 s" in str(error)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_cancelled_request_stays_cancelled(serve: Serve) -> None:
    came = asyncio.Event()

    async def handler(seen: Seen, writer: asyncio.StreamWriter) -> None:
        came.set()
        await asyncio.sleep(30)

    async with serve(handler) as server, client_at(server.url, timeout=60) as client:
        task = asyncio.create_task(client.send(Request(GET)))
        await came.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert client._attempts._limiter.active == 0


@pytest.mark.parametrize("somebody_else", [False, True])
async def test_a_late_task_knows_whether_somebody_else_cancelled_it_too(
    somebody_else: bool,
) -> None:
    """If so, theirs is the cancellation that counts."""
    overdue = Overdue(asyncio.get_running_loop())
    told: list[bool] = []

    async def work() -> None:
        task = asyncio.current_task()
        assert task is not None
        cancelling = overdue.begin(task, 0)
        try:
            await asyncio.sleep(1)
        finally:
            told.append(overdue.end(task, cancelling))

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    if somebody_else:
        task.cancel()
    overdue._look()
    with pytest.raises(asyncio.CancelledError):
        await task
    overdue.close()
    assert told == [not somebody_else]


# Limits of size


async def huge(seen: Seen, writer: asyncio.StreamWriter) -> bool:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(10_000):
        writer.write(b"1000\r\n" + b" " * 4096 + b"\r\n")
        await writer.drain()
    return True


async def bomb(seen: Seen, writer: asyncio.StreamWriter) -> None:
    body = gzip.compress(b" " * 20_000_000)
    assert len(body) < 50_000
    writer.write(answer(body, headers={"Content-Encoding": "gzip"}))


@pytest.mark.parametrize("handler", [huge, bomb, always(answer(b" " * 60_000))])
async def test_an_answer_over_the_cap_is_given_up_while_it_is_read(
    serve: Serve, handler: Any
) -> None:
    """Announced, counted in chunks, or as it unfolds from compression."""
    async with serve(handler) as server:
        await fails_with(ResponseTooLarge, server.url, max_response_bytes=50_000)


async def test_an_answer_of_exactly_the_cap_is_read(serve: Serve) -> None:
    body = b"[1]".ljust(1000)
    packed = gzip.compress(body)
    for data in (answer(body), answer(packed, headers={"Content-Encoding": "gzip"})):
        async with (
            serve(always(data)) as server,
            client_at(server.url, max_response_bytes=1000) as client,
        ):
            assert await client.send(Request(GET)) == [1]


# Connections


async def test_a_connection_is_used_again_after_every_kind_of_answer(serve: Serve) -> None:
    ports: set[int] = set()

    async def handler(seen: Seen, writer: asyncio.StreamWriter) -> None:
        ports.add(writer.get_extra_info("peername")[1])
        packed = {"Content-Encoding": "gzip"}
        writer.write(
            {
                "/plain": answer(b"[1]"),
                "/packed": answer(gzip.compress(b"[1]"), headers=packed),
                "/missing": answer({}, status=404),
            }[seen.target]
        )

    async with serve(handler) as server, client_at(server.url) as client:
        for _ in range(3):
            assert await client.send(Request(operation(path="/plain"))) == [1]
            assert await client.send(Request(operation(path="/packed"))) == [1]
            with pytest.raises(StatusError):
                await client.send(Request(operation(path="/missing")))
    assert len(ports) == 1


async def test_a_kept_connection_that_was_closed_is_replaced(serve: Serve) -> None:
    async def handler(seen: Seen, writer: asyncio.StreamWriter) -> bool:
        writer.write(answer(b"[1]"))
        await writer.drain()
        return True  # closes, though it never said so

    async with serve(handler) as server, client_at(server.url) as client:
        for _ in range(5):
            assert await client.send(Request(GET)) == [1]
            await asyncio.sleep(0.002)
        assert len(server.seen) == 5


async def test_as_many_connections_as_requests_may_be_under_way(serve: Serve) -> None:
    together = asyncio.Barrier(130)

    async def handler(seen: Seen, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(5):
            await together.wait()
        writer.write(answer(b"[1]"))

    async with serve(handler) as server, client_at(server.url, concurrency=130) as client:
        found = await asyncio.gather(*(client.send(Request(GET)) for _ in range(130)))
    assert found == [[1]] * 130


async def test_keepalive_is_on(serve: Serve) -> None:
    async with serve(always(answer(b"[1]"))) as server:
        backend = AiohttpBackend()
        async with client_at(server.url, backend=backend) as client:
            await client.send(Request(GET))
            session = backend._session
            assert session is not None
            connector: Any = session.connector
            ((held, *_),) = connector._conns.values()
            raw = held[0].transport.get_extra_info("socket")
            assert raw.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


async def test_cookies_are_not_kept(serve: Serve) -> None:
    data = answer(b"[1]", headers={"Set-Cookie": "session=abc; Path=/"})
    async with serve(always(data)) as server:
        by_name = server.url.replace("127.0.0.1", "localhost")  # no jar keeps cookies of addresses
        async with client_at(by_name) as client:
            await client.send(Request(GET))
            await client.send(Request(GET))
        assert all("cookie" not in seen.headers for seen in server.seen)


async def test_a_redirect_to_another_host_never_sees_the_token(serve: Serve) -> None:
    async with serve(always(answer(b"[1]"))) as other:
        data = answer(b"", status=302, headers={"Location": f"{other.url}/things?key=abcdef"})
        async with (
            serve(always(data)) as server,
            client_at(server.url, auth=StaticToken("secret-token")) as client,
        ):
            with pytest.raises(StatusError, match="not followed") as caught:
                await client.send(Request(GET))
        assert other.seen == []
    assert "abcdef" not in str(caught.value)


async def test_a_redirect_within_the_host_is_followed(serve: Serve) -> None:
    async def handler(seen: Seen, writer: asyncio.StreamWriter) -> None:
        moved = answer(b"", status=308, headers={"Location": "/new?x=%2F"})
        writer.write(moved if seen.target == "/things" else answer(b"[2]"))

    async with serve(handler) as server, client_at(server.url) as client:
        assert await client.send(Request(GET)) == [2]
        assert server.seen[1].target == "/new?x=%2F"


async def test_the_url_arrives_as_it_was_built(serve: Serve) -> None:
    async with serve(always(answer(b"[1]"))) as server, client_at(server.url) as client:
        request = Request(
            operation(path="/things/{a}"), path={"a": "x/y z%é"}, query={"q": "1+1=2&ü", "e": ""}
        )
        await client.send(request)
        assert server.seen[0].target == "/things/x%2Fy%20z%25%C3%A9?q=1%2B1%3D2%26%C3%BC&e="


# Failures to connect


async def test_nobody_listening_is_a_connect_error() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    error = await fails_with(ConnectError, f"http://127.0.0.1:{port}")
    assert f"127.0.0.1:{port} could not be reached" in str(error)
    assert isinstance(error.__cause__, aiohttp.ClientConnectorError)


async def test_an_unknown_host_is_a_connect_error() -> None:
    error = await fails_with(ConnectError, "http://no-such-host.invalid")
    assert "no-such-host.invalid" in str(error)


async def test_a_server_without_tls_is_a_connect_error() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await fails_with(ConnectError, f"https://127.0.0.1:{port}")
    assert isinstance(error.__cause__, aiohttp.ClientError | ssl.SSLError)


async def test_a_connection_that_takes_too_long_was_certainly_not_made() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = []
        for _ in range(4):  # fill the backlog, so that the next one hangs
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            waiting.append(one)
        limits = Timeouts(connect=0.05, read=5, total=5)
        url = f"http://127.0.0.1:{port}"
        try:
            error = await fails_with(RequestTimeout, url, op=POST, timeout=limits)
            async with client_at(url) as client:
                with pytest.raises(DeadlineExceeded):
                    await client.send(Request(POST), timeout=0.5)  # gives up connecting at 0.45
        finally:
            for one in waiting:
                one.close()
    assert error.phase == "connect"


# Ownership


async def test_a_borrowed_session_is_used_and_never_closed(serve: Serve) -> None:
    async with (
        serve(always(answer(b"[1]"))) as server,
        aiohttp.ClientSession(headers={"X-Mine": "yes"}) as session,
    ):
        backend = AiohttpBackend(session)
        async with client_at(server.url, backend=backend) as client:
            await client.send(Request(GET))
        assert not session.closed
        assert server.seen[0].headers["x-mine"] == "yes"


def test_another_event_loop_is_refused_with_a_clear_sentence() -> None:
    async def use(client: ApiClient) -> None:
        async with serve_once() as url:
            client._base_url = url
            await client.send(Request(GET))

    @asynccontextmanager
    async def serve_once() -> AsyncIterator[str]:
        from tests.transport.conftest import serve_raw  # noqa: PLC0415

        async with serve_raw(always(answer(b"[1]"))) as server:
            yield server.url

    async def main(client: ApiClient, *, close: bool) -> None:
        try:
            await use(client)
        finally:
            if close:
                await client.aclose()

    client = ApiClient("http://127.0.0.1:1", auth=None, rate=1e6)
    with asyncio.Runner() as first, asyncio.Runner() as second:
        first.run(main(client, close=False))
        with pytest.raises(RuntimeError, match="another event loop"):
            second.run(main(client, close=False))
        first.run(client.aclose())


async def test_a_backend_closed_before_its_first_use_stays_closed() -> None:
    backend = AiohttpBackend()
    await backend.aclose()
    await backend.aclose()
    async with client_at("http://127.0.0.1:1", backend=backend) as client:
        with pytest.raises(RuntimeError, match="closed"):
            await client.send(Request(GET))


async def test_nothing_is_left_open_after_the_client(serve: Serve) -> None:
    before = asyncio.all_tasks()
    async with serve(always(answer(b"[1]"))) as server:
        async with client_at(server.url) as client:
            await asyncio.gather(*(client.send(Request(GET)) for _ in range(20)))
        del client
        gc.collect()  # a session left open would warn here
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_no_log_line_holds_the_token(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    async with serve(always(answer({}, status=500))) as server:
        with caplog.at_level(logging.DEBUG):
            async with client_at(server.url, auth=StaticToken("secret-token")) as client:
                with pytest.raises(StatusError):
                    await client.send(Request(GET))
    assert "things.get_things" in caplog.text
    assert "secret-token" not in caplog.text


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:5/a/b?x=1&y=2",
        "https://a.example/",
        "https://a.example:8443/a%2Fb?q=a%20b,c:d",
        "http://[::1]:80/x",
        "https://a.example/a//b?z=?",
    ],
)
def test_an_address_is_taken_apart_as_the_library_would(text: str) -> None:
    made, usual = aiohttp_backend._url(text), URL(text, encoded=True)
    assert made == usual
    assert (made.raw_path_qs, made.host, made.port) == (usual.raw_path_qs, usual.host, usual.port)
