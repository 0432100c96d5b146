"""March and October Sundays from the sandbox to the chart, by function and by command."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from energy_async import plot
from energy_async.cli.times import Range
from energy_async.delivery import (
    FIVE_MINUTES,
    PARIS,
    QUARTER_HOUR,
    Interval,
    blocks,
    delivery_day,
    in_day,
)
from energy_async.tables import to_arrow
from energy_sandbox import Sandbox
from nanocorp_async import Nanocorp, market_feeds, tidy
from nanocorp_async._day_report import expected_periods
from nanocorp_async.archiving.days import what_is_missing
from nanocorp_async.archiving.series import SERIES
from nanocorp_async.cli import prices
from nanocorp_async.models import market_feeds as models

HOUR = timedelta(hours=1)
DAYS = pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param(date(2027, 3, 28), 23, id="march"),
        pytest.param(date(2026, 10, 25), 25, id="october"),
        pytest.param(date(2026, 5, 23), 24, id="normal"),
    ],
)


async def fetched(day: date, *names: str) -> list[Any]:
    """The answers of the feeds as they stand in the afternoon after a delivery day."""
    now = datetime(day.year, day.month, day.day, 14, tzinfo=UTC) + timedelta(days=1)
    async with (
        Sandbox(assets=1, clock=lambda: now) as sandbox,
        Nanocorp(sandbox.token, base_url=sandbox.feeds_url, rate=1e6) as client,
    ):
        return [await getattr(market_feeds, name)(client) for name in names]


@DAYS
async def test_every_feed_is_complete_on_the_day(day: date, hours: int) -> None:
    answers = await fetched(
        day, "get_day_ahead_prices", "get_balancing_capacity", "get_balancing_energy"
    )
    rows = [row for answer in answers for row in tidy.rows(answer)]
    report = tidy.completeness(rows, day)
    assert report.complete
    per_hour = Counter({key[0]: one.expected / hours for key, one in report.series.items()})
    assert per_hour == {
        "day-ahead": 4, "fcr-capacity": 1, "afrr-capacity": 1, "mfrr-capacity": 1,
        "afrr-energy": 12, "mfrr-energy": 4,
    }  # fmt: skip
    counts = Counter(row.feed for row in in_day(rows, day, PARIS))
    assert counts["day-ahead"] == 4 * hours
    assert counts["mfrr-energy"] == 2 * 4 * hours
    assert counts["afrr-energy"] == 2 * 12 * hours


@DAYS
async def test_the_counts_of_the_answers_are_those_of_the_day(day: date, hours: int) -> None:
    (answer,) = await fetched(day, "get_balancing_energy")
    assert (answer.afrr.row_count, answer.mfrr.row_count) == (900 * hours, 8 * hours)
    assert answer.afrr.latest_delivery_date_paris == day
    whole = delivery_day(day, PARIS)
    for rows, length in (
        (answer.afrr.chart_rows, FIVE_MINUTES),
        (answer.mfrr.chart_rows, QUARTER_HOUR),
    ):
        assert len(rows) * length == whole.duration == hours * HOUR
    assert answer.mfrr.latest_upward_row.period_end_utc == whole.end


@DAYS
async def test_days_beside_a_clock_change_stay_whole(day: date, hours: int) -> None:
    (answer,) = await fetched(day, "get_day_ahead_prices")
    rows = tidy.rows(answer)
    for other in (day - timedelta(days=1), day, day + timedelta(days=1)):
        assert tidy.completeness(rows, other).complete
    assert len(in_day(rows, day - timedelta(days=1), PARIS)) == 96


@DAYS
async def test_the_axis_of_a_chart_is_as_long_as_the_day(day: date, hours: int) -> None:
    (answer,) = await fetched(day, "get_balancing_energy")
    rows = in_day(tidy.rows(answer), day, PARIS)
    whole = prices.extent(rows, Range(*delivery_day(day, PARIS), PARIS))
    figure = plot.draw_panels(prices.panels(rows), whole, PARIS, source="")
    bottom = figure.axes[-1]
    left, right = bottom.get_xlim()
    assert right - left == hours * 3600
    labels = [label.get_text() for label in bottom.get_xticklabels()]
    assert len(labels) == hours
    assert (
        labels[:5]
        == {
            23: ["00", "01", "03 +02", "04", "05"],
            24: ["00", "01", "02", "03", "04"],
            25: ["00", "01", "02", "02 +01", "03"],
        }[hours]
    )
    assert ("25 hours" in bottom.get_xlabel()) == (hours == 25)
    lines = [
        line
        for axes in figure.axes
        for line in axes.get_lines()
        if not str(line.get_label()).startswith("_")
    ]
    assert [line.get_label() for line in lines] == ["upward", "downward"] * 2
    times: Any = lines[0].get_xdata()
    assert (times[0], times[-1]) == (left, right)
    assert all(a <= b for a, b in pairwise(times))


@DAYS
def test_a_day_of_six_blocks_is_whole_in_the_archive(day: date, hours: int) -> None:
    """Its first block lasts three or five hours when the clock changes; a lost one is a gap."""
    series = SERIES["fcr-capacity"]
    rows = [
        models.FcrCapacityRow(period_start_utc=start, period_end_utc=end, price=1.0)
        for start, end in blocks(day, PARIS)
    ]
    assert not what_is_missing(series, day, to_arrow(rows))
    assert what_is_missing(series, day, to_arrow(rows[1:])).startswith("5 of 6; missing ")


def test_the_shortest_of_equally_frequent_lengths_is_the_usual_one() -> None:
    """Rows of an hour beside as many quarter-hours are what is odd."""
    day = date(2026, 5, 23)
    assert len(expected_periods([HOUR, QUARTER_HOUR], day, PARIS)) == 96
    assert len(expected_periods([QUARTER_HOUR, HOUR, HOUR], day, PARIS)) == 24
    assert len(expected_periods([timedelta(minutes=7)], day, PARIS)) == 96


def test_a_chart_breaks_where_a_value_is_missing() -> None:
    noon = datetime(2026, 5, 23, 12, tzinfo=UTC)
    periods = [
        (noon, noon + HOUR, 1.0),
        (noon + HOUR, noon + 2 * HOUR, None),
        (noon + 2 * HOUR, noon + 3 * HOUR, 2.0),
        (noon + 5 * HOUR, noon + 6 * HOUR, 3.0),
    ]
    times, values = plot.outline(periods)
    after = [(time - noon.timestamp()) / 3600 for time in times]
    shown = [None if value != value else value for value in values]  # noqa: PLR0124 - NaN
    assert after == [0, 1, 1, 2, 2, 3, 3, 5, 6]
    assert shown == [1, 1, None, None, 2, 2, None, 3, 3]


@pytest.mark.parametrize(
    ("start", "length", "zone", "labels", "title"),
    [
        ("2026-05-23T21:57:00Z", 180, PARIS, ["23:57:00", "23:57:10", "23:57:20"],
         "Sat 23 May 2026, Europe/Paris"),
        ("2026-05-23T10:20:30Z", 3600, PARIS, ["12:25", "12:30", "12:35"],
         "Sat 23 May 2026, Europe/Paris"),
        ("2026-05-23T10:20:00Z", 8 * 3600, PARIS, ["13", "14", "15"],
         "Sat 23 May 2026, Europe/Paris"),
        ("2026-05-23T10:00:00Z", 8 * 3600, "Asia/Kolkata", ["15:30", "16:30", "17:30"],
         "Sat 23 May 2026, Asia/Kolkata"),
        ("2026-05-22T22:00:00Z", 24 * 3600, "UTC", ["22", "23", "00"], "from Fri 22 May 2026, UTC"),
        ("2026-03-28T23:00:00Z", 23 * 3600, PARIS, ["00", "01", "03 +02"],
         "Sun 29 Mar 2026, Europe/Paris  ·  23 hours"),
    ],
)  # fmt: skip
def test_round_times_are_labelled_whatever_the_chart_covers(
    start: str, length: int, zone: str, labels: list[str], title: str
) -> None:
    begin = datetime.fromisoformat(start)
    whole = Interval(begin, begin + timedelta(seconds=length))
    panel = plot.Panel("t", "s", "EUR/MWh", {"price": [(*whole, 1.0)]})
    (axes,) = plot.draw_panels([panel], whole, zone, source="").axes
    ticks = axes.get_xticks()
    assert [label.get_text() for label in axes.get_xticklabels()][:3] == labels
    assert axes.get_xlabel() == title
    assert whole.start.timestamp() <= ticks[0] < ticks[-1] < whole.end.timestamp()
    assert len(ticks) <= 25


def test_several_days_are_labelled_in_their_middle() -> None:
    start = delivery_day(date(2026, 10, 24), PARIS).start
    rows = tidy.rows(
        models.DayAheadPrices(
            rows=[
                models.DayAheadPrice(
                    hour_start_utc=start + n * HOUR, hour_end_utc=start + (n + 1) * HOUR,
                    price_eur_mwh=float(n),
                )
                for n in range(73)
            ]
        )
    )  # fmt: skip
    whole = prices.extent(rows, None)
    (axes,) = plot.draw_panels(prices.panels(rows), whole, PARIS, source="").axes
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels == ["Sat 24 Oct", "Sun 25 Oct", "Mon 26 Oct"]
    ticks = [(tick - start.timestamp()) / 3600 for tick in axes.get_xticks()]
    assert ticks == [12, 24 + 12.5, 49 + 12]
