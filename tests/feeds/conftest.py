"""Answers of any shape through a real client: from a page in memory, or over loopback."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import pytest
from aiohttp import web

from energy_async import WireReply, WireRequest
from nanocorp_async import Nanocorp
from tests.feeds.odd_year import taught

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


HEADERS = {"content-type": "application/json", "x-request-id": "r-1"}


class Canned:
    """A backend that gives one answer, and counts how often it was asked."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        self.body, self.status, self.asked = body, status, 0

    async def send(self, request: WireRequest) -> WireReply:  # noqa: ARG002 - whatever is asked
        self.asked += 1
        return WireReply(self.status, HEADERS, self.body)

    async def aclose(self) -> None: ...


class Answering(Protocol):
    def __call__(self, answer: Any) -> AbstractAsyncContextManager[Nanocorp]: ...


class Serving(Protocol):
    def __call__(
        self, status: int, body: str, kind: str = "application/json", **headers: str
    ) -> AbstractAsyncContextManager[tuple[str, list[str]]]: ...


@pytest.fixture
def answering() -> Answering:
    """A client to which the feeds answer with this value, as bytes or as JSON."""

    @asynccontextmanager
    async def client_of(answer: Any) -> AsyncIterator[Nanocorp]:
        body = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
        async with Nanocorp("token", backend=Canned(body), rate=1e6) as client:
            yield client

    return client_of


@pytest.fixture
def serving() -> Serving:
    """A server on a loopback port; gives its URL and the paths that it was asked for."""

    @asynccontextmanager
    async def serve(
        status: int, body: str, kind: str = "application/json", **headers: str
    ) -> AsyncIterator[tuple[str, list[str]]]:
        asked: list[str] = []

        async def answer(request: web.Request) -> web.Response:
            asked.append(request.path)
            if request.path == "/login":
                return web.Response(text=LOGIN_PAGE, content_type="text/html")
            return web.Response(status=status, text=body, content_type=kind, headers=headers)

        app = web.Application()
        app.router.add_get("/{path:.*}", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        try:
            yield f"http://{host}:{port}", asked
        finally:
            await runner.cleanup()

    return serve


LOGIN_PAGE = "<!DOCTYPE html><html><title>Sign in</title><form></form></html>"


@pytest.fixture
def later_version() -> Iterator[Callable[[], object]]:
    """Teaches this version to read what it cannot."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(taught())
