"""Revenue adds up, ranges include both ends, days are Berlin days, order does not matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy_sandbox import Sandbox
from energy_sandbox.reading import quarters
from energy_sandbox.state.outages import Outages
from energy_sandbox.world.calendar import Period
from energy_sandbox.world.world import World
from tests.clock import Clock as Today

if TYPE_CHECKING:
    from tests.clock import SetClock
    from tests.sandbox.conftest import Visitor

STREAMS = ("wholesale", "ancillary", "tolling", "virtual-battery-auction")
BERLIN = ZoneInfo("Europe/Berlin")
# Local day: start, last instant, quarter-hours, hours of each 4-hour block.
DAYS = {
    "ordinary": ("2026-02-10T23:00:00Z", "2026-02-11T22:59:59Z", 96, [4, 4, 4, 4, 4, 4]),
    "spring": ("2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", 92, [3, 4, 4, 4, 4, 4]),
    "autumn": ("2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", 100, [5, 4, 4, 4, 4, 4]),
}
RESOLUTIONS = ("raw", "15-minute", "hourly", "daily")


def cents(euros: float) -> int:
    """Whole cents; fails unless the amount is whole cents."""
    assert euros == round(euros * 100) / 100
    return round(euros * 100)


def hours(row: dict[str, str]) -> float:
    length = datetime.fromisoformat(row["endTs"]) - datetime.fromisoformat(row["startTs"])
    return length / timedelta(hours=1)


@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("day", DAYS)
async def test_streams_add_up_to_total_revenue(
    visitor: Visitor, sandbox: Sandbox, day: str, resolution: str
) -> None:
    """To the cent, at every resolution, for every way of selling an asset's power."""
    start, end, *_ = DAYS[day]
    for asset_id in sandbox.virtual_asset_ids:
        rows = [row for name in STREAMS for row in await visitor.rows(name, asset_id, start, end)]
        points = await visitor.points(asset_id, resolution, start, end, "revenue_total_revenue")
        total = sum(cents(point["value"]) for point in points["revenue_total_revenue"])
        assert total == sum(cents(row["revenue"]) for row in rows)
        assert total > 0


async def test_raw_totals_add_up_over_part_of_a_day(visitor: Visitor, sandbox: Sandbox) -> None:
    """Raw points stand where their bucket starts, so that any range adds up."""
    asset_id, start, end = (
        sandbox.virtual_asset_ids[0],
        "2026-05-04T07:15:00Z",
        "2026-05-05T16:00:00Z",
    )
    rows = [row for name in STREAMS for row in await visitor.rows(name, asset_id, start, end)]
    points = await visitor.points(asset_id, "raw", start, end, "revenue_total_revenue")
    total = sum(cents(point["value"]) for point in points["revenue_total_revenue"])
    assert total == sum(cents(row["revenue"]) for row in rows)


async def test_the_first_asset_shows_every_stream(visitor: Visitor, sandbox: Sandbox) -> None:
    start, end, *_ = DAYS["ordinary"]
    for stream in STREAMS:
        assert await visitor.rows(stream, sandbox.virtual_asset_ids[0], start, end)


@pytest.mark.parametrize("day", DAYS)
async def test_days_have_their_own_length(visitor: Visitor, sandbox: Sandbox, day: str) -> None:
    start, end, quarters, blocks = DAYS[day]
    asset_id = sandbox.virtual_asset_ids[0]
    wholesale = await visitor.rows("wholesale", asset_id, start, end)
    ancillary = await visitor.rows("ancillary", asset_id, start, end)
    assert len(wholesale) == quarters
    assert {hours(row) for row in wholesale} == {0.25}
    assert [hours(row) for row in ancillary] == blocks
    assert all(a["endTs"] == b["startTs"] for a, b in pairwise(ancillary))
    for stream in ("tolling", "virtual-battery-auction"):
        [row] = await visitor.rows(stream, asset_id, start, end)
        assert row["startTs"] == start
        assert hours(row) == quarters / 4


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize(("resolution", "per_hour"), [("15-minute", 4), ("hourly", 1)])
async def test_points_cover_the_day(
    visitor: Visitor, sandbox: Sandbox, day: str, resolution: str, per_hour: int
) -> None:
    start, end, quarters, _ = DAYS[day]
    data = await visitor.points(sandbox.virtual_asset_ids[0], resolution, start, end)
    times = [point["time"] for point in data["revenue_tolling"]]
    assert len(times) == len(set(times)) == quarters * per_hour // 4


