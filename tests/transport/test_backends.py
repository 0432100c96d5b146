"""What both backends do alike, on real sockets; httpx on both event loops.

How they fail alike is in `tests/faults`.
"""

from __future__ import annotations

import gc
import gzip
import logging
import zlib
from typing import Any

import aiohttp
import anyio
import httpx
import httpx2
import pytest

from energy_async import (
    AiohttpBackend,
    ApiClient,
    ConnectError,
    ConnectionBroken,
    DeadlineExceeded,
    HttpxBackend,
    OutcomeUnknown,
    Request,
    RequestTimeout,
    ResponseTooLarge,
    StatusError,
    Timeouts,
    TransportError,
)
from energy_async.transport.tokens.token import StaticToken
from tests.faults.behaviours import HEAD, always, drip, nobody_accepts, then_close, then_silence
from tests.faults.clients import STACKS, backend_of, loop_of
from tests.faults.server import Connection, Seen, answer, serve
from tests.transport.conftest import client_at, operation

GET = operation()
POST = operation(method="POST")


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def anyio_backend(stack: str) -> str:
    return loop_of(stack)


def client_on(stack: str, url: str, **options: Any) -> ApiClient:
    return client_at(url, **{"backend": backend_of(stack), **options})


async def fails_with(
    kind: type[TransportError], url: str, stack: str, op: Any = GET, **options: Any
) -> Any:
    """The error that one request ends in."""
    async with client_on(stack, url, **options) as client:
        with pytest.raises(kind) as caught:
            await client.send(Request(op))
    assert caught.value.operation == "things.get_things"
    return caught.value


# Requests and answers


async def test_the_url_arrives_as_it_was_built(stack: str) -> None:
    async with serve(always(answer())) as server, client_on(stack, server.url) as client:
        request = Request(
            operation(path="/things/{a}"), path={"a": "x/y z%é"}, query={"q": "1+1=2&ü", "e": ""}
        )
        await client.send(request)
        assert server.seen[0].target == "/things/x%2Fy%20z%25%C3%A9?q=1%2B1%3D2%26%C3%BC&e="


@pytest.mark.parametrize("size", [0, 10, 3_000_000])
async def test_a_body_of_any_size_arrives_whole(stack: str, size: int) -> None:
    """Also where aiohttp warns of large bodies that are written in one go."""
    body = b"x" * size
    async with serve(always(answer())) as server, client_on(stack, server.url) as client:
        await client.send(Request(POST, body=body, content_type="application/octet-stream"))
        (seen,) = server.seen
    assert seen.body == body
    assert seen.headers["content-length"] == str(size)
    assert seen.headers["content-type"] == "application/octet-stream"
    assert "transfer-encoding" not in seen.headers


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes)],
)
async def test_an_answer_may_be_compressed(stack: str, encoding: str, pack: Any) -> None:
    data = answer(pack(b"[5]"), headers={"Content-Encoding": encoding})
    async with serve(always(data)) as server, client_on(stack, server.url) as client:
        assert await client.send(Request(GET)) == [5]
        assert "gzip" in server.seen[0].headers["accept-encoding"]


async def test_an_answer_of_exactly_the_cap_is_read(stack: str) -> None:
    body = b"[1]".ljust(1000)
    packed = gzip.compress(body)
    for data in (answer(body), answer(packed, headers={"Content-Encoding": "gzip"})):
        async with (
            serve(always(data)) as server,
            client_on(stack, server.url, max_response_bytes=1000) as client,
        ):
            assert await client.send(Request(GET)) == [1]


async def huge(connection: Connection, seen: Seen) -> bool:
    await connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(10_000):
        await connection.send(b"1000\r\n" + b" " * 4096 + b"\r\n")
    return True


BOMB = gzip.compress(b" " * 20_000_000)


@pytest.mark.parametrize(
    "handler",
    [
        huge,
        always(answer(BOMB, headers={"Content-Encoding": "gzip"})),
        always(answer(b"1" * 60_000)),
    ],
    ids=["counted", "unfolded", "announced"],
)
async def test_an_answer_over_the_cap_is_given_up_while_it_is_read(
    stack: str, handler: Any
) -> None:
    assert len(BOMB) < 50_000
    async with serve(handler) as server:
        await fails_with(ResponseTooLarge, server.url, stack, max_response_bytes=50_000)


async def test_cookies_are_not_kept(stack: str) -> None:
    data = answer(headers={"Set-Cookie": "session=abc; Path=/"})
    async with serve(always(data)) as server:
        by_name = server.url.replace("127.0.0.1", "localhost")  # no jar keeps cookies of addresses
        async with client_on(stack, by_name) as client:
            await client.send(Request(GET))
            await client.send(Request(GET))
        assert all("cookie" not in seen.headers for seen in server.seen)


async def test_a_redirect_to_another_host_never_sees_the_token(stack: str) -> None:
    async with serve(always(answer())) as other:
        data = answer(b"", status=302, headers={"Location": f"{other.url}/things?key=abcdef"})
        async with (
            serve(always(data)) as server,
            client_on(stack, server.url, auth=StaticToken("secret-token")) as client,
        ):
            with pytest.raises(StatusError, match="not followed") as caught:
                await client.send(Request(GET))
        assert other.seen == []
    assert "abcdef" not in str(caught.value)


async def test_a_redirect_within_the_host_is_followed(stack: str) -> None:
    async def handler(connection: Connection, seen: Seen) -> None:
        moved = answer(b"", status=308, headers={"Location": "/new?x=%2F"})
        await connection.send(moved if seen.target == "/things" else answer([2]))

    async with serve(handler) as server, client_on(stack, server.url) as client:
        assert await client.send(Request(GET)) == [2]
        assert server.seen[1].target == "/new?x=%2F"


# Connections


