"""A month of revenue of 40 virtual batteries, pulled from a sandbox on this machine.

    python examples/demo.py --out demo-output

Nothing leaves this machine: a sandbox in another process plays both APIs with made-up figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.rule import Rule

from energy_async import plot
from energy_async.cli.screen import View, grid, number, plain_table
from energy_async.delivery import PARIS, Interval, delivery_day_of
from energy_async.tables import to_arrow
from nanocorp_async import Nanocorp, market_feeds
from trlyr_async import Trlyr, bulk, virtual_assets
from trlyr_async.models.virtual_assets import VirtualAsset
from trlyr_async.report.chart import chart_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.table import Table

    from nanocorp_async.models.market_feeds import (
        AfrrCapacityRow,
        BalancingCapacity,
        BalancingEnergy,
        DayAheadPrices,
        FcrCapacityRow,
        MfrrCapacityRow,
    )

    CapacityRow = FcrCapacityRow | AfrrCapacityRow | MfrrCapacityRow

ASSETS = 40
AFTER = datetime.now(ZoneInfo("Europe/Berlin")).date().replace(day=1)
FIRST = (AFTER - timedelta(days=1)).replace(day=1)
"""The last whole month."""
SHOWN_ASSETS = 8
OURS = ("revenue", "revenue.png", "prices.png", "report.json")
MEGABYTE = 1_000_000
SOURCE = "Sandbox data: made-up figures from a local test server, not market results."
screen = Console(highlight=False)


def main() -> None:
    """Run the demo from the first request to the chart."""
    parser = argparse.ArgumentParser(description="A month of revenue of 40 virtual batteries.")
    parser.add_argument("--out", type=Path, default=Path("demo-output"), metavar="DIR")
    out: Path = parser.parse_args().out
    began = time.monotonic()
    remove_earlier_output(out)
    with running_sandbox() as environment:
        os.environ.update(environment)
        asyncio.run(list_assets())
        pull(out)
        prices = asyncio.run(read_french_feeds())
    draw(out, prices)
    say_what_is_where(out, time.monotonic() - began)


def remove_earlier_output(out: Path) -> None:
    """Start fresh; whatever else lies in the folder stays."""
    out.mkdir(parents=True, exist_ok=True)
    for path in (out / name for name in OURS):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def step(text: str) -> None:
    """Begin a section of the output."""
    screen.print()
    screen.print(Rule(f"[bold]{text}", align="left", style="dim"))


@contextmanager
def running_sandbox() -> Iterator[dict[str, str]]:
    """Run the sandbox on free ports; give the variables that lead to it."""
    step("A sandbox of both APIs")
    program = f"import energy_sandbox; energy_sandbox.serve(assets={ASSETS})"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield dict(read_exports(process))
        finally:
            process.terminate()


def read_exports(process: subprocess.Popen[str]) -> Iterator[tuple[str, str]]:
    """Read the `export` lines that the sandbox announces itself with."""
    assert process.stdout is not None  # noqa: S101 - asked for above
    for line in process.stdout:
        words = shlex.split(line)
        if words[:1] == ["export"]:
            name, _, value = words[1].partition("=")
            if name.endswith(("ENVIRONMENT", "BASE_URL")):
                screen.print(f"{name} = {value}")
            yield name, value
        if line.startswith("Ctrl-C"):
            return
    raise SystemExit("the sandbox did not start")


async def list_assets() -> None:
    """Log in and show the first few virtual assets."""
    step("Virtual assets")
    async with Trlyr.from_env() as client:
        organisation = os.environ["TRLYR_ORGANISATION_ID"]
        found = await virtual_assets.get_virtual_assets(client, organisation)
    columns = {
        "id": "id",
        "delivery_zone": "zone",
        "rated_charge_power": "charge",
        "rated_discharge_power": "discharge",
        "energy_capacity": "energy",
    }
    shown = to_arrow(found[:SHOWN_ASSETS], VirtualAsset)
    rest = f"… {len(found) - SHOWN_ASSETS} more"
    screen.print(
        grid(shown, View("", columns=list(columns), titles=columns, caption=rest), screen.width)
    )


def pull(out: Path) -> dict[str, Any]:
    """Pull the month with the command line, in a process of its own; give its report."""
    arguments = [
        "revenue", "pull", "--start", str(FIRST), "--end", str(AFTER),
        "--out", str(out / "revenue"), "--report", str(out / "report.json"),
        "--rate", "100", "--concurrency", "4",
    ]  # fmt: skip
    step("A month of revenue, in a process of its own")
    screen.print(f"$ trlyr {shlex.join(arguments)}\n", style="bold", soft_wrap=True)
    process = subprocess.Popen([sys.executable, "-m", "trlyr_async.cli", *arguments])  # noqa: S603
    code, peak = wait_and_measure(process)
    if code:
        raise SystemExit(code)
    report: dict[str, Any] = json.loads((out / "report.json").read_text())
    memory = f", {peak / MEGABYTE:.0f} MB at its peak" if peak else ""
    screen.print(
        f"That process made {number(report['requests'])} requests with {report['logins']} login"
        f" in {report['seconds']:.1f} s{memory}."
    )
    return report


def wait_and_measure(process: subprocess.Popen[bytes]) -> tuple[int, int | None]:
    """Wait for a process; give its exit code and its largest resident memory in bytes."""
    if not hasattr(os, "wait4"):  # Windows
        return process.wait(), None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return process.returncode, usage.ru_maxrss * unit


async def read_french_feeds() -> DayAheadPrices:
    """Fetch the French feeds at once and show the newest figures of each."""
    step("French market feeds")
    async with Nanocorp.from_env() as client:
        prices, capacity, energy = await asyncio.gather(
            market_feeds.get_day_ahead_prices(client),
            market_feeds.get_balancing_capacity(client),
            market_feeds.get_balancing_energy(client),
        )
    screen.print(french_table(prices, capacity, energy))
    return prices


def draw(out: Path, prices: DayAheadPrices) -> None:
    """Draw the month by delivery day, and the French price curve."""
    month = plot.draw_revenue(chart_of(bulk.add_up(out / "revenue")))
    plot.save(month, out / "revenue.png")
    rows = [
        (row.hour_start_utc, row.hour_end_utc, row.price_eur_mwh)
        for row in prices.rows or []
        if row.hour_start_utc and row.hour_end_utc
    ]
    rows.sort(key=lambda row: row[0])
    panel = plot.Panel("Day-ahead price, France", "quarter-hours", "EUR/MWh", {"price": rows})
    whole = Interval(rows[0][0], rows[-1][1])
    plot.save(plot.draw_panels([panel], whole, PARIS, source=SOURCE), out / "prices.png")


def french_table(
    prices: DayAheadPrices, capacity: BalancingCapacity, energy: BalancingEnergy
) -> Table:
    """Set the newest figures of every feed out in one table."""
    remark = "* the period that a capacity price is for is not documented"
    table = plain_table("", remark)
    table.add_column("feed")
    table.add_column("period (Europe/Paris)")
    for name in ("low", "mean", "high"):
        table.add_column(name, justify="right")
    table.add_column("unit")
    day, values = latest_day(prices)
    table.add_row("day-ahead price", day, *three(values), "EUR/MWh")
    for product, feed in (("FCR", capacity.fcr), ("aFRR", capacity.afrr), ("mFRR", capacity.mfrr)):
        day, directions = latest_capacity(feed.rows if feed else None)
        for direction, found in directions.items():
            name = f"{product} capacity, {direction.lower()}"
            table.add_row(name, day, *three(found), "EUR/MW *")
    for product, traded in (("aFRR", energy.afrr), ("mFRR", energy.mfrr)):
        if traded is not None:
            day = str(traded.latest_delivery_date_paris)
            up, down = traded.average_upward_price, traded.average_downward_price
            table.add_row(f"{product} energy, upward", day, "", amount(up), "", "EUR/MWh")
            table.add_row(f"{product} energy, downward", day, "", amount(down), "", "EUR/MWh")
    return table


def latest_day(prices: DayAheadPrices) -> tuple[str, list[float]]:
    """Give the last delivery day and its prices."""
    by_day: dict[date, list[float]] = defaultdict(list)
    for row in prices.rows or []:
        if row.hour_start_utc and row.price_eur_mwh is not None:
            by_day[delivery_day_of(row.hour_start_utc, PARIS)].append(row.price_eur_mwh)
    last = max(by_day)
    return str(last), by_day[last]


def latest_capacity(rows: Sequence[CapacityRow] | None) -> tuple[str, dict[str, list[float]]]:
    """Give the last delivery day and its prices in each direction."""
    by_day: dict[date, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows or []:
        if row.period_start_utc and row.price is not None:
            day = delivery_day_of(row.period_start_utc, PARIS)
            by_day[day][row.direction or "unknown"].append(row.price)
    last = max(by_day, default=None)
    return ("", {}) if last is None else (str(last), by_day[last])


def three(values: Sequence[float]) -> tuple[str, str, str]:
    """Write the lowest, the mean and the highest value."""
    return amount(min(values)), amount(fmean(values)), amount(max(values))


def amount(value: float | None) -> str:
    """Write a price; nothing if it is not known."""
    return "" if value is None else number(value, 2)


def say_what_is_where(out: Path, seconds: float) -> None:
    """Tell what has been made and how to do the same with a real account."""
    step(f"Done in {seconds:.0f} s")
    screen.print(
        f"""
  {out}/revenue       Parquet, one folder for each revenue stream
  {out}/revenue.png   the month as a chart, {out}/prices.png the French prices
  {out}/report.json   what was fetched, as JSON

With a real account:

  export TRLYR_USERNAME=... TRLYR_PASSWORD=... TRLYR_ORGANISATION_ID=...
  trlyr login
  trlyr assets
  trlyr revenue pull --start {FIRST} --end {AFTER} --out revenue
  export NANOCORP_TOKEN=...
  nanocorp day-ahead --tz Europe/Paris"""
    )


if __name__ == "__main__":
    main()
