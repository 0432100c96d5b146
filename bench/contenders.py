"""Ways to fetch and decode the same revenue: ours, and what a user would write or take instead.

Each contender is an async function that makes a `Fetch`; what it opens, it leaves to the stack.
All get the same arguments (asset, start, end), many different ones; all carry a token, check the
status, decode into typed rows and may hold as many connections as requests are in flight.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import aiohttp
import httpx
import httpx2
import msgspec
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from yarl import URL

from trlyr_async import Httpx2Backend, HttpxBackend, Trlyr, revenue_reporting
from trlyr_async.models.revenue_reporting import TollingRevenue

if TYPE_CHECKING:
    from types import ModuleType

Target: TypeAlias = tuple[str, datetime, datetime]
Fetch: TypeAlias = Callable[[Target], Awaitable[object]]
Make: TypeAlias = Callable[[AsyncExitStack, str, int], Awaitable[Fetch]]

OURS = "trlyr-async"
BARE = "bare aiohttp + msgspec"
TUNED = "the same, tuned by hand"
OURS_HTTPX = "trlyr-async on httpx"
BARE_HTTPX = "bare httpx + msgspec"
OURS_HTTPX2 = "trlyr-async on httpx2"
BARE_HTTPX2 = "bare httpx2 + msgspec"
GENERATED = "openapi-python-client"
PYDANTIC = "httpx + pydantic"

_OK = 200
_DAY = datetime(2026, 10, 1, tzinfo=UTC)
TARGETS: list[Target] = [
    (str(UUID(int=asset)), _DAY + timedelta(days=day), _DAY + timedelta(days=day + 1))
    for day in range(30)
    for asset in range(1, 41)
]
"""A month of forty assets, in the order of a pull."""


async def _ours(stack: AsyncExitStack, url: str, in_flight: int) -> Fetch:
    """Token cache, limiter, retries and budget on; the rate is set out of the way."""
    return await _on(stack, Trlyr("user", "pw", environment=url, rate=1e6, concurrency=in_flight))


def _ours_on(backend: type[HttpxBackend | Httpx2Backend]) -> Make:
    async def make(stack: AsyncExitStack, url: str, in_flight: int) -> Fetch:
        client = Trlyr(
            *("user", "pw"), environment=url, rate=1e6, concurrency=in_flight, backend=backend()
        )
        return await _on(stack, client)

    return make


async def _on(stack: AsyncExitStack, client: Trlyr) -> Fetch:
    await stack.enter_async_context(client)

    async def fetch(target: Target) -> object:
        asset, start, end = target
        return await revenue_reporting.get_tolling_revenue(client, asset, start=start, end=end)

    return fetch


async def _bare(stack: AsyncExitStack, url: str, in_flight: int) -> Fetch:
    """What a careful person writes without a library: a session and a decoder."""
    connector = aiohttp.TCPConnector(limit=in_flight)
    session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
    decoder = msgspec.json.Decoder(list[TollingRevenue])
    headers = {"Authorization": "Bearer bench"}

    async def fetch(target: Target) -> object:
        asset, start, end = target
        address = f"{url}/revenue-reporting/{asset}/tolling"
        query = {"start": _text(start), "end": _text(end)}
        async with session.get(address, params=query, headers=headers) as response:
            response.raise_for_status()
            return decoder.decode(await response.read())

    return fetch


async def _tuned(stack: AsyncExitStack, url: str, in_flight: int) -> Fetch:
    """The fastest bare loop we know: no cookies, and the URL put together from its parts."""
    scheme, _, authority = url.partition("://")
    session = await stack.enter_async_context(
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=in_flight), cookie_jar=aiohttp.DummyCookieJar()
        )
    )
    decoder = msgspec.json.Decoder(list[TollingRevenue])
    token = "bench"

    async def fetch(target: Target) -> object:
        asset, start, end = target
        address = URL.build(
            scheme=scheme,
            authority=authority,
            path=f"/revenue-reporting/{asset}/tolling",
            query_string=f"start={_text(start)}&end={_text(end)}",
            encoded=True,
        )
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        async with session.get(address, headers=headers) as response:
            if response.status != _OK:
                response.raise_for_status()
            return decoder.decode(await response.read())

    return fetch


def _bare_on(library: ModuleType) -> Make:
    async def make(stack: AsyncExitStack, url: str, in_flight: int) -> Fetch:
        client = await stack.enter_async_context(_httpx_client(in_flight, library))
        decoder = msgspec.json.Decoder(list[TollingRevenue])

        async def fetch(target: Target) -> object:
            response = await _get(client, url, target)
            return decoder.decode(response.content)

        return fetch

    return make


class _Base(BaseModel):
    """As the large vendors' SDKs set it: open to new fields, by alias or by name."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)


class PydanticTolling(_Base):
    """The tolling bucket as a pydantic user would write it."""

    virtual_asset_id: str | None = Field(None, alias="virtualAssetID")
    start: datetime | None = Field(None, alias="startTs")
    end: datetime | None = Field(None, alias="endTs")
    revenue: float | None = None
    annual_price: float | None = Field(None, alias="annualPrice")
    version_number: str | None = Field(None, alias="versionNumber")


async def _pydantic(stack: AsyncExitStack, url: str, in_flight: int) -> Fetch:
    client = await stack.enter_async_context(_httpx_client(in_flight))
    adapter = TypeAdapter(list[PydanticTolling])

    async def fetch(target: Target) -> object:
        response = await _get(client, url, target)
        return adapter.validate_json(response.content)

    return fetch


def _httpx_client(in_flight: int, library: Any = httpx) -> httpx.AsyncClient:  # noqa: ANN401 - or httpx2
    client: httpx.AsyncClient = library.AsyncClient(limits=_limits(in_flight, library), timeout=60)
    return client


def _limits(in_flight: int, library: Any = httpx) -> httpx.Limits:  # noqa: ANN401 - or httpx2
    limits: httpx.Limits = library.Limits(
        max_connections=in_flight, max_keepalive_connections=in_flight
    )
    return limits


async def _get(client: httpx.AsyncClient, url: str, target: Target) -> httpx.Response:
    asset, start, end = target
    response = await client.get(
        f"{url}/revenue-reporting/{asset}/tolling",
        params={"start": _text(start), "end": _text(end)},
        headers={"Authorization": "Bearer bench"},
    )
    response.raise_for_status()
    return response


def _text(moment: datetime) -> str:
    return moment.isoformat()[:-6] + "Z"


def generated(package: ModuleType) -> Make:
    """The client that openapi-python-client has made of our document, as its README uses it."""

    async def make(stack: AsyncExitStack, url: str, in_flight: int) -> Fetch:
        client = await stack.enter_async_context(
            package.client.AuthenticatedClient(
                base_url=url,
                token="bench",
                timeout=httpx.Timeout(60),
                httpx_args={"limits": _limits(in_flight)},
                raise_on_unexpected_status=True,
            )
        )
        operation = package.api.revenue.get_tolling_revenue

        async def fetch(target: Target) -> object:
            asset, start, end = target
            return await operation.asyncio(UUID(asset), client=client, start=start, end=end)

        return fetch

    return make


WRITTEN: Mapping[str, Make] = {
    OURS: _ours,
    TUNED: _tuned,
    BARE: _bare,
    OURS_HTTPX: _ours_on(HttpxBackend),
    BARE_HTTPX: _bare_on(httpx),
    OURS_HTTPX2: _ours_on(Httpx2Backend),
    BARE_HTTPX2: _bare_on(httpx2),
    PYDANTIC: _pydantic,
}
