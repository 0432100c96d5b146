"""The clients that faults happen to: each backend, on each event loop it can run on."""

from __future__ import annotations

import time
from typing import Any, Final

from energy_async import (
    AiohttpBackend,
    ApiClient,
    Httpx2Backend,
    HttpxBackend,
    Operation,
    Request,
    RequestTimeout,
)
from energy_async.transport.tokens.token import StaticToken
from tests.clock import SleepClock
from trlyr_async import Trlyr

USERNAME: Final = "anna@example.com"
PASSWORD: Final = "pass-word-never-shown"
TOKEN: Final = "token-never-shown"
STACKS: Final = ("aiohttp", "httpx", "httpx2-trio")
METHODS: Final = ("GET", "PUT", "POST")
RETRIES: Final = 2

OPERATIONS: Final = {
    method: Operation[list[int]](
        name=f"things.{method.lower()}_thing",
        method=method,
        path="/things/{thing_id}",
        returns=list[int],
        repeatable=method != "POST",
    )
    for method in METHODS
}


def loop_of(stack: str) -> str:
    """The event loop that a stack runs on."""
    return "trio" if stack.endswith("trio") else "asyncio"


def backend_of(stack: str) -> AiohttpBackend | HttpxBackend | Httpx2Backend:
    """The backend that a stack is named after."""
    match stack.partition("-")[0]:
        case "aiohttp":
            return AiohttpBackend()
        case "httpx":
            return HttpxBackend()
        case _:
            return Httpx2Backend()


def client_of(
    stack: str, url: str, *, static: bool = False, password: str = PASSWORD, **options: Any
) -> ApiClient:
    """A client that logs in, or has a token already, and does not wait between attempts."""
    clock = SleepClock(time.time())
    usual: dict[str, Any] = {
        "backend": backend_of(stack),
        "rate": 1e6,
        "retries": RETRIES,
        "timeout": 5,
        "clock": clock,
        "wall": clock,
        "sleep": clock.sleep,
        "draw": lambda: 0.5,
    }
    if static:
        return ApiClient(url, auth=StaticToken(f"{TOKEN}-1"), **{**usual, **options})
    return Trlyr(USERNAME, password, environment=url, **{**usual, **options})


def request_with(method: str) -> Request[list[int]]:
    """A request to send; all but GET carry a body."""
    body = None if method == "GET" else {"price": 12.5, "quantity": 3}
    return Request(OPERATIONS[method], path={"thing_id": "t-1"}, query={"q": 1}, body=body)


def spelled(error: BaseException) -> str:
    """An error as the table shows it."""
    name = type(error).__name__
    return f"{name}({error.phase})" if isinstance(error, RequestTimeout) else name