@pytest.mark.parametrize("day", DAYS)
async def test_daily_points_start_at_berlin_midnight(
    visitor: Visitor, sandbox: Sandbox, day: str
) -> None:
    start, end, *_ = DAYS[day]
    data = await visitor.points(sandbox.virtual_asset_ids[0], "daily", start, end)
    assert len(data) == 46
    for points in data.values():
        [point] = points
        local = datetime.fromisoformat(point["time"]).astimezone(BERLIN)
        assert (local.hour, local.minute) == (0, 0)


@pytest.mark.parametrize(
    ("stream", "start", "end", "starts"),
    [
        ("wholesale", "2026-01-10T10:00:00Z", "2026-01-10T10:30:00Z", ["10:00", "10:15", "10:30"]),
        ("wholesale", "2026-01-10T10:00:01Z", "2026-01-10T10:29:59Z", ["10:15"]),
        ("wholesale", "2026-01-10T11:00:00.000+01:00", "2026-01-10T10:00:00Z", ["10:00"]),
        ("ancillary", "2026-01-10T11:00:00Z", "2026-01-10T15:00:00Z", ["11:00", "15:00"]),
        ("ancillary", "2026-01-10T11:00:00.000001Z", "2026-01-10T15:00:00Z", ["15:00"]),
        ("tolling", "2026-01-09T23:00:00Z", "2026-01-10T23:00:00Z", ["23:00", "23:00"]),
        ("tolling", "2026-01-10T00:00:00Z", "2026-01-10T22:00:00Z", []),
    ],
)
async def test_ranges_include_both_ends(
    visitor: Visitor, sandbox: Sandbox, stream: str, start: str, end: str, starts: list[str]
) -> None:
    rows = await visitor.rows(stream, sandbox.virtual_asset_ids[0], start, end)
    assert [row["startTs"][11:16] for row in rows] == starts


async def test_energy_capacity_includes_both_ends(visitor: Visitor, sandbox: Sandbox) -> None:
    status, answer = await visitor.get(
        f"/organisations/{sandbox.organisation_id}/virtual-assets/{sandbox.virtual_asset_ids[0]}/energy-capacity",
        start="2025-06-17T00:00:00Z",
        end="2025-06-17T00:30:00Z",
    )
    assert status == 200
    times = [point["time"][11:16] for point in answer["energyCapacityTimeseries"]]
    assert times == ["00:00", "00:15", "00:30"]


def test_usable_energy_falls_now_and_then() -> None:
    """At most rated, almost always rated, sometimes less."""
    world = World(7, 1)
    outages = Outages(world)
    year = Period.of(datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC))
    parts = [
        outages.available(battery, second).energy / battery.energy_kwh
        for battery in world.fleet
        for second in quarters(year)
    ]
    assert 0 <= min(parts) < 1 == max(parts)
    assert 0.95 < parts.count(1) / len(parts) < 1


async def test_tolling_is_a_365th_of_the_annual_price(visitor: Visitor, sandbox: Sandbox) -> None:
    start, end, *_ = DAYS["autumn"]
    [row] = await visitor.rows("tolling", sandbox.virtual_asset_ids[3], start, end)
    assert row["revenue"] == round(row["annualPrice"] / 365, 2)


@pytest.mark.parametrize("stream", STREAMS)
async def test_splitting_a_range_changes_nothing(
    visitor: Visitor, sandbox: Sandbox, stream: str
) -> None:
    """Neighbouring ranges share the row at their border and nothing else."""
    asset_id, start, middle, end = (
        sandbox.virtual_asset_ids[0],
        "2026-03-27T23:00:00Z", "2026-03-29T22:00:00Z", "2026-04-02T10:00:00Z",
    )  # fmt: skip
    whole = await visitor.rows(stream, asset_id, start, end)
    second = await visitor.rows(stream, asset_id, middle, end)
    first = await visitor.rows(stream, asset_id, start, middle)
    assert first[-1] == second[0]
    assert first + second[1:] == whole


