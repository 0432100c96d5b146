"""An API check names what a foreign server does otherwise, and nothing else."""

# ruff: noqa: E501 - a change to a line, and what is said of it

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from energy_sandbox import Sandbox
from nanocorp_async import Nanocorp
from nanocorp_async import api as feeds
from tests.clock import Clock
from tests.foreign import PATHS, SURPRISES, Foreign
from trlyr_async import Trlyr, api

NAMED = {
    "paths": [
        "revenue_reporting.get_wholesale_revenue is not there",
        "revenue_reporting.get_ancillary_revenue is not there",
        "revenue_reporting.get_virtual_battery_auction_revenue is not there",
    ],
    "half-open": ["the server takes a range otherwise: start included, end not"],
    "extra field": ["TollingRevenue.settlementStatus is not known"],
    "renamed field": ["TollingRevenue.versionNumber is called version now"],
    "kilowatts": ["data.capacity_fcr[].value looks a factor of 1000 off"],
    "enum value": ["ScheduleAdjustment.reason says GRID_OPERATOR_REQUEST, which is not known"],
    "milliseconds": ["expires_in looks like milliseconds"],
    "403": ["monitoring is refused with HTTP 403"],
    "500": ["auctions fails with HTTP 500"],
    "quota": ["quota headers, which no page names: x-ratelimit-limit"],
}


async def contact_with(server: Foreign, **options: Any) -> api.Contact:
    async with Trlyr("u", "p", environment=server.url, rate=math.inf, **options) as client:
        return await api.check(client, organisation_id="o-1", pause=0)


def named(found: api.Contact) -> list[str]:
    """What was said, each beginning as `NAMED` has it; whatever else was said as it is."""
    known = [text for texts in NAMED.values() for text in texts]
    said = [one.text for one in found.surprises]
    return sorted(next((k for k in known if text.startswith(k)), text) for text in said)


@pytest.mark.parametrize("documents", [True, False])
async def test_all_ten_surprises_are_named_and_nothing_else(documents: bool) -> None:
    async with Foreign() as server:
        server.has_documents = documents
        found = await contact_with(server)
    assert named(found) == sorted(text for texts in NAMED.values() for text in texts)
    assert {method for method, _, _ in server.sent} == {"GET"}
    assert found.requests < 100
    assert found.paths == (PATHS if documents else {})


@pytest.mark.parametrize("surprise", SURPRISES)
async def test_each_surprise_is_named_alone(surprise: str) -> None:
    async with Foreign((surprise,)) as server:
        found = await contact_with(server)
    assert named(found) == sorted(NAMED[surprise])


def each(change: Callable[[Any], Any], of: str = "") -> Callable[[str, Any], Any]:
    """A change of every value in the answers of the paths that hold `of`."""

    def inside(value: Any) -> Any:
        if isinstance(value, dict):
            return change({key: inside(one) for key, one in value.items()})
        return [inside(one) for one in value] if isinstance(value, list) else change(value)

    return lambda path, value: inside(value) if of in path else value


def is_time(value: Any) -> bool:
    return isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value) is not None


def is_asset(value: Any) -> bool:
    return isinstance(value, dict) and "eicCode" in value


