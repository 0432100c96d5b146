"""What our layers cost on the largest feed: a day of 4-second aFRR steps, about 6 MB of JSON.

Compares, on the same bytes and in turns within one run, so that a slow machine slows all of them:

- from bytes to structs: `Nanocorp` with everything it does, against msgspec's decoder alone;
- from bytes to Arrow: the same and `tables.to_arrow`, against msgspec and pyarrow's own builders;
- what tolerance costs where upstream makes it necessary, and what the tidy form costs.

The ratios are medians of the rounds' own ratios; only they mean something on another machine.

    python bench/feeds.py [--rounds N]
"""

from __future__ import annotations

import argparse
import asyncio
import operator
import random
import re
import statistics
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pyarrow as pa
from harness import Job, ratio, seconds_in_turns
from rich.console import Console
from rich.table import Table

from energy_async import WireReply, WireRequest, tables
from nanocorp_async import Nanocorp, market_feeds, tidy
from nanocorp_async.models.market_feeds import AfrrEnergy, AfrrEnergyRow

STEPS = 21_600
START = datetime(2026, 5, 22, 22, tzinfo=UTC)


class Memory:
    """A backend whose answer is there already, so that the network is not measured."""

    def __init__(self, body: bytes) -> None:
        self._reply = WireReply(200, {"content-type": "application/json"}, body)

    async def send(self, _request: WireRequest) -> WireReply:
        """Give the answer."""
        return self._reply

    async def aclose(self) -> None:
        """Nothing to close."""


def _day() -> bytes:
    """A day of steps with prices and powers that have digits as real ones have."""
    draw = random.Random(7)
    rows = [_step(number, draw) for number in range(STEPS)]
    return msgspec.json.encode({"rowCount": STEPS, "resolutionSeconds": 4, "recentRows": rows})


def _step(number: int, draw: random.Random) -> dict[str, Any]:
    start = START + timedelta(seconds=4 * number)
    return {
        "period_start_utc": f"{start:%Y-%m-%dT%H:%M:%S}.000Z",
        "period_end_utc": f"{start + timedelta(seconds=4):%Y-%m-%dT%H:%M:%S}.000Z",
        "upward_price_eur_mwh": round(draw.uniform(-20, 300), 2),
        "downward_price_eur_mwh": round(draw.uniform(-400, 100), 2),
        "pdemand_mw": round(draw.uniform(-2200, 2200), 4),
        "afrr_for_france_mw": round(draw.uniform(-900, 900), 4),
        "afrr_in_france_mw": round(draw.uniform(-900, 900), 4),
        "picasso_connection": True,
        "prorata_mode": False,
    }


def _as_rte_writes(body: bytes) -> bytes:
    """The same day with half of the upward prices `Invalid` and booleans as text."""
    numbers = iter(range(STEPS))
    return re.sub(
        rb'("upward_price_eur_mwh":)[-0-9.]+',
        lambda found: found[1] + b'"Invalid"' if next(numbers) % 2 else found[0],
        body.replace(b":true", b':"True"').replace(b":false", b':"False"'),
    )


def _pyarrow_alone(rows: list[AfrrEnergyRow], schema: pa.Schema) -> pa.Table:
    """Build the same columns with pyarrow's own converters."""
    columns = [pa.array(map(operator.attrgetter(field.name), rows), field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _jobs(body: bytes, odd: bytes, clean: Nanocorp, tolerant: Nanocorp) -> dict[str, Job]:
    decoder = msgspec.json.Decoder(AfrrEnergy)
    schema = tables.arrow_schema(AfrrEnergyRow)

    async def bare() -> object:
        return decoder.decode(body)

    async def ours() -> object:
        return await market_feeds.get_afrr_energy(clean)

    async def bare_arrow() -> object:
        return _pyarrow_alone(decoder.decode(body).recent_rows or [], schema)

    async def our_arrow() -> object:
        answer = await market_feeds.get_afrr_energy(clean)
        return tables.to_arrow(answer.recent_rows or [], AfrrEnergyRow)

    async def patient() -> object:
        return await market_feeds.get_afrr_energy(tolerant)

    async def builtins() -> object:
        return msgspec.json.decode(odd)

    async def tidied() -> object:
        return tidy.rows(await market_feeds.get_afrr_energy(clean), detail="recent")

    return {
        "msgspec alone": bare,
        "Nanocorp": ours,
        "msgspec + pyarrow": bare_arrow,
        "Nanocorp + to_arrow": our_arrow,
        "msgspec to plain dicts, as RTE writes": builtins,
        "Nanocorp, as RTE writes": patient,
        "Nanocorp + tidy rows": tidied,
    }


PAIRS = (
    ("bytes to structs", "Nanocorp", "msgspec alone"),
    ("bytes to Arrow", "Nanocorp + to_arrow", "msgspec + pyarrow"),
    ("tolerant", "Nanocorp, as RTE writes", "msgspec to plain dicts, as RTE writes"),
    ("tidy", "Nanocorp + tidy rows", "msgspec alone"),
)


async def _measure(rounds: int) -> tuple[int, dict[str, list[float]]]:
    """Interleave the jobs, after one warm-up each."""
    body = _day()
    odd = _as_rte_writes(body)
    async with (
        Nanocorp("bench", backend=Memory(body), rate=1e6) as clean,
        Nanocorp("bench", backend=Memory(odd), rate=1e6) as tolerant,
    ):
        jobs = _jobs(body, odd, clean, tolerant)
        await _agree(jobs)
        return len(body), await seconds_in_turns(jobs, rounds)


async def _agree(jobs: dict[str, Job]) -> None:
    """Warm up, and make sure that like is compared with like."""
    found = {name: await job() for name, job in jobs.items()}
    assert found["msgspec alone"] == found["Nanocorp"]
    assert found["msgspec + pyarrow"] == found["Nanocorp + to_arrow"]


def main(rounds: int = 21) -> None:
    """Measure and print."""
    size, times = asyncio.run(_measure(rounds))
    table = Table(
        title=f"{STEPS:,} aFRR steps, {size / 1e6:.1f} MB of JSON: processor time, {rounds} rounds"
    )
    table.add_column("what")
    for column in ("ours, ms", "other, ms", "ratio"):
        table.add_column(column, justify="right")
    for what, ours, other in PAIRS:
        medians = [f"{1000 * statistics.median(times[name]):.1f}" for name in (ours, other)]
        share = ratio(times[ours], times[other])
        table.add_row(f"{what}: {ours} / {other}", *medians, f"{share:.2f}")
    Console(width=120).print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=21)
    main(parser.parse_args().rounds)
