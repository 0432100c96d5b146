"""The pull over real connections: client, limiter, tokens and a server that misbehaves."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from energy_async.delivery import BERLIN, month
from energy_async.transport.provisional import warned
from energy_sandbox import Sandbox
from trlyr_async import (
    DecodeFailed,
    LoginFailed,
    Trlyr,
    bulk,
    revenue_reporting,
)

if TYPE_CHECKING:
    from pathlib import Path

MARCH = month(2026, 3, BERLIN)
OCTOBER = month(2026, 10, BERLIN)


def now() -> datetime:
    return datetime(2026, 11, 20, 12, tzinfo=UTC)


def client_of(sandbox: Sandbox, **options: Any) -> Trlyr:
    options = {"rate": math.inf, "retries": 0, "concurrency": 16, **options}
    return Trlyr(sandbox.username, sandbox.password, environment=sandbox.url, **options)


@pytest.mark.parametrize("span", [MARCH, OCTOBER], ids=["march", "october"])
@pytest.mark.filterwarnings("ignore::energy_async.transport.provisional.ProvisionalEndpointWarning")
async def test_a_month_with_a_clock_change_adds_up_to_the_total(span: Any) -> None:
    """The four streams sum to the total that the API itself reports, whatever the windows."""
    async with Sandbox(assets=2, clock=now) as sandbox, client_of(sandbox) as client:
        asset = sandbox.virtual_asset_ids[0]
        sums = []
        for window in (timedelta(days=31), timedelta(days=7), timedelta(hours=23)):
            pull = bulk.pull_revenue(client, [asset], start=span.start, end=span.end, window=window)
            rows = [row async for batch in pull for row in batch.rows]
            assert pull.report.complete
            sums.append((len(rows), math.fsum(row.revenue or 0.0 for row in rows)))
        points = await revenue_reporting.get_virtual_asset_data_points(
            client,
            asset,
            "daily",
            start=span.start,
            end=span.end - timedelta(seconds=1),
            datapoints=["revenue_total_revenue"],
        )
    total = math.fsum(
        one.value or 0.0 for one in (points.data or {})["revenue_total_revenue"] or []
    )
    assert len({count for count, _ in sums}) == 1
    assert all(money == pytest.approx(total, abs=0.01) for _, money in sums)
    assert total != 0


async def test_windows_lost_to_an_outage_are_fetched_by_the_next_run(tmp_path: Path) -> None:
    async with Sandbox(assets=5, clock=now) as sandbox, client_of(sandbox) as client:
        sandbox.inject("status", operation="get_wholesale_revenue", status=503, times=3)
        sandbox.inject("cut_body", operation="get_tolling_revenue", times=1)
        sandbox.inject("wrong_schema", operation="get_ancillary_revenue", times=1)
        arguments: Any = {"start": MARCH.start, "end": MARCH.end}
        assets = sandbox.virtual_asset_ids
        first = await bulk.pull_revenue_to(client, tmp_path / "a", assets, **arguments)
        assert Counter(one.window.stream for one in first.failed) == {
            "wholesale": 3,
            "ancillary": 1,
            "tolling": 1,
        }
        assert {one.error.partition(":")[0] for one in first.failed} >= {
            "ServerError",
            "DecodeFailed",
        }
        second = await bulk.pull_revenue_to(client, tmp_path / "a", assets, **arguments)
        undisturbed = await bulk.pull_revenue_to(client, tmp_path / "b", assets, **arguments)
    assert second.complete
    assert second.resumed == len(second.windows) - 5
    assert second.rows == undisturbed.rows
    assert bulk.read(tmp_path / "a").equals(bulk.read(tmp_path / "b"))


async def test_tokens_that_die_in_the_middle_cost_no_window() -> None:
    async with Sandbox(assets=6, clock=now) as sandbox, client_of(sandbox) as client:
        done = 0
        pull = bulk.pull_revenue(
            client, sandbox.virtual_asset_ids, start=MARCH.start, end=MARCH.end, concurrency=4
        )
        async for _ in pull:
            done += 1
            if done in (3, 9, 15):
                sandbox.revoke_tokens()
        assert pull.report.complete
        assert 2 <= sandbox.counters.logins <= 5


async def test_wrong_credentials_end_the_pull_at_the_first_login() -> None:
    async with Sandbox(assets=6, clock=now) as sandbox:
        client = Trlyr(sandbox.username, "wrong", environment=sandbox.url, rate=math.inf)
        async with client:
            pull = bulk.pull_revenue(
                client, sandbox.virtual_asset_ids, start=MARCH.start, end=MARCH.end
            )
            with pytest.raises(LoginFailed):
                await anext(pull_batches_without_failures(pull))
        assert not pull.report.complete
        assert "LoginFailed" in pull.report.stopped_by


async def pull_batches_without_failures(pull: Any) -> Any:
    async for batch in pull:
        if batch.outcome != "failed":
            yield batch


async def test_an_undecodable_answer_is_the_outcome_of_its_window() -> None:
    async with Sandbox(assets=1, clock=now) as sandbox, client_of(sandbox) as client:
        sandbox.inject("bad_json", operation="get_tolling_revenue", times=1)
        pull = bulk.pull_revenue(
            client,
            sandbox.virtual_asset_ids,
            start=MARCH.start,
            end=MARCH.end,
            streams=["tolling"],
        )
        (batch,) = [batch async for batch in pull]
        assert isinstance(batch.error, DecodeFailed)


async def test_what_a_pull_asks_on_its_own_account_warns_nobody() -> None:
    warned.clear()
    async with Sandbox(assets=3, clock=now) as sandbox, client_of(sandbox) as client:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            pull = bulk.pull_revenue(
                client, sandbox.virtual_asset_ids, start=MARCH.start, end=MARCH.end
            )
            assert [batch async for batch in pull]
    assert not warned
