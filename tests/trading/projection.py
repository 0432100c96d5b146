"""Random schedules on random batteries: `trading.simulate` against the sandbox's projection.

    python -m tests.trading.projection [--schedules 1000] [--seed 1]

Half of the days are those on which clocks change. A quarter of the batteries have sold aFRR before,
every tenth has two blocks, and outages are as the sandbox has them. All that the sandbox corrects
has to be found: by quarter-hour where energy is short, else as a violation of its kind. Where
something is impossible, the proposal is submitted too.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
import warnings
from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from energy_async.delivery import BERLIN, quarter_hours
from energy_sandbox import Sandbox
from trlyr_async import BadRequest, Trlyr, trading, virtual_assets

if TYPE_CHECKING:
    from trlyr_async.models.virtual_assets import Block, VirtualAsset

    Place = tuple[Trlyr, str, str]

DAYS = (date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 10), date(2026, 11, 20))
KINDS = {"AVAILABILITY": "power_limit", "RAMP_RATE": "ramp", "CYCLE_LIMIT": "cycle_limit"}
SOLD = 0.25
BLOCKS = ("00_04", "04_08", "08_12", "12_16", "16_20", "20_24")


class Tally:
    """What came of all of them."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self.worst = 0.0

    def off(self, kwh: float) -> None:
        """Note a difference of energy."""
        self.worst = max(self.worst, abs(kwh))

    def hold(
        self, simulation: trading.Simulation, result: trading.SubmittedSchedule, rated: float
    ) -> None:
        """Hold a simulation against what the sandbox made of the same schedule."""
        adjusted = {one.timestamp: one for one in result.adjustments or ()}
        kinds = {one.kind for one in simulation.findings if one.severity != "info"}
        columns = simulation.times, simulation.power, simulation.delivered or []
        short = {at: got for at, want, got in zip(*columns, strict=True) if want != got}
        others = {str(one.reason) for one in adjusted.values()} - {"STATE_OF_ENERGY_BOUNDARIES"}
        self.counted["adjusted"] += bool(adjusted)
        self.counted.update(others)
        self.counted["missed"] += sum(KINDS[reason] not in kinds for reason in others)
        if others:  # from there on, both batteries hold another energy
            self.counted["missed"] += bool(adjusted) and not kinds
            return
        self.counted["followed"] += 1
        self.counted["missed"] += len(adjusted.keys() - short.keys())
        self.counted["found alone"] += len(short.keys() - adjusted.keys())
        for at in short.keys() & adjusted.keys():
            self.off((short[at] - (adjusted[at].adjusted_schedule or 0)) / 4)
        percent = result.imbalance.end_state_of_charge if result.imbalance else None
        self.off(rated * (percent or 0) / 100 - (simulation.stored or [0.0])[-1])


async def sell(place: Place, day: date, asset: VirtualAsset, draw: random.Random) -> None:
    """Bid for aFRR, at a price that is taken."""
    most = int(min(asset.rated_charge_power or 0, asset.rated_discharge_power or 0) / 2000)
    if most and draw.random() < SOLD:
        names = {f"{draw.choice(['POS', 'NEG'])}_{draw.choice(BLOCKS)}" for _ in range(3)}
        bids = [
            trading.Bid(
                product=name, delivery_day=day, offered_capacity=1000 * draw.randint(1, most),
                capacity_price=-9, energy_price=0,
            )
            for name in names
        ]  # fmt: skip
        with suppress(BadRequest):  # an outage leaves nothing to sell
            await trading.submit_bids(*place, bids)


def powers(block: Block, times: list[datetime], draw: random.Random) -> dict[datetime, float]:
    """Some within what is available, some calm and some wild."""
    room = {one.time: one for one in block.power_capacity or ()}
    share, hours = draw.choice([0.1, 0.3, 0.6, 1.0]), draw.choice([1, 4, 12])
    found, level = dict[datetime, float](), 0.0
    for index, at in enumerate(times):
        if index % hours == 0:
            level = draw.uniform(-share, share)
        most = room[at].discharge_power_capacity if level > 0 else room[at].charge_power_capacity
        found[at] = round(level * (most or 0), 1)
    return found


