"""Run as a script: archives in forked children that are killed with signal 9, then one that is not.

Usage: `killed_archives.py FOLDER`. Each of two situations (an empty folder, and a second
answer with a new day, corrections, another resolution and a cell that cannot be read) is killed
before every single step (in the empty folder, where all answers are alike, every third) of every
file that it writes or removes in turn, also with the file half written.
Prints one JSON object, with where each kill fell; the assertions are in `test_archive_kills.py`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio._backends._asyncio  # this and all below: before the forks, to make those quick
import pandas  # noqa: F401, ICN001 - what pyarrow imports when it gives out Python values

# The root comes last: it holds the packages too, which an installed wheel goes before.
sys.path.append(str(Path(__file__).parents[2]))

from energy_async.storage import Table, clean, damaged, place_at
from nanocorp_async import Timing, archive, archive_gaps, read_archive
from tests.feeds.upstream import Upstream, capacity, day_ahead, hours, prices
from tests.killing import in_child, killed_in_turn

FEEDS: tuple[Any, ...] = ("day-ahead", "fcr-capacity", "afrr-capacity")
FIRST, SECOND = date(2026, 3, 28), date(2026, 3, 31)
BEFORE = {
    "day_ahead": hours(FIRST),
    "fcr_capacity": capacity(FIRST, ("SYMMETRIC",)),
    "afrr_capacity": capacity(FIRST),
}
AFTER = {
    "day_ahead": prices(day_ahead(FIRST, date(2026, 3, 29)), r5=50.0, r6="N/A"),
    "fcr_capacity": capacity(SECOND, ("SYMMETRIC",)),  # 29 and 30 March are lost
    "afrr_capacity": capacity(SECOND),
}


def run(folder: Path, answers: dict[str, Any], hour: int) -> None:
    anyio.run(_run, folder, answers, datetime(2026, 3, 30, hour, tzinfo=UTC))


async def _run(folder: Path, answers: dict[str, Any], now: datetime) -> None:
    upstream = Upstream(**answers)
    upstream.etags = True
    async with upstream.client() as client:
        await archive(client, folder, feeds=FEEDS, once=True, timing=Timing(now=lambda: now))


def held(folder: Path) -> dict[str, Any]:
    """What an archive holds once it is clean, but for when it was fetched."""
    table, rows = Table(place_at(folder)), {}
    clean(table, older_than=timedelta(0))
    for name in FEEDS:
        found = read_archive(folder, name, revisions=True)
        plain = found.drop_columns(["fetched_at", "noticed_at"]).to_pylist()
        rows[name] = f"{len(plain)} {hashlib.sha256(repr(plain).encode()).hexdigest()}"
    return {
        "rows": rows,
        "gaps": [f"{one.series} {one.day} {one.kind} {one.what}" for one in archive_gaps(folder)],
        "damaged": len(damaged(table, table.load())),
    }


def in_turn(root: Path, base: Path | None, answers: dict[str, Any], hour: int) -> list[Any]:
    """Kill before each step, then run on undisturbed; tell what is held each time."""
    outcomes, work = [], partial(run, answers=answers, hour=hour)
    for folder, where in killed_in_turn(root, work, base, stride=3 if base is None else 1):
        assert in_child(partial(work, folder))
        outcomes.append({"where": where, **held(folder)})
    return outcomes


if __name__ == "__main__":
    target = Path(sys.argv[1])
    undisturbed = target / "undisturbed"
    assert in_child(lambda: run(undisturbed, BEFORE, 12))
    first = held(undisturbed)
    (target / "first").mkdir()
    situations = {"first": (first, in_turn(target / "first", None, BEFORE, 12))}
    base = target / "base"
    shutil.copytree(undisturbed, base)
    assert in_child(lambda: run(undisturbed, AFTER, 18))
    (target / "second").mkdir()
    situations["second"] = held(undisturbed), in_turn(target / "second", base, AFTER, 18)
    print(json.dumps(situations))
