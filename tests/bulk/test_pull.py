"""The pull as an iterator: rows, outcomes, and leaving it at any point."""

from __future__ import annotations

import asyncio
import gc
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest

from energy_async.transport.errors import (
    DecodeFailed,
    LoginFailed,
    NotSubscribed,
    ServerError,
    Unauthorized,
)
from trlyr_async import bulk

START = datetime(2026, 3, 1, tzinfo=UTC)
MARCH = (START, datetime(2026, 4, 1, tzinfo=UTC))
OCTOBER = (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
DAY: dict[str, Any] = {"start": START, "end": START + timedelta(days=1)}


async def rows_of(pull: Any) -> list[Any]:
    found = [(b.asset_id, b.stream, row) async for b in pull for row in b.rows]
    return sorted(found, key=lambda one: (one[0], one[1], one[2].start_ts))


async def collect(pull: Any, into: list[Any]) -> None:
    async for batch in pull:
        into.append(batch)  # noqa: PERF401 - keeps what came before an error


def others() -> list[str]:
    """The tasks beside the test and the runner it is called by."""
    names = [getattr(task.get_coro(), "__qualname__", "?") for task in asyncio.all_tasks()]
    return [name for name in names if not name.startswith(("test_", "TestRunner."))]


async def settled_tasks() -> list[str]:
    """The tasks left after the loop has had a few turns to carry out cancellations."""
    for _ in range(20):
        await asyncio.sleep(0)
    return others()


@pytest.mark.parametrize(("start", "end"), [MARCH, OCTOBER], ids=["march", "october"])
async def test_the_size_of_the_windows_does_not_change_the_rows(
    fake: Any, start: datetime, end: datetime
) -> None:
    """Across a clock change, and though the server gives both ends of every range."""
    results = []
    for hours in (1, 24, 7 * 24, 31 * 24):
        pull = bulk.pull_revenue(
            fake.Server(), fake.ASSETS[:1], start=start, end=end, window=timedelta(hours=hours)
        )
        results.append(await rows_of(pull))
        assert pull.report.complete
        assert pull.report.rows == len(results[-1])
    assert all(one == results[0] for one in results)
    wholesale = [row for _, stream, row in results[0] if stream == "wholesale"]
    assert len(wholesale) == (end - start) // timedelta(minutes=15)


async def test_requests_are_bounded_and_kept_busy(fake: Any) -> None:
    server = fake.Server(delay=0.001)
    pull = bulk.pull_revenue(server, fake.ASSETS[:10], **DAY, concurrency=5)
    assert len([batch async for batch in pull]) == 40
    assert server.peak == 5
    assert server.lanes == {"bulk"}


async def test_a_slow_consumer_holds_the_pull_back(fake: Any) -> None:
    """Never more than twice the concurrency is under way or waiting."""
    server = fake.Server()
    taken = 0
    async with bulk.pull_revenue(server, fake.ASSETS, **DAY, concurrency=3) as pull:
        async for _ in pull:
            taken += 1
            for _ in range(20):
                await anyio.lowlevel.checkpoint()
            assert len(server.asked) - taken <= 6
    assert taken == len(fake.ASSETS) * 4


async def test_nothing_is_asked_before_the_first_batch_is(fake: Any) -> None:
    server = fake.Server()
    pull = bulk.pull_revenue(server, fake.ASSETS, **DAY)
    assert await settled_tasks() == []
    assert server.asked == []
    await pull.aclose()
    assert [batch async for batch in pull] == []


async def test_a_failing_asset_leaves_the_others_alone(fake: Any) -> None:
    bad = fake.ASSETS[1]

    def answer(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        if asset == bad:
            raise ServerError("down", status=503, attempts=4)
        return rows

    pull = bulk.pull_revenue(fake.Server(answer), fake.ASSETS[:3], **DAY)
    batches = [batch async for batch in pull]
    failed = [batch for batch in batches if batch.outcome == "failed"]
    assert {batch.asset_id for batch in failed} == {bad}
    assert all(isinstance(batch.error, ServerError) and batch.rows == [] for batch in failed)
    report = pull.report
    assert len(batches) == len(report.windows) == 12
    assert len(report.failed) == 4
    assert not report.complete
    assert {one.attempts for one in report.failed} == {4}
    assert "ServerError: down" in str(report)
    assert "INCOMPLETE" in str(report)


async def test_no_rows_is_an_outcome_of_its_own(fake: Any) -> None:
    def answer(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        return [] if stream == "tolling" else rows

    server = fake.Server(answer)
    pull = bulk.pull_revenue(server, fake.ASSETS[:2], **DAY)
    outcomes = {(batch.stream, batch.outcome) async for batch in pull}
    assert ("tolling", "empty") in outcomes
    assert ("wholesale", "ok") in outcomes
    assert len(pull.report.empty) == 2
    assert pull.report.complete


async def test_rows_of_another_asset_fail_their_window(fake: Any) -> None:
    def answer(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        return [fake.row(fake.ASSETS[5], stream, r.start_ts, r.end_ts) for r in rows]

    pull = bulk.pull_revenue(fake.Server(answer), fake.ASSETS[:1], **DAY, streams=["tolling"])
    (batch,) = [batch async for batch in pull]
    assert isinstance(batch.error, DecodeFailed)
    assert not pull.report.complete


async def test_contradictions_and_repetitions_are_in_the_report(fake: Any) -> None:
    def answer(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        first = next(one for one in rows if one.start_ts == START)
        odd = fake.ROW_TYPES[stream](start_ts=first.start_ts, revenue=-1.0)
        return [*rows, first, odd]

    pull = bulk.pull_revenue(fake.Server(answer), fake.ASSETS[:1], **DAY, streams=["wholesale"])
    (batch,) = [batch async for batch in pull]
    assert len(batch.rows) == 97
    assert pull.report.duplicates == 1
    (one,) = pull.report.conflicting
    assert one.conflicts == (START,)
    assert "2026-03-01T00:00:00Z" in str(pull.report)


@pytest.mark.parametrize(
    "error",
    [LoginFailed("no"), NotSubscribed("no", status=401), RuntimeError("closed"), ValueError("x")],
    ids=repr,
)
async def test_where_going_on_is_pointless_the_pull_ends(fake: Any, error: Exception) -> None:
    """The very error is raised, not a group; the report names it and what was not asked."""
    server = fake.Server()

    def answer(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        if server.answered == 5:
            raise error
        return rows

    server.answer = answer
    pull = bulk.pull_revenue(server, fake.ASSETS, **DAY, concurrency=2)
    batches: list[Any] = []
    with pytest.raises(type(error)) as caught:
        await collect(pull, batches)
    assert caught.value is error
    assert sum(batch.outcome == "ok" for batch in batches) >= 5
    assert len(server.asked) < 10
    assert type(error).__name__ in pull.report.stopped_by
    assert pull.report.skipped
    assert await settled_tasks() == []
    assert [batch async for batch in pull] == []


async def test_one_refused_asset_is_its_own_failure(fake: Any) -> None:
    def answer(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        if asset == fake.ASSETS[2]:
            raise Unauthorized("not yours", status=401)
        return rows

    pull = bulk.pull_revenue(fake.Server(answer), fake.ASSETS[:6], **DAY, concurrency=2)
    assert len([batch async for batch in pull]) == 24
    assert len(pull.report.failed) == 4


async def test_a_refused_account_ends_the_pull(fake: Any) -> None:
    """Going on would be one login for every window."""

    def answer(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        raise Unauthorized("token refused", status=401)

    server = fake.Server(answer)
    pull = bulk.pull_revenue(server, fake.ASSETS, **DAY, concurrency=2)
    with pytest.raises(Unauthorized):
        await rows_of(pull)
    assert len(server.asked) <= 7


async def test_breaking_out_leaves_no_task(fake: Any) -> None:
    """Without `async with`, and while requests are under way."""
    server = fake.Server(delay=0.001)
    async for _ in bulk.pull_revenue(server, fake.ASSETS, **DAY):
        break
    assert others()  # the requests are being cancelled ...
    assert await settled_tasks() == []  # ... and then they are gone
    assert server.under_way == 0


async def test_an_error_in_the_loop_leaves_no_task(fake: Any) -> None:
    server = fake.Server(delay=0.001)

    async def stumble() -> None:
        async for _ in bulk.pull_revenue(server, fake.ASSETS, **DAY):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stumble()
    assert await settled_tasks() == []
    assert server.under_way == 0


async def test_cancellation_while_waiting_ends_the_requests_first(fake: Any) -> None:
    """When the cancelled task is over, so are its requests."""
    server = fake.Server(delay=30)
    pull = bulk.pull_revenue(server, fake.ASSETS, **DAY)
    task = asyncio.create_task(rows_of(pull))
    while server.under_way < 8:  # noqa: ASYNC110 - the server in memory has no event
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert server.under_way == 0
    assert others() == []
    assert pull.report.stopped_by == "cancelled"
    assert len(pull.report.skipped) == len(pull.report.windows)


async def test_cancellation_before_the_first_step_does_not_hang(fake: Any) -> None:
    pull = bulk.pull_revenue(fake.Server(), fake.ASSETS, **DAY)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await anext(pull)
    assert scope.cancelled_caught
    assert others() == []


async def test_cancellation_in_the_loop_leaves_no_task(fake: Any) -> None:
    server = fake.Server()
    with anyio.move_on_after(0.02):
        async for _ in bulk.pull_revenue(server, fake.ASSETS, **DAY):
            await anyio.sleep(30)
    assert await settled_tasks() == []


async def test_aclose_waits_for_the_end_and_may_be_called_again(fake: Any) -> None:
    server = fake.Server()
    async with aclosing(bulk.pull_revenue(server, fake.ASSETS, **DAY)) as pull:
        await anext(pull)
    assert others() == []
    await pull.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(pull)


async def test_a_pull_dropped_in_a_cycle_is_ended_by_the_collector(fake: Any) -> None:
    pull: Any = bulk.pull_revenue(fake.Server(), fake.ASSETS, **DAY)
    await anext(pull)
    pull.itself = pull
    del pull
    gc.collect()
    assert await settled_tasks() == []


def test_a_loop_that_ends_with_a_pull_open_ends_quietly(fake: Any) -> None:
    kept = []

    async def main() -> None:
        kept.append(bulk.pull_revenue(fake.Server(), fake.ASSETS, **DAY))
        await anext(kept[0])

    asyncio.run(main())
    kept.clear()
    gc.collect()


def test_a_pull_runs_on_trio_and_leaves_no_task_there(fake: Any) -> None:
    import trio  # noqa: PLC0415

    server = fake.Server(delay=0.001)

    async def main() -> int:
        tasks = trio.lowlevel.current_statistics().tasks_living
        pull = bulk.pull_revenue(server, fake.ASSETS[:2], **DAY)
        count = len([batch async for batch in pull])
        async for _ in bulk.pull_revenue(server, fake.ASSETS, **DAY):
            break
        for _ in range(20):
            await trio.lowlevel.checkpoint()
        assert trio.lowlevel.current_statistics().tasks_living == tasks
        return count

    assert trio.run(main) == 8
    assert server.under_way == 0


async def test_progress_tells_of_every_window(fake: Any) -> None:
    seen: list[bulk.Progress] = []
    server = fake.Server()
    pull = bulk.pull_revenue(server, fake.ASSETS[:2], **DAY, on_progress=seen.append)
    total = len(await rows_of(pull))
    assert [one.done for one in seen] == list(range(1, 9))
    assert {one.total for one in seen} == {8}
    assert seen[-1].rows == total
    assert seen[-1].failed == 0


async def test_an_error_in_on_progress_is_not_swallowed(fake: Any) -> None:
    def fail(_: bulk.Progress) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await rows_of(bulk.pull_revenue(fake.Server(), fake.ASSETS, **DAY, on_progress=fail))


def test_a_concurrency_of_nothing_is_refused(fake: Any) -> None:
    with pytest.raises(ValueError, match="concurrency"):
        bulk.pull_revenue(fake.Server(), fake.ASSETS, **DAY, concurrency=0)