async def trial(client: Trlyr, org: str, asset: VirtualAsset, day: date, found: Tally,
                draw: random.Random) -> None:  # fmt: skip
    """Submit a schedule to each block of a battery, and compare."""
    times = [one.start for one in quarter_hours(day, BERLIN)]
    place = client, org, asset.id or ""
    battery = await trading.read_battery(
        *place, start=times[0], end=times[-1] + timedelta(minutes=15)
    )
    # Its energy is read in percent, with four decimals; the sandbox begins half full.
    battery = battery._replace(stored_kwh=(asset.energy_capacity or 0) / 2)
    schedules = {block.id or "": powers(block, times, draw) for block in battery.blocks}
    found.counted["schedules"] += len(schedules)
    found.counted["batteries"] += 1
    found.counted["with two blocks"] += len(schedules) > 1
    found.counted["with commitments"] += bool(battery.commitments)
    simulation = simulate(battery, schedules, asset.ramp_rate)
    result = None
    for block in battery.blocks:
        try:
            result = await trading.submit_schedule(
                *place, block.id or "", schedules[block.id or ""], asset=asset, block=block
            )
        except trading.CheckFailed:
            found.counted["refused by the check"] += 1
            return
    assert result is not None
    found.hold(simulation, result, asset.energy_capacity or 0)
    if {one.kind for one in simulation.findings} & {"energy_limit", "power_limit"}:
        await propose(place, battery, found, draw)


def simulate(
    battery: trading.Battery, schedules: dict[str, dict[datetime, float]], ramp: float | None = None
) -> trading.Simulation:
    """Follow it with a ramp rate, whose unit the sandbox knows."""
    return trading.simulate(
        battery.asset, battery.blocks, schedules, stored_kwh=battery.stored_kwh,
        start=battery.start, end=battery.end, commitments=battery.commitments,
        capacity=battery.capacity, deliverable=battery.deliverable, ramp_kw_per_minute=ramp,
    )  # fmt: skip


async def propose(
    place: Place, battery: trading.Battery, found: Tally, draw: random.Random
) -> None:
    """Submit the proposal for one of the blocks."""
    held = await virtual_assets.get_blocks(
        *place, start=battery.start, end=battery.end - timedelta(minutes=15)
    )
    block = draw.choice(held)
    again = battery._replace(blocks=held)
    proposal = trading.propose(simulate(again, {}), battery.asset, block)
    if proposal is None:
        found.counted["no proposal possible"] += 1
        return
    found.counted["proposals"] += 1
    found.counted["unproven"] += not proposal.is_proven
    if not proposal.points:
        return
    result = await trading.submit_schedule(
        *place, block.id or "", list(proposal.points), asset=battery.asset, block=block
    )
    reasons = {str(one.reason) for one in result.adjustments or ()}
    # Ramps and cycles are none of a proposal's; where they cut, the energy is another one later.
    found.counted["taken unadjusted"] += not reasons
    found.counted["cut by ramp or cycles"] += bool(reasons & {"RAMP_RATE", "CYCLE_LIMIT"})


async def run(options: argparse.Namespace) -> Tally:
    """Send each, and compare."""
    draw, found = random.Random(options.seed), Tally()
    for day in DAYS:
        began = datetime.combine(day - timedelta(days=1), datetime.min.time(), UTC).timestamp()
        shift = [began - time.time()]

        def wall(shift: list[float] = shift) -> float:
            return time.time() + shift[0]

        def now() -> datetime:
            return datetime.fromtimestamp(wall(), UTC)

        async with (
            Sandbox(
                seed=options.seed, assets=-(-options.schedules // len(DAYS)), clock=now
            ) as sandbox,
            Trlyr(
                sandbox.username, sandbox.password, environment=sandbox.url, rate=1000, wall=wall
            ) as client,
        ):
            org = sandbox.organisation_id
            assets = [
                one
                for one in await virtual_assets.get_virtual_assets(client, org)
                if trading.wholesale_blocks(one)
            ]
            for asset in assets:
                await sell((client, org, asset.id or ""), day, asset, draw)
            shift[0] += 12 * 3600  # results are out
            for asset in assets:
                await trial(client, org, asset, day, found, draw)
    return found


def main() -> None:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--schedules", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    warnings.simplefilter("ignore")
    found = asyncio.run(run(parser.parse_args()))
    for name, count in found.counted.items():
        sys.stdout.write(f"{name}: {count}\n")
    sys.stdout.write(f"largest difference: {found.worst:.6f} kWh\n")


if __name__ == "__main__":
    main()
