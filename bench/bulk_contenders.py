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
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import msgspec
from rich.console import Console
from rich.table import Table
from sandbox_process import Access, SandboxProcess, striking

from api_sandbox import Fault
from energy_async.delivery import split_by_month
from energy_async.transport.urls import rfc3339
from trlyr_async import Trlyr, bulk

if TYPE_CHECKING:
    from energy_async.bulk import Window
    from energy_async.delivery import Interval

BERLIN: Final = ZoneInfo("Europe/Berlin")
START, END = datetime(2026, 1, 1, tzinfo=BERLIN), datetime(2026, 7, 1, tzinfo=BERLIN)
FAULTS: Final = (
    Fault(kind="status", status=503),
    Fault(kind="status", status=429, retry_after=1),
    Fault(kind="status", status=500),
    Fault(kind="cut_body"),
)


def contend(name: str, access: Access) -> dict[str, Any]:
    """Run a contender in a fresh process; give rows, seconds and its peak memory in MiB."""
    done = subprocess.run(
        [sys.executable, __file__, "--contender", name, "--access", json.dumps(access)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


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


async def _logged_in(access: Access) -> Any:  # noqa: ANN401 - an httpx client
    import httpx  # noqa: PLC0415 - counted for those who use it alone

    url, username, password, _ = access
    client = httpx.AsyncClient(base_url=url, timeout=60)
    answer = await client.post(
        "/auth/public/authenticate", json={"username": username, "password": password}
    )
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


def _questions(access: Access) -> list[tuple[str, dict[str, str]]]:
    streams = [name.replace("_", "-") for name in bulk.ALL]
    return [
        (f"/revenue-reporting/{asset}/{stream}", _query(piece))
        for asset in access[3]
        for stream in streams
        for piece in split_by_month(START, END, "Europe/Berlin")
    ]


def _query(one: Interval | Window) -> dict[str, str]:
    return {"start": rfc3339(one.start, "start"), "end": rfc3339(one.end, "end")}


async def theirs(access: Access, *, at_once: bool) -> tuple[int, int]:
    """Ask over httpx and join pandas frames; what fails is left out. Rows, and different ones."""
    import httpx  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    client = await _logged_in(access)
    async with aclosing(client):

        async def ask(path: str, query: dict[str, str]) -> pd.DataFrame:
            try:
                answer = await client.get(path, params=query)
                answer.raise_for_status()
                return pd.DataFrame(answer.json()).assign(path=path)
            except (httpx.HTTPError, ValueError):
                return pd.DataFrame()

        questions = _questions(access)
        if at_once:
            frames = await asyncio.gather(*(ask(*one) for one in questions))
        else:
            frames = [await ask(*one) for one in questions]
    table = pd.concat([one for one in frames if len(one)], ignore_index=True)
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        table.to_parquet(file.name)
    asked_for = table[
        pd.to_datetime(table["startTs"]) < END
    ]  # the row that starts at the end came too
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
    with SandboxProcess(assets=assets) as box:
        expected = contend("bulk.pull_revenue_to", box.access)["rows"]
    for name in CONTENDERS:
        with SandboxProcess(striking(share, *FAULTS), assets=assets) as box:
            found = contend(name, box.access)
        # Both ends of a range are included: months asked side by side share a row, and one more
        # comes at the end.
        over, lost = found["rows"] - found["different"], expected - found["different"]
        table.add_row(
            name, f"{found['seconds']:.1f}", f"{found['peak']:.0f}", f"{found['rows']:,}",
            f"{lost:,}", f"{over:,}",
        )  # fmt: skip
    console.print(table)


def _asked(assets: list[str], days: float) -> bulk.Plan:
    return bulk.plan(
        assets, start=START, end=START + timedelta(days=20), streams=["tolling"],
        window=timedelta(days=days),
    )  # fmt: skip


async def paced(access: Access, rate: float, days: float) -> tuple[int, float]:
    """Pull windows of a fixed length; requests, and seconds from the first to the last."""
    url, username, password, assets = access
    async with Trlyr(username, password, environment=url, rate=rate, concurrency=16) as client:
        asked = _asked(assets, days)
        await client.send_raw(_warm_up(assets[0]))  # the login is not part of it
        began = time.perf_counter()
        pull = bulk.pull(client, bulk.REVENUE, asked, concurrency=16)
        async for _ in pull:
            pass
        return len(pull.report.windows), time.perf_counter() - began


def _warm_up(asset: str) -> Any:  # noqa: ANN401
    from energy_async import Request  # noqa: PLC0415
    from trlyr_async._generated.revenue_reporting import operations  # noqa: PLC0415

    day = {"start": START, "end": START + timedelta(days=1)}
    return Request(operations._GET_TOLLING_REVENUE, path={"virtualAssetID": asset}, query=day)  # noqa: SLF001


async def bare(access: Access, days: float) -> float:
    """The same requests in a bare aiohttp loop that decodes with msgspec; seconds."""
    import aiohttp  # noqa: PLC0415

    from trlyr_async.models.revenue_reporting import TollingRevenue  # noqa: PLC0415

    url, username, password, assets = access
    decoder = msgspec.json.Decoder(list[TollingRevenue])
    asked = _asked(assets, days)
    async with aiohttp.ClientSession() as session:
        login = {"username": username, "password": password}
        async with session.post(f"{url}/auth/public/authenticate", json=login) as answer:
            token = (await answer.json())["access_token"]
        headers, queue = {"Authorization": f"Bearer {token}"}, iter(asked)

        async def work() -> None:
            for one in queue:
                path = f"{url}/revenue-reporting/{one.asset_id}/tolling"
                async with session.get(path, params=_query(one), headers=headers) as answer:
                    decoder.decode(await answer.read())

        await work_once(session, url, headers, assets[0])
        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(16)))
        return time.perf_counter() - began