@settings(max_examples=40, deadline=None)
@given(
    start=st.datetimes(datetime(2021, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001
    length=st.timedeltas(timedelta(0), timedelta(days=9)),
    cut=st.floats(0, 1),
)
def test_any_cut_yields_the_same_rows(start: datetime, length: timedelta, cut: float) -> None:
    begin = start.replace(tzinfo=UTC)
    middle, end = begin + length * cut, begin + length
    world, other = World(11, 1), World(11, 1)
    battery = world.fleet[0]
    for stream in ("wholesale", "ancillary", "tolling", "auction"):
        right = getattr(other, stream)(battery, Period.of(middle + timedelta(microseconds=1), end))
        left = getattr(other, stream)(battery, Period.of(begin, middle))
        assert left + right == getattr(world, stream)(battery, Period.of(begin, end))


async def test_equal_seeds_give_equal_worlds_and_others_differ(visit: type[Visitor]) -> None:
    """A larger fleet begins with the same assets; another seed shares not even an id."""
    start, end, *_ = DAYS["spring"]
    answers = []
    for seed, assets in ((3, 4), (3, 9), (4, 4)):
        async with (
            Sandbox(seed=seed, assets=assets, clock=Today()) as sandbox,
            visit(sandbox) as visitor,
        ):
            ids = sandbox.virtual_asset_ids[:4]
            rows = [await visitor.rows(stream, ids[0], start, end) for stream in STREAMS]
            answers.append((ids, sandbox.organisation_id, sandbox.username, rows))
    assert answers[0] == answers[1]
    assert not set(answers[0][0]) & set(answers[2][0])
    revenue = [[row["revenue"] for row in answer[3][0]] for answer in answers]
    assert revenue[0] != revenue[2]


def test_a_fleet_earns_what_german_batteries_earn() -> None:
    """Between 60 and 200 kEUR per MW and year each, 100 to 160 on average; charging costs money."""
    world = World(7, 8)
    year = Period.of(
        datetime(2024, 12, 31, 23, tzinfo=UTC), datetime(2025, 12, 31, 22, 59, tzinfo=UTC)
    )
    yields = []
    for battery in world.fleet:
        streams = (world.wholesale, world.ancillary, world.tolling, world.auction)
        rows = [row.revenue for stream in streams for row in stream(battery, year)]
        yields.append(sum(rows) / battery.mean_mw / 1000)
        assert battery.tolled == 1 or min(rows) < 0
    assert 100 < sum(yields) / len(yields) < 160
    assert min(yields) > 60
    assert max(yields) < 200


async def test_a_range_may_last_400_days(visitor: Visitor, sandbox: Sandbox) -> None:
    path = f"/revenue-reporting/{sandbox.virtual_asset_ids[0]}/tolling"
    status, rows = await visitor.get(path, start="2025-01-01T00:00:00Z", end="2026-02-05T00:00:00Z")
    assert (status, len(rows)) == (200, 400)
    status, answer = await visitor.get(
        path, start="2025-01-01T00:00:00Z", end="2026-02-05T00:00:01Z"
    )
    assert status == 400
    assert "400 days" in answer["message"]


@pytest.mark.parametrize("year", [2024, 2026])
async def test_figures_reach_far_back(visitor: Visitor, sandbox: Sandbox, year: int) -> None:
    rows = await visitor.rows(
        "wholesale",
        sandbox.virtual_asset_ids[0],
        f"{year}-06-01T00:00:00Z",
        f"{year}-06-01T01:00:00Z",
    )
    assert len(rows) == 5


async def test_revenue_ends_at_the_present_moment(player: Visitor, clock: SetClock) -> None:
    """Rows and data points alike; a row counts once its time has ended."""
    clock.set("2026-10-25T11:20:00Z")
    asset = player.sandbox.virtual_asset_ids[0]
    around = "2026-10-24T22:00:00Z", "2026-10-27T22:00:00Z"
    for stream, count in {"tolling": 0, "wholesale": 53, "ancillary": 3}.items():
        rows = await player.rows(stream, asset, *around)
        assert len(rows) == count
        assert all(one["endTs"] <= "2026-10-25T11:20:00Z" for one in rows)
    points = await player.points(asset, "hourly", *around, "revenue_total_revenue")
    assert points["revenue_total_revenue"][-1]["time"] == "2026-10-25T10:00:00Z"
    clock.set("2026-10-25T23:00:00Z")
    assert len(await player.rows("tolling", asset, *around)) == 1
