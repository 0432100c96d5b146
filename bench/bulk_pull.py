"""What a bulk pull costs, on JSON answers that are there at once: a row for each quarter-hour.

`rows`: rows a second from the bytes of the answers to Parquet, by a pull and by the least code,
which decodes with msgspec, makes columns with pyarrow's own conversion and writes them with
pyarrow. It checks nothing: not which rows belong to a window, not whether one came twice. Both take
the same bytes in one process, in turns; ratios are those of their processor times.

`memory`: peak resident memory, and how long the event loop stood still. Two processes pull one
after the other: a small pull of four assets, then a large one; the difference is what grows.

    python bench/bulk_pull.py rows [--rounds 5]
    python bench/bulk_pull.py memory [--rows 5000000] [--folder DIR]
"""

from __future__ import annotations

import argparse
import asyncio
import math
import statistics
import tempfile
import time
import warnings
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
import pandas  # noqa: F401, ICN001 - loaded by pyarrow's conversion; here, so that it is not counted
import pyarrow as pa
from harness import in_fresh_process, ratio, seconds_in_turns
from pyarrow import parquet

from trlyr_async import bulk
from trlyr_async.models.revenue_reporting import WholesaleRevenue

START = datetime(2025, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))
END = START.replace(year=2026)
QUARTERS = 365 * 96
SMALL_ASSETS, ASSETS = 4, 20
TICK, TELL_EVERY = 0.005, 10
OURS, LEAST = "a pull", "decode, pyarrow and Parquet"
_QUARTER = timedelta(minutes=15)
_FIRST = datetime(2024, 12, 31, 23, tzinfo=UTC)
_ASSET = b"00000000-0000-4000-8000-000000000000"
_WHOLESALE = msgspec.json.Decoder(list[WholesaleRevenue])

if TYPE_CHECKING:
    from energy_async.transport.request import Request

Asked = tuple[str, datetime, datetime]


def asset_ids(count: int) -> list[str]:
    """Give `count` identifiers."""
    return [f"00000000-0000-4000-8000-{number:012x}" for number in range(1, count + 1)]


class Client:
    """Plays the client of a bulk pull: an answer costs putting texts together and decoding."""

    base_url = "https://bench.invalid"

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    def now(self) -> datetime:
        """Give a time long after the range."""
        return datetime(2026, 11, 17, 9, tzinfo=UTC)

    async def send(self, request: Request[Any], **_options: object) -> Any:  # noqa: ANN401 - as the real one
        """Answer with every quarter-hour of the range, both ends included."""
        await asyncio.sleep(0)
        asked = str(request.path["virtualAssetID"]), request.query["start"], request.query["end"]
        self.asked.append(asked)  # type: ignore[arg-type]
        return _decoder(request.operation.returns).decode(_answer(*asked))  # type: ignore[arg-type]


