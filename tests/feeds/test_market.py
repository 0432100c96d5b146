"""Sums over prices, against numbers worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy_async import market, tables
from energy_async.delivery import BERLIN, PARIS, quarter_hours
from energy_async.market import Beside, Spread, Value
from nanocorp_async.tidy import MarketRow

MARCH, OCTOBER = date(2027, 3, 28), date(2026, 10, 25)
NOON = datetime(2026, 5, 23, 12, tzinfo=UTC)
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)


def hour(n: float, value: float | None, length: timedelta = HOUR) -> Value:
    return Value(NOON + n * HOUR, NOON + n * HOUR + length, value)


def quarters(day: date, values: list[float | None]) -> list[Value]:
    periods = quarter_hours(day, PARIS)
    return [Value(*one, value) for one, value in zip(periods, values, strict=False)]


# Series


def test_structs_and_tables_give_the_same_series() -> None:
    rows = [
        MarketRow(feed="day-ahead", start=NOON + HOUR, end=NOON + 2 * HOUR, price=2.0),
        MarketRow(feed="day-ahead", start=NOON, end=NOON + HOUR, price=None),
    ]
    expected = [hour(0, None), hour(1, 2.0)]
    assert market.series(rows) == expected
    assert market.series(tables.to_arrow(rows)) == expected


def test_columns_may_have_any_names() -> None:
    table = pa.table({"from": [NOON], "to": [NOON + HOUR], "revenue": [3.0]})
    assert market.series(table, "revenue", start="from", end="to") == [hour(0, 3.0)]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(None, NOON)], "without start or end"),
        ([(NOON, NOON)], "is empty"),
        ([(NOON, NOON - HOUR)], "is empty"),
        ([(NOON, NOON + HOUR), (NOON, NOON + HOUR)], "overlap"),
        ([(NOON, NOON + HOUR), (NOON + QUARTER, NOON + 2 * HOUR)], "overlap"),
        ([(NOON.replace(tzinfo=None), NOON)], "start must be an aware"),
    ],
)
def test_what_is_no_series_is_refused(rows: list[tuple[datetime, datetime]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        market.series([MarketRow(feed="day-ahead", start=a, end=b, price=1.0) for a, b in rows])


# Spread


def test_the_spread_is_the_mean_of_the_dearest_minus_that_of_the_cheapest() -> None:
    """Dearest of 1..96: 95 and 96, mean 95.5; cheapest: 1 and 2, mean 1.5."""
    values = quarters(date(2026, 5, 23), [float(n) for n in range(1, 97)])
    found = market.spread(values, date(2026, 5, 23), PARIS, 2)
    assert found == Spread(date(2026, 5, 23), 95.5, 1.5, 96, 96)
    assert found.spread == 94.0


@pytest.mark.parametrize(("day", "expected"), [(MARCH, 92), (OCTOBER, 100)])
def test_a_spread_knows_the_length_of_its_day(day: date, expected: int) -> None:
    values = quarters(day, [5.0, -3.0, None, *[1.0] * 97])
    found = market.spread(values, day, PARIS, 1)
    assert (found.spread, found.known, found.expected) == (8.0, expected - 1, expected)


def test_a_missing_price_is_not_a_cheap_one() -> None:
    values = quarters(MARCH, [None, 10.0, 20.0, None])
    assert market.spread(values, MARCH, PARIS, 1).bottom == 10.0


def test_too_few_prices_give_no_spread() -> None:
    found = market.spread(quarters(MARCH, [1.0, 2.0, 3.0]), MARCH, PARIS, 2)
    assert (found.top, found.bottom, found.spread, found.known) == (None, None, None, 3)
    assert market.spread([], MARCH, PARIS, 2) == Spread(MARCH, None, None, 0, 0)


def test_only_the_delivery_day_counts() -> None:
    """22:45 UTC on 27 March is still the 27th in Paris."""
    before = Value(*quarter_hours(date(2027, 3, 27), PARIS)[-1], 1000.0)
    found = market.spread([before, *quarters(MARCH, [1.0, 2.0])], MARCH, PARIS, 1)
    assert found.spread == 1.0


def test_periods_of_different_length_have_no_spread() -> None:
    with pytest.raises(ValueError, match="different length"):
        market.spread([hour(0, 1.0), hour(1, 1.0, QUARTER)], date(2026, 5, 23), PARIS, 1)
    with pytest.raises(ValueError, match="count"):
        market.spread([], MARCH, PARIS, 0)


# Side by side


def test_a_fine_price_is_averaged_beside_an_hour_of_revenue() -> None:
    """Quarters at 10, 20, 30 and 40: 25 on average."""
    right = [hour(n / 4, 10.0 * (n + 1), QUARTER) for n in range(4)]
    assert market.beside([hour(0, 500.0)], right) == [Beside(NOON, NOON + HOUR, 500.0, 25.0, HOUR)]


def test_a_coarse_price_is_repeated_beside_fine_revenue() -> None:
    left = [hour(n / 4, float(n), QUARTER) for n in range(4)]
    found = market.beside(left, [hour(0, 60.0)])
    assert [(one.left, one.right, one.known) for one in found] == [
        (float(n), 60.0, QUARTER) for n in range(4)
    ]


def test_what_is_unknown_is_said() -> None:
    """Half of the hour at 10, a quarter unknown, a quarter not there."""
    right = [hour(0, 10.0, 2 * QUARTER), hour(0.5, None, QUARTER)]
    found = market.beside([hour(0, 1.0), hour(5, 2.0)], right)
    assert [(one.right, one.known) for one in found] == [
        (10.0, 2 * QUARTER),
        (None, timedelta(0)),
    ]


def test_moments_are_compared_and_not_clocks() -> None:
    east = timezone(timedelta(hours=2))
    left = [Value(NOON.astimezone(east), (NOON + HOUR).astimezone(east), 1.0)]
    assert market.beside(left, [hour(0, 10.0)])[0].right == 10.0


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=8),
    st.lists(st.none() | st.floats(-100, 100), min_size=1, max_size=12),
)
def test_a_join_agrees_with_counting_minutes(
    lefts: list[tuple[int, int]], prices: list[float | None]
) -> None:
    """The mean by the definition: minute by minute."""
    minute = timedelta(minutes=1)
    right = [hour(n / 12, value, 5 * minute) for n, value in enumerate(prices)]
    for start, length in lefts:
        left = Value(NOON + start * minute, NOON + (start + length) * minute, 1.0)
        (found,) = market.beside([left], right)
        covered = [n // 5 for n in range(start, start + length) if n // 5 < len(prices)]
        known = [value for n in covered if (value := prices[n]) is not None]
        assert found.known == len(known) * minute
        assert found.right == (pytest.approx(sum(known) / len(known)) if known else None)


def test_the_doubled_hour_meets_itself() -> None:
    periods = quarter_hours(OCTOBER, PARIS)
    values = [Value(*one, float(n)) for n, one in enumerate(periods)]
    left = [Value(*one, 0.0) for one in quarter_hours(OCTOBER, BERLIN)]
    assert [one.right for one in market.beside(left, values)] == [float(n) for n in range(100)]


def test_tables_are_joined_and_keep_their_rows_and_units() -> None:
    """Two assets over the same hour: their periods overlap, and both get the price."""
    left = pa.table(
        {
            "asset": ["b", "a", "a"],
            "start_ts": [NOON, NOON, NOON + HOUR],
            "end_ts": [NOON + HOUR, NOON + HOUR, NOON + 2 * HOUR],
            "revenue": [1.0, 2.0, None],
        }
    )
    price = pa.field("price", pa.float64(), metadata={"unit": "EUR/MWh"})
    schema = pa.schema([("start", pa.timestamp("us", "UTC")), ("end", pa.timestamp("us", "UTC")),
                        price])  # fmt: skip
    right = pa.table([[NOON], [NOON + HOUR], [42.0]], schema=schema)
    joined = market.join_tables(
        left, right, "price", name="day_ahead", left_times=("start_ts", "end_ts")
    )
    assert joined.select(left.column_names).equals(left)
    assert joined["day_ahead"].to_pylist() == [42.0, 42.0, None]
    assert joined["day_ahead_known_s"].to_pylist() == [3600.0, 3600.0, 0.0]
    assert tables.units(joined) == {"day_ahead": "EUR/MWh", "day_ahead_known_s": "s"}


def test_a_join_overwrites_no_column() -> None:
    table = pa.table({"start": [NOON], "end": [NOON + HOUR], "price": [1.0]})
    with pytest.raises(ValueError, match="'price' already"):
        market.join_tables(table, table, "price")