async def work_once(session: Any, url: str, headers: dict[str, str], asset: str) -> None:  # noqa: ANN401
    """Make the first connection, which is not part of the measurement."""
    query = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}
    path = f"{url}/revenue-reporting/{asset}/tolling"
    async with session.get(path, params=query, headers=headers) as answer:
        await answer.read()


def pace(console: Console) -> None:
    """Print how close a paced pull comes to its least time, and an unpaced one to a bare loop."""
    rate, slow = 50.0, striking(1.0, Fault(kind="delay", delay=0.02))
    with SandboxProcess(slow, assets=40, rate=rate) as box:
        count, seconds = asyncio.run(paced(box.access, rate, days=2))
    console.print(
        f"{count} requests at {rate:g}/s, 20 ms latency: {seconds:.2f} s,"
        f" {seconds / (count / rate):.3f} of requests/rate"
    )
    ratios = []
    with SandboxProcess(assets=40) as box:
        for _ in range(5):
            count, seconds = asyncio.run(paced(box.access, float("inf"), days=1))
            ratios.append(seconds / asyncio.run(bare(box.access, days=1)))
    console.print(
        f"{count} requests without a limit: {sorted(ratios)[2]:.2f} of a bare aiohttp loop"
        f" (median of 5, {min(ratios):.2f} to {max(ratios):.2f})"
    )


def main() -> None:
    """Measure everything, or be one of the contenders."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--assets", type=int, default=20)
    parser.add_argument("--faults", type=float, default=0.02)
    parser.add_argument("--contender", choices=list(CONTENDERS), help=argparse.SUPPRESS)
    parser.add_argument("--access", help=argparse.SUPPRESS)
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of provisional operations
    if given.contender:
        began = time.perf_counter()
        rows, different = asyncio.run(CONTENDERS[given.contender](json.loads(given.access)))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        seconds = time.perf_counter() - began
        found = {"rows": rows, "different": different, "seconds": seconds, "peak": peak}
        print(json.dumps(found))
        return
    console = Console(width=110)
    compare(console, given.assets, given.faults)
    pace(console)


if __name__ == "__main__":
    main()
