"""Gaps and doubles of a delivery day, for any steps and in both zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from energy_async import delivery
from energy_async.completeness import Completeness, check, check_day
from energy_async.delivery import (
    BERLIN,
    FIVE_MINUTES,
    FOUR_SECONDS,
    PARIS,
    QUARTER_HOUR,
    Interval,
    blocks,
    by_day,
    delivery_day,
    in_day,
    quarter_hours,
    steps,
)

HOUR = timedelta(hours=1)
MARCH, OCTOBER = date(2027, 3, 28), date(2026, 10, 25)

zones = st.sampled_from([BERLIN, PARIS])
all_days = st.dates(min_value=date(2000, 1, 1), max_value=date(2040, 12, 31))
lengths = st.sampled_from([QUARTER_HOUR, HOUR, FIVE_MINUTES, timedelta(minutes=30)])


def last_sunday(year: int, month: int) -> date:
    end = date(year, month, 31)
    return end - timedelta(days=(end.weekday() + 1) % 7)


def clock_changes() -> list[date]:
    return [last_sunday(year, month) for year in range(2000, 2041) for month in (3, 10)]


@given(all_days | st.sampled_from(clock_changes()), zones)
def test_a_day_has_the_hours_that_its_clocks_show(day: date, zone: str) -> None:
    """Counted without the code under test: European rules, last Sundays of March and October."""
    hours = 24 - (day == last_sunday(day.year, 3)) + (day == last_sunday(day.year, 10))
    assert delivery_day(day, zone).duration == hours * HOUR
    assert delivery.count_steps(day, zone, QUARTER_HOUR) == 4 * hours
    assert delivery.count_steps(day, zone, FIVE_MINUTES) == 12 * hours
    assert delivery.count_steps(day, zone, FOUR_SECONDS) == 900 * hours
    assert len(blocks(day, zone)) == 6


@given(all_days | st.sampled_from(clock_changes()), zones)
def test_blocks_begin_at_full_local_hours(day: date, zone: str) -> None:
    found = blocks(day, zone)
    local = [one.start.astimezone(ZoneInfo(zone)) for one in found]
    assert [(one.date(), one.hour) for one in local] == [(day, h) for h in range(0, 24, 4)]
    assert all(a.end == b.start for a, b in pairwise(found))


@given(all_days | st.sampled_from(clock_changes()), zones, lengths)
def test_a_whole_day_is_complete(day: date, zone: str, length: timedelta) -> None:
    report = check_day(steps(day, zone, length), day, zone, length)
    assert report.complete
    assert report.got == report.expected == delivery.count_steps(day, zone, length)
    assert report == Completeness(report.expected, report.got)


@given(st.data(), all_days | st.sampled_from(clock_changes()), zones, lengths)
def test_what_is_taken_away_or_doubled_is_named(
    data: st.DataObject, day: date, zone: str, length: timedelta
) -> None:
    whole = list(steps(day, zone, length))
    places = st.sets(st.integers(0, len(whole) - 1), max_size=12)
    gone, twice = data.draw(places), data.draw(places)
    twice -= gone
    rows = [one for n, one in enumerate(whole) if n not in gone]
    rows += [whole[n] for n in twice]
    report = check_day(data.draw(st.permutations(rows)), day, zone, length)
    assert sum((gap.duration for gap in report.gaps), timedelta(0)) == len(gone) * length
    assert {n for n, one in enumerate(whole) if _inside(one, report.gaps)} == gone
    assert all(a.end < b.start for a, b in pairwise(report.gaps))
    assert report.doubles == tuple(whole[n] for n in sorted(twice))
    assert (report.got, report.expected) == (len(whole) - len(gone), len(whole))
    assert report.complete == (not gone and not twice)
    assert (report.unaligned, report.outside, report.undated) == ((), 0, 0)


@given(all_days, zones, st.timedeltas(min_value=timedelta(seconds=1), max_value=HOUR))
def test_a_shifted_day_is_unaligned_and_missing(day: date, zone: str, shift: timedelta) -> None:
    assume(shift % QUARTER_HOUR)
    rows = [Interval(a + shift, b + shift) for a, b in quarter_hours(day, zone)]
    report = check_day(rows, day, zone, QUARTER_HOUR)
    assert report.got == 0
    assert report.gaps == (delivery_day(day, zone),)
    assert len(report.unaligned) + report.outside == len(rows)
    assert not report.complete


def _inside(one: Interval, gaps: tuple[Interval, ...]) -> bool:
    return any(gap.start <= one.start and one.end <= gap.end for gap in gaps)


@pytest.mark.parametrize(("day", "hours"), [(MARCH, 3), (OCTOBER, 5), (date(2026, 5, 23), 4)])
def test_blocks_are_checked_by_their_real_length(day: date, hours: int) -> None:
    found = blocks(day, PARIS)
    assert check(found, blocks(day, PARIS)).complete
    report = check(found[1:], blocks(day, PARIS))
    assert report.gaps == (Interval(found[0].start, found[0].start + hours * HOUR),)


def test_rows_of_an_hour_are_no_quarter_hours() -> None:
    report = check_day(steps(MARCH, PARIS, HOUR), MARCH, PARIS, QUARTER_HOUR)
    assert (report.got, report.expected, len(report.unaligned)) == (0, 92, 23)


def test_rows_of_other_days_are_outside_and_no_fault() -> None:
    rows = [one for day in (MARCH, MARCH + timedelta(days=1)) for one in quarter_hours(day, PARIS)]
    report = check_day(rows, MARCH, PARIS, QUARTER_HOUR)
    assert report.complete
    assert report.outside == 96


def test_a_row_across_midnight_is_unaligned_and_one_before_it_is_outside() -> None:
    midnight = delivery_day(MARCH, PARIS).start
    before, across = (midnight - QUARTER_HOUR, midnight), (midnight - FIVE_MINUTES, midnight + HOUR)
    report = check_day([before, across, *quarter_hours(MARCH, PARIS)], MARCH, PARIS, QUARTER_HOUR)
    assert (report.outside, report.unaligned, report.got) == (1, (across,), 92)
    assert not report.complete


def test_rows_without_a_time_are_counted() -> None:
    rows = [*quarter_hours(MARCH, PARIS), (None, None), (delivery_day(MARCH, PARIS).start, None)]
    report = check_day(rows, MARCH, PARIS, QUARTER_HOUR)
    assert (report.undated, report.complete) == (2, False)


def test_the_report_reads_as_a_sentence() -> None:
    whole = quarter_hours(MARCH, PARIS)
    rows = [*whole[:3], *whole[5:], whole[0], (None, None), (whole[4].start, whole[5].end)]
    assert str(check_day(rows, MARCH, PARIS, QUARTER_HOUR)) == (
        "90 of 92; missing 2027-03-27T23:45:00Z/2027-03-28T00:15:00Z; "
        "double 2027-03-27T23:00:00Z/2027-03-27T23:15:00Z; "
        "unaligned 2027-03-28T00:00:00Z/2027-03-28T00:30:00Z; 1 without start or end"
    )
    assert str(check_day(whole, MARCH, PARIS, QUARTER_HOUR)) == "92 of 92"


def test_a_long_list_of_gaps_is_cut_short() -> None:
    report = check_day(quarter_hours(MARCH, PARIS)[::2], MARCH, PARIS, QUARTER_HOUR)
    assert str(report).endswith(" and 43 more")


def test_periods_of_any_zone_are_compared_by_the_moment() -> None:
    there = ZoneInfo(BERLIN)
    rows = [(a.astimezone(there), b.astimezone(there)) for a, b in quarter_hours(OCTOBER, PARIS)]
    assert check_day(rows, OCTOBER, PARIS, QUARTER_HOUR).complete


def test_naive_periods_and_empty_expectations_are_refused() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="naive"):
        check_day([(naive, naive + HOUR)], OCTOBER, PARIS, HOUR)
    with pytest.raises(ValueError, match="nothing is expected"):
        check([], [])


def test_rows_are_sliced_by_delivery_day() -> None:
    whole = [one for n in range(3) for one in quarter_hours(OCTOBER + timedelta(days=n), PARIS)]
    assert in_day(whole, OCTOBER, PARIS) == quarter_hours(OCTOBER, PARIS)
    grouped = by_day(reversed(whole), PARIS)
    assert [(day, len(rows)) for day, rows in grouped.items()] == [
        (OCTOBER, 100),
        (OCTOBER + timedelta(days=1), 96),
        (OCTOBER + timedelta(days=2), 96),
    ]
    assert grouped[OCTOBER] == quarter_hours(OCTOBER, PARIS)[::-1]


def test_a_row_without_start_is_in_no_day() -> None:
    rows: list[dict[str, datetime | None]] = [
        {"at": None},
        {"at": datetime(2026, 10, 25, 12, tzinfo=UTC)},
    ]
    assert in_day(rows, OCTOBER, PARIS, start=lambda row: row["at"]) == rows[1:]
    assert by_day(rows, PARIS, start=lambda row: row["at"]) == {OCTOBER: rows[1:]}


def test_slicing_refuses_naive_starts() -> None:
    naive = datetime(2026, 10, 25)  # noqa: DTZ001
    with pytest.raises(ValueError, match="start"):
        in_day([naive], OCTOBER, PARIS, start=lambda one: one)
    with pytest.raises(ValueError, match="aware"):
        by_day([naive], PARIS, start=lambda one: one)
