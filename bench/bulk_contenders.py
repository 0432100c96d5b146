"""A bulk pull beside what people write instead, against one sandbox: time, memory, rows lost.

Each contender runs in a process of its own. `gather` asks for everything at once over httpx and
joins pandas frames; `loop` asks for one month after the other, as scripts do. Both leave out what
fails, which is what such code does. Then the time of a paced pull is held against the least time
that the rate allows, and that of an unpaced one against a bare aiohttp loop.

    python bench/bulk_contenders.py [--assets 20] [--faults 0.02]
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing as mp
import resource
import statistics
import tempfile
import time
import warnings
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
from harness import in_fresh_process
from rich.console import Console
from rich.table import Table

from energy_async.delivery import split_by_month
from energy_async.transport.urls import rfc3339
from energy_sandbox import Fault, Sandbox
from trlyr_async import Trlyr, bulk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection

    from energy_async.bulk import Window
    from energy_async.delivery import Interval

Access: TypeAlias = tuple[str, str, str, list[str]]
"""What a client needs: base URL, username, password, and the ids of the virtual assets."""
BERLIN: Final = ZoneInfo("Europe/Berlin")
START, END = datetime(2026, 1, 1, tzinfo=BERLIN), datetime(2026, 7, 1, tzinfo=BERLIN)
FAULTS: Final = (
    Fault(kind="status", status=503),
    Fault(kind="status", status=429, retry_after=1),
    Fault(kind="status", status=500),
    Fault(kind="cut_body"),
)


@contextmanager
def sandbox(
    share: float = 0, faults: Sequence[Fault] = FAULTS, **options: float
) -> Iterator[Access]:
    """Run a sandbox in a process of its own, so that its work is not counted with the client's.

    A share of all requests for revenue fails, by each of the faults equally often.
    """
    striking = [
        replace(one, operation="revenue_reporting.*", times=None, probability=share / len(faults))
        for one in faults
    ]
    here, there = mp.Pipe()
    process = mp.Process(target=_serve, args=(striking, options, there))
    process.start()
    yield here.recv()
    here.send("end")
    process.join()


def _serve(faults: Sequence[Fault], options: dict[str, Any], door: Connection) -> None:
    async def run() -> None:
        now = datetime(2026, 11, 20, tzinfo=UTC)
        async with Sandbox(**options, faults=faults, clock=lambda: now) as box:
            door.send((box.url, box.username, box.password, box.virtual_asset_ids))
            await asyncio.to_thread(door.recv)

    asyncio.run(run())


def contend(name: str, access: Access) -> tuple[int, int, float, float]:
    """Run a contender; rows, different rows, seconds, peak memory of this process in MiB."""
    warnings.simplefilter("ignore")  # of provisional operations
    began = time.perf_counter()
    rows, different = asyncio.run(CONTENDERS[name](access))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return rows, different, time.perf_counter() - began, peak


async def ours(access: Access) -> tuple[int, int]:
    """Pull, and run again until everything is there, as the report asks for."""
    url, username, password, assets = access
    with tempfile.TemporaryDirectory() as folder:
        while True:
            async with Trlyr(
                username, password, environment=url, rate=500, concurrency=16
            ) as client:
                report = await bulk.pull_revenue_to(
                    client, folder, assets, start=START, end=END, concurrency=16
                )
            if report.complete:
                table = bulk.read(folder)
                keys = ["virtual_asset_id", "stream", "start"]
                return table.num_rows, table.group_by(keys).aggregate([]).num_rows


def _query(one: Interval | Window) -> dict[str, str]:
    return {"start": rfc3339(one.start, "start"), "end": rfc3339(one.end, "end")}


async def theirs(access: Access, *, at_once: bool) -> tuple[int, int]:
    """Ask over httpx and join pandas frames; what fails is left out. Rows, and different ones."""
    import httpx  # noqa: PLC0415 - counted for those who use it alone
    import pandas as pd  # noqa: PLC0415

    url, username, password, assets = access
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        login = {"username": username, "password": password}
        answer = await client.post("/auth/public/authenticate", json=login)
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

        async def ask(path: str, query: dict[str, str]) -> pd.DataFrame:
            try:
                answer = await client.get(path, params=query)
                answer.raise_for_status()
                return pd.DataFrame(answer.json()).assign(path=path)
            except (httpx.HTTPError, ValueError):
                return pd.DataFrame()

        questions = [
            (f"/revenue-reporting/{asset}/{stream.replace('_', '-')}", _query(month))
            for asset in assets
            for stream in bulk.ALL
            for month in split_by_month(START, END, "Europe/Berlin")
        ]
        if at_once:
            frames = await asyncio.gather(*(ask(*one) for one in questions))
        else:
            frames = [await ask(*one) for one in questions]
    table = pd.concat([one for one in frames if len(one)], ignore_index=True)
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        table.to_parquet(file.name)
    # The row that starts at the end came too.
    asked_for = table[pd.to_datetime(table["startTs"]) < END]
    return len(table), len(asked_for.drop_duplicates(["path", "startTs"]))


CONTENDERS: Final = {
    "bulk.pull_revenue_to": ours,
    "gather over httpx, pandas": lambda access: theirs(access, at_once=True),
    "one after the other, pandas": lambda access: theirs(access, at_once=False),
}


def compare(console: Console, assets: int, share: float) -> None:
    """Print what each contender took and lost."""
    table = Table(title=f"{assets} assets, six months, four streams; {share:.0%} of requests fail")
    for title in ("what", "seconds", "peak MiB", "rows", "lost", "twice or not asked for"):
        table.add_column(title, justify="left" if title == "what" else "right")
    with sandbox(assets=assets) as access:
        expected = in_fresh_process(contend, "bulk.pull_revenue_to", access)[0]
    for name in CONTENDERS:
        with sandbox(share, assets=assets) as access:
            rows, different, seconds, peak = in_fresh_process(contend, name, access)
        # Both ends of a range are included: months asked side by side share a row, and one more
        # comes at the end.
        over, lost = rows - different, expected - different
        table.add_row(name, f"{seconds:.1f}", f"{peak:.0f}", f"{rows:,}", f"{lost:,}", f"{over:,}")
    console.print(table)


def _asked(assets: list[str], days: float) -> bulk.Plan:
    return bulk.plan(
        assets, start=START, end=START + timedelta(days=20), streams=["tolling"],
        window=timedelta(days=days),
    )  # fmt: skip


async def paced(access: Access, rate: float, days: float) -> tuple[int, float]:
    """Pull windows of a fixed length; requests, and seconds from the login to the last."""
    url, username, password, assets = access
    async with Trlyr(username, password, environment=url, rate=rate, concurrency=16) as client:
        await client.log_in()
        began = time.perf_counter()
        pull = bulk.pull(client, bulk.REVENUE, _asked(assets, days), concurrency=16)
        async for _ in pull:
            pass
        return len(pull.report.windows), time.perf_counter() - began


async def bare(access: Access, days: float) -> float:
    """The same requests in a bare aiohttp loop that decodes with msgspec; seconds."""
    import aiohttp  # noqa: PLC0415

    from trlyr_async.models.revenue_reporting import TollingRevenue  # noqa: PLC0415

    url, username, password, assets = access
    decoder = msgspec.json.Decoder(list[TollingRevenue])
    async with aiohttp.ClientSession() as session:
        login = {"username": username, "password": password}
        async with session.post(f"{url}/auth/public/authenticate", json=login) as answer:
            token = (await answer.json())["access_token"]
        headers, queue = {"Authorization": f"Bearer {token}"}, iter(_asked(assets, days))

        async def work() -> None:
            for one in queue:
                path = f"{url}/revenue-reporting/{one.asset_id}/tolling"
                async with session.get(path, params=_query(one), headers=headers) as answer:
                    decoder.decode(await answer.read())

        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(16)))
        return time.perf_counter() - began


def pace(console: Console) -> None:
    """Print how close a paced pull comes to its least time, and an unpaced one to a bare loop."""
    rate, slow = 50.0, (Fault(kind="delay", delay=0.02),)
    with sandbox(1.0, slow, assets=40, rate=rate) as access:
        count, seconds = asyncio.run(paced(access, rate, days=2))
    console.print(
        f"{count} requests at {rate:g}/s, 20 ms latency: {seconds:.2f} s,"
        f" {seconds / (count / rate):.3f} of requests/rate"
    )
    ratios = []
    with sandbox(assets=40) as access:
        for _ in range(5):
            count, seconds = asyncio.run(paced(access, float("inf"), days=1))
            ratios.append(seconds / asyncio.run(bare(access, days=1)))
    console.print(
        f"{count} requests without a limit: {statistics.median(ratios):.2f} of a bare aiohttp loop"
        f" (median of 5, {min(ratios):.2f} to {max(ratios):.2f})"
    )


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--assets", type=int, default=20)
    parser.add_argument("--faults", type=float, default=0.02)
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of provisional operations
    console = Console(width=110)
    compare(console, given.assets, given.faults)
    pace(console)


if __name__ == "__main__":
    main()
