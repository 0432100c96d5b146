"""Which rows of an answer a window keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy_async.bulk import Batch, Window
from energy_async.bulk import settle as settle_with
from energy_async.bulk.rows import _settle_any, _settle_plain
from energy_async.transport.errors import DecodeFailed
from trlyr_async.bulk import REVENUE, pull_revenue
from trlyr_async.models.revenue_reporting import WholesaleRevenue

ASSET = "6f1c2a9e-1111-4222-8333-abcdefabcdef"
START = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = Window(ASSET, "wholesale", START, START + timedelta(hours=1))


def settle(window: Window, rows: list[WholesaleRevenue]) -> Batch[Any]:
    return settle_with(window, rows, REVENUE)


def row(minutes: float, **fields: Any) -> WholesaleRevenue:
    return WholesaleRevenue(start_ts=START + timedelta(minutes=minutes), **fields)


def test_the_start_belongs_to_the_window_and_the_end_to_the_next() -> None:
    found = settle(WINDOW, [row(-15), row(0), row(45), row(60)])
    assert found.rows == [row(0), row(45)]
    assert found.report.neighbours == 2


def test_a_row_given_twice_is_kept_once_and_counted() -> None:
    found = settle(WINDOW, [row(0, revenue=1.0), row(0, revenue=1.0), row(0, revenue=1.0)])
    assert found.rows == [row(0, revenue=1.0)]
    assert found.report.duplicates == 2
    assert found.report.conflicts == ()


def test_rows_that_contradict_each_other_are_all_kept_and_named() -> None:
    rows = [row(15, revenue=1.0), row(15, revenue=2.0), row(30)]
    found = settle(WINDOW, rows)
    assert found.rows == rows
    assert found.report.duplicates == 0
    assert found.report.conflicts == (START + timedelta(minutes=15),)


def test_rows_come_in_order_of_time() -> None:
    assert settle(WINDOW, [row(45), row(0), row(15)]).rows == [row(0), row(15), row(45)]


def test_missing_money_stays_missing() -> None:
    (only,) = settle(WINDOW, [row(0, revenue=None)]).rows
    assert only.revenue is None


def test_an_owner_in_other_spelling_or_none_is_the_asset_asked_for() -> None:
    rows = [row(0, virtual_asset_id=ASSET.upper()), row(15, virtual_asset_id=None)]
    assert settle(WINDOW, rows).rows == rows


@pytest.mark.parametrize(
    ("bad", "path"),
    [
        pytest.param(WholesaleRevenue(revenue=1.0), "$[1]", id="no start"),
        pytest.param(WholesaleRevenue(start_ts=START.replace(tzinfo=None)), "$[1]", id="naive"),
        pytest.param(row(0, virtual_asset_id="other"), "$[1]", id="other asset"),
        pytest.param(row(60, virtual_asset_id="other"), "$[1]", id="at the end"),
    ],
)
def test_a_row_that_cannot_be_booked_refuses_the_window(bad: WholesaleRevenue, path: str) -> None:
    """Leaving the row out would change the sum without a word."""
    with pytest.raises(DecodeFailed) as caught:
        settle(WINDOW, [row(0), bad])
    assert caught.value.path == path
    assert ASSET in str(caught.value)


answers = st.lists(
    st.builds(
        lambda minutes, owner, revenue: row(minutes, virtual_asset_id=owner, revenue=revenue),
        st.sampled_from([-15, 0, 15, 30, 45, 60, 75]),
        st.sampled_from([None, ASSET, ASSET.upper()]),
        st.sampled_from([None, 1.0, 2.0]),
    ),
    max_size=6,
)


@given(answers)
def test_plain_answers_are_settled_as_all_others(rows: list[WholesaleRevenue]) -> None:
    """The short way for rows whose starts only grow gives what the long way gives."""
    source: Any = REVENUE
    found = _settle_plain(WINDOW, rows, source)
    starts = [row.start_ts for row in rows]
    assert (found is not None) == (starts == sorted(set(starts), key=str))
    if found is not None:
        assert found == _settle_any(WINDOW, rows, source)


LENGTHS = {"quarter": timedelta(minutes=15), "block": timedelta(hours=4), "day": timedelta(days=1)}
MEANINGS: dict[str, Any] = {
    "inclusive": lambda row, start, end: start <= row.start_ts <= end,
    "half-open": lambda row, start, end: start <= row.start_ts < end,
    "overlap": lambda row, start, end: row.start_ts < end and start < row.end_ts,
    "containment": lambda row, start, end: start <= row.start_ts and row.end_ts <= end,
    "end-labelled": lambda row, start, end: start <= row.end_ts < end,
}


@pytest.mark.parametrize("hours", [None, 7, 1], ids=["months", "7 h", "1 h"])
@pytest.mark.parametrize("length", LENGTHS.values(), ids=LENGTHS)
@pytest.mark.parametrize("picked", MEANINGS.values(), ids=MEANINGS)
async def test_a_pull_is_exact_whatever_the_ends_of_a_range_mean(
    picked: Any, length: timedelta, hours: int | None
) -> None:
    """Periods begin at midnight UTC, months at that of Berlin: the edges cut through rows."""
    start, end = (datetime(2026, 3, day, 23, tzinfo=UTC) for day in (28, 31))
    origin = datetime(2026, 3, 20, tzinfo=UTC)
    rows: list[Any] = [
        WholesaleRevenue(start_ts=origin + n * length, end_ts=origin + (n + 1) * length)
        for n in range(timedelta(days=20) // length)
    ]

    class Upstream:
        async def send(self, request: Any, **_: Any) -> Any:
            asked = request.query["start"], request.query["end"]
            return [one for one in rows if picked(one, *asked)]

    window = None if hours is None else timedelta(hours=hours)
    upstream: Any = Upstream()
    pull = pull_revenue(
        upstream, [ASSET], start=start, end=end, streams=["wholesale"], window=window
    )
    found: list[Any] = [one.start_ts async for batch in pull for one in batch.rows]
    assert sorted(found) == [one.start_ts for one in rows if start <= one.start_ts < end]
    assert pull.report.complete
