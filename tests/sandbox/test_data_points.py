"""Data points: categories agree with each other and with their subject."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from energy_sandbox import Sandbox
    from tests.sandbox.conftest import Visitor

DAY = ("2026-05-11T22:00:00Z", "2026-05-12T21:59:59Z")


async def daily(visitor: Visitor, subject: str) -> dict[str, float]:
    """The single daily value of every category."""
    points = await visitor.points(subject, "daily", *DAY)
    return {name: point["value"] for name, [point] in points.items()}


async def test_parts_of_revenue_add_up(visitor: Visitor, sandbox: Sandbox) -> None:
    day = await daily(visitor, sandbox.virtual_asset_ids[0])
    parts = ("wholesale", "fcr", "afrr_capacity", "afrr_energy", "tolling", "vba")
    assert day["revenue_total_revenue"] == pytest.approx(sum(day[f"revenue_{p}"] for p in parts))
    energy = day["revenue_afrr_energy_pos"] + day["revenue_afrr_energy_neg"]
    assert day["revenue_afrr_energy"] == pytest.approx(energy)


async def test_wholesale_is_volume_times_price(visitor: Visitor, sandbox: Sandbox) -> None:
    day = await daily(visitor, sandbox.virtual_asset_ids[1])
    sold, bought = day["sell_volume_wholesale"], day["buy_volume_wholesale"]
    money = sold * day["sell_vwap_wholesale"] - bought * day["buy_vwap_wholesale"]
    assert money == pytest.approx(day["revenue_wholesale"])
    assert day["net_volume_wholesale"] == pytest.approx(sold - bought)


@pytest.mark.parametrize(
    "suffix", ["total", "wholesale", "fcr", "afrr_energy_pos", "vba", "tolling"]
)
async def test_normalised_revenue_is_per_mean_megawatt(
    visitor: Visitor, sandbox: Sandbox, suffix: str
) -> None:
    asset_id = sandbox.virtual_asset_ids[0]
    path = f"/organisations/{sandbox.organisation_id}/virtual-assets/{asset_id}"
    _, asset = await visitor.get(path)
    mean_mw = (asset["ratedChargePower"] + asset["ratedDischargePower"]) / 2000
    day = await daily(visitor, asset_id)
    revenue = day["revenue_total_revenue" if suffix == "total" else f"revenue_{suffix}"]
    assert day[f"revenue_normalised_{suffix}"] == pytest.approx(revenue / mean_mw)
    per_year = day[f"revenue_normalised_per_year_{suffix}"]
    assert per_year == pytest.approx(revenue / mean_mw * 365)


async def test_fcr_capacity_times_price_is_revenue(visitor: Visitor, sandbox: Sandbox) -> None:
    """Over the hours of each block, which come from the data."""
    names = ("revenue_fcr", "capacity_fcr", "settlement_price_fcr", "delivery_hours_fcr")
    start, end = "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z"
    data = await visitor.points(sandbox.virtual_asset_ids[1], "raw", start, end, *names)
    blocks = zip(*(data[name] for name in names), strict=True)
    seen = []
    for revenue, capacity, price, hours in blocks:
        product = capacity["value"] * price["value"] * hours["value"]
        assert revenue["value"] == pytest.approx(product, abs=0.006)
        seen.append(hours["value"])
    assert seen == [5, 4, 4, 4, 4, 4]


@pytest.mark.parametrize("subject", ["portfolios", "fleets"])
async def test_a_group_adds_its_members(visitor: Visitor, sandbox: Sandbox, subject: str) -> None:
    """Money, volumes and capacities add up; prices do not."""
    [group_id] = sandbox.portfolio_ids if subject == "portfolios" else sandbox.fleet_ids
    members = [await daily(visitor, asset_id) for asset_id in sandbox.virtual_asset_ids]
    group = await daily(visitor, f"{subject}/{group_id}")
    for name in (
        "revenue_total_revenue",
        "sell_volume_wholesale",
        "capacity_fcr",
        "annual_price_tolling",
    ):
        assert group[name] == pytest.approx(sum(member.get(name, 0) for member in members))
    for name in ("settlement_price_fcr", "delivery_hours_fcr", "hurdle_price_vba"):
        assert group[name] == pytest.approx(members[0][name])


async def test_a_physical_asset_stands_behind_a_virtual_one(
    visitor: Visitor, sandbox: Sandbox
) -> None:
    virtual, physical = sandbox.virtual_asset_ids[2], sandbox.physical_asset_ids[2]
    assert await daily(visitor, f"physical-assets/{physical}") == await daily(visitor, virtual)


async def test_products_not_sold_have_no_points(visitor: Visitor, sandbox: Sandbox) -> None:
    """Missing is not zero: a tolled asset has no wholesale points at all."""
    day = await daily(visitor, sandbox.virtual_asset_ids[3])
    assert "revenue_tolling" in day
    assert not [name for name in day if "wholesale" in name or "fcr" in name or "vba" in name]


async def test_only_the_categories_asked_for_come_back(visitor: Visitor, sandbox: Sandbox) -> None:
    path = f"/revenue-reporting/{sandbox.virtual_asset_ids[0]}/datapoints/daily"
    query = {"start": DAY[0], "end": DAY[1], "datapoints": "revenue_fcr,buy_vwap_wholesale"}
    status, answer = await visitor.get(path, **query)
    assert status == 200
    assert set(answer["data"]) == {"revenue_fcr", "buy_vwap_wholesale"}
    units: dict[str, Any] = {m["dataPointName"]: m["unit"] for m in answer["metaData"]}
    assert units == {"revenue_fcr": "EUR", "buy_vwap_wholesale": "EUR/MWh"}


async def test_no_two_days_are_alike(visitor: Visitor, sandbox: Sandbox) -> None:
    """Each quarter-hour has trades of its own, also where prices play no part."""
    name = "net_off_volume_wholesale"
    later = ("2026-05-12T22:00:00Z", "2026-05-13T21:59:59Z")
    days = [
        [point["value"] for point in data[name]]
        for data in [
            await visitor.points(sandbox.virtual_asset_ids[0], "raw", *day, name)
            for day in (DAY, later)
        ]
    ]
    assert days[0] != days[1]
    traded = [{index for index, value in enumerate(day) if value} for day in days]
    assert traded[0] - traded[1]


async def test_every_value_is_finite(visitor: Visitor, sandbox: Sandbox) -> None:
    data = await visitor.points(sandbox.virtual_asset_ids[0], "15-minute", *DAY)
    assert all(math.isfinite(point["value"]) for points in data.values() for point in points)


async def test_too_many_points_are_refused(visitor: Visitor, sandbox: Sandbox) -> None:
    path = f"/revenue-reporting/{sandbox.virtual_asset_ids[0]}/datapoints/15-minute"
    status, answer = await visitor.get(
        path, start="2025-01-01T00:00:00Z", end="2025-12-31T00:00:00Z"
    )
    assert status == 400
    assert "datapoints" in answer["message"]
