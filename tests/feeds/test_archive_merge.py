"""What is held and what has come, put together: nothing lost, nothing doubled, old rows kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy_async.columns import microseconds
from energy_async.tables import to_arrow, units
from nanocorp_async.archiving.merge import Coverage, Merged, merge
from nanocorp_async.archiving.series import SERIES, schema_of
from nanocorp_async.models.market_feeds import AfrrCapacityRow, DayAheadPrice

if TYPE_CHECKING:
    import pyarrow as pa

START = datetime(2026, 10, 24, 22, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
SERIES_ = SERIES["day-ahead"]
SCHEMA = schema_of("day-ahead")
Prices = dict[int, "float | list[float] | None"]


def at(hour: int) -> datetime:
    return datetime(2026, 10, 25, 12, tzinfo=UTC) + timedelta(hours=hour)


def came(prices: Prices) -> pa.Table:
    """Prices by quarter-hour; several for one that contradict each other."""
    rows = [
        DayAheadPrice(
            hour_start_utc=START + n * QUARTER,
            hour_end_utc=START + (n + 1) * QUARTER,
            price_eur_mwh=price,
        )
        for n, value in prices.items()
        for price in (value if isinstance(value, list) else [value])
    ]
    return to_arrow(rows, DayAheadPrice)


def put(held: pa.Table | None, prices: Prices, hour: int = 0) -> Merged:
    return merge(held, came(prices), SCHEMA, SERIES_.key, at(hour))


def after(*answers: Prices) -> pa.Table:
    held = None
    for hour, prices in enumerate(answers):
        table = put(held, prices, hour).table
        held = held if table is None else table
    assert held is not None
    return held


def told(table: pa.Table) -> list[tuple[Any, ...]]:
    """Number of the quarter-hour, price, revision, and the hours of the three times."""

    def hour(moment: datetime | None) -> int | None:
        return None if moment is None else (moment - at(0)) // timedelta(hours=1)

    return [
        (
            (row["hour_start_utc"] - START) // QUARTER,
            row["price_eur_mwh"],
            row["revision"],
            hour(row["fetched_at"]),
            hour(row["noticed_at"]),
            hour(row["replaced_at"]),
        )
        for row in table.to_pylist()
    ]


def test_first_rows_are_kept_in_order_with_units_and_time() -> None:
    found = put(None, {1: 11.0, 0: 10.0})
    assert (found.added, found.revised) == (2, 0)
    assert found.table is not None
    assert told(found.table) == [(0, 10.0, 0, 0, None, None), (1, 11.0, 0, 0, None, None)]
    assert units(found.table)["price_eur_mwh"] == "EUR/MWh"


@pytest.mark.parametrize("again", [{0: 10.0, 1: 11.0}, {1: 11.0}, {}])
def test_the_same_again_or_less_changes_nothing(again: Prices) -> None:
    """A row that upstream drops stays."""
    assert put(after({0: 10.0, 1: 11.0}), again, 5) == Merged(None, 0, 0)


def test_new_rows_are_added() -> None:
    found = put(after({1: 11.0}), {0: 10.0, 1: 11.0}, 3)
    assert (found.added, found.revised) == (1, 0)
    assert told(after({1: 11.0}, {0: 10.0, 1: 11.0})) == [
        (0, 10.0, 0, 1, None, None),
        (1, 11.0, 0, 0, None, None),
    ]


@pytest.mark.parametrize("new", [12.0, None])
def test_a_correction_keeps_both_rows(new: float | None) -> None:
    """A price that is taken away is one too."""
    found = put(after({0: 10.0, 1: 11.0}), {0: 10.0, 1: new}, 4)
    assert (found.added, found.revised) == (0, 1)
    assert found.table is not None
    assert told(found.table) == [
        (0, 10.0, 0, 0, None, None),
        (1, 11.0, 0, 0, None, 4),
        (1, new, 1, 4, 4, None),
    ]


def test_a_price_that_comes_back_is_a_third_version() -> None:
    assert told(after({0: 10.0}, {0: None}, {0: 10.0})) == [
        (0, 10.0, 0, 0, None, 1),
        (0, None, 1, 1, 1, 2),
        (0, 10.0, 2, 2, 2, None),
    ]


def test_rows_that_contradict_each_other_all_stay() -> None:
    """As in October, where upstream may put two hours on one."""
    held = after({0: [10.0, 20.0]})
    assert [row[:3] for row in told(held)] == [(0, 10.0, 0), (0, 20.0, 0)]
    assert put(held, {0: [20.0, 10.0]}, 1).table is None
    changed = put(held, {0: [10.0, 25.0]}, 1)
    assert (changed.added, changed.revised) == (0, 1)
    assert changed.table is not None
    assert [row for row in told(changed.table) if row[5] is None] == [
        (0, 10.0, 0, 0, None, None),
        (0, 25.0, 1, 1, 1, None),
    ]
    more = put(held, {0: [10.0, 20.0, 30.0]}, 1)
    assert (more.added, more.revised) == (1, 0)


def test_one_of_two_rows_that_upstream_takes_back_is_replaced() -> None:
    """And comes back as a later version."""
    held = after({0: [10.0, 20.0]}, {0: [20.0]})
    assert told(held) == [(0, 10.0, 0, 0, None, 1), (0, 20.0, 0, 0, None, None)]
    assert told(after({0: [10.0, 20.0]}, {0: [20.0]}, {0: [10.0, 20.0]}))[-1] == (
        0, 10.0, 1, 2, 2, None,
    )  # fmt: skip


def periods(*found: tuple[int, int, float]) -> pa.Table:
    """Prices for periods, given in quarter-hours."""
    rows = [
        DayAheadPrice(
            hour_start_utc=START + a * QUARTER,
            hour_end_utc=START + b * QUARTER,
            price_eur_mwh=price,
        )
        for a, b, price in found
    ]
    return to_arrow(rows, DayAheadPrice)


HOURS = periods(*((n, n + 4, 100.0) for n in range(0, 96, 4)))
QUARTERS = periods(*((n, n + 1, float(n)) for n in range(96)))


def merged(*answers: pa.Table) -> list[Merged]:
    found: list[Merged] = []
    held = None
    for hour, rows in enumerate(answers):
        found.append(merge(held, rows, SCHEMA, SERIES_.key, at(hour)))
        held = found[-1].table or held
    return found


def holding(table: pa.Table | None) -> list[tuple[datetime, float]]:
    assert table is not None
    return [
        (row["hour_start_utc"], row["price_eur_mwh"])
        for row in table.to_pylist()
        if row["replaced_at"] is None
    ]


def test_hours_give_way_to_quarter_hours_and_stay_as_revisions() -> None:
    _, found = merged(HOURS, QUARTERS)
    assert (found.added, found.revised, found.replaced) == (96, 0, 24)
    assert found.what == "24 rows of 60 min are replaced by rows of 15 min"
    assert [price for _, price in holding(found.table)] == list(map(float, range(96)))
    assert found.table is not None
    assert found.table.num_rows == 120


def test_quarter_hours_give_way_to_hours_and_come_back() -> None:
    _, _, found, again = merged(QUARTERS, HOURS, QUARTERS, QUARTERS)
    assert (found.added, found.replaced) == (96, 24)
    assert len(holding(found.table)) == 96
    assert found.table is not None
    assert set(found.table["revision"].to_pylist()) == {0, 1}
    assert again == Merged(None)


def test_an_end_that_moves_by_a_second_replaces_its_row() -> None:
    second = timedelta(seconds=1)
    for end in (4 * QUARTER - second, 4 * QUARTER + second):
        moved = [
            DayAheadPrice(
                hour_start_utc=START + n * QUARTER,
                hour_end_utc=START + n * QUARTER + end,
                price_eur_mwh=100.0,
            )
            for n in range(0, 96, 4)
        ]
        _, found = merged(HOURS, to_arrow(moved, DayAheadPrice))
        assert (found.added, found.replaced, len(holding(found.table))) == (24, 24, 24)


def test_what_left_the_window_and_what_is_covered_by_less_than_half_stays() -> None:
    _, found = merged(HOURS, periods(*((n, n + 1, 1.0) for n in range(7, 96))))
    assert holding(found.table)[:2] == [(START, 100.0), (START + 4 * QUARTER, 100.0)]
    assert (found.added, found.replaced) == (89, 22)


def test_both_resolutions_in_one_answer_both_hold_until_one_goes() -> None:
    both = periods(
        *((n, n + 4, 100.0) for n in range(0, 96, 4)), *((n, n + 1, float(n)) for n in range(96))
    )
    first, second = merged(both, QUARTERS)
    assert (first.added, len(holding(first.table))) == (120, 120)
    assert (second.replaced, len(holding(second.table))) == (24, 96)


def test_the_whole_answer_says_what_is_covered() -> None:
    """A row of the day before may reach into this one."""
    wide = Coverage([(microseconds(START) - 3_600_000_000, microseconds(START + 4 * QUARTER))])
    first = merge(None, HOURS, SCHEMA, SERIES_.key, at(0)).table
    nothing = HOURS.slice(0, 0)
    found = merge(first, nothing, SCHEMA, SERIES_.key, at(1), wide)
    assert (found.added, found.replaced) == (0, 1)


def test_another_auction_is_another_series_and_replaces_nothing() -> None:
    series = SERIES["afrr-capacity"]

    def rows(*found: tuple[int, str, str]) -> pa.Table:
        return to_arrow(
            [
                AfrrCapacityRow(
                    period_start_utc=START, period_end_utc=START + quarters * QUARTER, price=10.0,
                    direction=direction, product_type="aFRR", time_horizon=horizon,
                )
                for quarters, direction, horizon in found
            ],
            AfrrCapacityRow,
        )  # fmt: skip

    schema = schema_of("afrr-capacity")
    daily, periodic = (4, "UPWARD", "DAILY"), (96, "UPWARD", "PERIODIC")
    held = merge(None, rows(daily), schema, series.key, at(0)).table
    found = merge(held, rows(periodic, (4, "DOWNWARD", "DAILY")), schema, series.key, at(1))
    assert (found.added, found.replaced) == (2, 0)
    reworded = merge(held, rows((4, "UP", "daily")), schema, series.key, at(1))
    assert (reworded.added, reworded.revised) == (0, 1)


def test_a_row_is_known_by_its_direction_too() -> None:
    series = SERIES["afrr-capacity"]
    rows = [
        AfrrCapacityRow(
            period_start_utc=START, period_end_utc=START + 4 * QUARTER, price=10.0,
            direction=direction, product_type="aFRR", time_horizon="DAILY",
        )
        for direction in ("UPWARD", "DOWNWARD", None)
    ]  # fmt: skip
    schema = schema_of("afrr-capacity")
    found = merge(None, to_arrow(rows), schema, series.key, at(0)).table
    assert found is not None
    assert merge(found, to_arrow(rows), schema, series.key, at(1)).table is None
    assert found.column("direction").to_pylist() == ["DOWNWARD", "UPWARD", None]


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        merge(None, came({0: 1.0}), SCHEMA, SERIES_.key, START.replace(tzinfo=None))


spans = st.lists(
    st.tuples(st.integers(0, 7), st.integers(1, 8), st.sampled_from([1.0, 2.0])), min_size=1
)


@given(st.lists(spans, min_size=1))
def test_within_the_time_of_the_newest_answer_that_answer_alone_holds(
    answers: list[list[tuple[int, int, float]]],
) -> None:
    """But for rows that it covers by less than half; and nothing that was seen is gone."""
    tables = [periods(*((a, a + n, price) for a, n, price in set(one))) for one in answers]
    held = None
    for hour, rows in enumerate(tables):
        held = merge(held, rows, SCHEMA, SERIES_.key, at(hour)).table or held
    assert held is not None
    names = ("hour_start_utc", "hour_end_utc", "price_eur_mwh")
    newest = {tuple(row[name] for name in names) for row in tables[-1].to_pylist()}
    covered = {
        start + n * QUARTER for start, end, _ in newest for n in range((end - start) // QUARTER)
    }
    for row in held.to_pylist():
        start, end = row["hour_start_utc"], row["hour_end_utc"]
        parts = [start + n * QUARTER for n in range((end - start) // QUARTER)]
        inside = 2 * sum(one in covered for one in parts) >= len(parts)
        starts = any(start == one for one, _, _ in newest)
        contained = (start, end, row["price_eur_mwh"]) in newest
        if row["replaced_at"] is None and (inside or starts):
            assert contained
    rows = [(tuple(row[name] for name in names), row["replaced_at"]) for row in held.to_pylist()]
    assert newest <= {row for row, replaced in rows if replaced is None}
    seen = {tuple(row[name] for name in names) for one in tables for row in one.to_pylist()}
    assert seen == {row for row, _ in rows}


answers = st.lists(
    st.dictionaries(st.integers(0, 4), st.sampled_from([None, 1.0, 2.0]), min_size=1), min_size=1
)


@given(answers)
def test_the_history_can_be_told_from_the_rows(given_: list[dict[int, float | None]]) -> None:
    """Each quarter-hour has one row that holds, and its versions as they were shown."""
    versions: dict[int, list[float | None]] = {}
    for prices in given_:
        for number, price in prices.items():
            known = versions.setdefault(number, [])
            if not known or known[-1] != price:
                known.append(price)
    found = told(after(*given_))  # type: ignore[arg-type]
    assert [(n, p, r) for n, p, r, *_ in found] == [
        (number, price, revision)
        for number in sorted(versions)
        for revision, price in enumerate(versions[number])
    ]
    for number in versions:
        line = [row for row in found if row[0] == number]
        assert [row[5] for row in line] == [row[4] for row in line[1:]] + [None]
