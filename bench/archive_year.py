"""A year of archiving in virtual time, compared with what the feeds have shown.

The sandbox publishes late, corrects, takes values and rows away and is out of order; the archive is
stopped and started again, and the year has both clock changes.

    python bench/archive_year.py [--days N] [--steps]
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import resource
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

_FILE = Path(__file__).parent.parent / "tests" / "feeds" / "simulated_year.py"
FEEDS = (
    "day-ahead", "fcr-capacity", "afrr-capacity", "mfrr-capacity", "afrr-energy", "mfrr-energy",
)  # fmt: skip
FIRST = date(2026, 1, 1)


def _simulation() -> Any:  # noqa: ANN401 - a module
    spec = importlib.util.spec_from_file_location("simulated_year", _FILE)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(_FILE)
    module = sys.modules["simulated_year"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Play the year and print how the archive differs from the truth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--steps", action="store_true", help="show every 4-second step of a day")
    options = parser.parse_args()
    year = _simulation()
    last = FIRST + timedelta(days=options.days)
    plan = year.scenario(FEEDS, FIRST, last, all_steps=options.steps)
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        requests = asyncio.run(year.play(plan, Path(folder)))
        played = time.monotonic() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        tallies = year.compare(plan, Path(folder))
    behaviour, console = plan.behaviour, Console(width=130)
    console.print(
        f"{options.days} days in {played:.0f} s; {len(behaviour.late)} days late, "
        f"{len(behaviour.corrections)} corrections, {len(behaviour.outages)} outages, "
        f"{len(plan.stops)} restarts; peak memory of archive and sandbox {peak:.0f} MB"
    )
    console.print(_table(tallies))
    console.print(_requests(requests, options.days))


def _table(tallies: dict[str, Any]) -> Table:
    table = Table("series", "rows", "missing", "doubled", "wrong", "revisions", "kept",
                  "days never seen", "told as gaps")  # fmt: skip
    for name, one in tallies.items():
        numbers = (one.rows, one.missing, one.doubled, one.wrong, one.revisions, one.kept)
        days = (len(one.days_lost), len(one.days_told))
        table.add_row(name, *(f"{number:,}" for number in (*numbers, *days)))
    return table


def _requests(requests: dict[tuple[str, int], int], days: int) -> Table:
    table = Table("request", "status", "count", "a day")
    for (name, status), count in sorted(requests.items()):
        table.add_row(name, str(status), f"{count:,}", f"{count / days:.1f}")
    table.add_row("all", "", f"{sum(requests.values()):,}", f"{sum(requests.values()) / days:.1f}")
    return table


if __name__ == "__main__":
    main()
