"""Logins counted at the server: many processes, cold and while tokens end.

The processes share tokens through a `FileTokenStore` in a temporary folder; the server is the
sandbox. A run passes if no request fails. Refresh tokens work in the sandbox; a second row turns
them off (404), as terralayr documents none.

    python -m tests.transport.token_processes [--processes 8] [--tasks 1000] [--seconds 15]
        [--lifetime 3]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import sys
import tempfile
import time
from collections import Counter
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from energy_async import FileTokenStore
from energy_async.transport.errors import EnergyApiError
from energy_sandbox import Sandbox
from trlyr_async import Trlyr, auctions

TASKS_UNDER_LOAD = 8
PAUSE = 0.05


async def _work(folder: str, tasks: int, seconds: float) -> dict[str, int]:
    """One process: `tasks` requests at once, or some tasks that go on for `seconds` or longer."""
    ended: Counter[str] = Counter()
    async with Trlyr.from_env(
        token_store=FileTokenStore(folder), rate=math.inf, concurrency=32, timeout=60
    ) as client:

        async def ask() -> None:
            try:
                await auctions.get_auctions(client)
                ended["answered"] += 1
            except EnergyApiError as error:
                ended[type(error).__name__] += 1

        async def go_on() -> None:
            for _ in range(round(seconds / PAUSE)):
                await ask()
                await asyncio.sleep(PAUSE)

        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        each = go_on if seconds else ask
        await asyncio.gather(*(each() for _ in range(tasks)))
    return dict(ended)


async def _processes(sandbox: Sandbox, count: int, tasks: int, seconds: float) -> Counter[str]:
    """Start the processes, let them go together, and add up how their requests ended."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--work", folder, str(tasks), str(seconds)]
        started = [
            await asyncio.create_subprocess_exec(
                *command,
                env={**os.environ, **sandbox.environment},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            for _ in range(count)
        ]
        for process in started:
            assert process.stdout is not None
            await process.stdout.readline()
        ended: Counter[str] = Counter()
        outputs = await asyncio.gather(*(process.communicate(b"go\n") for process in started))
        for output, _ in outputs:
            ended.update(json.loads(output))
        return ended


class Counts(NamedTuple):
    """What the server and the processes counted. `seconds` holds the start of the processes too."""

    seconds: float
    logins: int
    refreshes: int
    answered: int
    failed: int
    refused: int


async def count(
    *, processes: int, tasks: int, lifetime: float, seconds: float = 0.0, refresh: bool = True
) -> Counts:
    """Run the processes against a sandbox of their own.

    Args:
        processes: How many.
        tasks: How many in each; each sends one request, or goes on for `seconds`.
        lifetime: Seconds that a token lives.
        seconds: See `tasks`.
        refresh: Whether the server knows how to exchange refresh tokens.
    """
    async with Sandbox(assets=1, token_lifetime=lifetime) as sandbox:
        if not refresh:
            sandbox.inject("status", operation="auth.refresh", status=404, times=None)
        began = time.perf_counter()
        ended = await _processes(sandbox, processes, tasks, seconds)
        took = time.perf_counter() - began
        counters = sandbox.counters
        return Counts(
            seconds=took,
            logins=counters.logins,
            refreshes=counters.count("auth.refresh", 200),
            answered=ended.pop("answered", 0),
            failed=ended.total(),
            refused=counters.count(status=401),
        )


def _report(arguments: argparse.Namespace) -> None:
    processes, lifetime, seconds = arguments.processes, arguments.lifetime, arguments.seconds
    under_load = {"tasks": TASKS_UNDER_LOAD, "lifetime": lifetime, "seconds": seconds}
    cases: dict[str, tuple[float, dict[str, Any]]] = {
        "cold": (1, {"tasks": arguments.tasks, "lifetime": 3600.0}),
        "ending": (seconds / lifetime, under_load),
        "ending, no refresh": (seconds / lifetime, {**under_load, "refresh": False}),
    }
    table = Table(
        title=f"{processes} processes; cold: {arguments.tasks:,} tasks each; ending: tokens of"
        f" {lifetime:g} s, {TASKS_UNDER_LOAD} tasks each for {seconds:g} s"
    )
    titles = ("", "lives", "seconds", "logins", "refreshes", "answered", "failed", "HTTP 401")
    for title in titles:
        table.add_column(title, justify="right")
    for name, (lives, case) in cases.items():
        counts = asyncio.run(count(processes=processes, **case))
        took, *others = counts
        table.add_row(name, f"{lives:.0f}", f"{took:.1f}", *(f"{one:,}" for one in others))
    Console(width=110).print(table)


def main() -> None:
    """Measure and print, or be one of the processes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--lifetime", type=float, default=3.0)
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    arguments: Any = parser.parse_args()
    if arguments.work:
        folder, tasks, seconds = arguments.work
        print(json.dumps(asyncio.run(_work(folder, int(tasks), float(seconds)))))
    else:
        _report(arguments)


if __name__ == "__main__":
    main()