@cache
def _decoder(returns: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 - a type
    return msgspec.json.Decoder(returns)


def _answer(asset_id: str, start: datetime, end: datetime) -> bytes:
    """Give the text of an answer; there is a row for each quarter-hour of 2025."""
    first, last = ((moment - _FIRST) // _QUARTER for moment in (start, end))
    text = b",".join(_texts()[max(first, 0) : last + 1])
    return b"[" + text.replace(_ASSET, asset_id.encode()) + b"]"


@cache
def _texts() -> list[bytes]:
    return [msgspec.json.encode(_row(_FIRST + n * _QUARTER)) for n in range(366 * 96)]


def _row(start: datetime) -> WholesaleRevenue:
    return WholesaleRevenue(
        start_ts=start,
        end_ts=start + _QUARTER,
        revenue=hash(start) % 100_000 / 100 - 200,
        version_number="1",
        virtual_asset_id=_ASSET.decode(),
    )


async def pull(assets: int, folder: Path, **options: Any) -> tuple[int, list[Asked]]:  # noqa: ANN401 - of the pull
    """Pull a year; give the number of rows, and what was asked."""
    client = Client()
    report = await bulk.pull_revenue_to(
        client,  # type: ignore[arg-type]
        folder, asset_ids(assets), start=START, end=END, **options,
    )  # fmt: skip
    assert report.complete
    return report.rows, client.asked


async def rows(rounds: int) -> None:
    """Measure in turns and print medians."""
    streams = {"streams": ["wholesale"]}
    with tempfile.TemporaryDirectory() as root:
        count, answers = await pull(ASSETS, Path(root) / "first", **streams)

        def folder() -> Path:
            return Path(tempfile.mkdtemp(dir=root))

        async def least() -> None:
            into = folder()
            for number, asked in enumerate(answers):
                parquet.write_table(_table(*asked), into / f"{number}.parquet", compression="zstd")

        jobs = {OURS: lambda: pull(ASSETS, folder(), **streams), LEAST: least}
        times = await seconds_in_turns(jobs, rounds)
    for name, spent in times.items():
        speed = count / statistics.median(spent)
        share = ratio(spent, times[OURS])
        print(f"{name:30} {speed:12,.0f} rows a second of CPU, x {share:.2f}")


def _table(asset_id: str, start: datetime, end: datetime) -> pa.Table:
    rows = _WHOLESALE.decode(_answer(asset_id, start, end))
    columns = {
        "virtual_asset_id": [row.virtual_asset_id for row in rows],
        "start": [row.start_ts for row in rows],
        "end": [row.end_ts for row in rows],
        "revenue": [row.revenue for row in rows],
        "version_number": [row.version_number for row in rows],
        "annual_price": [None for _ in rows],
    }
    return pa.table(columns, schema=bulk.REVENUE.schema())


def memory(wanted: int, folder: Path | None) -> None:
    """Measure both pulls in processes of their own and print the difference."""
    large = max(SMALL_ASSETS, math.ceil(wanted / QUARTERS / len(bulk.ALL)))
    peaks = [in_fresh_process(peak_of, count, folder) for count in (SMALL_ASSETS, large)]
    print(f"the large pull's peak is {peaks[1] - peaks[0]:.0f} MB above the small one's")


def peak_of(assets: int, folder: Path | None) -> float:
    """Pull, print what it takes meanwhile, and give the peak of this process in MB."""
    warnings.simplefilter("ignore")  # of provisional operations
    with tempfile.TemporaryDirectory(dir=folder) as root:
        asyncio.run(_watched(assets, Path(root) / "data"))
    return _status("VmHWM")


async def _watched(assets: int, folder: Path) -> None:
    began, longest, said = time.perf_counter(), 0.0, 0.0

    def report(rows: int) -> None:
        print(
            f"{rows:,} rows, {time.perf_counter() - began:.1f} s, {_status('VmRSS'):.0f} MB,"
            f" peak {_status('VmHWM'):.0f} MB, longest pause of the loop {longest * 1000:.0f} ms",
            flush=True,
        )

    def step(now: bulk.Progress) -> None:
        nonlocal said
        if now.elapsed - said > TELL_EVERY:
            said = now.elapsed
            report(now.rows)

    async def tick() -> None:
        nonlocal longest
        while True:
            before, worked, waited = time.perf_counter(), time.process_time(), _waited()
            await asyncio.sleep(TICK)
            pause = time.perf_counter() - before - TICK
            # What other programs took is not ours.
            ours = min(pause - (_waited() - waited), time.process_time() - worked)
            longest = max(longest, ours)

    _texts()
    ticking = asyncio.create_task(tick())
    count, _ = await pull(assets, folder, on_progress=step)
    ticking.cancel()
    report(count)


def _waited() -> float:
    """Seconds that this thread was ready to run and had no processor."""
    return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9


def _status(name: str) -> float:
    with Path("/proc/self/status").open() as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name)) / 1024


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("rows").add_argument("--rounds", type=int, default=5)
    large = what.add_parser("memory")
    large.add_argument("--rows", type=int, default=5_000_000)
    large.add_argument("--folder", type=Path, default=None, help="where the datasets are made")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")  # of provisional operations
    if asked.what == "rows":
        asyncio.run(rows(asked.rounds))
    else:
        memory(asked.rows, asked.folder)


if __name__ == "__main__":
    main()
