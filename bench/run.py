"""Requests per second of the full stack, of a bare aiohttp loop and of httpx + pydantic.

All three fetch and decode the same answer from one server in another process, in turns within
one run, so that a slow machine slows all of them. The table shows medians over the rounds and
ratios; only the ratios mean something on another machine.

    python bench/run.py [--rounds N] [--requests N]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import httpx
import msgspec
from pydantic import BaseModel, TypeAdapter
from rich.console import Console
from rich.table import Table

from trlyr_async import Trlyr, revenue_reporting
from trlyr_async.models.revenue_reporting import TollingRevenue

ASSET = "11111111-1111-1111-1111-111111111111"
START = datetime(2026, 10, 1, tzinfo=UTC)
END = datetime(2026, 10, 2, tzinfo=UTC)
PATH = f"/revenue-reporting/{ASSET}/tolling"
QUERY = {"start": "2026-10-01T00:00:00Z", "end": "2026-10-02T00:00:00Z"}
IN_FLIGHT = (1, 8, 64)
IMPORT_ROUNDS = 7

Fetch = Callable[[], Awaitable[object]]


class PydanticTolling(BaseModel):
    """The tolling bucket as a pydantic user would write it."""

    virtualAssetID: str | None = None  # noqa: N815
    startTs: datetime | None = None  # noqa: N815
    endTs: datetime | None = None  # noqa: N815
    revenue: float | None = None
    annualPrice: float | None = None  # noqa: N815
    versionNumber: str | None = None  # noqa: N815


@contextmanager
def _server() -> Iterator[str]:
    script = Path(__file__).with_name("server.py")
    command = [sys.executable, str(script)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        assert process.stdin is not None
        process.stdin.close()


async def _ours(stack: AsyncExitStack, url: str, in_flight: int) -> Fetch:
    """Token cache, limiter, retries and budget on; the rate is set out of the way."""
    client = await stack.enter_async_context(
        Trlyr("user", "password", environment=url, rate=1e6, concurrency=in_flight)
    )
    return lambda: revenue_reporting.get_tolling_revenue(client, ASSET, start=START, end=END)


async def _bare_aiohttp(stack: AsyncExitStack, url: str, in_flight: int) -> Fetch:
    """What a careful person writes without a library: a session and a decoder."""
    connector = aiohttp.TCPConnector(limit=in_flight)
    session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
    decoder = msgspec.json.Decoder(list[TollingRevenue])
    headers = {"Authorization": "Bearer bench"}

    async def fetch() -> object:
        async with session.get(url + PATH, params=QUERY, headers=headers) as response:
            response.raise_for_status()
            return decoder.decode(await response.read())

    return fetch


async def _httpx_pydantic(stack: AsyncExitStack, url: str, in_flight: int) -> Fetch:
    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    client = await stack.enter_async_context(httpx.AsyncClient(limits=limits, timeout=60))
    adapter = TypeAdapter(list[PydanticTolling])
    headers = {"Authorization": "Bearer bench"}

    async def fetch() -> object:
        response = await client.get(url + PATH, params=QUERY, headers=headers)
        response.raise_for_status()
        return adapter.validate_json(response.content)

    return fetch


CONTENDERS = {
    "trlyr-async": _ours,
    "bare aiohttp + msgspec": _bare_aiohttp,
    "httpx + pydantic": _httpx_pydantic,
}


async def _requests_per_second(fetch: Fetch, in_flight: int, requests: int) -> float:
    remaining = iter(range(requests))

    async def worker() -> None:
        for _ in remaining:
            await fetch()

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    return requests / (time.perf_counter() - began)


async def _measure(url: str, in_flight: int, rounds: int, requests: int) -> dict[str, list[float]]:
    """Interleave the contenders, each round in another order, after one warm-up each."""
    async with AsyncExitStack() as stack:
        fetches = {name: await make(stack, url, in_flight) for name, make in CONTENDERS.items()}
        for fetch in fetches.values():
            await _requests_per_second(fetch, in_flight, max(in_flight * 4, 100))
        results: dict[str, list[float]] = {name: [] for name in fetches}
        names = list(fetches)
        for index in range(rounds):
            for name in names[index % len(names) :] + names[: index % len(names)]:
                count = requests // 5 if name.startswith("httpx") else requests
                results[name].append(await _requests_per_second(fetches[name], in_flight, count))
        return results


def _import_milliseconds(module: str) -> float:
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(run.stdout) * 1000


def _import_costs() -> dict[str, float]:
    """Median milliseconds of `import`, taken in turns in fresh interpreters."""
    times: dict[str, list[float]] = {"aiohttp": [], "trlyr_async": []}
    for _ in range(IMPORT_ROUNDS):
        for module, values in times.items():
            values.append(_import_milliseconds(module))
    return {module: statistics.median(values) for module, values in times.items()}


def _throughput_table(measured: dict[int, dict[str, list[float]]]) -> Table:
    table = Table(title="Requests per second, median (the answer is about 2 kB, 12 rows)")
    for column in ("in flight", *CONTENDERS, "to bare aiohttp", "to httpx + pydantic"):
        table.add_column(column, justify="right")
    for in_flight, results in measured.items():
        medians = [statistics.median(results[name]) for name in CONTENDERS]
        ours, bare, other = medians
        # Ratios are taken round by round: neighbours in time shared the machine's mood.
        to_bare = statistics.median(_ratios(results, "bare aiohttp + msgspec"))
        to_other = statistics.median(_ratios(results, "httpx + pydantic"))
        row = [str(in_flight), *(f"{value:,.0f}" for value in (ours, bare, other))]
        table.add_row(*row, f"{to_bare:.2f}", f"{to_other:.1f}")
    return table


def _ratios(results: dict[str, list[float]], name: str) -> list[float]:
    pairs = zip(results["trlyr-async"], results[name], strict=True)
    return [ours / other for ours, other in pairs]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=2000)
    arguments = parser.parse_args()
    console = Console(width=110)
    with _server() as url:
        measured = {
            in_flight: asyncio.run(_measure(url, in_flight, arguments.rounds, arguments.requests))
            for in_flight in IN_FLIGHT
        }
    console.print(_throughput_table(measured))
    costs = _import_costs()
    ratio = costs["trlyr_async"] / costs["aiohttp"]
    console.print(
        f"import trlyr_async {costs['trlyr_async']:.0f} ms, import aiohttp "
        f"{costs['aiohttp']:.0f} ms: ratio {ratio:.2f}"
    )


if __name__ == "__main__":
    main()
