"""The energy in a battery stays within its limits whatever is scheduled and whatever fails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy_sandbox.state.bids import Commitment
from energy_sandbox.state.outages import Outages
from energy_sandbox.state.schedules import Schedules
from energy_sandbox.state.storage import Storage
from energy_sandbox.world.calendar import stamp
from energy_sandbox.world.world import World

WORLD = World(7, 2)
BATTERY = WORLD.fleet[1]
BEGIN = int(datetime(2026, 3, 28, 12, tzinfo=UTC).timestamp())
QUARTER = 900
POWERS = st.dictionaries(st.integers(0, 60), st.floats(-5000, 5000), max_size=40)
SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 30), st.integers(0, 12_000)), max_size=3
)


def at(index: int) -> int:
    return BEGIN + QUARTER * index


def outage(first: int, length: int, lost: int) -> dict[str, Any]:
    volume = {"energyCapacity": lost, "powerCapacity": {"charge": lost / 2, "discharge": lost / 3}}
    return {"start": stamp(at(first)), "end": stamp(at(first + length)), "volume": volume}


@settings(max_examples=100, deadline=None)
@given(powers=POWERS, spans=SPANS)
def test_energy_stays_within_its_limits(
    powers: dict[int, float], spans: list[tuple[int, int, int]]
) -> None:
    schedules, outages = Schedules(), Outages(WORLD)
    storage = Storage(WORLD, schedules, outages, lambda _: ())
    schedules.update(BATTERY.blocks[0][0], {at(index): power for index, power in powers.items()})
    for span in spans:
        outages.announce(BATTERY.physical_asset_id, outage(*span))
    for index in range(100):
        level = storage.level(BATTERY, at(index))
        assert -1e-6 <= level.energy <= level.capacity + 1e-6
        assert -1e-6 <= level.percent <= 100 + 1e-6
    for flow in storage.flows(BATTERY):
        available = outages.available(BATTERY, flow.second)
        assert -available.charge - 1e-6 <= flow.delivered <= available.discharge + 1e-6
        assert abs(flow.delivered) <= abs(flow.accepted) + 1e-6
        rate = (
            -BATTERY.charge_efficiency if flow.delivered < 0 else -1 / BATTERY.discharge_efficiency
        )
        assert flow.after - flow.before == pytest.approx(flow.delivered / 4 * rate, abs=1e-6)
        assert (flow.reason is None) == (flow.delivered == flow.accepted)


@settings(max_examples=50, deadline=None)
@given(spans=SPANS)
def test_without_a_schedule_no_energy_is_lost(spans: list[tuple[int, int, int]]) -> None:
    """What an outage freezes is there again after it."""
    outages = Outages(WORLD)
    storage = Storage(WORLD, Schedules(), outages, lambda _: ())
    for span in spans:
        outages.announce(BATTERY.physical_asset_id, outage(*span))
    for index in range(100):
        assert storage.level(BATTERY, at(index)).percent == pytest.approx(50)
    assert storage.imbalance(BATTERY).feedback == ""


def reasons(
    powers: dict[int, float], sold: tuple[Commitment, ...] = ()
) -> list[tuple[str | None, float]]:
    """What becomes of a schedule: reasons, and what is delivered."""
    schedules = Schedules()
    schedules.update(BATTERY.blocks[0][0], {at(index): power for index, power in powers.items()})
    storage = Storage(WORLD, schedules, Outages(WORLD), lambda _: sold)
    return [(flow.reason, flow.delivered) for flow in storage.flows(BATTERY)]


def test_what_was_sold_is_kept_free() -> None:
    sold = Commitment(at(1), at(3), up=4000, down=1000)
    powers = {0: 2000.0, 1: 2000.0, 2: -4500.0, 3: -4500.0}
    assert reasons(powers, (sold,)) == [
        (None, 2000),
        ("AVAILABILITY", 1000),
        ("AVAILABILITY", -4000),
        (None, -4500),
    ]


def test_power_changes_no_faster_than_the_battery_can() -> None:
    ramp = BATTERY.ramp_rate * 15
    assert ramp < 10_000
    found = reasons({0: -5000.0, 1: 5000.0, 3: -5000.0})
    assert found == [(None, -5000), ("RAMP_RATE", pytest.approx(ramp - 5000)), (None, -5000)]


def test_a_day_has_its_cycles() -> None:
    """Charged and discharged in turn, until 20 MWh of 10 MWh have been delivered."""
    zigzag = {index: 4000.0 * (-1) ** index for index in range(44, 88)}  # of one local day
    found = reasons(zigzag)
    discharged = sum(power for _, power in found if power > 0) / 4
    assert discharged == pytest.approx(2 * BATTERY.energy_kwh)
    assert {reason for reason, _ in found[:40]} == {None}
    assert found[40] == ("CYCLE_LIMIT", 0)


def test_blocks_of_a_battery_share_its_energy() -> None:
    world = World(7, 10)
    (one, share), (two, _) = world.fleet[9].blocks
    assert round(share / world.fleet[9].block, 9) == 0.6
    schedules = Schedules()
    schedules.update(one, {at(0): 100.0, at(1): 100.0})
    schedules.update(two, {at(1): -40.0, at(2): 7.0})
    storage = Storage(world, schedules, Outages(world), lambda _: ())
    assert [flow.accepted for flow in storage.flows(world.fleet[9])] == [100, 60, 7]
