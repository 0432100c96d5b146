"""Measure what the library costs, against what it stands on and what could stand in its place.

All contenders fetch and decode the same answers from one server in another process, in turns within
one run, so that a slow machine slows all of them. Rates are medians; only ratios mean something on
another machine. Each ratio has the bar that it should reach.

    python bench/run.py [--rounds N]
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import micro
from contenders import (
    BARE,
    BARE_HTTPX,
    BARE_HTTPX2,
    GENERATED,
    OURS,
    OURS_HTTPX,
    OURS_HTTPX2,
    PYDANTIC,
    TUNED,
    WRITTEN,
    Make,
    generated,
)
from harness import Rates, request_ratio, requests_in_turns
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

DOCUMENT = Path(__file__).parents[1] / "energy_sandbox/_generated/trlyr/revenue_reporting.json"
IN_FLIGHT = (1, 8, 64)
NEAR = (OURS, TUNED, BARE)
FAR = (OURS, OURS_HTTPX, BARE_HTTPX, OURS_HTTPX2, BARE_HTTPX2, GENERATED, PYDANTIC)
COMPARISONS = (
    (OURS, TUNED, "0.95 or more"),
    (OURS, BARE, "0.95 or more"),
    (OURS_HTTPX, BARE_HTTPX, "0.95 or more"),
    (OURS_HTTPX2, BARE_HTTPX2, "0.95 or more"),
    (OURS, GENERATED, "8 or more at 64"),
    (OURS, PYDANTIC, "8 or more at 64"),
)


def _generate(folder: Path) -> ModuleType:
    """Let openapi-python-client make a package of the document that ours is made of; import it."""
    command = ["openapi_python_client", "generate", "--meta", "none", "--path", str(DOCUMENT)]
    subprocess.run(
        [sys.executable, "-m", *command, "--output-path", str(folder / "bench_generated")],
        check=True,
        capture_output=True,
    )
    sys.path.insert(0, str(folder))
    for module in ("client", "api.revenue.get_tolling_revenue"):
        importlib.import_module(f"bench_generated.{module}")
    return importlib.import_module("bench_generated")


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, str(Path(__file__).with_name("server.py"))]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        assert process.stdin is not None
        process.stdin.close()


def _measured(rounds: int) -> tuple[dict[int, Rates], dict[int, Rates]]:
    """Rates by the number in flight: of those near to each other, and of those far apart.

    A third of the rounds suffices to tell the latter apart.
    """
    with tempfile.TemporaryDirectory() as folder, _server() as url:
        makes = {**WRITTEN, GENERATED: generated(_generate(Path(folder)))}
        near = _each({name: makes[name] for name in NEAR}, url, rounds)
        far = _each({name: makes[name] for name in FAR}, url, max(3, rounds // 3))
    return near, far


def _each(makes: Mapping[str, Make], url: str, rounds: int) -> dict[int, Rates]:
    return {
        number: asyncio.run(requests_in_turns(makes, url, number, rounds)) for number in IN_FLIGHT
    }


def _table(rounds: int) -> Table:
    table = Table(title=f"trlyr-async on Python {sys.version.split()[0]}", title_justify="left")
    table.add_column("what")
    for number in IN_FLIGHT:
        table.add_column(f"{number} in flight", justify="right")
    table.add_column("bar")
    near, far = _measured(rounds)
    _add_rates(table, near, far)
    _add_ratios(table, near, far)
    _add_parts(table)
    return table


def _add_rates(table: Table, near: dict[int, Rates], far: dict[int, Rates]) -> None:
    for name in dict.fromkeys(NEAR + FAR):
        rates = near if name in NEAR else far
        medians = [median(one.wall for one in rates[number][name]) for number in IN_FLIGHT]
        table.add_row(f"requests/s, {name}", *(f"{one:,.0f}" for one in medians))
    table.add_section()


def _add_ratios(table: Table, near: dict[int, Rates], far: dict[int, Rates]) -> None:
    for ours, other, bar in COMPARISONS:
        rates = near if other in NEAR else far
        ratios = [request_ratio(rates[number], ours, other) for number in IN_FLIGHT]
        table.add_row(f"{ours} / {other}", *(f"{one.wall:.2f}" for one in ratios), bar)
        table.add_row("  by processor time", *(f"{one.cpu:.2f}" for one in ratios), bar)
    table.add_section()


def _add_parts(table: Table) -> None:
    def add(what: str, value: str, bar: str = "") -> None:
        table.add_row(what, "", "", value, bar)

    add("limiter, no wait", f"{micro.limiter_microseconds():.2f} µs", "under 3 µs")
    add("token cache, no login", f"{micro.token_microseconds():.2f} µs", "under 3 µs")
    size, admission = micro.queue(100_000)
    add("100,000 waiting tasks, each", f"{size:,.0f} bytes")
    add("  admission, each", f"{admission:.1f} µs")
    costs = micro.import_milliseconds()
    ours, aiohttp = costs["trlyr_async"], costs["aiohttp"]
    add("import trlyr_async", f"{ours:.0f} ms")
    add("  / import aiohttp", f"{ours / aiohttp:.2f}")


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=21)
    arguments = parser.parse_args()
    console = Console(width=110)
    console.print(_table(arguments.rounds))
    console.print(
        f"The answer is about 2 kB, 12 rows; {GENERATED} is {version(GENERATED)},"
        " with connections for all requests in flight.",
        highlight=False,
    )


if __name__ == "__main__":
    main()
