"""What only the default backend does; the rest is in `test_backends`."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import aiohttp
import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from energy_async import (
    AiohttpBackend,
    ConnectError,
    ConnectionBroken,
    OutcomeUnknown,
    Request,
    RequestTimeout,
    WireRequest,
)
from energy_async.transport.backends import aiohttp_backend
from energy_async.transport.backends.aiohttp_errors import translated
from energy_async.transport.backends.overdue import Overdue
from tests.faults.behaviours import always, then_close, then_silence
from tests.faults.server import answer, serve
from tests.transport.conftest import client_at, operation

GET = operation()


async def test_keepalive_is_on() -> None:
    async with serve(always(answer())) as server:
        backend = AiohttpBackend()
        async with client_at(server.url, backend=backend) as client:
            await client.send(Request(GET))
            session = backend._session
            assert session is not None
            connector: Any = session.connector
            ((held, *_),) = connector._conns.values()
            raw = held[0].transport.get_extra_info("socket")
            assert raw.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


async def test_only_a_borrowed_session_sends_again_what_aiohttp_thinks_it_may() -> None:
    async with serve(then_close(b"")) as server:
        async with client_at(server.url) as client:
            with pytest.raises(ConnectionBroken):
                await client.send(Request(GET))
        assert len(server.seen) == 1
        async with (
            aiohttp.ClientSession() as lent,
            client_at(server.url, backend=AiohttpBackend(lent)) as client,
        ):
            with pytest.raises(ConnectionBroken):
                await client.send(Request(GET))
            assert len(server.seen) == 1 + 2
            with pytest.raises(OutcomeUnknown):
                await client.send(Request(operation(method="POST")))
            assert len(server.seen) == 1 + 2 + 1


def test_a_proxy_that_refuses_to_connect_has_sent_nothing() -> None:
    url = URL("http://proxy.example:3128")
    headers = CIMultiDictProxy(CIMultiDict({"Authorization": "Bearer secret-token"}))
    info = aiohttp.RequestInfo(url, "CONNECT", headers, url)
    refused = aiohttp.ClientHttpProxyError(info, (), status=407, message="Who are you?")
    wire = WireRequest("POST", "https://api.example/bids", {}, b"", 1, 1, 1, 1)
    error = translated(refused, wire, "http://me:secret-word@proxy.example:3128")
    assert isinstance(error, ConnectError)
    assert "the proxy http://proxy.example:3128 towards api.example:443" in str(error)
    assert "secret-word" not in str(error)
    assert "Who are you?" in str(error)
    assert "secret-token" not in repr(refused.__dict__)


# The one timer for many requests


async def test_a_total_of_many_seconds_is_kept_by_one_timer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The usual limits, with a watch that looks more often than twice a second."""
    backend = AiohttpBackend()
    backend._open(asyncio.get_running_loop())
    backend._overdue = hasty = Overdue(asyncio.get_running_loop(), every=0.01)
    begin = hasty.begin
    monkeypatch.setattr(
        hasty, "begin", lambda task, limit, *, exact: begin(task, limit - 59.98, exact=exact)
    )
    async with (
        serve(then_silence(b"")) as server,
        client_at(server.url, backend=backend, timeout=60) as client,
    ):
        with pytest.raises(RequestTimeout, match="within 60 s"):
            await client.send(Request(GET))
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_cancelled_request_stays_cancelled() -> None:
    """Although the one timer works with cancellation too."""
    async with (
        serve(then_silence(b"")) as server,
        client_at(server.url, timeout=60) as client,
    ):
        task = asyncio.create_task(client.send(Request(GET)))
        while not server.seen:  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.001)
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
        cancelling = overdue.begin(task, asyncio.get_running_loop().time())
        try:
            await asyncio.sleep(1)
        finally:
            told.append(overdue.end(task, cancelling))

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    if somebody_else:
        task.cancel()
    overdue._look_at = asyncio.get_running_loop().time()
    overdue._look()
    with pytest.raises(asyncio.CancelledError):
        await task
    overdue.close()
    assert told == [not somebody_else]


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


@pytest.mark.parametrize("anyio_backend", ["trio"])
async def test_trio_is_refused_with_what_to_use_there() -> None:
    async with client_at("http://127.0.0.1:9") as client:
        with pytest.raises(RuntimeError, match="on trio use `backend=HttpxBackend"):
            await client.send(Request(GET))
