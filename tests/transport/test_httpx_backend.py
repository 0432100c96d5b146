"""Only what httpx brings: HTTP/2, fakes, and its own errors. The rest is in `test_backends`."""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
import httpx2
import pytest
import respx

from energy_async import (
    ApiClient,
    ConnectError,
    ConnectionBroken,
    DeadlineExceeded,
    EnergyApiError,
    Httpx2Backend,
    HttpxBackend,
    LoginFailed,
    OutcomeUnknown,
    Request,
    RequestTimeout,
    Timeouts,
    TransportError,
)
from energy_async.transport.limiter.limiter import Limiter
from energy_async.transport.tokens.token import StaticToken
from tests.faults.server_h2 import Http2Server, serve_http2
from tests.transport.conftest import client_at, operation
from trlyr_async import Trlyr

GET = operation()
POST = operation(method="POST")
BASE = "https://api.example"


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def client_over(backend: HttpxBackend | None = None, url: str = BASE, **options: Any) -> ApiClient:
    return client_at(url, backend=backend or HttpxBackend(), **options)


async def test_an_answer_that_respx_fakes_is_decoded(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.get(f"{BASE}/things/a%2Fb", params={"q": "1"}).respond(json=[1, 2])
    async with client_over() as client:
        op = operation(path="/things/{id}")
        assert await client.send(Request(op, path={"id": "a/b"}, query={"q": 1})) == [1, 2]
    assert route.call_count == 1


async def test_many_cold_tasks_log_in_once_and_a_refused_token_is_renewed(
    respx_mock: respx.MockRouter,
) -> None:
    """The layers above the backend, waits included, run on either loop."""
    numbers = iter(range(1, 100))
    login = respx_mock.post(f"{BASE}/auth/public/authenticate").mock(
        side_effect=lambda _: httpx.Response(
            200, json={"access_token": f"token-{next(numbers)}", "expires_in": 600}
        )
    )
    things = respx_mock.get(f"{BASE}/things").mock(
        side_effect=lambda request: httpx.Response(
            401 if request.headers["authorization"] == "Bearer token-1" else 200, json=[1]
        )
    )
    backend = HttpxBackend()
    async with (
        Trlyr("anna", "pw-1", environment=BASE, backend=backend, rate=1e4) as client,
        anyio.create_task_group() as group,
    ):
        for _ in range(50):
            group.start_soon(client.send, Request(GET))
    assert login.call_count == 2
    assert 51 <= things.call_count <= 100


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (httpx.ConnectError, ConnectError),
        (httpx.ConnectTimeout, RequestTimeout),
        (httpx.PoolTimeout, RequestTimeout),
        (httpx.ReadTimeout, RequestTimeout),
        (httpx.ReadError, ConnectionBroken),
        (httpx.WriteError, ConnectionBroken),
        (httpx.RemoteProtocolError, ConnectionBroken),
        (httpx.DecodingError, ConnectionBroken),
        (httpx.UnsupportedProtocol, ConnectError),
    ],
)
async def test_no_error_of_httpx_escapes(
    respx_mock: respx.MockRouter, raised: type[httpx.HTTPError], kind: type[TransportError]
) -> None:
    respx_mock.get(f"{BASE}/things").mock(side_effect=raised)
    async with client_over() as client:
        with pytest.raises(kind) as caught:
            await client.send(Request(GET))
    assert isinstance(caught.value.__cause__, raised)
    if isinstance(caught.value, RequestTimeout):
        assert caught.value.phase == ("read" if raised is httpx.ReadTimeout else "connect")


async def test_the_total_and_the_deadline_are_kept() -> None:
    async def forever(request: httpx.Request) -> httpx.Response:
        await anyio.sleep(30)
        raise AssertionError

    limits = Timeouts(connect=1, read=1, total=0.03)
    backend = HttpxBackend(transport=httpx.MockTransport(forever))
    async with client_over(backend, timeout=limits) as client:
        with pytest.raises(RequestTimeout, match=r"within 0\.03 s"):
            await client.send(Request(GET))
    backend = HttpxBackend(transport=httpx.MockTransport(forever))
    async with client_over(backend) as client:
        with pytest.raises(DeadlineExceeded):
            await client.send(Request(GET), timeout=0.03)


async def test_the_limiter_waits_and_is_cancelled_on_either_loop() -> None:
    limiter = Limiter(200, burst=1, concurrency=2)
    through = 0

    async def take() -> None:
        nonlocal through
        await limiter.acquire()
        through += 1
        limiter.release()

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(take)
        with anyio.move_on_after(0.002):
            await limiter.acquire(deadline=math.inf)
    assert through == 5
    assert limiter.waiting == 0


