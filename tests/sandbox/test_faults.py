"""Each fault does what it says, as often as it says, to the requests it is meant for."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

import aiohttp
import pytest

from energy_sandbox import Fault, Sandbox
from tests.clock import Clock as Today

if TYPE_CHECKING:
    from tests.sandbox.conftest import Visitor

RANGE = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-03T00:00:00Z"}


def tolling(sandbox: Sandbox) -> str:
    return f"/revenue-reporting/{sandbox.virtual_asset_ids[0]}/tolling"


async def read(visitor: Visitor) -> tuple[int, bytes, str]:
    """Status, body and media type of one tolling request."""
    url = visitor.sandbox.url + tolling(visitor.sandbox)
    async with visitor.http.get(url, params=RANGE, headers=visitor.headers) as reply:
        return reply.status, await reply.read(), reply.content_type


async def test_status(visitor: Visitor, sandbox: Sandbox) -> None:
    fault = sandbox.inject("status", status=500, times=2)
    statuses = [(await read(visitor))[0] for _ in range(3)]
    assert statuses == [500, 500, 200]
    assert fault.hits == 2
    assert sandbox.counters.count("get_tolling_revenue", 500) == 2


@pytest.mark.parametrize("status", [203, 299, 306, 418, 499, 520, 524, 599])
async def test_any_status_can_be_answered(visitor: Visitor, sandbox: Sandbox, status: int) -> None:
    sandbox.inject("status", status=status)
    assert (await read(visitor))[0] == status


async def test_an_informational_status_is_no_answer_of_its_own(
    visitor: Visitor, sandbox: Sandbox
) -> None:
    """Who reads it waits for the answer that never comes."""
    sandbox.inject("status", status=103)
    with pytest.raises((aiohttp.ClientError, TimeoutError)):
        async with asyncio.timeout(0.5):
            await read(visitor)
    with pytest.raises(ValueError, match="between 100 and 599"):
        sandbox.inject("status", status=99)


async def test_an_answer_is_held_after_the_work_is_done(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.inject("hold", delay=0.2, operation="get_tolling_revenue")
    began = time.monotonic()
    assert (await read(visitor))[0] == 200
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("wait", [7, 0.5, "Fri, 31 Dec 2027 23:59:59 GMT"])
async def test_status_with_retry_after(
    visitor: Visitor, sandbox: Sandbox, wait: float | str
) -> None:
    sandbox.inject("status", retry_after=wait)
    async with visitor.http.get(f"{sandbox.url}{tolling(sandbox)}") as reply:
        assert (reply.status, reply.headers["Retry-After"]) == (503, str(wait))
        assert set(await reply.json()) == {"error", "message"}


async def test_delay_then_the_answer(visitor: Visitor, sandbox: Sandbox) -> None:
    fault = sandbox.inject("delay", delay=0.05)
    begun = time.perf_counter()
    status, _, _ = await read(visitor)
    assert (status, fault.hits) == (200, 1)
    assert time.perf_counter() - begun >= 0.05


async def test_a_delay_leads_to_the_next_fault(visitor: Visitor, sandbox: Sandbox) -> None:
    delay, status = sandbox.inject("delay", delay=0.01), sandbox.inject("status", status=502)
    assert (await read(visitor))[0] == 502
    assert (delay.hits, status.hits) == (1, 1)


async def test_reset(visitor: Visitor, sandbox: Sandbox) -> None:
    """The connection ends without an answer, and without any work done."""
    sandbox.inject("reset", operation="authenticate")
    with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
        await visitor.log_in()
    assert sandbox.counters.logins == 1
    assert sandbox.counters.count("authenticate", 0) == 1
    assert (await visitor.log_in())[0] == 200


async def test_cut_body(visitor: Visitor, sandbox: Sandbox) -> None:
    """The work is done, the status is fine, and half of the promised body never comes."""
    sandbox.inject("cut_body", operation="authenticate")
    with pytest.raises(aiohttp.ClientPayloadError):
        await visitor.log_in()
    assert sandbox.counters.logins == 2
    assert sandbox.counters.count("authenticate", 200) == 2


async def test_bad_json(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.inject("bad_json")
    status, body, media = await read(visitor)
    assert (status, media) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


async def test_slow_drip(visitor: Visitor, sandbox: Sandbox) -> None:
    """The same bytes, later."""
    _, whole, _ = await read(visitor)
    sandbox.inject("slow_drip", delay=0.06)
    begun = time.perf_counter()
    _, dripped, _ = await read(visitor)
    assert time.perf_counter() - begun >= 0.05
    assert dripped == whole


async def test_hanging_up_on_a_slow_drip_is_no_error_of_the_sandbox(
    visitor: Visitor, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.inject("slow_drip", delay=1.0)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(read(visitor), 0.1)
    await asyncio.sleep(0.2)  # four of its drops
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_wrong_schema(visitor: Visitor, sandbox: Sandbox) -> None:
    """Valid JSON of almost the right shape."""
    _, right, _ = await read(visitor)
    sandbox.inject("wrong_schema")
    status, body, _ = await read(visitor)
    expected, wrong = json.loads(right), json.loads(body)
    assert status == 200
    assert wrong[0] == expected[0] | {"revenue": "not a number"}
    assert wrong[1:] == expected[1:]


@pytest.mark.parametrize(
    ("path", "kind"), [("tolling", dict), ("datapoints/daily", list)], ids=["list", "object"]
)
async def test_wrong_schema_of_answers_without_numbers(
    visitor: Visitor, sandbox: Sandbox, path: str, kind: type
) -> None:
    """An empty list becomes an object, an object without numbers a list."""
    sandbox.inject("wrong_schema")
    before_its_life = {"start": "2019-01-01T00:00:00Z", "end": "2019-01-02T00:00:00Z"}
    asset_id = sandbox.virtual_asset_ids[0]
    status, answer = await visitor.get(f"/revenue-reporting/{asset_id}/{path}", **before_its_life)
    assert (status, type(answer)) == (200, kind)


async def test_html(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.inject("html")
    status, body, media = await read(visitor)
    assert (status, media) == (200, "text/html")
    assert body.startswith(b"<!doctype html>")


async def test_a_fault_strikes_only_its_operation(visitor: Visitor, sandbox: Sandbox) -> None:
    faults = [
        sandbox.inject("status", operation=pattern, times=None)
        for pattern in ("get_wholesale_revenue", "market_feeds.*")
    ]
    assert (await read(visitor))[0] == 200
    assert (await visitor.feed("fcr-capacity"))[0] == 503
    path = f"/revenue-reporting/{sandbox.virtual_asset_ids[0]}/wholesale"
    assert (await visitor.get(path, **RANGE))[0] == 503
    assert [fault.hits for fault in faults] == [1, 1]


async def test_a_fault_skips_stops_and_can_be_removed(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.inject("status", skip=2, times=1)
    assert [(await read(visitor))[0] for _ in range(4)] == [200, 200, 503, 200]
    endless = sandbox.inject("status", times=None)
    assert [(await read(visitor))[0] for _ in range(3)] == [503] * 3
    endless.remove()
    assert (await read(visitor))[0] == 200


async def test_chance_is_drawn_from_the_seed(visit: type[Visitor]) -> None:
    """The same requests meet the same faults; about the asked part of them."""
    struck = []
    for _ in range(2):
        fault = Fault(kind="status", operation="get_tolling_revenue", times=None, probability=0.3)
        async with (
            Sandbox(assets=1, faults=[fault], clock=Today()) as sandbox,
            visit(sandbox) as visitor,
        ):
            struck.append([(await read(visitor))[0] for _ in range(100)])
    assert struck[0] == struck[1]
    assert 15 <= struck[0].count(503) <= 45


async def test_a_fault_strikes_before_the_token_is_looked_at(
    visitor: Visitor, sandbox: Sandbox
) -> None:
    sandbox.inject("status", status=500)
    sandbox.revoke_tokens()
    assert [(await read(visitor))[0] for _ in range(2)] == [500, 401]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "boom"},
        {"probability": 1.5},
        {"delay": -1},
        {"times": -1},
        {"skip": -1},
        {"status": 99},
    ],
    ids=str,
)
def test_senseless_faults_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(fields)).replace("kind", "unknown fault")):
        Fault(**({"kind": "status"} | fields))  # type: ignore[arg-type]


async def test_a_sandbox_ends_at_once_whatever_is_under_way(visit: type[Visitor]) -> None:
    """A long delay does not hold up the end of the block."""
    begun = time.perf_counter()
    faults = [Fault(kind="delay", delay=60, skip=1)]
    async with Sandbox(assets=1, faults=faults) as sandbox, visit(sandbox) as visitor:
        patience = aiohttp.ClientTimeout(total=0.05)
        with pytest.raises(TimeoutError):
            await visitor.http.get(sandbox.url + tolling(sandbox), timeout=patience)
    assert time.perf_counter() - begun < 50
