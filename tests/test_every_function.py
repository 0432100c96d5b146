"""Every generated function works over the wire, with valid arguments, against the sandbox."""

from __future__ import annotations

import importlib
import inspect
import json
import typing
import warnings
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

import energy_sandbox
from energy_async import AiohttpBackend, WireReply, WireRequest
from energy_sandbox import Sandbox
from nanocorp_async import Nanocorp
from tests.clock import SetClock
from tests.valid_requests import BODIES, OUTAGE
from trlyr_async import Trlyr, auctions, physical_assets, revenue_reporting, virtual_assets

NOW = datetime(2026, 3, 28, 9, 0, tzinfo=UTC)
AFTER_THE_GATES = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)
AREAS = [
    *(
        f"trlyr_async.{area}"
        for area in (
            "auctions",
            "auth",
            "monitoring",
            "physical_assets",
            "revenue_reporting",
            "virtual_assets",
        )
    ),
    "nanocorp_async.market_feeds",
]
UNKNOWN = "11111111-1111-1111-1111-111111111111"
FUNCTIONS = [
    f"{area}.{name}" for area in AREAS for name in importlib.import_module(area).OPERATIONS
]


class Recorder(AiohttpBackend):
    """Sends as usual and keeps what went over the wire."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[WireRequest, WireReply]] = []

    async def send(self, request: WireRequest) -> WireReply:
        reply = await super().send(request)
        self.seen.append((request, reply))
        return reply


@cache
def document(area: str) -> OpenAPI:
    """The document as an independent library reads it."""
    api = "nanocorp" if area.startswith("nanocorp") else "trlyr"
    folder = Path(energy_sandbox.__file__).parent / "_generated" / api
    content = json.loads((folder / f"{area.rpartition('.')[2]}.json").read_text("utf-8"))
    return OpenAPI.from_dict({**content, "servers": [{"url": "https://example.com"}]})


def check_independently(area: str, request: WireRequest, reply: WireReply) -> None:
    """Raise unless both sides of the exchange are what the document says."""
    url = urlsplit(request.url)
    asked = MockRequest(
        "https://example.com",
        request.method.lower(),
        url.path,
        args=dict(parse_qsl(url.query)),
        headers=dict(request.headers),
        data=request.body,
    )
    kind = reply.headers.get("Content-Type", "application/json").partition(";")[0]
    document(area).validate_request(asked)
    answered = MockResponse(reply.body, status_code=reply.status, content_type=kind)
    document(area).validate_response(asked, answered)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
async def sandbox(clock: SetClock) -> AsyncIterator[Sandbox]:
    async with Sandbox(assets=8, clock=clock) as running:
        yield running


@pytest.fixture
async def client(sandbox: Sandbox, recorder: Recorder) -> AsyncIterator[Trlyr]:
    async with Trlyr(
        sandbox.username, sandbox.password, environment=sandbox.url, rate=1e4, backend=recorder
    ) as client:
        yield client


async def given(client: Trlyr, sandbox: Sandbox, function: Any) -> dict[str, Any]:
    """A value for every parameter that any function requires, by its Python name."""
    organisation, physical = sandbox.organisation_id, sandbox.physical_asset_ids[1]
    asset = sandbox.virtual_asset_ids[1]
    name = function.__name__
    outage = msgspec.convert(OUTAGE, physical_assets_type("create_unavailability"), strict=False)
    made = await physical_assets.create_unavailability(client, physical, body=outage)
    await physical_assets.update_metadata(client, physical, "site", body={"city": "Leipzig"})
    blocks = await virtual_assets.get_blocks(client, organisation, asset)
    running = [one for one in await auctions.get_auctions(client) if one.status == "RUNNING"]
    return {
        "organisation_id": organisation,
        "virtual_asset_id": sandbox.virtual_asset_ids[0] if name.endswith("revenue") else asset,
        "physical_asset_id": physical,
        "portfolio_id": sandbox.portfolio_ids[0],
        "fleet_id": sandbox.fleet_ids[0],
        "block_id": blocks[0].id,
        "auction_id": running[0].id,
        "unavailability_id": made.id,
        "resolution": "daily",
        "category": "site",
        "product_date_code": f"2026-03-30_{'NEGPOS' if 'fcr' in name else 'POS'}_00_04",
        "delivery_day": date(2026, 3, 30),
        "start": datetime(2026, 3, 28, 23, 0, tzinfo=UTC),  # over a clock change
        "end": datetime(2026, 3, 30, 22, 0, tzinfo=UTC),
    }


def physical_assets_type(name: str) -> Any:
    return typing.get_type_hints(getattr(physical_assets, name), include_extras=True)["body"]


async def body_for(client: Trlyr, sandbox: Sandbox, function: Any) -> Any:
    name = function.__name__
    if name == "authenticate":
        return {"username": sandbox.username, "password": sandbox.password}
    if name == "refresh":
        auth = importlib.import_module("trlyr_async.auth")
        models = importlib.import_module("trlyr_async.models.auth")
        login = models.LoginRequest(username=sandbox.username, password=sandbox.password)
        return {"refresh_token": (await auth.authenticate(client, body=login)).refresh_token}
    return BODIES[f"{function.__module__.split('.')[2]}.{name}"]


async def arguments(client: Trlyr, sandbox: Sandbox, function: Any) -> dict[str, Any]:
    """What the function's own signature says that it needs, as values of the right types."""
    values = await given(client, sandbox, function)
    hints = typing.get_type_hints(function, include_extras=True)
    found = {}
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        if parameter.kind is parameter.VAR_KEYWORD or parameter.default is not parameter.empty:
            continue
        if name == "body":
            raw = await body_for(client, sandbox, function)
            found[name] = msgspec.convert(raw, hints[name], strict=False)
        else:
            found[name] = values[name]
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
async def test_a_generated_function_answers_with_what_it_promises(
    name: str, client: Trlyr, sandbox: Sandbox, clock: SetClock, recorder: Recorder
) -> None:
    """The server takes the request, the answer decodes, and both pass an independent check."""
    area, _, function_name = name.rpartition(".")
    function = getattr(importlib.import_module(area), function_name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # provisional and deprecated ones are called on purpose
        if area.startswith("nanocorp"):
            async with Nanocorp(
                sandbox.token, base_url=sandbox.feeds_url, backend=recorder
            ) as feeds:
                answer = await function(feeds)
        else:
            values = await arguments(client, sandbox, function)
            if "results" in function_name:
                clock.at = AFTER_THE_GATES
            answer = await function(client, **values)
    promised = typing.get_type_hints(function, include_extras=True)["return"]
    assert msgspec.convert(msgspec.to_builtins(answer), promised, strict=False) == answer
    check_independently(area, *recorder.seen[-1])
    operation = f"{area.rpartition('.')[2]}.{function_name}"
    done = [
        count
        for (one, status), count in sandbox.counters.requests.items()
        if one == operation and status < 300
    ]
    assert sum(done) >= 1


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("start=2026-10-01T00:00:00Z", b"[]"),
        ("start=yesterday&end=2026-10-02T00:00:00Z", b"[]"),
        ("start=2026-10-01T00:00:00Z&end=2026-10-02T00:00:00Z", b'[{"revenue": "much"}]'),
        ("start=2026-10-01T00:00:00Z&end=2026-10-02T00:00:00Z", b'{"rows": []}'),
    ],
    ids=["end missing", "start no time", "text for a number", "object for an array"],
)
def test_the_independent_check_finds_what_is_wrong(query: str, body: bytes) -> None:
    """Else it would prove nothing about the functions."""
    url = f"https://example.com/revenue-reporting/{UNKNOWN}/tolling?{query}"
    headers = {"Authorization": "Bearer x"}
    request = WireRequest("GET", url, headers, None, 1.0, 1.0, 1.0, 1000)
    with pytest.raises(OpenAPIError):
        check_independently("trlyr_async.revenue_reporting", request, WireReply(200, {}, body))


