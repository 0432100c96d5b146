"""Run as a script: archives in forked children that are killed with signal 9, then one that is not.

Usage: `killed_archives.py FOLDER`. Each of two situations (an empty folder, and a second answer
with a new day and corrections) is killed before every single file operation in turn. Prints one
JSON object; the assertions are in `test_archive_kills.py`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import anyio
import anyio._backends._asyncio  # this and all below: before the forks, to make those quick
import pandas  # noqa: F401, ICN001 - what pyarrow imports when it gives out Python values

sys.path.insert(0, str(Path(__file__).parents[2]))

from nanocorp_async import Timing, archive, archive_gaps, read_archive
from tests.feeds.upstream import Upstream, capacity, day_ahead, prices

FEEDS: tuple[Any, ...] = ("day-ahead", "afrr-capacity")
FIRST, SECOND = date(2026, 3, 28), date(2026, 3, 31)
BEFORE = {"day_ahead": day_ahead(FIRST, FIRST), "afrr_capacity": capacity(FIRST)}
AFTER = {
    "day_ahead": prices(day_ahead(FIRST, date(2026, 3, 29)), r5=50.0, r6=None),
    "afrr_capacity": capacity(SECOND),  # 29 and 30 March are lost
}


def run(folder: Path, answers: dict[str, Any], hour: int) -> None:
    anyio.run(_run, folder, answers, datetime(2026, 3, 30, hour, tzinfo=UTC))


async def _run(folder: Path, answers: dict[str, Any], now: datetime) -> None:
    upstream = Upstream(**answers)
    upstream.etags = True
    async with upstream.client() as client:
        await archive(client, folder, feeds=FEEDS, once=True, timing=Timing(now=lambda: now))


def in_child(work: Callable[[], object]) -> bool:
    """Run `work` in a fork; tell whether it lived to its end."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert status == 0 or os.WIFSIGNALED(status), f"the archive failed: {status}"
    return status == 0


def die_before(step: int) -> None:
    """Kill this process before its file operation number `step`."""
    count = 0

    def deadly(real: Callable[..., Any]) -> Callable[..., Any]:
        def operation(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        return operation

    for name in ("mkdir", "open", "fsync", "replace", "unlink", "close"):
        setattr(os, name, deadly(getattr(os, name)))


def held(folder: Path) -> dict[str, Any]:
    """What an archive holds, but for when it was fetched."""
    rows = {}
    for name in FEEDS:
        table = read_archive(folder, name, revisions=True)
        plain = table.drop_columns(["fetched_at", "noticed_at"]).to_pylist()
        rows[name] = f"{len(plain)} {hashlib.sha256(repr(plain).encode()).hexdigest()}"
    return {
        "rows": rows,
        "gaps": [f"{one.series} {one.day} {one.missing}" for one in archive_gaps(folder)],
        "left_over": sorted(one.name for one in folder.rglob(".*.tmp")),
    }


def in_turn(root: Path, base: Path | None, answers: dict[str, Any], hour: int) -> list[Any]:
    """Kill before each step, then run on undisturbed; tell what is held each time."""
    outcomes = []
    for step in range(1, 1000):
        folder = root / f"step-{step}"
        if base is not None:
            shutil.copytree(base, folder)

        def work(step: int = step, folder: Path = folder) -> None:
            die_before(step)
            run(folder, answers, hour)

        lived = in_child(work)
        assert in_child(lambda folder=folder: run(folder, answers, hour))  # type: ignore[misc]
        outcomes.append({"lived": lived, **held(folder)})
        if lived:
            return outcomes
    raise AssertionError("there is no end to it")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    undisturbed = target / "undisturbed"
    assert in_child(lambda: run(undisturbed, BEFORE, 12))
    first = held(undisturbed)
    situations = {"first": (first, in_turn(target, None, BEFORE, 12))}
    base = target / "base"
    shutil.copytree(undisturbed, base)
    assert in_child(lambda: run(undisturbed, AFTER, 18))
    (target / "second").mkdir()
    situations["second"] = held(undisturbed), in_turn(target / "second", base, AFTER, 18)
    print(json.dumps(situations))  # noqa: T201