async def test_refused_credentials_name_the_variables(respx_mock: respx.MockRouter) -> None:
    respx_mock.post(f"{BASE}/auth/public/authenticate").respond(401, json={"message": "nope"})
    async with Trlyr("anna", "pw-1", environment=BASE, backend=HttpxBackend()) as client:
        with pytest.raises(LoginFailed, match=r"nope.*TRLYR_USERNAME"):
            await client.send(Request(GET))


async def test_an_encoding_that_was_not_asked_for_is_refused() -> None:
    answer = httpx.Response(200, headers={"content-encoding": "lzw"}, stream=httpx.ByteStream(b"x"))
    backend = HttpxBackend(transport=httpx.MockTransport(lambda _: answer))
    async with client_over(backend) as client:
        with pytest.raises(ConnectionBroken, match="'lzw', which cannot be read here"):
            await client.send(Request(GET))


async def test_the_client_of_the_other_library_is_refused() -> None:
    async with httpx.AsyncClient() as old, httpx2.AsyncClient() as new:
        one: Any = new
        with pytest.raises(TypeError, match=r"must be an httpx\.AsyncClient, got httpx2\."):
            HttpxBackend(one)
        one = old
        with pytest.raises(TypeError, match=r"must be an httpx2\.AsyncClient, got httpx\."):
            Httpx2Backend(one)


async def test_a_transport_of_httpx2_answers_in_place_of_a_server() -> None:
    answer = httpx2.Response(200, json=[1, 2])
    backend = Httpx2Backend(transport=httpx2.MockTransport(lambda _: answer))
    async with client_at(BASE, backend=backend) as client:
        assert await client.send(Request(GET)) == [1, 2]


@pytest.mark.parametrize(("connecting", "kind"), [(True, RequestTimeout), (False, OutcomeUnknown)])
async def test_a_total_that_passes_while_connecting_is_certain_and_else_is_not(
    connecting: bool, kind: type[EnergyApiError]
) -> None:
    """A bid that got no connection may be repeated; one on a transport that says nothing not."""

    async def hang(request: httpx.Request) -> httpx.Response:
        if connecting:
            await request.extensions["trace"]("connection.start_tls.started", {})
        await anyio.sleep_forever()
        raise AssertionError

    backend = HttpxBackend(transport=httpx.MockTransport(hang))
    async with client_over(backend, timeout=0.03) as client:
        with pytest.raises(kind):
            await client.send(Request(POST))


# HTTP/2


@asynccontextmanager
async def http2_client(server: Http2Server, **options: Any) -> AsyncIterator[ApiClient]:
    """A client that trusts the server; httpx takes a TLS context only when its client is made."""
    async with (
        httpx.AsyncClient(http2=True, verify=server.trust) as lent,
        client_over(HttpxBackend(lent), server.url, **options) as client,
    ):
        yield client


async def test_http2_is_negotiated_and_carries_a_hundred_requests_at_once() -> None:
    """Over one connection."""
    async with serve_http2() as server, http2_client(server, concurrency=101) as client:
        assert await client.send(Request(GET)) == [1]  # from here on both know the limits
        server.hold = 100
        async with anyio.create_task_group() as group:
            for _ in range(100):
                group.start_soon(client.send, Request(GET))
    assert server.protocols == ["h2"]
    assert server.most_at_once == 100
    assert len(server.methods) == 101


@pytest.mark.parametrize("fault", ["reset", "goaway", "close", "garbage", "cut", "garbage in body"])
async def test_faults_of_http2_end_like_those_of_http1(fault: str) -> None:
    async with serve_http2() as server, http2_client(server, retries=2) as client:
        server.fault = fault
        with pytest.raises(ConnectionBroken):
            await client.send(Request(GET))
        with pytest.raises(OutcomeUnknown):
            await client.send(Request(POST, body={"price": 1}))
        server.fault = ""
        assert await client.send(Request(POST, body={"price": 2})) == [1]
    assert server.methods == ["GET", "GET", "GET", "POST", "POST"]


async def test_a_request_cancelled_on_http2_does_not_disturb_the_others() -> None:
    async with serve_http2() as server, http2_client(server) as client:
        assert await client.send(Request(GET)) == [1]
        server.hold = 3
        async with anyio.create_task_group() as group:
            group.start_soon(client.send, Request(GET))
            async with anyio.create_task_group() as given_up:
                given_up.start_soon(client.send, Request(GET))
                while len(server.methods) < 3:  # noqa: ASYNC110 - the server has no event for it
                    await anyio.sleep(0.001)
                given_up.cancel_scope.cancel()
            group.start_soon(client.send, Request(GET))
    assert server.protocols == ["h2"]


async def test_no_log_line_of_http2_holds_the_token_not_even_packed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with (
            serve_http2() as server,
            http2_client(server, auth=StaticToken("secret-token")) as client,
        ):
            await client.send(Request(GET))
    assert "send_request_headers" in caplog.text
    assert "secret-token" not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith("hpack")]
