"""The httpx backend, on asyncio and on trio, with answers that respx fakes."""

from __future__ import annotations

import gzip
import logging
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
import pytest
import respx

from energy_async import (
    ApiClient,
    ConnectError,
    ConnectionBroken,
    DeadlineExceeded,
    HttpxBackend,
    LoginFailed,
    Request,
    RequestTimeout,
    ResponseTooLarge,
    Timeouts,
    TransportError,
)
from energy_async.transport.limiter import Limiter
from tests.transport.conftest import Serve, always, answer, operation
from trlyr_async import Trlyr

GET = operation()
BASE = "https://api.example"


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def client_at(url: str = BASE, **options: Any) -> AsyncIterator[ApiClient]:
    defaults: dict[str, Any] = {"auth": None, "rate": 1e6, "retries": 0, "timeout": 5}
    backend = options.pop("backend", None) or HttpxBackend()
    async with ApiClient(url, backend=backend, **{**defaults, **options}) as client:
        yield client


async def test_an_answer_that_respx_fakes_is_decoded(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.get(f"{BASE}/things/a%2Fb", params={"q": "1"}).respond(json=[1, 2])
    async with client_at() as client:
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
    async with client_at() as client:
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
    async with client_at(backend=backend, timeout=limits) as client:
        with pytest.raises(RequestTimeout, match=r"within 0\.03 s"):
            await client.send(Request(GET))
    backend = HttpxBackend(transport=httpx.MockTransport(forever))
    async with client_at(backend=backend) as client:
        with pytest.raises(DeadlineExceeded):
            await client.send(Request(GET), timeout=0.03)


async def test_cookies_are_not_kept(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.get(f"{BASE}/things").respond(json=[1], headers={"set-cookie": "a=b"})
    async with client_at() as client:
        await client.send(Request(GET))
        await client.send(Request(GET))
    assert all("cookie" not in call.request.headers for call in route.calls)


async def test_a_borrowed_client_is_never_closed() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=[1]))
    async with httpx.AsyncClient(transport=transport) as lent:
        async with client_at(backend=HttpxBackend(lent)) as client:
            assert await client.send(Request(GET)) == [1]
        assert not lent.is_closed


async def test_a_closed_backend_says_so() -> None:
    backend = HttpxBackend()
    await backend.aclose()
    await backend.aclose()
    async with client_at(backend=backend) as client:
        with pytest.raises(RuntimeError, match="closed"):
            await client.send(Request(GET))


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


class TestOnSockets:
    """What only a real connection shows, or what httpx leaves unclean on trio."""

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    async def test_a_bomb_is_stopped_while_it_unfolds(self) -> None:
        packed = gzip.compress(b" " * 5_000_000)

        def respond(request: httpx.Request) -> httpx.Response:
            return httpx.Response(
                200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(packed)
            )

        backend = HttpxBackend(transport=httpx.MockTransport(respond))
        async with client_at(backend=backend, max_response_bytes=100_000) as client:
            with pytest.raises(ResponseTooLarge):
                await client.send(Request(GET))

    async def test_a_real_server_is_read(self, serve: Serve) -> None:
        async with serve(always(answer(b"[3]"))) as server, client_at(server.url) as client:
            assert await client.send(Request(GET)) == [3]

    async def test_nobody_listening_is_a_connect_error(self) -> None:
        async with client_at("http://127.0.0.1:1") as client:
            with pytest.raises(ConnectError, match=r"127\.0\.0\.1:1 could not be reached"):
                await client.send(Request(GET))

    def test_header_logs_of_http2_are_masked(self, caplog: pytest.LogCaptureFixture) -> None:
        import hpack  # noqa: PLC0415

        HttpxBackend(http2=True)
        with caplog.at_level(logging.DEBUG):
            hpack.Encoder().encode([("authorization", "Bearer secret-token"), ("x", "y")])
        assert "authorization" in caplog.text
        assert "secret-token" not in caplog.text
