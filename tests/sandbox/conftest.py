"""A plain aiohttp client for the sandbox; it knows nothing that the sandbox does not send."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import pytest

from energy_sandbox import Sandbox
from energy_sandbox.documents import DOCUMENTS, load_documents, operations
from tests.clock import Clock as Today
from tests.clock import SetClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ALL = {
    operation.name: operation
    for api in ("trlyr", "nanocorp")
    for document in load_documents(DOCUMENTS, api)
    for operation in operations(document)
}
"""Every operation of the documents, by name."""


class Visitor:
    """A logged-in visitor of one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.http = aiohttp.ClientSession()
        self.headers: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        status, tokens = await self.log_in()
        assert status == 200
        self.headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()

    async def log_in(self, **changes: Any) -> tuple[int, Any]:
        body = {"username": self.sandbox.username, "password": self.sandbox.password} | changes
        return await self.ask("POST", "/auth/public/authenticate", json=body)

    async def ask(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Send a request to the terralayr side and give status and JSON."""
        options.setdefault("headers", self.headers)
        async with self.http.request(method, f"{self.sandbox.url}{path}", **options) as reply:
            assert reply.headers["X-Request-Id"]
            return reply.status, await reply.json()

    async def get(self, path: str, **query: str) -> tuple[int, Any]:
        return await self.ask("GET", path, params=query)

    async def done(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Send a request that must succeed and give its JSON."""
        options = {} if body is None else {"json": body}
        status, answer = await self.ask(method, path, params=query, **options)
        assert status in (200, 201), answer
        return answer

    async def refused(self, method: str, path: str, body: Any = None, **query: str) -> str:
        """Send a request that must be refused with 400 and give the message."""
        options = {} if body is None else {"json": body}
        status, answer = await self.ask(method, path, params=query, **options)
        assert status == 400, answer
        return str(answer["message"])

    def asset_path(self, number: int = 1) -> str:
        """Path of a virtual asset: by default one of 5 MW and 10 MWh, all of it for the markets."""
        asset_id = self.sandbox.virtual_asset_ids[number]
        return f"/organisations/{self.sandbox.organisation_id}/virtual-assets/{asset_id}"

    def physical_path(self, number: int = 1) -> str:
        """Path of the physical asset behind a virtual one."""
        return f"/physical-assets/{self.sandbox.physical_asset_ids[number]}"

    async def rows(self, stream: str, asset_id: str, start: str, end: str) -> list[dict[str, Any]]:
        """Give the revenue rows of a stream."""
        status, rows = await self.get(
            f"/revenue-reporting/{asset_id}/{stream}", start=start, end=end
        )
        assert status == 200, rows
        assert isinstance(rows, list)
        return rows

    async def points(
        self, subject: str, resolution: str, start: str, end: str, *names: str
    ) -> dict[str, list[dict[str, Any]]]:
        """Give the data points of a subject, such as `<asset id>` or `fleets/<fleet id>`."""
        query = {"start": start, "end": end} | ({"datapoints": ",".join(names)} if names else {})
        path = f"/revenue-reporting/{subject}/datapoints/{resolution}"
        status, answer = await self.get(path, **query)
        assert status == 200, answer
        data = answer["data"]
        assert isinstance(data, dict)
        return data

    async def feed(self, name: str, token: str | None = None) -> tuple[int, Any]:
        """Ask a French feed."""
        headers = {"Authorization": f"Bearer {token or self.sandbox.token}"}
        url = f"{self.sandbox.feeds_url}/api/{name}"
        async with self.http.get(url, headers=headers) as reply:
            return reply.status, await reply.json()


@pytest.fixture(scope="session")
def visit() -> type[Visitor]:
    return Visitor


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(assets=8, clock=Today()) as running:
        yield running


@pytest.fixture
async def visitor(sandbox: Sandbox) -> AsyncIterator[Visitor]:
    async with Visitor(sandbox) as logged_in:
        yield logged_in


@pytest.fixture
def clock() -> SetClock:
    """A clock at 10:00 in Berlin, on the day before summer time begins."""
    return SetClock(datetime(2026, 3, 28, 9, 0, tzinfo=UTC))


@pytest.fixture
async def player(clock: SetClock) -> AsyncIterator[Visitor]:
    """A visitor of a sandbox whose time stands still."""
    async with Sandbox(assets=8, clock=clock) as running, Visitor(running) as logged_in:
        yield logged_in
