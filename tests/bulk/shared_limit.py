"""Three Dask workers share one rate and one token through Redis, which is killed and comes back.

The workers pull the shards of one plan into one dataset. The server is the sandbox without a limit
of its own; the time of each request is taken there, on the machine that the workers keep busy. At
the end the rows are compared with those of a pull by one process.

    python -m tests.bulk.shared_limit [--rate 50] [--workers 3] [--days 12] [--kill 8 --restart 14]

"most" is the largest number of requests in any second that ends in this one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
import warnings
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dask.distributed import Client, LocalCluster

from energy_async import SharedRateLost, SharedRateRegained
from energy_sandbox import Sandbox
from tests.redis_server import RedisServer, is_installed
from trlyr_async import (
    ProvisionalEndpointWarning,
    RedisRateLimit,
    RedisTokenStore,
    Trlyr,
    bulk,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

    from energy_sandbox.documents import Operation
    from energy_sandbox.sending import Answer
    from energy_sandbox.server import ApiServer
    from trlyr_async.bulk import Plan

START = datetime(2026, 9, 1, tzinfo=UTC)
ASSETS = 30
WINDOW = timedelta(days=1)
CONCURRENCY = 16


class Options(NamedTuple):
    """What is measured. `kill` and `restart` are seconds after the first request."""

    rate: float
    workers: int
    days: int
    kill: float
    restart: float


class Outcome(NamedTuple):
    """What came of it. Times are seconds after the first request."""

    sent: list[float]
    logins: int
    killed: float
    restarted: float
    told: list[tuple[float, int, str]]
    rows: int
    rows_of_one: int
    complete: bool

    @property
    def most(self) -> int:
        """The most requests in any second."""
        return max(map(self.within, self.sent))

    def within(self, end: float) -> int:
        """How many requests there were in the second that ends with the one at `end`."""
        return bisect_left(self.sent, end + 1e-9) - bisect_left(self.sent, end - 1 + 1e-9)


def pull_shard(
    number: int, shard: Plan, redis: str, folder: str, options: Options
) -> tuple[bool, list[tuple[float, int, str]]]:
    """On a worker: pull one shard, and note when the shared rate was lost and regained."""
    told: list[tuple[float, int, str]] = []

    def note(event: object) -> None:
        if isinstance(event, (SharedRateLost, SharedRateRegained)):
            told.append((time.time(), number, str(event)))

    warnings.simplefilter("ignore", ProvisionalEndpointWarning)

    async def pull() -> bool:
        limit = RedisRateLimit(redis, name="bench", rate=options.rate, workers=options.workers)
        async with Trlyr.from_env(
            rate=limit,
            token_store=RedisTokenStore(redis),
            concurrency=CONCURRENCY,
            on_event=note,
        ) as client:
            path = Path(folder) / "shared"
            report = await bulk.pull_to(client, path, bulk.REVENUE, shard, concurrency=CONCURRENCY)
            return report.complete

    return asyncio.run(pull()), told


def run_dask(
    plan: Plan, redis: str, folder: str, options: Options
) -> list[tuple[bool, list[tuple[float, int, str]]]]:
    """Blocks until all shards are pulled."""
    with (
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=options.workers, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        Client(cluster) as dask,  # type: ignore[no-untyped-call]
    ):
        shards = plan.shards(options.workers)
        rest = {"redis": redis, "folder": folder, "options": options, "pure": False}
        futures = dask.map(pull_shard, range(len(shards)), shards, **rest)
        results: list[tuple[bool, list[tuple[float, int, str]]]] = dask.gather(futures)
        return results


def listen(server: ApiServer) -> list[float]:
    """Note the time of each request that needs a token, before anything is done with it."""
    seen: list[float] = []
    work = server._work

    async def noting(request: web.Request, operation: Operation, path: Mapping[str, str]) -> Answer:
        if not operation.public:
            seen.append(time.time())
        return await work(request, operation, path)

    server._work = noting  # type: ignore[method-assign]
    return seen


async def disturb(redis: RedisServer, seen: list[float], options: Options) -> tuple[float, float]:
    """Kill Redis and start it again; the times of both."""
    while not seen:  # noqa: ASYNC110 - filled from elsewhere
        await asyncio.sleep(0.02)
    await asyncio.sleep(seen[0] + options.kill - time.time())
    redis.kill()
    killed = time.time()
    await asyncio.sleep(seen[0] + options.restart - time.time())
    await asyncio.to_thread(redis.start)
    return killed, time.time()


async def measure(options: Options) -> Outcome:
    """Pull with the workers while Redis goes and comes, then with one process, and compare."""
    async with Sandbox(assets=ASSETS) as sandbox:
        os.environ.update(sandbox.environment)
        seen = listen(sandbox._terralayr)
        end = START + timedelta(days=options.days)
        plan = bulk.plan(sandbox.virtual_asset_ids, start=START, end=end, window=WINDOW)
        with tempfile.TemporaryDirectory() as folder, RedisServer() as redis:
            disturbing = asyncio.create_task(disturb(redis, seen, options))
            results = await asyncio.to_thread(run_dask, plan, redis.url, folder, options)
            killed, restarted = await disturbing
            sent, logins = list(seen), sandbox.counters.logins
            rows = bulk.read(Path(folder) / "shared")
            async with Trlyr.from_env(rate=1e6, concurrency=CONCURRENCY) as client:
                path = Path(folder) / "one"
                await bulk.pull_to(client, path, bulk.REVENUE, plan)
            same = rows.equals(bulk.read(path))
        first = sent[0]
        told = sorted((at - first, who, what) for _, notes in results for at, who, what in notes)
        return Outcome(
            sent=[one - first for one in sent],
            logins=logins,
            killed=killed - first,
            restarted=restarted - first,
            told=told,
            rows=rows.num_rows,
            rows_of_one=rows.num_rows if same else -1,
            complete=all(complete for complete, _ in results),
        )


def report(outcome: Outcome, options: Options) -> None:
    """Print a line per second and the sums."""
    print(f"{options.workers} Dask workers, {options.rate:g} requests/s together")
    print(f"{'second':>6} {'requests':>8} {'most':>5}  redis")
    for second in range(int(outcome.sent[-1]) + 1):
        inside = [one for one in outcome.sent if second <= one < second + 1]
        most = max(map(outcome.within, inside), default=0)
        away = outcome.killed < second + 0.5 < outcome.restarted
        print(f"{second:>6} {len(inside):>8} {most:>5}  {'away' if away else 'there'}")
    print(f"killed at {outcome.killed:.1f} s, back at {outcome.restarted:.1f} s")
    for at, who, what in outcome.told:
        print(f"  {at:5.1f} s  worker {who}: {what}")
    print(
        f"{len(outcome.sent):,} requests in {outcome.sent[-1]:.1f} s, at most {outcome.most} in"
        f" any second; logins: {outcome.logins}; {outcome.rows:,} rows,"
        f" {'the same as' if outcome.rows == outcome.rows_of_one else 'NOT those'} of one process"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--days", type=int, default=12)
    parser.add_argument("--kill", type=float, default=8.0)
    parser.add_argument("--restart", type=float, default=14.0)
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")
    arguments = vars(parser.parse_args())
    as_json = arguments.pop("json")
    if not is_installed():
        raise SystemExit("there is no redis-server here; on Debian: apt-get install redis-server")
    warnings.simplefilter("ignore", ProvisionalEndpointWarning)
    options = Options(**arguments)
    outcome = asyncio.run(measure(options))
    if as_json:
        print(json.dumps({**outcome._asdict(), "most": outcome.most}))
    else:
        report(outcome, options)


if __name__ == "__main__":
    main()