SMALL = {"ratedChargePower": 10, "ratedDischargePower": 10}
CHANGES: dict[str, tuple[Callable[[str, Any], Any], set[str]]] = {
    "a time without zone": (
        each(lambda v: v.removesuffix("Z") if is_time(v) else v, "/tolling"),
        {"TollingRevenue.startTs has no time zone", "TollingRevenue.endTs has no time zone"},
    ),
    "a bare date": (
        each(lambda v: v[:10] if is_time(v) else v, "/tolling"),
        {f"TollingRevenue.{name} is a bare date, and a time is expected" for name in ("startTs", "endTs")},
    ),
    "numbers as text": (
        each(lambda v: str(v) if isinstance(v, float) else v, "/tolling"),
        {f"TollingRevenue.{name} is text, and integer/number is expected" for name in ("revenue", "annualPrice")},
    ),
    "seconds for times": (
        each(lambda v: 1_767_225_600 if is_time(v) else v, "/tolling"),
        {f"TollingRevenue.{name} is integer, and text is expected" for name in ("startTs", "endTs")},
    ),
    "an envelope": (
        lambda path, v: {"data": v} if path.endswith("/virtual-assets") else v,
        {"virtual_assets.get_virtual_assets is object, and list is expected"},
    ),
    "megawatts as stated": (
        each(lambda v: {**v, **SMALL, "unitsPower": "MW"} if is_asset(v) else v),
        {"VirtualAsset.unitsPower is in MW, and kW is expected"},
    ),
    "megawatts in silence": (
        each(lambda v: {**v, **SMALL} if is_asset(v) else v),
        {f"{name} looks a factor of 1000 off: it can hardly be in kW" for name in SMALL},
    ),
    "megawatt-hours": (
        each(lambda v: {**v, "rated": 20, "available": 19} if isinstance(v, dict) and "rated" in v else v),
        {"energyCapacityTimeseries[].energyCapacity.rated looks a factor of 1000 off: it can hardly be in kWh"},
    ),
    "small letters": (
        each(lambda v: v.lower() if v == "AVAILABILITY" else v),
        {"ScheduleAdjustment.reason says availability, which is not known"},
    ),
    "nulls": (each(lambda v: None if v == "50Hertz" else v), set()),
    "no rows": (lambda path, v: [] if "revenue-reporting" in path and isinstance(v, list) else v, set()),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
async def test_what_nobody_thought_of_is_named_all_the_same(change: str) -> None:
    async with Foreign(()) as server:
        server.changed, expected = CHANGES[change]
        found = await contact_with(server)
    assert {one.text for one in found.surprises} == expected
    assert api.from_json(api.to_json(api.record(found))).api == "trlyr"


async def test_a_server_without_surprises_is_as_expected() -> None:
    async with Foreign(()) as server:
        found = await contact_with(server)
    assert found.is_as_expected
    assert found.measures["quota headers"] == "none"


async def test_corrected_paths_are_asked_and_stand_in_the_record() -> None:
    async with Foreign(("paths",)) as server:
        found = await contact_with(server, paths=PATHS)
    assert found.is_as_expected
    record = api.record(found)
    assert {one.operation: one.path for one in record.operations if one.is_corrected} == PATHS


async def test_what_was_not_tried_says_why() -> None:
    async with Foreign(()) as server:
        found = await contact_with(server)
    why = {one.operation: one.why for one in found.operations if one.verdict == "not tried"}
    said = why["revenue_reporting.get_fleet_data_points"]
    assert said == "no fleet_id is known; --id fleet_id=... or known= gives it"


async def test_an_identifier_by_a_name_that_is_none_is_refused() -> None:
    async with Foreign(()) as server, Trlyr("u", "p", environment=server.url) as client:
        with pytest.raises(ValueError, match="no operation takes 'fleet'; identifiers are"):
            await api.check(client, known={"fleet": ["1"]})
    assert server.sent == []


async def test_the_sandbox_is_as_expected() -> None:
    clock = Clock()
    async with (
        Sandbox(seed=7, assets=3, clock=clock) as sandbox,
        Trlyr(
            sandbox.username,
            sandbox.password,
            environment=sandbox.url,
            rate=math.inf,
            wall=clock.wall,
        ) as client,
        Nanocorp(
            sandbox.token, base_url=sandbox.feeds_url, rate=math.inf, wall=clock.wall
        ) as other,
    ):
        found = await api.check(client, organisation_id=sandbox.organisation_id, pause=0)
        of_feeds = await feeds.check(other, pause=0)
    assert [one.text for one in found.surprises] == []
    assert [one.text for one in of_feeds.surprises] == []
    tolling = next(one for one in found.operations if one.operation.endswith("tolling_revenue"))
    assert tolling.ranges == "both ends included; rows that start within"
    assert tolling.bucket == "1 day, from midnight Europe/Berlin"


async def test_the_surprising_sandbox_shows_a_first_contact() -> None:
    clock = Clock()
    async with (
        Sandbox(seed=7, assets=5, upstream="surprising", clock=clock) as sandbox,
        Trlyr(
            sandbox.username, sandbox.password, environment=sandbox.url, wall=clock.wall
        ) as client,
    ):
        found = await api.check(client, organisation_id=sandbox.organisation_id, pause=0)
    said = [one.text for one in found.surprises]
    for text in (
        "revenue_reporting.get_wholesale_revenue is not there",
        "revenue_reporting.get_ancillary_revenue is not there",
        "revenue_reporting.get_virtual_battery_auction_revenue is not there",
        "TollingRevenue.versionNumber is called version now",
        "TollingRevenue.settled is not known",
        "the server takes a range otherwise: start included, end not",
    ):
        assert any(one.startswith(text) for one in said)
    assert said[-1].startswith("quota headers")
    assert len(said) == 7
    record = api.to_json(api.record(found)).decode()
    assert '"market": "text = AFRR_NEG, AFRR_POS, FCR, WHOLESALE"' in record


async def test_documents_need_no_credentials() -> None:
    """What moved is found, and what is not there any more is named."""
    async with Foreign() as server, Trlyr("u", "p", environment=server.url) as client:
        found = await api.documents(client)
    assert found.paths == PATHS
    assert "get_fleet_data_points is not there" in str([one.text for one in found.surprises])
    assert found.documents["revenue_reporting"] == "was read"
    assert found.documents["auctions"] == "could not be had: HTTP 401"


async def test_a_record_is_read_as_it_was_written() -> None:
    async with Foreign() as server:
        found = await contact_with(server)
    record = api.record(found)
    assert api.from_json(api.to_json(record)) == record
    assert [one.text for one in record.surprises][:-2] == [one.text for one in found.surprises][:-2]


async def test_the_command_says_it_in_a_table_a_page_and_a_record(tmp_path: Any) -> None:
    page, record = tmp_path / "check.html", tmp_path / "check.json"
    async with Foreign() as server:
        environment = {**os.environ, "TRLYR_USERNAME": "u", "TRLYR_PASSWORD": "p",
                       "TRLYR_ENVIRONMENT": server.url, "HOME": str(tmp_path)}  # fmt: skip
        done = await anyio.run_process(
            [sys.executable, "-m", "trlyr_async.cli", "api", "check", "--organisation", "o-1",
             "--pause", "0", "--html", str(page), "--record", str(record)],
            env=environment, check=False,
        )  # fmt: skip
    out = done.stdout.decode()
    assert done.returncode == 3, out + done.stderr.decode()
    assert "Otherwise than expected: 12" in out
    for texts in NAMED.values():
        for text in texts:
            assert text in out
            assert text in page.read_text()
    for secret in ("VA-0001", "Nauen", "t0k3n", "10000", "9b2f6c1e"):
        assert secret not in record.read_text()
