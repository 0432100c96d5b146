"""Backends that answer as told, clocks that move when told, and values to call with."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

import pytest

from energy_async import ApiClient, Operation, WireReply, WireRequest
from energy_async.transport import client as client_module
from energy_async.transport.limiter.limiter import Limiter
from energy_async.transport.request import Lane
from tests import redis_server as servers
from tests.clock import SleepClock


@pytest.fixture
def redis_server() -> Iterator[servers.RedisServer]:
    """A Redis of the test's own, with a password; see `tests/redis_server.py`."""
    if not servers.is_installed():
        pytest.skip("there is no redis-server here; on Debian: apt-get install redis-server")
    with servers.RedisServer(password="hush-hush") as server:
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


def client_on(
    backend: ScriptedBackend, fake: SleepClock | None = None, **options: Any
) -> ApiClient:
    """A client without a token, on a clock of its own that nobody waits for."""
    clock = fake or SleepClock()
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


def client_at(url: str, **options: Any) -> ApiClient:
    """A client for a server on a real socket, without a token, that asks once."""
    defaults: dict[str, Any] = {"auth": None, "rate": 1e6, "retries": 0, "timeout": 5}
    return ApiClient(url, **{**defaults, **options})


_made: list[ApiClient] = []


@pytest.fixture(autouse=True)
def _close_clients() -> Iterator[None]:
    """Close what `client_on` made; a client that was used and never closed warns."""
    yield
    while _made:
        with contextlib.suppress(StopIteration):  # nothing to wait for on a scripted backend
            _made.pop().aclose().send(None)


@pytest.fixture(autouse=True)
def no_slot_is_held(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """After any login, cancellation or error, no slot of any client is taken any more."""
    made: list[Limiter] = []

    class Recorded(Limiter):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            made.append(self)

    monkeypatch.setattr(client_module, "Limiter", Recorded)
    yield
    assert not any(limiter.active for limiter in made)
