"""Many batteries at once: in order of their gates, none held up by another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec
import pytest

from energy_async.transport.errors import DeadlineExceeded
from energy_sandbox import Sandbox
from tests.clock import TODAY, Clock
from trlyr_async import Trlyr, trading, virtual_assets
from trlyr_async.models.virtual_assets import VirtualAsset
from trlyr_async.trading.fleet import spared

QUARTER = (TODAY + timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)


class Fleet(NamedTuple):
    sandbox: Sandbox
    client: Trlyr
    assets: list[VirtualAsset]

    @property
    def owner(self) -> tuple[Trlyr, str]:
        return self.client, self.sandbox.organisation_id

    def requests(self, operation: str) -> int:
        counted = self.sandbox.counters.requests.items()
        return sum(number for (name, _), number in counted if name.endswith(operation))


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    clock = Clock()
    async with (
        Sandbox(assets=14, clock=clock) as sandbox,
        Trlyr(
            sandbox.username, sandbox.password, environment=sandbox.url, rate=100, wall=clock.wall
        ) as client,
    ):
        assets = await virtual_assets.get_virtual_assets(client, sandbox.organisation_id)
        single = [one for one in assets if len(trading.wholesale_blocks(one)) == 1]
        yield Fleet(sandbox, client, single)


def with_gate(asset: VirtualAsset, seconds: float) -> VirtualAsset:
    """The asset, its gate so many seconds after the day begins here."""
    return msgspec.structs.replace(
        asset, dispatch_gate_closure_seconds=int((QUARTER - TODAY).total_seconds() - seconds)
    )


async def test_a_fleet_takes_one_list_and_reports_on_each(fleet: Fleet) -> None:
    """Keys are blocks or assets; one that is wrong holds up no other."""
    first, second, *others = fleet.assets
    schedules: dict[str, Any] = {one.id or "": {QUARTER: 10.0} for one in others}
    schedules |= {
        trading.wholesale_blocks(first)[0]: {QUARTER: 10.0},
        second.id or "": {QUARTER: 1e9},
        "nothing": {QUARTER: 1.0},
        (others[0].id or ""): {},
    }
    before = fleet.requests("get_virtual_assets")
    results = await trading.submit_schedules(*fleet.owner, schedules)
    assert [*results] == [*schedules]
    failed = {key for key, one in results.items() if isinstance(one, trading.CheckFailed)}
    assert failed == {second.id, "nothing", others[0].id}
    taken = [one for one in results.values() if isinstance(one, trading.SubmittedSchedule)]
    assert len(taken) == len(schedules) - 3
    assert all(one.accepted and one.imbalance is not None for one in taken)
    assert fleet.requests("get_virtual_assets") - before == 2
    assert fleet.requests("get_virtual_asset") == 0


async def test_the_earliest_gate_is_first(fleet: Fleet) -> None:
    fleet.client._limiter.pace.allow(0.0, 25.0)  # slow enough to queue
    late = len(fleet.assets) * 60
    assets = [with_gate(one, late - 60 * index) for index, one in enumerate(fleet.assets)]
    schedules = {one.id or "": {QUARTER: 10.0} for one in assets}
    results = await trading.submit_schedules(*fleet.owner, schedules, assets=assets)
    answered: list[datetime] = []
    for one in results.values():
        assert isinstance(one, trading.SubmittedSchedule)
        answered.append(one.receipt.answered_at)
    moved = sum(early < later for early, later in pairwise(answered))
    assert moved <= len(answered) // 2  # first come, first served would move all but one


async def test_what_cannot_be_read_in_time_is_sent_only_if_asked_for(fleet: Fleet) -> None:
    fleet.sandbox.inject("reset", operation="get_blocks", times=None)
    asset = with_gate(fleet.assets[0], 3.0)
    schedules = {asset.id or "": {QUARTER: 10.0}}
    (refused,) = (await trading.submit_schedules(*fleet.owner, schedules, assets=[asset])).values()
    assert isinstance(refused, Exception)
    assert fleet.requests("update_block_schedule") == 0
    asset = with_gate(fleet.assets[0], 6.0)
    (taken,) = (
        await trading.submit_schedules(*fleet.owner, schedules, assets=[asset], unchecked="send")
    ).values()
    assert isinstance(taken, trading.SubmittedSchedule)
    assert "the block was not read" in " ".join(map(str, taken.findings))
    assert taken.receipt.intent.before is None


async def test_what_is_closed_is_an_error_of_its_own(fleet: Fleet) -> None:
    assets = [with_gate(one, -60.0 if index else 600.0) for index, one in enumerate(fleet.assets)]
    schedules = {one.id or "": {QUARTER: 10.0} for one in assets}
    results = await trading.submit_schedules(*fleet.owner, schedules, assets=assets)
    kinds = [type(one) for one in results.values()]
    assert kinds[0] is trading.SubmittedSchedule
    assert set(kinds[1:]) <= {trading.CheckFailed, DeadlineExceeded}


@pytest.mark.parametrize(
    ("left", "wanted", "found"),
    [
        ([10.0, 10.0], [True, True], [True, True]),
        ([2.0, 2.0], [True, True], [False, False]),
        ([2.0, 3.0], [True, True], [True, False]),
        ([1.0, 9.0], [True, True], [False, True]),
        ([9.0, 2.0, None], [True, False, True], [False, False, True]),
        ([None, None], [True, True], [True, True]),
    ],
)
def test_a_reading_is_spared_for_every_later_gate(
    left: list[float | None], wanted: list[bool], found: list[bool]
) -> None:
    """At one request a second."""
    assert spared(left, 1.0, wanted) == found
