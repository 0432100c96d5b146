"""Other things than revenue, pulled in the same way."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from energy_async import delivery
from energy_sandbox import Sandbox
from trlyr_async import Trlyr, bulk, virtual_assets
from trlyr_async.bulk.data_points import rows_of
from trlyr_async.models.revenue_reporting import DataPoint, DataPointMetadata, RevenueDataPoints
from trlyr_async.models.virtual_assets import EnergyCapacityPoint

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings(
    "ignore::energy_async.transport.provisional.ProvisionalEndpointWarning"
)

OCTOBER_25 = date(2026, 10, 25)
OCTOBER = delivery.delivery_day(OCTOBER_25, delivery.BERLIN)
SPAN: dict[str, Any] = {"start": OCTOBER.start, "end": OCTOBER.end}


def now() -> datetime:
    return datetime(2026, 11, 2, tzinfo=UTC)


def client_of(sandbox: Sandbox) -> Trlyr:
    return Trlyr(sandbox.username, sandbox.password, environment=sandbox.url, rate=math.inf)


async def test_data_points_of_a_long_day_at_each_resolution(tmp_path: Path) -> None:
    wanted = ["revenue_wholesale", "net_volume_wholesale"]
    async with Sandbox(assets=2, clock=now) as sandbox, client_of(sandbox) as client:
        for resolution, count in {"15-minute": 100, "hourly": 25, "daily": 1}.items():
            source = bulk.data_points("virtual_asset", resolution, categories=wanted)
            asked = bulk.plan_pull(source, sandbox.virtual_asset_ids, **SPAN)
            report = await bulk.pull_to(client, tmp_path / resolution, source, asked)
            table = bulk.read(tmp_path / resolution)
            assert report.complete
            assert not report.conflicting
            assert table.num_rows == report.rows == 2 * 2 * count
            assert set(table["category"].to_pylist()) == set(wanted)
            told = set(zip(table["category"].to_pylist(), table["unit"].to_pylist(), strict=True))
            assert told == {("revenue_wholesale", "EUR"), ("net_volume_wholesale", "MWh")}


async def test_data_points_by_window_are_those_of_the_whole() -> None:
    """Categories that share a time are no contradiction, and no point comes twice."""
    source = bulk.data_points("virtual_asset", "15-minute")
    found = []
    async with Sandbox(assets=1, clock=now) as sandbox, client_of(sandbox) as client:
        for length in (timedelta(hours=1), None):
            asked = bulk.plan_pull(source, sandbox.virtual_asset_ids, **SPAN, window=length)
            pull = bulk.pull(client, source, asked)
            rows = [row async for batch in pull for row in batch.rows]
            assert not pull.report.conflicting
            found.append(sorted(rows, key=lambda one: (str(one.start), one.category)))
    assert found[0] == found[1] != []


async def test_another_operation_is_pulled_with_its_units(tmp_path: Path) -> None:
    """Fields that are structs themselves stay so; their units come along."""
    async with Sandbox(assets=2, clock=now) as sandbox, client_of(sandbox) as client:

        async def ask(client: Trlyr, asset_id: str, **options: Any) -> list[EnergyCapacityPoint]:
            answer = await virtual_assets.get_energy_capacity(
                client, sandbox.organisation_id, asset_id, **options
            )
            return answer.energy_capacity_timeseries or []

        source = bulk.of_operation(
            ask,
            EnergyCapacityPoint,
            start="time",
            content="terralayr energy capacity",
            stream="energy_capacity",
        )
        asked = bulk.plan_pull(source, sandbox.virtual_asset_ids, **SPAN)
        report = await bulk.pull_to(client, tmp_path / "data", source, asked)
    table = bulk.read(tmp_path / "data")
    assert report.complete
    assert table.num_rows == report.rows == 2 * 100
    assert table.schema.names[0] == "asset_id"
    assert table["time"].to_pylist()[:100] == [
        one.start for one in delivery.quarter_hours(OCTOBER_25, delivery.BERLIN)
    ]
    kinds = {field.name: field.metadata for field in table.schema.field("energy_capacity").type}
    assert kinds == {"available": {b"unit": b"kWh"}, "rated": {b"unit": b"kWh"}}


def test_what_cannot_be_pulled_is_refused() -> None:
    with pytest.raises(ValueError, match="there are virtual_asset, portfolio"):
        bulk.data_points("asset", "daily")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="several names"):
        bulk.data_points("fleet", "daily", categories="revenue_fcr")
    with pytest.raises(ValueError, match="no field 'when'"):
        bulk.of_operation(
            virtual_assets.get_energy_capacity,
            EnergyCapacityPoint,
            start="when",
            content="x",
            stream="x",
        )


def test_a_unit_is_what_the_answer_says_else_what_is_documented() -> None:
    answer = RevenueDataPoints(
        data={
            name: [DataPoint(time=OCTOBER.start, value=1.0)]
            for name in ("revenue_fcr", "capacity_fcr", "brand_new")
        },
        meta_data=[DataPointMetadata(data_point_name="revenue_fcr", unit="ct")],
    )
    found = {one.category: one.unit for one in rows_of(answer)}
    assert found == {"revenue_fcr": "ct", "capacity_fcr": "MW", "brand_new": None}


def test_a_resolution_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no resolution 'hour'; there are raw, 15-minute"):
        bulk.data_points("virtual_asset", "hour")
