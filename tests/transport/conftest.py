"""Servers on loopback that answer byte for byte as told, and values to call with."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pytest

from energy_async import ApiClient, Operation, WireReply, WireRequest
from energy_async.transport.request import Lane
from tests.transport.bench_modules import bench_module


@dataclass
class Seen:
    """A request as it came over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Handler: TypeAlias = "Callable[[Seen, asyncio.StreamWriter], Awaitable[bool | None]]"


@dataclass
class Server:
    """A server that runs; `seen` holds all requests in order."""

    url: str
    seen: list[Seen] = field(default_factory=list)

    def count(self, target: str) -> int:
        return sum(seen.target.startswith(target) for seen in self.seen)


Serve: TypeAlias = "Callable[[Handler], AbstractAsyncContextManager[Server]]"


def answer(
    body: bytes | object = b"[]",
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    kind: str = "application/json",
) -> bytes:
    """The bytes of a whole answer."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {kind}", f"Content-Length: {len(raw)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


async def read_request(reader: asyncio.StreamReader) -> Seen | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *rest = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(method, target, headers, body)


@asynccontextmanager
async def serve_raw(handler: Handler) -> AsyncIterator[Server]:
    server = Server("")
    tasks: set[asyncio.Task[Any]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            while (seen := await read_request(reader)) is not None:
                server.seen.append(seen)
                if await handler(seen, writer):
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            tasks.discard(task)

    listening = await asyncio.start_server(connected, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def always(data: bytes) -> Handler:
    """A handler that answers the same to everything."""

    async def handler(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return handler


@pytest.fixture
def serve() -> Serve:
    return serve_raw


@pytest.fixture
def redis_server() -> Iterator[Any]:
    """A Redis of the test's own, with a password; see `bench/redis_server.py`."""
    module = bench_module("redis_server")
    if not module.is_installed():
        pytest.skip("there is no redis-server here; on Debian: apt-get install redis-server")
    with module.RedisServer(password="hush-hush") as server:
        yield server


def operation(
    returns: Any = list[int],
    *,
    method: str = "GET",
    path: str = "/things",
    repeatable: bool | None = None,
    authenticated: bool = True,
    lane: Lane = "normal",
) -> Operation[Any]:
    """An operation that is repeatable unless it is a POST."""
    return Operation(
        name="things.get_things",
        method=method,
        path=path,
        returns=returns,
        repeatable=method != "POST" if repeatable is None else repeatable,
        authenticated=authenticated,
        lane=lane,
    )


class Clock:
    """A clock that moves when told, and a sleep that moves it."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class ScriptedBackend:
    """A backend that answers from a list; an exception in it is raised. The last one stays."""

    def __init__(self, *script: WireReply | Exception) -> None:
        self.script = list(script)
        self.sent: list[WireRequest] = []
        self.closed = 0

    async def send(self, request: WireRequest) -> WireReply:
        self.sent.append(request)
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, Exception):
            raise copy.copy(step)  # a raised error grows a traceback
        return step

    async def aclose(self) -> None:
        self.closed += 1


def reply(body: bytes = b"[1]", status: int = 200, **headers: str) -> WireReply:
    """An answer as a backend gives it; underscores in header names become hyphens."""
    found = {name.replace("_", "-"): value for name, value in headers.items()}
    return WireReply(status, {"content-type": "application/json", **found}, body)


def client_on(backend: ScriptedBackend, fake: Clock | None = None, **options: Any) -> ApiClient:
    """A client without a token, on a clock of its own that nobody waits for."""
    clock = fake or Clock()
    defaults: dict[str, Any] = {
        "auth": None,
        "rate": 1e6,
        "clock": clock,
        "wall": clock,
        "sleep": clock.sleep,
        "draw": lambda: 0.5,
    }
    client = ApiClient("https://api.example", backend=backend, **{**defaults, **options})
    _made.append(client)
    return client


_made: list[ApiClient] = []


@pytest.fixture(autouse=True)
def _close_clients() -> Iterator[None]:
    """Close what `client_on` made; a client that was used and never closed warns."""
    yield
    while _made:
        with contextlib.suppress(StopIteration):  # nothing to wait for on a scripted backend
            _made.pop().aclose().send(None)
