"""A year of archiving in virtual time, compared with what the feeds have shown.

The sandbox publishes late, corrects, takes values and rows away and is out of order; the archive is
stopped and started again, and the year has both clock changes. With `--odd` the feeds do instead
what sources have done: hours that become quarter-hours, second auctions, cells that cannot be read
in six spellings, zeros for prices that are not there yet, late days and days without an answer.

    python -m tests.feeds.archive_year [--days N] [--steps] [--odd]
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from energy_sandbox.feeds.behaviour import FeedName
from nanocorp_async import repair_archive
from tests.feeds import odd_year as odd
from tests.feeds import simulated_year as year

FEEDS: tuple[FeedName, ...] = (
    "day-ahead", "fcr-capacity", "afrr-capacity", "mfrr-capacity", "afrr-energy", "mfrr-energy",
)  # fmt: skip
FIRST = date(2026, 1, 1)


def main() -> None:
    """Play the year and print how the archive differs from the truth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--steps", action="store_true", help="show every 4-second step of a day")
    parser.add_argument("--odd", action="store_true", help="let feeds do what sources have done")
    options = parser.parse_args()
    if options.odd:
        _odd(options.days)
        return
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


def _odd(days: int) -> None:
    last = FIRST + timedelta(days=days)
    silent = frozenset(FIRST + timedelta(days=n) for n in range(17, days, 41))
    switch = datetime(2026, 4, 1, 5, tzinfo=odd.PARIS)
    plan = odd.Plan(first=FIRST, last=last, switch=switch, silent=silent)
    console = Console(width=130)
    with tempfile.TemporaryDirectory() as folder:
        events, feeds = asyncio.run(odd.play(plan, Path(folder)))
        found = odd.reported(plan, Path(folder), events, feeds)
        table = Table("", "rows", "wrong", "lost", "mean of a month off by, EUR")
        for name, later in (("as read", nullcontext()), ("after a repair", odd.taught())):
            with later:
                if name != "as read":
                    repair_archive(folder)
                one = odd.judge(plan, Path(folder), taught=name != "as read")
            numbers = (f"{number:,}" for number in (one.rows, one.wrong, one.lost))
            table.add_row(name, *numbers, f"{one.worst_mean:.9f}")
    console.print(f"{days} days, {len(silent)} of them without an answer", table)
    console.print("odd:", dict(found.oddities), "not reported:", dict(found.unreported))


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
