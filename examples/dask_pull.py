"""A month of revenue, pulled by several Dask workers that share one token and one rate limit.

Credentials come from TRLYR_USERNAME, TRLYR_PASSWORD and TRLYR_ENVIRONMENT, assets from the
organisation in TRLYR_ORGANISATION_ID. Without an account, in two other shells:

    redis-server --port 6379
    trlyr sandbox --rate 50          # and copy the `export` lines that it prints

    pip install "trlyr-async[redis,tables]" distributed
    python examples/dask_pull.py --redis redis://127.0.0.1:6379/0 --out revenue-shards

Run it again to resume. On a cluster, give `Client` its address and `--out` a place that all
workers can write to; what is sent to a worker is its plan, the password is in its environment.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from dask.distributed import Client, LocalCluster

from energy_async.delivery import month
from trlyr_async import RedisRateLimit, RedisTokenStore, Trlyr, bulk, virtual_assets

if TYPE_CHECKING:
    from argparse import Namespace

    from trlyr_async.bulk import Plan

MONTH = date(2026, 10, 1)


def client_for(redis: str, rate: float, workers: int) -> Trlyr:
    """A client that shares its token and its rate with all others made like this."""
    limit = RedisRateLimit(redis, name="terralayr", rate=rate, workers=workers)
    return Trlyr.from_env(rate=limit, token_store=RedisTokenStore(redis))


def pull_shard(number: int, shard: Plan, options: Namespace) -> str:
    """On a worker: pull one shard into its own folder."""

    async def pull() -> str:
        async with client_for(options.redis, options.rate, options.workers) as client:
            folder = options.out / f"shard-{number}"
            report = await bulk.pull_to(client, folder, bulk.REVENUE, shard)
        return f"shard {number}, {report}"

    return asyncio.run(pull())


async def make_plan(options: Namespace) -> Plan:
    """Everything there is to pull: all assets, all streams, one delivery month."""
    async with client_for(options.redis, options.rate, options.workers) as client:
        organisation = os.environ["TRLYR_ORGANISATION_ID"]
        assets = await virtual_assets.get_virtual_assets(client, organisation)
    span = month(MONTH.year, MONTH.month, "Europe/Berlin")
    ids = [one.id for one in assets if one.id is not None]
    return bulk.plan(ids, start=span.start, end=span.end)


def main() -> None:
    """Plan, share out, pull, and read all shards as one table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/0")
    parser.add_argument("--out", type=Path, default=Path("revenue-shards"))
    parser.add_argument("--rate", type=float, default=50.0, help="requests/s of all workers")
    parser.add_argument("--workers", type=int, default=3)
    options = parser.parse_args()
    options.out = options.out.resolve()
    options.out.mkdir(exist_ok=True)

    plan = asyncio.run(make_plan(options))
    print(plan)
    shards = plan.shards(options.workers)
    with (
        LocalCluster(  # separate processes, one shard in each at a time
            n_workers=options.workers, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        Client(cluster) as dask,
    ):
        numbers = range(len(shards))
        for told in dask.gather(dask.map(pull_shard, numbers, shards, options=options, pure=False)):
            print(told)

    table = bulk.read_shards(options.out, plan)
    print(f"{table.num_rows:,} rows from {len(shards)} shards in {options.out.name}")


if __name__ == "__main__":
    main()
