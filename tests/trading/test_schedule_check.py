"""What a check finds in a schedule, and what it leaves alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy_async.delivery import BERLIN, Interval, delivery_day, quarter_hours
from trlyr_async import trading
from trlyr_async.models.virtual_assets import (
    Block,
    BlockMetadata,
    BlockPowerCapacity,
    SchedulePoint,
    VirtualAsset,
)

QUARTER = timedelta(minutes=15)
DAY = date(2026, 6, 1)
WHOLE = delivery_day(DAY, BERLIN)
ASSET = VirtualAsset(
    dispatch_gate_closure_seconds=300,
    rated_charge_power=1000,
    rated_discharge_power=2000,
    energy_capacity=1000,
    available_energy_capacity=800,
    charge_efficiency=0.8,
    discharge_efficiency=0.5,
)
BLOCK = Block(
    id="b", start=WHOLE.start, end=WHOLE.end, rated_charge_power=1000, rated_discharge_power=2000
)


def at(text: str) -> datetime:
    """A time of the day, UTC."""
    return datetime.fromisoformat(f"2026-06-01T{text}:00+00:00")


def day_of(power: float = 100.0, day: date = DAY) -> dict[datetime, float]:
    return {quarter.start: power for quarter in quarter_hours(day, BERLIN)}


def found(schedule: Any, **arguments: Any) -> list[tuple[str, str, datetime | None, float | None]]:
    findings = [
        one for one in trading.check_schedule(schedule, **arguments) if one.severity != "info"
    ]
    return [(one.severity, one.kind, one.time, one.value) for one in findings]


@pytest.mark.parametrize(
    ("day", "count"), [(date(2026, 3, 29), 92), (DAY, 96), (date(2026, 10, 25), 100)]
)
def test_a_day_is_as_long_as_it_is(day: date, count: int) -> None:
    schedule = day_of(day=day)
    assert len(schedule) == count
    assert found(schedule, period=day) == []
    assert found(schedule) == []
    last = max(schedule)
    del schedule[last]
    assert found(schedule, period=day) == [("error", "incomplete", last, None)]
    [finding] = trading.check_schedule(schedule)
    assert (finding.severity, finding.time) == ("warning", last)
    assert f"1 of {count} quarter-hours are missing" in finding.message


def test_a_day_of_96_is_not_enough_when_summer_time_ends() -> None:
    start = delivery_day(date(2026, 10, 25), BERLIN).start
    schedule = {start + index * QUARTER: 0.0 for index in range(96)}
    [finding] = trading.check_schedule(schedule, period=date(2026, 10, 25))
    assert "4 of 100" in finding.message


def test_each_gap_is_one_finding() -> None:
    schedule = day_of()
    for text in ("08:00", "08:15", "12:00"):
        del schedule[at(text)]
    assert found(schedule, period=DAY) == [
        ("error", "incomplete", at("08:00"), None),
        ("error", "incomplete", at("12:00"), None),
    ]


def test_a_period_takes_nothing_beyond_it() -> None:
    schedule = {at("10:00"): 1.0, at("10:15"): 1.0, at("10:30"): 7.0}
    period = Interval(at("10:00"), at("10:30"))
    assert found(schedule, period=period) == [("error", "outside", at("10:30"), 7.0)]


def test_gaps_count_from_the_first_open_gate_and_within_the_block() -> None:
    schedule = {
        at(f"{hour:02}:{minute:02}"): 100.0 for hour in range(12, 20) for minute in (0, 15, 30, 45)
    }
    block = Block(start=at("08:00"), end=at("20:00"))
    assert found(schedule, block=block) == [("warning", "incomplete", at("08:00"), None)]
    # The gate of 12:00 closes at 11:55, that of 11:45 at 11:40.
    assert found(schedule, block=block, asset=ASSET, now=at("11:40")) == []
    assert found(schedule, block=block, asset=ASSET, now=at("11:39")) == [
        ("warning", "incomplete", at("11:45"), None)
    ]


def test_the_gate_closes_before_the_quarter_hour() -> None:
    """The documented example: with five minutes, 12:15 closes at 12:10."""
    schedule = day_of()
    closed = found(schedule, asset=ASSET, now=at("12:10"))
    assert closed[-1] == ("error", "gate_closure", at("12:15"), 100.0)
    assert [one[2] for one in found(schedule, asset=ASSET, now=at("12:09"))][-1] == at("12:00")
    assert {one[1] for one in closed} == {"gate_closure"}
    assert trading.gate_closure(schedule, ASSET) == WHOLE.start - timedelta(minutes=5)


def test_without_a_known_gate_delivery_itself_is_the_end() -> None:
    schedule = {at("12:00"): 1.0}
    period = Interval(at("12:00"), at("12:15"))
    assert found(schedule, period=period, now=at("11:59")) == []
    assert found(schedule, period=period, now=at("12:00")) == [
        ("error", "gate_closure", at("12:00"), 1.0)
    ]
    assert trading.gate_closure(schedule, VirtualAsset()) is None
    assert trading.gate_closure([], ASSET) is None


def test_points_between_quarter_hours_and_doubled_ones_are_errors() -> None:
    odd = at("12:00") + timedelta(seconds=1)
    pairs = [*day_of().items(), (odd, 5.0), (at("13:00"), 100.0), (at("13:00"), -7.0)]
    assert found(pairs) == [
        ("error", "alignment", odd, 5.0),
        ("error", "duplicate", at("13:00"), -7.0),
    ]
    messages = [one.message for one in trading.check_schedule(pairs)]
    assert "stands 3 times, with 100, 100, -7 kW" in messages[1]


def test_an_empty_schedule_and_unreadable_points_are_findings_too() -> None:
    assert found({}) == [("error", "nothing", None, None)]
    mixed = {**day_of(), at("12:00"): None}
    assert found(mixed) == [
        ("error", "no_number", at("12:00"), None),
        ("warning", "incomplete", at("12:00"), None),
    ]
    naive = datetime(2026, 6, 1, 12)  # noqa: DTZ001
    assert found({naive: 5.0}) == [("error", "no_time_zone", None, 5.0)]


def test_a_time_that_the_block_does_not_have_is_an_error() -> None:
    early, late = WHOLE.start - QUARTER, WHOLE.end
    schedule = {**day_of(), early: 1.0, late: 2.0}
    outside = [one for one in found(schedule, block=BLOCK) if one[1] == "outside"]
    assert outside == [("error", "outside", early, 1.0), ("error", "outside", late, 2.0)]
    shown = [SchedulePoint(time=at(text), power=0.0) for text in ("10:00", "10:15", "10:45")]
    holed = Block(start=BLOCK.start, end=BLOCK.end, schedule=shown)
    assert found(day_of(), block=holed) == [("error", "outside", at("10:30"), 100.0)]


def test_only_a_wholesale_block_takes_a_schedule() -> None:
    for market, kinds in (("FCR", ["market"]), ("WHOLESALE", [])):
        asset = VirtualAsset(block_metadata=[BlockMetadata(id="b", market=market)])
        assert [one[1] for one in found(day_of(), asset=asset, block=BLOCK)] == kinds


LIMITS = [
    pytest.param({"asset": ASSET}, id="rated, of the asset"),
    pytest.param({"block": BLOCK}, id="rated, of the block"),
    pytest.param(
        {"asset": VirtualAsset(rated_charge_power=9e3, rated_discharge_power=9e3), "block": BLOCK},
        id="the block before the asset",
    ),
]


@pytest.mark.parametrize("known", LIMITS)
def test_power_is_limited_by_what_is_rated(known: dict[str, Any]) -> None:
    fits = {**day_of(2000.0), at("10:00"): -1000.0}
    assert found(fits, **known) == []
    schedule = {**day_of(), at("10:00"): 2000.5, at("11:00"): -1001.0}
    limits = [one for one in found(schedule, **known) if one[1] != "sign"]
    assert limits == [
        ("error", "power_limit", at("10:00"), 2000.5),
        ("error", "power_limit", at("11:00"), -1001.0),
    ]


def test_power_is_limited_by_what_is_available_at_the_time() -> None:
    capacity = [
        BlockPowerCapacity(time=at("10:00"), charge_power_capacity=0, discharge_power_capacity=50),
        BlockPowerCapacity(time=at("10:15"), charge_power_capacity=None),
    ]
    block = Block(rated_charge_power=1000, rated_discharge_power=2000, power_capacity=capacity)
    assert found(day_of(), block=block) == [("error", "power_limit", at("10:00"), 100.0)]
    [finding] = trading.check_schedule(day_of(), block=block)
    assert "100 kW of discharge, and 50 kW are available" in finding.message


@pytest.mark.parametrize(
    ("charge", "power", "words"),
    [
        (-100.0, 0.0, "0 kW, and 100 to 2,000 kW are available"),  # it has to discharge
        (-100.0, 100.0, ""),
        (0.0, -1.0, "1 kW of charge, and 0 kW are available"),
        (99.9, -100.0, "100 kW of charge, and 99.9 kW are available"),
        (99.9999999999, -100.0, ""),  # what is left of a sum of floats
    ],
)
def test_limits_have_signs(charge: float, power: float, words: str) -> None:
    room = BlockPowerCapacity(
        time=at("10:00"), charge_power_capacity=charge, discharge_power_capacity=2000.0
    )
    block = Block(id="b", power_capacity=[room])
    period = Interval(at("10:00"), at("10:15"))
    found = trading.check_schedule({at("10:00"): power}, block=block, period=period)
    assert [one.message for one in found if one.kind != "sign"] == [words] * bool(words)


def test_what_looks_like_megawatts_is_told_and_left_alone() -> None:
    def kinds(power: float) -> list[tuple[str, str]]:
        return [(one[0], one[1]) for one in found(day_of(power), asset=ASSET)]

    assert kinds(2.0) == [("warning", "looks_like_mw")]  # full power of 2 MW, in MW
    assert kinds(-0.4) == [("warning", "looks_like_mw")]
    assert kinds(2.1) == []
    assert kinds(0.0) == []
    assert found({**day_of(2.0), at("10:00"): 500.0}, asset=ASSET) == []


def test_other_units_upstream_are_an_error() -> None:
    asset = VirtualAsset(rated_discharge_power=2, rated_charge_power=1, units_power="MW")
    assert found(day_of(), asset=asset) == [("error", "unit", None, None)]


def test_energy_is_followed_with_its_losses() -> None:
    """400 kW for a quarter-hour: out of the battery 200 kWh, into it 80 kWh."""
    period = Interval(at("10:00"), at("10:30"))
    out = {at("10:00"): 400.0, at("10:15"): 400.0}
    assert found(out, asset=ASSET, period=period, stored_kwh=400) == []
    assert found(out, asset=ASSET, period=period, stored_kwh=399) == [
        ("warning", "energy_limit", at("10:15"), 0.5),
        ("warning", "sign", None, None),
    ]
    into = {time: -power for time, power in out.items()}
    assert found(into, asset=ASSET, period=period, stored_kwh=640) == []
    first, *_ = found(into, asset=ASSET, period=period, stored_kwh=641)
    assert (first[1], first[2]) == ("energy_limit", at("10:15"))
    assert first[3] == pytest.approx(1.25)
    assert found(out, asset=ASSET, period=period) == []


def test_energy_follows_the_blocks_own_schedule_in_gaps_and_rests_where_nothing_is_known() -> None:
    ends = {at("10:00"): 400.0, at("10:30"): 400.0}
    held = [SchedulePoint(time=at(text), power=-1000.0) for text in ("10:00", "10:15", "10:30")]

    def kinds(block: Block | None) -> set[str]:
        findings = found(ends, asset=ASSET, block=block, stored_kwh=300)
        return {one[1] for one in findings} - {"incomplete"}

    assert kinds(Block(schedule=held)) == set()  # 300 - 200 + 200 - 200
    assert kinds(None) == {"energy_limit", "sign"}
    (unchecked,) = [
        one.message
        for one in trading.check_schedule(ends, asset=ASSET, stored_kwh=300)
        if one.severity == "info"
    ]
    assert "its power is not known for 1 quarter-hours of its life" in unchecked
    idle = [SchedulePoint(time=point.time, power=0.0) for point in held]
    assert kinds(Block(schedule=idle)) == {"energy_limit", "sign"}


def test_a_turned_sign_is_suspected_only_where_it_would_help() -> None:
    turned = found(day_of(-1500.0), asset=ASSET)
    assert turned[-1] == ("warning", "sign", None, None)
    too_much = found(day_of(-2500.0), asset=ASSET)
    assert "sign" not in {one[1] for one in too_much}


def test_require_gives_warnings_and_raises_with_everything() -> None:
    warned = trading.check_schedule(day_of(1.0), asset=ASSET)
    assert trading.require(warned) == warned
    assert "info" in {one.severity for one in warned}
    both = trading.check_schedule({at("10:00"): 9000.0}, asset=ASSET)
    assert {one.severity for one in both} == {"error", "warning", "info"}
    with pytest.raises(trading.CheckFailed, match="9,000 kW of discharge") as caught:
        trading.require(both)
    assert caught.value.findings == both


@pytest.mark.parametrize("argument", ["now", "period"])
def test_naive_arguments_are_refused(argument: str) -> None:
    naive = datetime(2026, 6, 1)  # noqa: DTZ001
    value: Any = naive if argument == "now" else Interval(naive, naive)
    with pytest.raises(ValueError, match="aware"):
        trading.check_schedule(day_of(), **{argument: value})


@given(
    day=st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    dropped=st.sets(st.integers(0, 91), max_size=9),
)
def test_what_is_missing_is_counted_whatever_the_day(day: date, dropped: set[int]) -> None:
    times = [quarter.start for quarter in quarter_hours(day, BERLIN)]
    schedule = {time: 1.0 for index, time in enumerate(times) if index not in dropped}
    findings = trading.check_schedule(schedule, period=day)
    counted = sum(int(one.message.partition(" ")[0]) for one in findings)
    assert counted == len(dropped)
    assert all(one.time in {times[index] for index in dropped} for one in findings)
