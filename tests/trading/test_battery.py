"""What upstream says of a battery, read for a simulation."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from energy_async.delivery import BERLIN, quarter_hours
from trlyr_async import trading

if TYPE_CHECKING:
    from tests.trading.conftest import Desk

pytestmark = pytest.mark.filterwarnings("ignore::trlyr_async.ProvisionalEndpointWarning")


async def test_a_battery_is_read_with_its_energy_and_what_it_has_sold(desk: Desk) -> None:
    quarters = [quarter.start for quarter in quarter_hours(desk.day, BERLIN)]
    evening = dict.fromkeys([quarters[0] - timedelta(minutes=15)], -4000.0)
    await trading.submit_schedule(*desk.block, evening)
    bid = trading.Bid(
        product="POS_08_12", delivery_day=desk.day, offered_capacity=4000, capacity_price=-9,
        energy_price=0,
    )  # fmt: skip
    await trading.submit_bids(*desk.asset, [bid])
    desk.clock.advance(timedelta(days=2))  # results are out, the day is ahead
    battery = await trading.read_battery(
        *desk.asset, start=quarters[0], end=quarters[-1] + timedelta(minutes=15)
    )
    assert battery.findings == ()
    assert battery.asset.charge_efficiency is not None
    assert battery.stored_kwh == pytest.approx(5000 + 1000 * battery.asset.charge_efficiency)
    assert battery.capacity is not None
    assert battery.capacity.keys() >= set(quarters)
    assert battery.deliverable is not None
    assert [(one.up, one.down) for one in battery.commitments] == [(4000, 0)]
    (block,) = battery.blocks
    day = dict.fromkeys(quarters, 0.0) | dict.fromkeys(quarters[32:34], 2000.0)
    found = trading.check_schedule(day, block=block, battery=battery, now=desk.clock())
    (wrong,) = [one for one in found if one.severity == "error"]
    assert (wrong.kind, wrong.time) == ("power_limit", quarters[32])
    # The sandbox, which computes on its own, takes it back as far.
    result = await trading.submit_schedule(*desk.block, day)
    assert {(one.timestamp, one.adjusted_schedule) for one in result.adjustments or ()} == {
        (quarters[32], 1000.0),
        (quarters[33], 1000.0),
    }


async def test_what_cannot_be_read_is_a_finding(desk: Desk) -> None:
    desk.sandbox.inject("status", operation="get_energy_capacity", status=500)
    desk.sandbox.inject("status", operation="get_ancillary_results", status=404)
    start = quarter_hours(desk.day, BERLIN)[0].start
    battery = await trading.read_battery(*desk.asset, start=start, end=start + timedelta(hours=1))
    assert battery.stored_kwh is None
    assert len(battery.findings) == 2
    found = trading.check_schedule({start: 1.0}, block=battery.blocks[0], battery=battery)
    said = " ".join(str(one) for one in found if one.kind == "not_checked")
    for words in ("`stored_kwh`", "get_energy_capacity", "get_ancillary_results"):
        assert words in said