def _timed() -> list[str]:
    def takes_times(path: str) -> bool:
        area, _, name = path.rpartition(".")
        parameters = inspect.signature(getattr(importlib.import_module(area), name)).parameters
        return {"start", "end"} <= set(parameters)

    return [path for path in FUNCTIONS if takes_times(path)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("value", [date(2026, 10, 1), "2026-10-01", 1790805600], ids=str)
@pytest.mark.parametrize("path", _timed())
async def test_what_is_no_datetime_is_refused_before_anything_is_sent(
    path: str, value: object
) -> None:
    """No client is needed for that."""
    area, _, name = path.rpartition(".")
    function = getattr(importlib.import_module(area), name)
    times = {"start": value, "end": NOW}
    own = inspect.signature(function).parameters.values()
    given = {
        one.name: {"client": None, "resolution": "daily"}.get(one.name, UNKNOWN)
        for one in own
        if one.default is one.empty and one.kind is not one.VAR_KEYWORD
    }
    with pytest.raises(TypeError, match="start must be an aware"):
        await function(**{**given, **times})


@pytest.mark.parametrize("name", ["start", "end"])
async def test_a_time_that_must_be_given_is_not_left_out(name: str) -> None:
    times: dict[str, Any] = {"start": NOW, "end": AFTER_THE_GATES, name: None}
    client: Any = None
    with pytest.raises(TypeError, match=f"{name} must be an aware datetime, got None"):
        await revenue_reporting.get_tolling_revenue(client, UNKNOWN, **times)
