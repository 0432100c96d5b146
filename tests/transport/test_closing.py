"""A client that is closed: what waits ends at once, what is under way gets its grace."""

from __future__ import annotations

import asyncio
import copy
import os
import pickle
import signal
from collections import Counter
from typing import Any

import aiohttp
import anyio
import httpx
import pytest

from energy_async import (
    AiohttpBackend,
    ApiClient,
    ClientClosed,
    ConnectError,
    EnergyApiError,
    HttpxBackend,
    OutcomeUnknown,
    Request,
)
from tests.faults.behaviours import always, then_silence
from tests.faults.clients import STACKS, backend_of, loop_of, request_with
from tests.faults.server import Connection, Seen, Server, answer, serve
from tests.transport.conftest import ScriptedBackend, client_on, operation, reply

GET = operation()
PUT = operation(method="PUT", lane="urgent")


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def anyio_backend(stack: str) -> str:
    return loop_of(stack)


def client_at(url: str, stack: str, **options: Any) -> ApiClient:
    defaults: dict[str, Any] = {"auth": None, "rate": 1e6, "backend": backend_of(stack)}
    return ApiClient(url, **{**defaults, **options})


class Calls:
    """Calls in tasks of their own, and what becomes of them."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self.ended: list[object] = []

    async def send(self, request: Request[Any], **options: Any) -> None:
        try:
            self.ended.append(await self._client.send(request, **options))
        except EnergyApiError as error:
            self.ended.append(error)


async def arrived(server: Server, count: int) -> None:
    with anyio.fail_after(10):
        while len(server.seen) < count:  # noqa: ASYNC110 - the server has no event for it
            await anyio.sleep(0.001)


async def all_wait(client: ApiClient, count: int) -> None:
    with anyio.fail_after(30):
        while sum(client.rate_limit().waiting.values()) < count:  # noqa: ASYNC110
            await anyio.sleep(0.001)


async def test_what_is_queued_ends_at_once_and_what_is_under_way_is_finished(stack: str) -> None:
    let_go = anyio.Event()

    async def handler(connection: Connection, seen: Seen) -> None:
        await let_go.wait()
        await connection.send(answer())

    async with serve(handler) as server:
        client = client_at(server.url, stack, concurrency=1)
        calls = Calls(client)
        async with anyio.create_task_group() as group:
            group.start_soon(calls.send, request_with("POST"))
            await arrived(server, 1)
            for _ in range(1000):
                group.start_soon(calls.send, request_with("POST"))
            await all_wait(client, 1000)

            async def close() -> None:
                await client.aclose(grace=60)

            group.start_soon(close)
            with anyio.fail_after(10):
                while len(calls.ended) < 1000:  # noqa: ASYNC110
                    await anyio.sleep(0.001)
            assert {type(one) for one in calls.ended} == {ClientClosed}
            assert not any(one.may_have_acted for one in calls.ended)  # type: ignore[attr-defined]
            assert client.closed
            with pytest.raises(ClientClosed):
                await client.send(GET_REQUEST)
            let_go.set()
        assert calls.ended[1000:] == [[1]]
        assert len(server.seen) == 1


GET_REQUEST = Request(GET)


@pytest.mark.parametrize(
    ("method", "kind"), [("GET", ClientClosed), ("PUT", OutcomeUnknown), ("POST", OutcomeUnknown)]
)
@pytest.mark.parametrize("grace", [0, 0.02])
@pytest.mark.parametrize("timeout", [60.0, 3.0])
async def test_what_has_no_answer_within_the_grace_ends_as_what_it_is(
    stack: str, method: str, kind: type[EnergyApiError], grace: float, timeout: float
) -> None:
    async with serve(then_silence(b"")) as server:
        client = client_at(server.url, stack, timeout=timeout)
        calls = Calls(client)
        async with anyio.create_task_group() as group:
            group.start_soon(calls.send, request_with(method))
            await arrived(server, 1)
            with anyio.fail_after(2.5):
                await client.aclose(grace=grace)
                while not calls.ended:  # noqa: ASYNC110
                    await anyio.sleep(0.001)
        (error,) = calls.ended
        assert type(error) is kind
        assert error.may_have_acted is (method != "GET")
        await server.all_hung_up()
        assert len(server.seen) == 1


async def test_a_lent_session_stays_open_and_its_requests_end_all_the_same(stack: str) -> None:
    lent: Any = aiohttp.ClientSession() if stack == "aiohttp" else httpx.AsyncClient()
    backend = AiohttpBackend(lent) if stack == "aiohttp" else HttpxBackend(lent)
    async with serve(then_silence(b"")) as server:
        client = client_at(server.url, stack, backend=backend)
        calls = Calls(client)
        async with anyio.create_task_group() as group:
            group.start_soon(calls.send, request_with("PUT"))
            await arrived(server, 1)
            with anyio.fail_after(2.5):
                await client.aclose()
                while not calls.ended:  # noqa: ASYNC110
                    await anyio.sleep(0.001)
        assert isinstance(calls.ended[0], OutcomeUnknown)
        assert not (lent.closed if stack == "aiohttp" else lent.is_closed)
        await (lent.close() if stack == "aiohttp" else lent.aclose())


async def test_a_wait_between_two_attempts_ends_and_remembers_the_first(stack: str) -> None:
    """Of a schedule whose first answer was a 502, nobody knows whether it is in force."""
    async with serve(always(answer(status=502))) as server:
        for method, kind in (("GET", ClientClosed), ("PUT", OutcomeUnknown)):
            client = client_at(server.url, stack, sleep=anyio.sleep, draw=lambda: 1e6)
            calls = Calls(client)
            async with anyio.create_task_group() as group:
                group.start_soon(calls.send, request_with(method))
                with anyio.fail_after(10):
                    while client.rate_limit().active or not client._attempts._troubled:  # noqa: ASYNC110
                        await anyio.sleep(0.001)
                    await client.aclose(grace=30)
            (error,) = calls.ended
            assert type(error) is kind
            assert error.may_have_acted is (method == "PUT")


async def test_a_wait_for_the_login_ends(stack: str) -> None:
    from trlyr_async import Trlyr  # noqa: PLC0415

    async with serve(always(answer()), login=then_silence(b"")) as server:
        client = Trlyr("anna", "pass-word", environment=server.url, backend=backend_of(stack))
        calls = Calls(client)
        async with anyio.create_task_group() as group:
            group.start_soon(calls.send, request_with("POST"))
            with anyio.fail_after(10):
                while not server.logins:  # noqa: ASYNC110
                    await anyio.sleep(0.001)
                await client.aclose(grace=30)
        (error,) = calls.ended
        assert isinstance(error, ClientClosed)
        assert not error.may_have_acted
        assert server.seen == []


@pytest.mark.parametrize("stack", ["aiohttp"], indirect=True)
async def test_a_service_that_is_asked_to_end_with_10000_calls_queued_ends() -> None:
    """SIGTERM, as a container gets it: one call under way, which has its grace, and a queue."""
    loop, asked_to_end = asyncio.get_running_loop(), asyncio.Event()
    async with serve(then_silence(b"")) as server:
        client = client_at(server.url, "aiohttp", concurrency=1)
        calls = Calls(client)
        loop.add_signal_handler(signal.SIGTERM, asked_to_end.set)
        try:
            async with anyio.create_task_group() as group:
                for _ in range(10_001):
                    group.start_soon(calls.send, request_with("PUT"))
                await all_wait(client, 10_000)
                os.kill(os.getpid(), signal.SIGTERM)
                await asked_to_end.wait()
                await client.aclose(grace=0.1)
        finally:
            loop.remove_signal_handler(signal.SIGTERM)
        kinds = Counter(type(one) for one in calls.ended)
        assert kinds == {ClientClosed: 10_000, OutcomeUnknown: 1}
        assert len(server.seen) == 1


async def test_nothing_is_repeated_once_a_client_is_closing() -> None:
    backend = ScriptedBackend(ConnectError("x"), reply())
    client = client_on(backend)

    class Closing(ScriptedBackend):
        async def send(self, request: Any) -> Any:
            client._closing.begin()
            return await backend.send(request)

    client._attempts._backend = Closing(reply())
    with pytest.raises(ClientClosed) as caught:
        await client.send(Request(PUT), deadline=60)
    assert len(backend.sent) == 1
    assert not caught.value.may_have_acted


def test_closed_is_an_error_of_the_tree_and_a_runtime_error() -> None:
    error = ClientClosed("x", operation="a.b", attempts=2)
    assert isinstance(error, EnergyApiError)
    assert isinstance(error, RuntimeError)
    assert (copy.copy(error).attempts, pickle.loads(pickle.dumps(error)).operation) == (2, "a.b")
