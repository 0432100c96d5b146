"""A battery followed through its schedules: energy, power, reserve, cycles, and proposals."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from energy_async import plot, tables
from energy_async.delivery import BERLIN, quarter_hours
from trlyr_async import trading, virtual_assets
from trlyr_async.models.virtual_assets import (
    Block,
    BlockMetadata,
    BlockPowerCapacity,
    SchedulePoint,
    VirtualAsset,
)
from trlyr_async.trading.simulation import draw_simulation

if TYPE_CHECKING:
    from tests.trading.conftest import Desk

DAY = date(2026, 10, 25)  # 100 quarter-hours
QUARTERS = [quarter.start for quarter in quarter_hours(DAY, BERLIN)]
START, END = QUARTERS[0], QUARTERS[-1] + timedelta(minutes=15)
ASSET = VirtualAsset(
    id="a",
    energy_capacity=1000.0,
    available_energy_capacity=1000.0,
    charge_efficiency=0.8,
    discharge_efficiency=0.5,
    rated_charge_power=500.0,
    rated_discharge_power=500.0,
    daily_cycle_limit=2.0,
    annual_cycle_limit=700.0,
    final_soc_tolerance=0.01,
    start=datetime(2026, 1, 1, tzinfo=UTC),
    end=END,
    units_power="kW",
    units_energy="kWh",
)


def block(powers: dict[int, float] | None = None, name: str = "b", **fields: object) -> Block:
    """A block that rests but for the quarter-hours of `powers`."""
    given = {"rated_charge_power": 500.0, "rated_discharge_power": 500.0} | fields
    schedule = [
        SchedulePoint(time=time, power=(powers or {}).get(index, 0.0))
        for index, time in enumerate(QUARTERS)
    ]
    return msgspec.structs.replace(Block(id=name, schedule=schedule, units_power="kW"), **given)


def kinds(found: trading.Simulation) -> set[str]:
    return {one.kind for one in found.findings if one.severity != "info"}


def unchecked(found: trading.Simulation) -> str:
    return "\n".join(one.message for one in found.findings if one.kind == "not_checked")


def test_energy_follows_efficiencies_and_signs() -> None:
    found = trading.simulate(ASSET, [block({0: -400.0, 1: 200.0})], stored_kwh=500.0)
    assert found.times == QUARTERS
    assert found.stored is not None
    assert found.stored[:3] == pytest.approx([580.0, 480.0, 480.0])
    assert found.delivered == found.power
    assert found.end_state_of_charge == pytest.approx(48.0)


@pytest.mark.parametrize(
    ("powers", "stored", "times", "kwh"),
    [
        pytest.param(dict.fromkeys(range(8), 500.0), 500.0, [2], 750.0, id="empty"),
        pytest.param(dict.fromkeys(range(8), -500.0), 900.0, [1], 875.0, id="full"),
        pytest.param({0: 500.0, 1: -500.0, 2: 500.0}, 0.0, [0, 2], 200.0, id="empty twice"),
    ],
)
def test_every_stretch_that_cannot_be_is_found(
    powers: dict[int, float], stored: float, times: list[int], kwh: float
) -> None:
    found = trading.simulate(ASSET, [block(powers)], stored_kwh=stored)
    energy = [one for one in found.findings if one.kind == "energy_limit"]
    assert [one.time for one in energy] == [QUARTERS[index] for index in times]
    assert found.missing_kwh == pytest.approx(kwh)
    assert sum(one.value or 0.0 for one in energy) == pytest.approx(kwh)
    assert not found.is_feasible


def test_blocks_of_a_battery_share_its_energy_and_power() -> None:
    alone = trading.simulate(ASSET, [block({0: 300.0})], stored_kwh=300.0)
    both = trading.simulate(
        ASSET, [block({0: 300.0}), block({0: 300.0}, "c")], {}, stored_kwh=300.0
    )
    assert "power_limit" not in kinds(alone)
    assert both.power[0] == 600.0
    assert {"power_limit"} <= kinds(both)
    assert both.stored is not None
    assert both.stored[0] == 0.0


def test_new_points_lie_over_those_of_the_block() -> None:
    held = block({0: 100.0, 1: 100.0})
    found = trading.simulate(ASSET, [held], {"b": {QUARTERS[1]: 7.0}}, stored_kwh=500.0)
    assert found.times[0] == QUARTERS[1]
    assert found.power[0] == 7.0
    from_start = trading.simulate(ASSET, [held], {"b": {QUARTERS[1]: 7.0}}, start=START)
    assert from_start.power[:3] == [100.0, 7.0, 0.0]


def test_reserve_takes_its_headroom() -> None:
    sold = trading.Commitment.of("NEGPOS_00_04", DAY, 200.0)
    assert sold.end - sold.start == timedelta(hours=5)
    found = trading.simulate(
        ASSET, [block({19: 350.0, 20: 350.0, 3: -350.0})], stored_kwh=500.0, commitments=[sold]
    )
    wrong = [one for one in found.findings if one.kind == "power_limit"]
    assert [(one.time, one.value) for one in wrong] == [
        (QUARTERS[19], 350.0),
        (QUARTERS[3], -350.0),
    ]
    first = found.rows()[0]
    assert (first.headroom_up, first.headroom_down) == (300.0, 300.0)
    assert found.rows()[20].headroom_up == 150.0


def test_an_outage_of_a_block_and_projected_power_lower_the_limit() -> None:
    less = BlockPowerCapacity(
        time=QUARTERS[4], charge_power_capacity=500.0, discharge_power_capacity=100.0
    )
    found = trading.simulate(
        ASSET,
        [block({4: 200.0, 5: 200.0}, power_capacity=[less])],
        stored_kwh=900.0,
        deliverable={QUARTERS[5]: (-50.0, 150.0)},
    )
    assert found.upper is not None
    assert found.upper[3:7] == [500.0, 100.0, 150.0, 500.0]
    assert [one.time for one in found.findings if one.kind == "power_limit"] == [QUARTERS[4]]


def test_an_outage_freezes_its_part_of_the_energy() -> None:
    lost = dict.fromkeys(QUARTERS[1:4], 500.0)
    powers = dict.fromkeys(range(4), 125.0)  # 62.5 kWh from the store in each quarter-hour
    found = trading.simulate(ASSET, [block(powers)], stored_kwh=400.0, capacity=lost)
    assert found.stored is not None
    assert found.stored[:5] == pytest.approx([337.5, 275.0, 212.5, 168.75, 168.75])
    assert found.missing_kwh == pytest.approx((62.5 - 43.75) * 0.5)


def test_cycles_are_counted_by_day_and_year_and_held_against_limits() -> None:
    zigzag = {index: 500.0 if index % 2 else -500.0 for index in range(100)}
    asset = msgspec.structs.replace(ASSET, charge_efficiency=1.0, discharge_efficiency=1.0)
    found = trading.simulate(asset, [block(zigzag)], stored_kwh=500.0, cycles_used=695.0)
    assert found.discharges == {DAY: pytest.approx(6.25)}
    assert found.cycles == {2026: pytest.approx(6.25)}
    assert [one.value for one in found.findings if one.kind == "cycle_limit"] == [
        pytest.approx(701.25),
        pytest.approx(6.25),
    ]


def test_ramps_are_checked_where_their_unit_is_known() -> None:
    powers = {10: 450.0, 11: -450.0}
    asset = msgspec.structs.replace(ASSET, ramp_rate=66.0)
    assert "no documented unit" in unchecked(trading.simulate(asset, [block(powers)]))
    found = trading.simulate(asset, [block(powers)], ramp_kw_per_minute=40.0)
    assert [one.time for one in found.findings if one.kind == "ramp"] == [QUARTERS[11]]


@pytest.mark.parametrize(
    ("powers", "is_wrong"), [({0: -400.0}, True), ({0: -50.0}, False), ({}, False)]
)
def test_the_final_state_is_held_against_half(powers: dict[int, float], is_wrong: bool) -> None:
    found = trading.simulate(ASSET, [block(powers)], stored_kwh=500.0)
    assert ("final_state" in kinds(found)) == is_wrong


@pytest.mark.parametrize(
    ("fields", "stored", "words"),
    [
        ({}, None, "`stored_kwh`"),
        ({"charge_efficiency": None}, 5.0, "efficiencies are None"),
        ({"discharge_efficiency": 0.0}, 5.0, "efficiencies are 0.8 (charge) and 0.0"),
        ({"units_energy": "MWh"}, 5.0, "MWh, and not in kWh"),
        ({"units_power": "MW"}, 5.0, "MW, and not in kW"),
        ({"energy_capacity": None, "available_energy_capacity": None}, 5.0, "no energy capacity"),
        ({"rated_charge_power": None}, 5.0, "rated power is None"),
        ({"daily_cycle_limit": None}, 5.0, "no limit of them"),
        ({"end": None}, 5.0, "state of charge at the end"),
        ({"block_metadata": [BlockMetadata(market="FCR")]}, 5.0, "blocks for FCR"),
    ],
)
def test_a_check_that_cannot_be_made_is_reported(
    fields: dict[str, object], stored: float | None, words: str
) -> None:
    asset = msgspec.structs.replace(ASSET, **fields)
    assert words in unchecked(trading.simulate(asset, [block()], stored_kwh=stored))


def test_no_available_energy_is_none_and_not_unknown() -> None:
    asset = msgspec.structs.replace(ASSET, available_energy_capacity=0.0)
    found = trading.simulate(asset, [block({0: 450.0, 9: -450.0})], stored_kwh=0.0)
    assert found.missing_kwh == pytest.approx(225.0)
    assert "energy_limit" in kinds(found)


@pytest.mark.parametrize("stored", [True, "5", float("nan"), float("inf"), 10**400])
def test_stored_energy_that_is_no_number_is_an_error(stored: Any) -> None:
    found = trading.simulate(ASSET, [block()], stored_kwh=stored)
    (wrong,) = [one for one in found.findings if one.severity == "error"]
    assert wrong.kind == "no_number"
    assert not found.is_feasible


def test_a_battery_without_any_energy_is_followed() -> None:
    asset = msgspec.structs.replace(ASSET, energy_capacity=0.0, available_energy_capacity=0.0)
    lost = {QUARTERS[3]: 0.0, QUARTERS[5]: 1.0}
    found = trading.simulate(asset, [block({4: 1.0})], stored_kwh=0.0, capacity=lost)
    assert found.missing_kwh == pytest.approx(0.25)
    assert found.end_state_of_charge is None


def test_a_power_that_nobody_knows_is_reported() -> None:
    short = msgspec.structs.replace(block(), schedule=block().schedule[:50])  # type: ignore[index]
    found = trading.simulate(ASSET, [short], end=END, stored_kwh=500.0)
    assert "not known for 50 quarter-hours" in unchecked(found)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"start": datetime(2026, 10, 25)}, "start"),  # noqa: DTZ001
        ({"start": START + timedelta(minutes=1)}, "not the start of a quarter-hour"),
        ({"start": END, "end": START}, "is before start"),
        ({"schedules": {"x": {START: 1.0}}}, "no block of this id was given: x"),
        ({"commitments": [trading.Commitment(START, END, up=-1.0)]}, "capacities are kW from 0"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        trading.simulate(ASSET, [block()], **options)  # type: ignore[arg-type]


def test_rows_become_a_table_with_units() -> None:
    table = tables.to_arrow(trading.simulate(ASSET, [block()], stored_kwh=500.0).rows())
    assert table.num_rows == 100
    assert tables.units(table)["stored"] == "kWh"
    assert tables.units(table)["headroom_up"] == "kW"


def test_a_chart_shows_power_and_energy() -> None:
    found = trading.simulate(ASSET, [block({0: 400.0})], stored_kwh=500.0)
    figure = draw_simulation(found, name="Battery 1")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Power of Battery 1", "Energy"]
    assert len(draw_simulation(trading.simulate(ASSET, [block()]), name="x").axes) == 1
    assert plot.save is not None


def test_a_proposal_is_feasible_and_small() -> None:
    wanted = dict.fromkeys(range(40, 48), 500.0)  # 2,000 kWh from the store, which has 500
    held = block(wanted)
    before = trading.simulate(ASSET, [held], stored_kwh=500.0)
    proposal = trading.propose(before, ASSET, held)
    assert proposal is not None
    after = trading.simulate(ASSET, [held], {"b": list(proposal.points)}, start=START,
                             end=END, stored_kwh=500.0)  # fmt: skip
    assert after.missing_kwh == 0
    assert abs((after.end_state_of_charge or 0.0) - 50.0) <= 1.0
    assert proposal.changed_kwh <= 1000.0 + 10.0  # to rest all day would change 1,000 kWh


def test_a_proposal_keeps_to_the_cycles_of_the_day_if_that_is_possible() -> None:
    """The battery is full for a while in the morning; discharging more would mend that too."""
    powers = dict.fromkeys(range(4, 12), -500.0) | dict.fromkeys(range(40, 52), 140.0)
    for limit, used in ((0.5, 0.0), (0.6, 0.1), (0.0, 0.0)):
        asset = msgspec.structs.replace(ASSET, daily_cycle_limit=limit, end=None)
        known: Any = {"stored_kwh": 500.0, "discharges_used": used}
        before = trading.simulate(asset, [block(powers)], **known)
        proposal = trading.propose(before, asset, block(powers))
        assert proposal is not None
        after = trading.simulate(
            asset, [block(powers)], {"b": list(proposal.points)}, start=START, end=END, **known
        )
        assert after.missing_kwh == 0
        assert (used + after.discharges[DAY] <= limit) == (limit > 0)


def test_a_proposal_leaves_closed_quarters_and_what_is_feasible_alone() -> None:
    held = block({0: 500.0, 50: -400.0})
    found = trading.simulate(ASSET, [held], stored_kwh=500.0)
    late = trading.propose(found, ASSET, held, not_before=QUARTERS[60])
    assert late is not None
    assert all(point.time >= QUARTERS[60] for point in late.points)
    fine = trading.simulate(ASSET, [block()], stored_kwh=500.0)
    nothing = trading.propose(fine, ASSET, block())
    assert nothing is not None
    assert nothing.points == ()
    closed = trading.propose(found, ASSET, held, not_before=END)
    assert closed is not None
    assert closed.points == ()


@pytest.mark.parametrize("limit", [399.9996, 123.45678, 400.0])
def test_a_proposal_keeps_to_limits_that_are_no_whole_watts(limit: float) -> None:
    """Rounded up, it would be refused by the check of the one who proposed it."""
    held = block({0: 500.0, 50: -500.0}, rated_charge_power=limit, rated_discharge_power=limit)
    found = trading.simulate(ASSET, [held], stored_kwh=500.0)
    proposal = trading.propose(found, ASSET, held)
    assert proposal is not None
    assert len(proposal.points) >= 2
    assert max(abs(point.power) for point in proposal.points) <= limit


def test_a_proposal_says_where_one_block_cannot_mend_it() -> None:
    weak = block(name="c", rated_charge_power=1.0, rated_discharge_power=1.0)
    found = trading.simulate(ASSET, [block({0: 500.0, 1: 500.0, 2: 500.0}), weak], stored_kwh=500.0)
    assert trading.propose(found, ASSET, weak) is None
    with pytest.raises(ValueError, match="not followed"):
        trading.propose(trading.simulate(ASSET, [weak]), ASSET, weak)


@pytest.mark.filterwarnings("ignore:Deprecated by upstream")  # it has the projection by instant
async def test_the_simulation_agrees_with_the_projection_of_the_sandbox(desk: Desk) -> None:
    """The sandbox computes on its own; what it corrects, the simulation has found."""
    draw = random.Random(7)
    asset = await virtual_assets.get_virtual_asset(*desk.asset)
    quarters = [quarter.start for quarter in quarter_hours(desk.day, BERLIN)]
    held = await virtual_assets.get_block(
        *desk.block,
        start=quarters[0],
        end=quarters[-1],
    )
    schedule = {time: float(draw.randint(-2000, 2000)) for time in quarters}
    found = trading.simulate(asset, [held], {held.id or "": schedule}, stored_kwh=5000.0)
    result = await trading.submit_schedule(*desk.block, schedule, period=desk.day)
    projected = await virtual_assets.get_projected_state_of_charge(
        *desk.asset,
        start=quarters[0],
        end=quarters[-1] + timedelta(minutes=15),
    )
    levels = [
        (point.soc or 0.0) / 100 * (asset.available_energy_capacity or 0.0)
        for point in projected.state_of_charge_percentage_timeseries or ()
    ]
    assert found.stored == pytest.approx(levels[1:], abs=1e-6)
    mine = {
        time
        for time, power, possible in zip(
            found.times, found.power, found.delivered or (), strict=True
        )
        if power != possible
    }
    assert mine == {one.timestamp for one in result.adjustments or ()}
    assert mine
