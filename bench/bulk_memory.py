"""Peak resident memory of a bulk pull into a dataset, and how long the event loop stood still.

Two processes pull one after the other: a small pull of four assets, then a large one. The large
one may hold as many rows as there is disk; what it takes more than the small one is what grows.

    python bench/bulk_memory.py [--rows 5000000] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import anyio
from quarter_hours import Client, answer, asset_ids

from trlyr_async import bulk

START = datetime(2025, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))
END = START.replace(year=2026)
QUARTERS = 365 * 96
SMALL_ASSETS = 4
TICK = 0.005


def main() -> None:
    """Measure both pulls in processes of their own and print the difference."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--folder", type=Path, default=None, help="where the datasets are made")
    parser.add_argument("--assets", type=int, default=None, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.assets is not None:
        anyio.run(_pull, asked.assets, asked.folder)
        return
    assets = math.ceil(asked.rows / QUARTERS / len(bulk.ALL))
    peaks = [_measure(count, asked.folder) for count in (SMALL_ASSETS, max(assets, SMALL_ASSETS))]
    print(f"the large pull's peak is {peaks[1] - peaks[0]:.0f} MB above the small one's")


def _measure(assets: int, folder: Path | None) -> float:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        command = [sys.executable, __file__, "--assets", str(assets), "--folder", f"{place}/data"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            found = {}
            for line in process.stdout:
                found = json.loads(line)
                print(", ".join(f"{value} {name}" for name, value in found.items()), flush=True)
    assert process.returncode == 0
    return float(found["MB peak"])


async def _pull(assets: int, folder: Path) -> None:
    began, longest, said = time.perf_counter(), 0.0, 0.0

    def tell(rows: int) -> None:
        elapsed = time.perf_counter() - began
        told = {
            "rows": rows,
            "s": round(elapsed, 1),
            "MB resident": round(_status("VmRSS")),
            "MB peak": round(_status("VmHWM")),
            "ms longest pause of the loop": round(longest * 1000),
        }
        print(json.dumps(told), flush=True)

    def step(now: bulk.Progress) -> None:
        nonlocal said
        if now.elapsed - said > 10:  # noqa: PLR2004
            said = now.elapsed
            tell(now.rows)

    async def tick() -> None:
        nonlocal longest
        while True:
            before, worked, waited = time.perf_counter(), time.process_time(), _waited()
            await anyio.sleep(TICK)
            pause = time.perf_counter() - before - TICK
            # What other programs took is not ours.
            ours = min(pause - (_waited() - waited), time.process_time() - worked)
            longest = max(longest, ours)

    answer(asset_ids(1)[0], START, END)  # the texts are made with the first
    async with anyio.create_task_group() as group:
        group.start_soon(tick)
        report = await bulk.pull_revenue_to(
            Client(), folder, asset_ids(assets), start=START, end=END, on_progress=step
        )
        group.cancel_scope.cancel()
    assert report.complete
    tell(report.rows)


def _waited() -> float:
    """Seconds that this thread was ready to run and had no processor."""
    return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9


def _status(name: str) -> float:
    with Path("/proc/self/status").open() as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name)) / 1024


if __name__ == "__main__":
    import warnings

    import pyarrow  # noqa: F401, ICN001 - its first import, once in a process, is no part of a pull

    warnings.simplefilter("ignore")  # of provisional operations
    main()
