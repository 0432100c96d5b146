"""Random schedules on random batteries: `trading.simulate` against the sandbox's projection.

    python bench/projection.py [--schedules 300] [--seed 1]

A third of the days are those on which clocks change. Outages are as the sandbox has them. Where
something is impossible, the proposal is submitted too.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
import warnings
from datetime import UTC, date, datetime, timedelta
from typing import Any

from api_sandbox import Sandbox
from energy_async.delivery import BERLIN, quarter_hours
from trlyr_async import Trlyr, trading, virtual_assets

DAYS = (date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 10), date(2026, 11, 20))


async def run(options: argparse.Namespace) -> None:
    """Send each, and compare."""
    draw = random.Random(options.seed)
    worst, missed, false, proposals, taken, unproven, none = 0.0, 0, 0, 0, 0, 0, 0
    adjusted = counted = 0
    for day in DAYS:
        began = datetime.combine(day - timedelta(days=2), datetime.min.time(), UTC).timestamp()
        shift = began - time.time()

        def wall(shift: float = shift) -> float:
            return time.time() + shift

        async with (
            Sandbox(
                seed=options.seed, assets=options.schedules // len(DAYS),
                clock=lambda: datetime.fromtimestamp(wall(), UTC),
            ) as sandbox,
            Trlyr(
                sandbox.username, sandbox.password, environment=sandbox.url, rate=1000, wall=wall
            ) as client,
        ):  # fmt: skip
            quarters = [one.start for one in quarter_hours(day, BERLIN)]
            end = quarters[-1] + timedelta(minutes=15)
            org = sandbox.organisation_id
            for asset in await virtual_assets.get_virtual_assets(client, org):
                ids = trading.wholesale_blocks(asset)
                if (
                    not ids
                    or not (asset.start and asset.start <= quarters[0])
                    or not (asset.end and asset.end >= end)
                ):
                    continue
                place = client, org, asset.id or ""
                block = await virtual_assets.get_block(
                    *place, ids[0], start=quarters[0], end=quarters[-1]
                )
                room = {
                    one.time: (one.charge_power_capacity or 0, one.discharge_power_capacity or 0)
                    for one in block.power_capacity or ()
                }
                share = draw.choice([0.2, 0.6, 1.0])
                schedule = {
                    at: round(draw.uniform(-room[at][0], room[at][1]) * share, 1) for at in quarters
                }
                usable = await virtual_assets.get_energy_capacity(
                    *place, start=quarters[0], end=end
                )
                capacity = {
                    one.time: one.energy_capacity.available
                    for one in usable.energy_capacity_timeseries or ()
                }
                rest: Any = {
                    "stored_kwh": (asset.energy_capacity or 0) / 2, "capacity": capacity,
                    "start": quarters[0], "end": end,
                }  # fmt: skip
                found = trading.simulate(asset, [block], {ids[0]: schedule}, **rest)
                result = await trading.submit_schedule(
                    *place, ids[0], schedule, block=block, asset=asset
                )
                counted += 1
                stamps = {one.timestamp: one.adjusted_schedule for one in result.adjustments or ()}
                adjusted += bool(stamps)
                mine = {
                    at: got
                    for at, want, got in zip(
                        found.times, found.power, found.delivered or (), strict=True
                    )
                    if want != got
                }
                missed += len(stamps.keys() - mine.keys())
                false += len(mine.keys() - stamps.keys())
                worst = max(
                    [
                        worst,
                        *(
                            abs(mine[at] - (stamps[at] or 0)) / 4
                            for at in mine.keys() & stamps.keys()
                        ),
                    ]
                )
                final = (
                    (asset.energy_capacity or 0)
                    * ((result.imbalance.end_state_of_charge or 0) if result.imbalance else 0)
                    / 100
                )
                worst = max(worst, abs(final - (found.stored or [0.0])[-1]))
                if mine:
                    held = await virtual_assets.get_block(
                        *place, ids[0], start=quarters[0], end=quarters[-1]
                    )
                    again = trading.simulate(asset, [held], **rest)
                    proposal = trading.propose(again, asset, held)
                    none += proposal is None
                    if proposal is not None:
                        proposals += 1
                        unproven += not proposal.is_proven
                        after = await trading.submit_schedule(
                            *place, ids[0], list(proposal.points), asset=asset, block=held
                        )
                        taken += not after.adjustments
    sys.stdout.write(
        f"{counted} schedules, {adjusted} adjusted by the sandbox; largest difference"
        f" {worst:.6f} kWh; quarter-hours that it adjusted and the simulation missed {missed},"
        f" found without it {false}\nproposals {proposals} (none possible {none}, unproven"
        f" {unproven}), taken unadjusted {taken}\n"
    )


def main() -> None:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--schedules", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    warnings.simplefilter("ignore")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
