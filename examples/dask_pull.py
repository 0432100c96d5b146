"""A month of revenue, pulled by several Dask workers that share one token and one rate limit.

Credentials come from TRLYR_USERNAME, TRLYR_PASSWORD and TRLYR_ENVIRONMENT, assets from the
organisation in TRLYR_ORGANISATION_ID. Without an account, in two other shells:

    redis-server --port 6379
    trlyr sandbox --rate 50          # and copy the `export` lines that it prints

    pip install "trlyr-async[redis,tables]" distributed
    python examples/dask_pull.py --redis redis://127.0.0.1:6379/0 --out revenue

All workers write into one dataset. There are many more shards than workers, so that none waits
long for a slow one at the end. Run it again to resume. On a cluster, give `Client` its address and
`--out` a place that all workers can write to, such as s3://bucket/revenue; what is sent to a worker
is its plan, the password is in its environment.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dask.distributed import Client, LocalCluster

from energy_async.delivery import month
from trlyr_async import RedisRateLimit, RedisTokenStore, Trlyr, bulk, virtual_assets

if TYPE_CHECKING:
    from argparse import Namespace

    from trlyr_async.bulk import Plan

LAST_MONTH = datetime.now(ZoneInfo("Europe/Berlin")).date().replace(day=1) - timedelta(days=1)


def client_for(redis: str, rate: float, workers: int) -> Trlyr:
    """A client that shares its token and its rate with all others made like this."""
    limit = RedisRateLimit(redis, name="terralayr", rate=rate, workers=workers)
    return Trlyr.from_env(rate=limit, token_store=RedisTokenStore(redis))


def pull_shard(shard: Plan, options: Namespace) -> int:
    """On a worker: pull one shard into the dataset; give the number of windows that failed."""

    async def pull() -> int:
        async with client_for(options.redis, options.rate, options.workers) as client:
            report = await bulk.pull_to(client, options.out, bulk.REVENUE, shard)
        return len(report.failed)

    return asyncio.run(pull())


async def make_plan(options: Namespace) -> Plan:
    """Everything there is to pull: all assets, all streams, one delivery month."""
    async with client_for(options.redis, options.rate, options.workers) as client:
        organisation = os.environ["TRLYR_ORGANISATION_ID"]
        assets = await virtual_assets.get_virtual_assets(client, organisation)
    span = month(LAST_MONTH.year, LAST_MONTH.month, "Europe/Berlin")
    ids = [one.id for one in assets if one.id is not None]
    return bulk.plan(ids, start=span.start, end=span.end)


def main() -> None:
    """Plan, share out, pull, and read all of it as one table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/0")
    parser.add_argument("--out", default="revenue", help="a folder, or the URL of one")
    parser.add_argument("--rate", type=float, default=50.0, help="requests/s of all workers")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--shards", type=int, default=20, help="for each worker")
    options = parser.parse_args()
    if "://" not in options.out:  # workers have working directories of their own
        options.out = str(Path(options.out).resolve())

    plan = asyncio.run(make_plan(options))
    print(plan)
    shards = plan.shards(options.workers * options.shards)
    with (
        LocalCluster(  # separate processes, one shard in each at a time
            n_workers=options.workers, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        Client(cluster) as dask,
    ):
        failed = dask.gather(dask.map(pull_shard, shards, options=options, pure=False))
    bulk.compact(options.out)
    print(f"{sum(failed)} windows failed; {bulk.read(options.out).num_rows:,} rows")


if __name__ == "__main__":
    main()
