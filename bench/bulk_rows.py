"""Rows a second from the bytes of the answers to Parquet, by a pull and by the least code.

The least code decodes with msgspec, makes columns with pyarrow's own conversion and writes them
with pyarrow. It checks nothing: not which rows belong to a window, not whether one came twice.
Both take the same bytes in one process, in turns; the ratio is that of their CPU times.

    python bench/bulk_rows.py [--rounds 5]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import warnings
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import anyio
import pandas  # noqa: F401, ICN001 - loaded by pyarrow's conversion; here, so that it is not counted
import pyarrow as pa
from pyarrow import parquet
from quarter_hours import DECODERS, Client, answer, asset_ids

from trlyr_async import bulk
from trlyr_async.bulk import REVENUE

START = datetime(2025, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))
END = START.replace(year=2026)
ASSETS = asset_ids(20)
STREAMS = ("wholesale",)


Answers = list[tuple[str, datetime, datetime]]


def main() -> None:
    """Measure in turns and print medians."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    warnings.simplefilter("ignore")  # of provisional operations
    ways = {
        "a pull": lambda folder, _: pull(folder),
        "decode, pyarrow and Parquet": _least_to_parquet,
        "decode and pyarrow alone": _least,
    }
    with tempfile.TemporaryDirectory() as folder:
        answers = pull(Path(folder))
    rows = len(ASSETS) * ((END - START) // timedelta(minutes=15))
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            with tempfile.TemporaryDirectory() as folder:
                began = time.process_time()
                way(Path(folder), answers)
                speeds[name].append(rows / (time.process_time() - began))
    medians = {name: statistics.median(found) for name, found in speeds.items()}
    for name, speed in medians.items():
        print(f"{name:30} {speed:12,.0f} rows a second of CPU, x {medians['a pull'] / speed:.2f}")


def pull(folder: Path) -> Answers:
    """Pull everything, and tell what was asked."""
    client = Client()

    async def work() -> None:
        report = await bulk.pull_revenue_to(
            client, folder, ASSETS, start=START, end=END, streams=STREAMS
        )
        assert report.complete

    anyio.run(work)
    return client.asked


def _least_to_parquet(folder: Path, answers: Answers) -> None:
    for number, asked in enumerate(answers):
        parquet.write_table(_table(*asked), folder / f"{number}.parquet", compression="zstd")


def _least(_folder: Path, answers: Answers) -> None:
    for asked in answers:
        _table(*asked)


def _table(asset_id: str, start: datetime, end: datetime) -> pa.Table:
    rows = DECODERS["revenue_reporting.get_wholesale_revenue"].decode(answer(asset_id, start, end))
    columns = {
        "virtual_asset_id": [row.virtual_asset_id for row in rows],
        "start": [row.start_ts for row in rows],
        "end": [row.end_ts for row in rows],
        "revenue": [row.revenue for row in rows],
        "version_number": [row.version_number for row in rows],
        "annual_price": [None for _ in rows],
    }
    return pa.table(columns, schema=REVENUE.schema())


if __name__ == "__main__":
    main()
