"""Delivery days with their clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy_async import delivery
from energy_async.delivery import BERLIN, PARIS, Interval

NORMAL, SPRING, AUTUMN = date(2026, 5, 23), date(2026, 3, 29), date(2026, 10, 25)
FOUR_SECONDS = timedelta(seconds=4)
EAST = timezone(timedelta(hours=2))

all_days = st.dates(min_value=date(2000, 1, 1), max_value=date(2040, 12, 31))
zones = st.sampled_from([BERLIN, PARIS])
moments = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def at(day: int, hour: int, month: int = 3, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize("zone", [BERLIN, PARIS])
@pytest.mark.parametrize(
    ("day", "hours", "quarters", "four_seconds"),
    [
        pytest.param(NORMAL, 24, 96, 21_600, id="normal"),
        pytest.param(SPRING, 23, 92, 20_700, id="march"),
        pytest.param(date(2027, 3, 28), 23, 92, 20_700, id="next march"),
        pytest.param(AUTUMN, 25, 100, 22_500, id="october"),
        pytest.param(date(2025, 10, 26), 25, 100, 22_500, id="last october"),
    ],
)
def test_the_day_decides_its_length(
    zone: str, day: date, hours: int, quarters: int, four_seconds: int
) -> None:
    assert delivery.delivery_day(day, zone).duration == timedelta(hours=hours)
    assert len(delivery.quarter_hours(day, zone)) == quarters
    assert delivery.count_steps(day, zone, FOUR_SECONDS) == four_seconds
    assert delivery.count_steps(day, zone, timedelta(hours=1)) == hours


def test_a_day_is_a_pair_of_utc_moments() -> None:
    start, end = delivery.delivery_day(SPRING, BERLIN)
    assert (start, end) == (at(28, 23), at(29, 22))
    assert start.tzinfo is end.tzinfo is UTC


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param(NORMAL, [4, 4, 4, 4, 4, 4], id="normal"),
        pytest.param(SPRING, [3, 4, 4, 4, 4, 4], id="march"),
        pytest.param(AUTUMN, [5, 4, 4, 4, 4, 4], id="october"),
    ],
)
def test_the_first_block_takes_the_clock_change(day: date, hours: list[int]) -> None:
    found = delivery.blocks(day, BERLIN)
    assert [block.duration / timedelta(hours=1) for block in found] == hours
    assert (found[0].start, found[-1].end) == delivery.delivery_day(day, BERLIN)
    assert all(a.end == b.start for a, b in pairwise(found))


@given(all_days, zones)
def test_days_follow_each_other_without_gap(day: date, zone: str) -> None:
    here = delivery.delivery_day(day, zone)
    assert here.end == delivery.delivery_day(day + timedelta(days=1), zone).start
    assert delivery.delivery_day_of(here.start, zone) == day
    assert delivery.delivery_day_of(here.end - timedelta(microseconds=1), zone) == day
    quarters = delivery.quarter_hours(day, zone)
    assert (quarters[0].start, quarters[-1].end) == here
    assert all(a.end == b.start for a, b in pairwise(quarters))


@given(moments, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=70)), zones)
def test_splitting_covers_the_range_exactly_once(
    start: datetime, length: timedelta, zone: str
) -> None:
    for split in (delivery.split_by_day, delivery.split_by_month):
        pieces = split(start, start + length, zone)
        assert sum((piece.duration for piece in pieces), timedelta(0)) == length
        assert all(a.end == b.start for a, b in pairwise(pieces))
        assert all(piece.duration > timedelta(0) for piece in pieces)
        if pieces:
            assert (pieces[0].start, pieces[-1].end) == (start, start + length)


def test_part_days_are_cut_at_local_midnight() -> None:
    found = delivery.split_by_day(at(28, 12), at(30, 1), BERLIN)
    assert found == [
        Interval(at(28, 12), at(28, 23)),
        Interval(at(28, 23), at(29, 22)),
        Interval(at(29, 22), at(30, 1)),
    ]
    assert list(delivery.days(at(28, 12), at(30, 1), BERLIN)) == [
        date(2026, 3, 28),
        SPRING,
        date(2026, 3, 30),
    ]


def test_an_end_at_midnight_touches_no_further_day() -> None:
    assert list(delivery.days(*delivery.delivery_day(SPRING, PARIS), PARIS)) == [SPRING]
    assert list(delivery.days(at(1, 5), at(1, 5), PARIS)) == []


def test_months_begin_at_local_midnight() -> None:
    assert delivery.month(2026, 3, BERLIN) == (at(28, 23, month=2), at(31, 22))
    assert delivery.month(2026, 12, BERLIN).duration == timedelta(days=31)
    pieces = delivery.split_by_month(at(15, 0, month=2), at(15, 0, month=4), BERLIN)
    assert [piece.start for piece in pieces[1:]] == [at(28, 23, month=2), at(31, 22)]


def test_a_moment_of_any_zone_has_its_delivery_day() -> None:
    midnight_in_berlin = datetime(2026, 7, 1, 0, 0, tzinfo=EAST)
    assert delivery.delivery_day_of(midnight_in_berlin, BERLIN) == date(2026, 7, 1)
    assert delivery.delivery_day_of(at(30, 22, month=6), BERLIN) == date(2026, 7, 1)
    assert delivery.delivery_day_of(at(30, 21, month=6, minute=59), BERLIN) == date(2026, 6, 30)


NAIVE = at(1, 0).replace(tzinfo=None)


def test_naive_moments_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        delivery.delivery_day_of(NAIVE, BERLIN)
    with pytest.raises(ValueError, match="start"):
        delivery.split_by_day(NAIVE, at(2, 0), BERLIN)
    with pytest.raises(ValueError, match="end"):
        delivery.split_by_month(at(1, 0), NAIVE, BERLIN)


def test_a_datetime_is_no_day() -> None:
    with pytest.raises(TypeError, match="delivery_day_of"):
        delivery.delivery_day(at(1, 0), BERLIN)
    with pytest.raises(TypeError, match="delivery_day_of"):
        delivery.blocks(at(1, 0), BERLIN)


def test_a_backward_range_is_refused() -> None:
    with pytest.raises(ValueError, match="before start"):
        list(delivery.days(at(2, 0), at(1, 0), BERLIN))


@pytest.mark.parametrize("seconds", [0, -900, 7 * 60, 24 * 3600])
def test_a_resolution_that_does_not_fit_the_day_is_refused(seconds: int) -> None:
    with pytest.raises(ValueError, match="resolution"):
        delivery.count_steps(SPRING, BERLIN, timedelta(seconds=seconds))


@pytest.mark.parametrize("name", ["Europe/Atlantis", "../etc/passwd", ""])
def test_an_unknown_zone_is_refused_with_advice(name: str) -> None:
    with pytest.raises(ValueError, match="pip install tzdata"):
        delivery.delivery_day(NORMAL, name)
