"""What is open, under way and done: every instant of a plan is in one place."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy_async.bulk import Window, WindowReport
from energy_async.bulk.ledger import Ledger
from energy_async.bulk.windows import gaps, joined
from energy_async.transport.errors import (
    BadRequest,
    RequestTimeout,
    ResponseTooLarge,
    ServerError,
    StatusError,
)
from trlyr_async import bulk

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def overlap(windows: list[Window]) -> tuple[Window, Window] | None:
    """Give two windows of one line that share an instant, if there are any."""
    last: dict[tuple[str, str], Window] = {}
    for one in sorted(windows, key=lambda one: one.start):
        before = last.get(one.line)
        if before is not None and one.start < before.end:
            return before, one
        last[one.line] = one
    return None


def window(first: float, last: float, asset: str = "a", stream: str = "s") -> Window:
    return Window(asset, stream, START + first * HOUR, START + last * HOUR)


def plan(days: float, assets: int = 1, **options: Any) -> bulk.Plan:
    names = [f"asset-{number}" for number in range(assets)]
    options.setdefault("streams", ["tolling"])
    return bulk.plan(names, start=START, end=START + days * DAY, **options)


def drain(ledger: Ledger, rows_a_day: float) -> list[Window]:
    """Answer everything that is open; the windows in the order in which they were taken."""
    taken = []
    while (one := ledger.take()) is not None:
        taken.append(one)
        rows = round((one.end - one.start) / DAY * rows_a_day)
        ledger.enter(WindowReport(window=one, outcome="ok" if rows else "empty", rows=rows))
    return taken


def hours(windows: list[Window]) -> set[tuple[str, str, int]]:
    """Every hour that the windows hold; fails if two hold the same one."""
    found = [
        (*one.line, number)
        for one in windows
        for number in range((one.start - START) // HOUR, (one.end - START) // HOUR)
    ]
    assert len(found) == len(set(found))
    return set(found)


spans = st.tuples(st.integers(0, 200), st.integers(1, 50)).map(lambda one: (one[0], sum(one)))


@given(st.lists(spans, max_size=8), st.integers(1, 250))
def test_gaps_and_what_is_held_make_up_the_plan(held: list[tuple[int, int]], end: int) -> None:
    asked = [window(0, end)]
    there: list[Window] = []
    for first, last in held:
        if overlap([*there, window(first, last)]) is None:
            there.append(window(first, last))
    open_ = gaps(asked, there)
    covered = hours(asked) & hours(there)
    assert hours(open_) == hours(asked) - covered


def test_windows_that_touch_are_one_stretch_and_others_are_not() -> None:
    windows = [window(3, 5), window(0, 3), window(6, 7), window(5, 6, asset="b")]
    assert set(joined(windows)) == {window(0, 5), window(6, 7), window(5, 6, asset="b")}


def test_overlap_names_the_two() -> None:
    assert overlap([window(0, 3), window(3, 5), window(1, 2, stream="t")]) is None
    assert overlap([window(4, 5), window(0, 3), window(2, 4)]) == (window(0, 3), window(2, 4))


@settings(deadline=None)
@given(
    st.integers(1, 400),
    st.sampled_from([0, 1, 24, 96, 21_600]),
    st.sampled_from([None, HOUR * 7, DAY, DAY * 40]),
    st.lists(st.booleans(), max_size=30),
)
def test_every_hour_is_asked_once_whatever_is_split(
    days: int, rows_a_day: int, length: timedelta | None, splits: list[bool]
) -> None:
    asked = plan(days, assets=2, window=length)
    ledger, script, progress = Ledger(asked), iter(splits), None
    done: list[Window] = []
    while (one := ledger.take()) is not None:
        if next(script, False) and ledger.split(one):
            continue
        done.append(one)
        rows = round((one.end - one.start) / DAY * rows_a_day)
        latest = WindowReport(window=one, outcome="ok", rows=rows)
        ledger.enter(latest)
        progress = ledger.delivered(latest)
        assert (progress.done, progress.total >= len(done)) == (len(done), True)
    assert progress is not None
    assert progress.total == len(done)
    assert hours(done) == hours(list(asked))
    assert ledger.is_done
    report = ledger.report()
    assert report.complete
    assert [one.window for one in report.windows] == sorted(
        done, key=lambda one: (one.asset_id, one.start)
    )


def test_months_of_few_rows_are_asked_together() -> None:
    """A year of daily rows takes 4 requests: a month, four, and the rest."""
    taken = drain(Ledger(plan(365)), rows_a_day=1)
    assert [round((one.end - one.start) / DAY) for one in taken] == [31, 120, 214]


def test_months_of_many_rows_are_asked_alone() -> None:
    """The last hour, which is January in Berlin, comes with December."""
    taken = drain(Ledger(plan(365)), rows_a_day=5760)
    assert len(taken) == 12


def test_a_length_that_was_chosen_is_kept() -> None:
    taken = drain(Ledger(plan(30, window=DAY)), rows_a_day=1)
    assert {one.end - one.start for one in taken} == {DAY}
    assert len(taken) == 30


def test_a_window_that_is_too_large_makes_its_stream_ask_for_less() -> None:
    """And the other stream for as much as before."""
    ledger = Ledger(plan(60, streams=["tolling", "wholesale"], window=DAY * 10))
    first = ledger.take()
    assert first is not None
    assert ledger.split(first)
    lengths: dict[str, set[timedelta]] = {"tolling": set(), "wholesale": set()}
    for one in drain(ledger, rows_a_day=1):
        lengths[one.stream].add(one.end - one.start)
    assert lengths == {"tolling": {DAY * 5}, "wholesale": {DAY * 10}}
    assert ledger.report().splits == 1


def test_an_hour_is_not_split_further() -> None:
    ledger = Ledger(plan(1 / 24, window=HOUR))
    only = ledger.take()
    assert only is not None
    assert not ledger.split(only)


def test_a_resumed_pull_asks_for_the_gaps_alone() -> None:
    asked = plan(10, window=DAY)
    held = [WindowReport(window=one, outcome="ok", rows=7, resumed=True) for one in asked[2:5]]
    ledger = Ledger(asked, held)
    skipped = [one.window for one in ledger.report().skipped]
    assert skipped == [*asked[:2], *asked[5:]]
    assert drain(ledger, 1) == skipped
    assert (ledger.report().rows, ledger.report().resumed) == (7 + 21, 3)


def test_what_was_held_in_other_lengths_counts_as_well() -> None:
    asked = plan(4, window=DAY * 2)
    whole = asked[0].between(START + HOUR * 12, START + HOUR * 60)
    ledger = Ledger(asked, [WindowReport(window=whole, outcome="ok", rows=1, resumed=True)])
    assert hours(drain(ledger, 0)) == hours(list(asked)) - hours([whole])


# Splitting in the engine


@pytest.mark.parametrize(
    ("error", "is_split"),
    [
        (ResponseTooLarge("more than 10 MB"), True),
        (RequestTimeout("silent", phase="read"), True),
        (StatusError("payload too large", status=413), True),
        (ServerError("gateway timed out", status=504), True),
        (RequestTimeout("unreachable", phase="connect"), False),
        (ServerError("down", status=500), False),
        (BadRequest("no", status=400), False),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else "",
)
async def test_only_what_a_shorter_range_may_mend_is_split(
    fake: Any, error: Exception, *, is_split: bool
) -> None:
    """The server refuses more than 500 rows."""

    def answer(_asset: str, _stream: str, rows: list[Any]) -> list[Any]:
        if len(rows) > 500:
            raise error
        return rows

    server = fake.Server(answer)
    pull = bulk.pull_revenue(
        server, fake.ASSETS[:2], start=START, end=START + 20 * DAY, streams=["wholesale"]
    )
    rows = {(batch.asset_id, row.start_ts) async for batch in pull for row in batch.rows}
    assert pull.report.complete is is_split
    assert (pull.report.splits > 0) is is_split
    if is_split:
        starts = [START + number * HOUR / 4 for number in range(20 * 96)]
        assert rows == {(asset, start) for asset in fake.ASSETS[:2] for start in starts}
        assert pull.report.rows == len(rows)
        assert "split in two" in str(pull.report)
    else:
        assert len(pull.report.failed) == 2


# The plan itself


def test_the_least_time_is_that_of_its_requests() -> None:
    asked = plan(365, assets=300, streams=bulk.ALL)
    assert asked.requests == 300 * 4 * 13
    assert asked.least_time(10) == timedelta(seconds=1560)
    assert asked.least_time(float("inf")) == timedelta(0)
    with pytest.raises(ValueError, match="rate"):
        asked.least_time(0)
    assert str(asked).startswith("15,600 requests: 300 assets, 4 streams, 2026-01-01T00:00:00Z")


def test_shards_share_the_windows_out() -> None:
    asked = plan(40, assets=10)
    shards = asked.shards(3)
    assert max(map(len, shards)) - min(map(len, shards)) <= len(shards)
    assert sorted(one for shard in shards for one in shard) == sorted(asked)
    assert len(asked.shards(10_000)) == len(asked)
    again = pickle.loads(pickle.dumps(shards[0]))
    assert (list(again), again.window, again.zone) == (list(shards[0]), None, "Europe/Berlin")
    with pytest.raises(ValueError, match="count"):
        asked.shards(0)
