"""What is held and what has come, put together: nothing lost, nothing doubled, old rows kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy_async.tables import to_arrow, units
from nanocorp_async.archive_merge import Merged, merge
from nanocorp_async.archive_series import SERIES, schema_of
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
    assert put(held, {0: [20.0]}, 1).table is None
    changed = put(held, {0: [10.0, 25.0]}, 1)
    assert (changed.added, changed.revised) == (0, 1)
    assert changed.table is not None
    assert [row for row in told(changed.table) if row[5] is None] == [
        (0, 10.0, 0, 0, None, None),
        (0, 25.0, 1, 1, 1, None),
    ]
    more = put(held, {0: [10.0, 20.0, 30.0]}, 1)
    assert (more.added, more.revised) == (1, 0)


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
