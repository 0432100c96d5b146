"""Schedules of a fleet before their gates: `submit_schedules`, and a gather of `submit_schedule`.

    python -m tests.trading.fleet [--batteries 300] [--rate 10] [--first 60] [--last 900]

Gates are drawn evenly between `--first` and `--last` seconds from the start. The most that the
rate allows is counted by earliest gate first, one request for each battery and one for the list.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from energy_sandbox import Sandbox
from trlyr_async import Trlyr, trading, virtual_assets

if TYPE_CHECKING:
    from trlyr_async.models.virtual_assets import VirtualAsset

Gates = dict[str, datetime]


def possible(gates: Gates, start: datetime, rate: float) -> int:
    """How many can be in time at all."""
    sent = 1  # the list
    for gate in sorted(gates.values()):
        sent += (gate - start).total_seconds() * rate >= sent + 1
    return sent - 1


async def run(way: str, options: argparse.Namespace) -> None:
    """Send all once, and count."""
    draw = random.Random(options.seed)
    async with (
        Sandbox(assets=math.ceil(options.batteries * 1.2)) as sandbox,
        Trlyr(sandbox.username, sandbox.password, environment=sandbox.url, rate=math.inf) as reader,
        Trlyr(
            sandbox.username, sandbox.password, environment=sandbox.url, rate=options.rate
        ) as client,
    ):
        listed = await virtual_assets.get_virtual_assets(reader, sandbox.organisation_id)
        fleet = [one for one in listed if trading.wholesale_blocks(one)][: options.batteries]
        await client.log_in()
        start = client.now()
        quarter = datetime.fromtimestamp(math.ceil(start.timestamp() / 900) * 900 + 7200, UTC)
        gates = {
            one.id or "": start + timedelta(seconds=draw.uniform(options.first, options.last))
            for one in fleet
        }
        seconds = {key: (quarter - gate).total_seconds() for key, gate in gates.items()}
        assets = [
            msgspec.structs.replace(one, dispatch_gate_closure_seconds=math.ceil(seconds[one.id]))
            for one in fleet
            if one.id
        ]
        began = time.monotonic()
        answered = await WAYS[way](client, sandbox.organisation_id, assets, quarter)
        took = time.monotonic() - began
        in_time = sum(at is not None and at <= gates[key] for key, at in answered.items())
        most = possible(gates, start, options.rate)
        print(
            f"{way}: {in_time} of {len(fleet)} in force before their gate, at most {most} possible"
            f" ({options.rate:g}/s, gates in {options.first:g} to {options.last:g} s); all done"
            f" after {took:.0f} s; requests {sum(sandbox.counters.requests.values())}"
        )


Answered = dict[str, datetime | None]


async def together(
    client: Trlyr, organisation: str, assets: list[VirtualAsset], quarter: datetime,
    unchecked: str = "send",
) -> Answered:  # fmt: skip
    """By `submit_schedules`."""
    await virtual_assets.get_virtual_assets(client, organisation)  # whose gates are changed here
    found = await trading.submit_schedules(
        client, organisation,
        {trading.wholesale_blocks(one)[0]: {quarter: 1.0} for one in assets}, assets=assets,
        unchecked=unchecked,  # type: ignore[arg-type]
    )  # fmt: skip
    owners = {trading.wholesale_blocks(one)[0]: one.id or "" for one in assets}
    return {
        owners[key]: one.receipt.answered_at if isinstance(one, trading.SubmittedSchedule) else None
        for key, one in found.items()
    }


async def checked(
    client: Trlyr, organisation: str, assets: list[VirtualAsset], quarter: datetime
) -> Answered:
    """By `submit_schedules`, with nothing sent that was not checked."""
    return await together(client, organisation, assets, quarter, "refuse")


async def gathered(
    client: Trlyr, organisation: str, assets: list[VirtualAsset], quarter: datetime
) -> Answered:
    """By `submit_schedule` for each, all at once."""

    async def one(asset: VirtualAsset) -> tuple[str, datetime | None]:
        gate = quarter - timedelta(seconds=asset.dispatch_gate_closure_seconds or 0)
        try:
            result = await trading.submit_schedule(
                client, organisation, asset.id or "", trading.wholesale_blocks(asset)[0],
                {quarter: 1.0}, deadline=gate,
            )  # fmt: skip
        except Exception:  # noqa: BLE001 - counted as not in time
            return asset.id or "", None
        return asset.id or "", result.receipt.answered_at

    return dict(await asyncio.gather(*map(one, assets)))


WAYS = {"submit_schedules": together, "submit_schedules, all checked": checked, "gather": gathered}


def main() -> None:
    """Measure each way."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--batteries", type=int, default=300)
    parser.add_argument("--rate", type=float, default=10.0)
    parser.add_argument("--first", type=float, default=60.0)
    parser.add_argument("--last", type=float, default=900.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for way in WAYS:
        asyncio.run(run(way, options))


if __name__ == "__main__":
    main()
