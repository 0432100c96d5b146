"""A year of every revenue stream for a fleet, from a sandbox that fails now and then.

Prints rows expected, got and doubled, requests, retries, logins, memory and time. The sandbox runs
in a process of its own; what is expected is what a pull without faults gives.

    python bench/fleet_year.py [--assets 300] [--faults 0.02] [--rate 200]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import tempfile
import time
import warnings
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from sandbox_process import Access, SandboxProcess, striking

from api_sandbox import Fault
from trlyr_async import Trlyr, bulk

os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # as the command line sets it
BERLIN: Final = ZoneInfo("Europe/Berlin")
START, END = datetime(2025, 11, 1, tzinfo=BERLIN), datetime(2026, 11, 1, tzinfo=BERLIN)
FAULTS: Final = (
    Fault(kind="status", status=503),
    Fault(kind="status", status=429, retry_after=1),
    Fault(kind="status", status=500),
    Fault(kind="reset"),
    Fault(kind="cut_body"),
    Fault(kind="slow_drip", delay=0.3),
    Fault(kind="bad_json"),
    Fault(kind="wrong_schema"),
)


async def pull(access: Access, folder: Path, rate: float) -> int:
    """Pull until everything is there; give the number of runs."""
    url, username, password, assets = access
    for run in range(1, 20):
        async with Trlyr(username, password, environment=url, rate=rate, concurrency=16) as client:
            report = await bulk.pull_revenue_to(
                client, folder, assets, start=START, end=END, concurrency=16
            )
        failed = Counter(one.error.partition(":")[0] for one in report.failed)
        print(
            f"run {run}: {report.rows:,} rows, {len(report.windows):,} windows,"
            f" {len(report.failed)} failed {dict(failed)}, {report.elapsed:.1f} s",
            flush=True,
        )
        if report.complete:
            return run
    raise RuntimeError("the pull never became complete")


def measured(assets: int, share: float, rate: float, folder: Path) -> None:
    """Pull from a sandbox of its own and print what it took."""
    with SandboxProcess(striking(share, *FAULTS), assets=assets) as box:
        began = time.monotonic()
        runs = asyncio.run(pull(box.access, folder, rate))
        elapsed = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"faults {share:.0%}: {runs} runs, {box.logins} logins, {box.requests:,} requests,"
        f" {elapsed:.1f} s, peak memory so far {peak:.0f} MiB",
        flush=True,
    )


def main() -> None:
    """Pull twice, with faults and without, and compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--assets", type=int, default=300)
    parser.add_argument("--faults", type=float, default=0.02)
    parser.add_argument("--rate", type=float, default=200)
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of provisional operations
    plan = bulk.plan([str(n) for n in range(given.assets)], start=START, end=END)
    print(f"{plan}; at {given.rate:g}/s {plan.least_time(given.rate)} at the least")
    with tempfile.TemporaryDirectory() as root:
        faulty, plain = Path(root) / "faulty", Path(root) / "plain"
        measured(given.assets, given.faults, given.rate, faulty)
        measured(given.assets, 0, given.rate, plain)
        got, expected = bulk.read(faulty), bulk.read(plain)
        keys = ["virtual_asset_id", "stream", "start"]
        doubled = got.num_rows - got.group_by(keys).aggregate([]).num_rows
        print(
            f"rows expected {expected.num_rows:,}, got {got.num_rows:,}, doubled {doubled};"
            f" identical: {got.equals(expected)}"
        )


if __name__ == "__main__":
    main()
