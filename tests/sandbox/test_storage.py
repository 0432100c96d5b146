"""The energy in a battery stays within its limits whatever is scheduled and whatever fails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_sandbox.state.outages import Outages
from api_sandbox.state.schedules import Schedules
from api_sandbox.state.storage import Storage
from api_sandbox.world.calendar import stamp
from api_sandbox.world.world import World

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


@settings(max_examples=200, deadline=None)
@given(powers=POWERS, spans=SPANS)
def test_energy_stays_within_its_limits(
    powers: dict[int, float], spans: list[tuple[int, int, int]]
) -> None:
    schedules, outages = Schedules(), Outages(WORLD)
    storage = Storage(schedules, outages)
    schedules.update("block", {at(index): power for index, power in powers.items()})
    for span in spans:
        outages.announce(BATTERY.physical_asset_id, outage(*span))
    for index in range(100):
        level = storage.level(BATTERY, "block", at(index))
        assert -1e-6 <= level.energy <= level.capacity + 1e-6
        assert -1e-6 <= level.percent <= 100 + 1e-6
    for flow in storage.flows(BATTERY, "block"):
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
    storage = Storage(Schedules(), outages)
    for span in spans:
        outages.announce(BATTERY.physical_asset_id, outage(*span))
    for index in range(100):
        assert storage.level(BATTERY, "block", at(index)).percent == pytest.approx(50)
    assert storage.imbalance(BATTERY, "block").feedback == ""
