"""A sandbox, a client without patience, and a clock for look-ups."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta
from typing import NamedTuple

import pytest

from energy_async.delivery import BERLIN, delivery_day_of
from energy_async.transport.errors import OutcomeUnknown
from energy_async.transport.options import ClientOptions
from energy_sandbox import Sandbox
from tests.clock import Clock
from trlyr_async import Trlyr, trading, virtual_assets
from trlyr_async.trading.outcome import look_up_with

QUARTER = timedelta(minutes=15)


class Desk(NamedTuple):
    """A trader's place: the second asset has 5 MW, 10 MWh and one wholesale block."""

    sandbox: Sandbox
    client: Trlyr
    organisation_id: str
    asset_id: str
    block_id: str
    day: date
    clock: Clock

    @property
    def asset(self) -> tuple[Trlyr, str, str]:
        """What functions of the asset take first."""
        return self.client, self.organisation_id, self.asset_id

    @property
    def block(self) -> tuple[Trlyr, str, str, str]:
        """What functions of the block take first."""
        return (*self.asset, self.block_id)

    def requests(self, operation: str) -> int:
        """How many requests of an operation came, whatever became of them."""
        counted = self.sandbox.counters.requests.items()
        return sum(number for (name, _), number in counted if name.endswith(operation))


class Watch:
    """A clock that a sleep sets forward; `at` says what happens at a time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.at: dict[float, Callable[[], Awaitable[object]]] = {}

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        for time in [time for time in self.at if time <= self.now]:
            await self.at.pop(time)()

    async def look_up(
        self, client: Trlyr, error: OutcomeUnknown, settle: float = 10.0
    ) -> trading.Outcome:
        return await look_up_with(client, error, settle, now=lambda: self.now, sleep=self.sleep)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def patient(desk: Desk) -> AsyncIterator[Desk]:
    """A desk whose client repeats what fails, as clients do."""
    who = desk.sandbox.username, desk.sandbox.password
    options: ClientOptions = {"rate": 1000, "wall": desk.clock.wall}
    async with Trlyr(*who, environment=desk.sandbox.url, **options) as client:
        yield desk._replace(client=client)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    clock = Clock()
    async with (
        Sandbox(assets=2, clock=clock) as sandbox,
        Trlyr(
            sandbox.username, sandbox.password, environment=sandbox.url, rate=1000, retries=0,
            wall=clock.wall,
        ) as client,
    ):  # fmt: skip
        asset_id = sandbox.virtual_asset_ids[1]
        asset = await virtual_assets.get_virtual_asset(client, sandbox.organisation_id, asset_id)
        assert asset.block_ids
        day = delivery_day_of(clock(), BERLIN) + timedelta(days=3)
        block_id = asset.block_ids[0]
        yield Desk(sandbox, client, sandbox.organisation_id, asset_id, block_id, day, clock)