async def test_a_connection_is_used_again_after_every_kind_of_answer(stack: str) -> None:
    async def handler(connection: Connection, seen: Seen) -> None:
        packed = {"Content-Encoding": "gzip"}
        await connection.send(
            {
                "/plain": answer(),
                "/packed": answer(gzip.compress(b"[1]"), headers=packed),
                "/missing": answer({}, status=404),
            }[seen.target]
        )

    async with serve(handler) as server, client_on(stack, server.url) as client:
        for _ in range(3):
            assert await client.send(Request(operation(path="/plain"))) == [1]
            assert await client.send(Request(operation(path="/packed"))) == [1]
            with pytest.raises(StatusError):
                await client.send(Request(operation(path="/missing")))
        assert server.connections == 1


async def test_as_many_connections_as_requests_may_be_under_way(stack: str) -> None:
    all_there = anyio.Event()

    async def handler(connection: Connection, seen: Seen) -> None:
        if seen.number == 130:
            all_there.set()
        with anyio.fail_after(60):
            await all_there.wait()
        await connection.send(answer())

    async with (
        serve(handler) as server,
        client_on(stack, server.url, concurrency=130, timeout=60) as client,
        anyio.create_task_group() as group,
    ):
        for _ in range(130):
            group.start_soon(client.send, Request(GET))


async def test_a_borrowed_session_is_used_and_never_closed(stack: str) -> None:
    lent: Any
    mine = {"X-Mine": "yes"}
    lent = aiohttp.ClientSession(headers=mine) if stack == "aiohttp" else None
    lent = lent or httpx.AsyncClient(headers=mine)
    backend: Any = AiohttpBackend(lent) if stack == "aiohttp" else HttpxBackend(lent)
    async with serve(always(answer())) as server, lent:
        async with client_on(stack, server.url, backend=backend) as client:
            await client.send(Request(GET))
        assert not (lent.closed if stack == "aiohttp" else lent.is_closed)
        assert server.seen[0].headers["x-mine"] == "yes"


async def test_a_backend_closed_before_its_first_use_stays_closed(stack: str) -> None:
    backend = backend_of(stack)
    await backend.aclose()
    await backend.aclose()
    async with client_on(stack, "http://127.0.0.1:1", backend=backend) as client:
        with pytest.raises(RuntimeError, match="closed"):
            await client.send(Request(GET))


async def test_nothing_is_left_open_after_the_client(stack: str) -> None:
    async with serve(always(answer())) as server:
        async with (
            client_on(stack, server.url) as client,
            anyio.create_task_group() as group,
        ):
            for _ in range(20):
                group.start_soon(client.send, Request(GET))
        await server.all_hung_up()
        del client
        gc.collect()  # a session left open would warn here


# Time


async def test_silence_ends_at_the_read_limit(stack: str) -> None:
    limits = Timeouts(connect=60, read=0.05, total=60)
    async with serve(then_silence(b"")) as server:
        error = await fails_with(RequestTimeout, server.url, stack, timeout=limits)
    assert error.phase == "read"
    assert "silent for 0.05 s" in str(error)


@pytest.mark.parametrize("handler", [then_silence(b""), drip], ids=["silence", "drip"])
async def test_no_attempt_outlasts_its_total(stack: str, handler: Any) -> None:
    """Also when something keeps coming, so that nothing is ever silent."""
    limits = Timeouts(connect=0.5, read=0.5, total=0.5)
    async with serve(handler) as server:
        error = await fails_with(RequestTimeout, server.url, stack, timeout=limits)
    assert error.phase == "read"


@pytest.mark.parametrize("handler", [then_silence(b""), drip], ids=["silence", "drip"])
async def test_a_deadline_ends_an_attempt(stack: str, handler: Any) -> None:
    async with serve(handler) as server, client_on(stack, server.url) as client:
        with pytest.raises(DeadlineExceeded):
            await client.send(Request(GET), deadline=0.5)
        with pytest.raises(OutcomeUnknown):
            await client.send(Request(POST), deadline=0.5)
        assert len(server.seen) == 2


async def test_a_connection_that_takes_too_long_was_certainly_not_made(stack: str) -> None:
    limits = Timeouts(connect=0.05, read=60, total=60)
    with nobody_accepts() as url:
        error = await fails_with(RequestTimeout, url, stack, op=POST, timeout=limits)
        assert error.phase == "connect"
        async with client_on(stack, url) as client:
            with pytest.raises(DeadlineExceeded):
                await client.send(Request(POST), deadline=2.0)  # gives up connecting at 1.8


# What errors say


@pytest.mark.parametrize("data", [b"", HEAD + b"Content-Length: 9\r\n\r\n[", b"SSH-2.0-x\r\n\r\n"])
async def test_a_broken_connection_names_the_host_and_keeps_its_cause(
    stack: str, data: bytes
) -> None:
    async with serve(then_close(data)) as server:
        error = await fails_with(ConnectionBroken, server.url, stack)
    assert isinstance(error.__cause__, aiohttp.ClientError | httpx.HTTPError | httpx2.HTTPError)
    assert server.url.removeprefix("http://") in str(error)


async def test_an_unknown_host_is_a_connect_error(stack: str) -> None:
    error = await fails_with(ConnectError, "http://no-such-host.invalid", stack)
    assert "no-such-host.invalid" in str(error)


async def test_no_log_line_holds_the_token(stack: str, caplog: pytest.LogCaptureFixture) -> None:
    async with serve(always(answer({}, status=500))) as server:
        with caplog.at_level(logging.DEBUG):
            async with client_on(stack, server.url, auth=StaticToken("secret-token")) as client:
                with pytest.raises(StatusError):
                    await client.send(Request(GET))
    assert "things.get_things" in caplog.text
    assert "secret-token" not in caplog.text
