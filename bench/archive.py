"""A year of the 4-second series in an archive: what a day costs to add, and what a question costs.

Makes 365 days of 21,600 steps (23- and 25-hour days as they are), the way the archive does. Then
asks for the average upward price of each day, about 8 million rows, in two ways.

    python bench/archive.py [--days N]
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from energy_async.delivery import FOUR_SECONDS, PARIS, steps
from energy_async.tables import to_arrow
from nanocorp_async import read_archive
from nanocorp_async.archiving.series import SERIES
from nanocorp_async.archiving.store import Store
from nanocorp_async.models.market_feeds import AfrrEnergyRow

if TYPE_CHECKING:
    from collections.abc import Callable

SERIES_NAME = "afrr-energy-steps"
FIRST = date(2026, 1, 1)
KNOWN = 0.8
"""Share of the steps that have a price."""
CLOSE = 1e-6
TURNS = 15
QUERY = """
    SELECT CAST(period_start_utc AT TIME ZONE 'Europe/Paris' AS DATE) AS local_day,
           avg(upward_price_eur_mwh) AS price
    FROM read_parquet('{files}')
    WHERE replaced_at IS NULL
    GROUP BY local_day ORDER BY local_day
"""


def _rows(day: date, draw: random.Random) -> list[AfrrEnergyRow]:
    """A day of steps whose figures have digits as real ones have; a fifth lacks a price."""
    return [
        AfrrEnergyRow(
            period_start_utc=one.start,
            period_end_utc=one.end,
            upward_price_eur_mwh=round(draw.gauss(80, 30), 2) if draw.random() < KNOWN else None,
            downward_price_eur_mwh=round(draw.gauss(-10, 20), 2) if draw.random() < KNOWN else None,
            pdemand_mw=round(draw.gauss(0, 600), 4),
            afrr_for_france_mw=round(draw.gauss(0, 400), 4),
            afrr_in_france_mw=round(draw.gauss(0, 300), 4),
            picasso_connection=True,
            prorata_mode=False,
        )
        for one in steps(day, PARIS, FOUR_SECONDS)
    ]


def _fill(root: Path, first: int, days: int, draw: random.Random) -> float:
    """Add day after day, each by a run of its own; give the seconds that the last one took."""
    spent = 0.0
    for number in range(first, first + days):
        day = FIRST + timedelta(days=number)
        rows = _rows(day, draw)
        started = time.perf_counter()
        series, table = SERIES[SERIES_NAME], to_arrow(rows)
        store, at = Store(root, "https://bench.invalid").open(), datetime(2026, 1, 1, tzinfo=UTC)
        store.commit(lambda draft: draft.add(series, day, table, at))  # noqa: B023 - called at once
        spent = time.perf_counter() - started
    return spent


def _early_and_late(scratch: Path, full: Path, days: int) -> tuple[float, float]:
    """Add a day to a new archive and to a full one, in turns, so that a slow machine slows both."""
    draw, early, late = random.Random(8), [], []
    for turn in range(TURNS):
        early.append(_fill(scratch / f"new-{turn}", turn, 1, draw))
        late.append(_fill(full, days + turn, 1, draw))
    return statistics.median(early), statistics.median(late)


def _duckdb(root: Path) -> list[float]:
    import duckdb  # noqa: PLC0415 - not in the time of the others

    with duckdb.connect() as connection:
        found = connection.execute(QUERY.format(files=root / f"feed={SERIES_NAME}/*/*.parquet"))
        return [price for _, price in found.fetchall()]


def _arrow(root: Path) -> list[float]:
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import compute  # noqa: PLC0415

    columns = ["period_start_utc", "upward_price_eur_mwh"]
    table = read_archive(root, SERIES_NAME, columns=columns)
    local = compute.local_timestamp(table["period_start_utc"].cast(pa.timestamp("us", PARIS)))
    table = table.append_column("day", local.cast("date32"))
    found = table.group_by("day").aggregate([("upward_price_eur_mwh", "mean")]).sort_by("day")
    return found["upward_price_eur_mwh_mean"].to_pylist()


def _timed(ask: Callable[[Path], list[float]], root: Path) -> tuple[float, float, list[float]]:
    """Ask three times: the first time, the median of all, and the answer."""
    spent, found = [], []
    for _ in range(3):
        started = time.perf_counter()
        found = ask(root)
        spent.append(time.perf_counter() - started)
    return spent[0], statistics.median(spent), found


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "archive"
        _fill(root, 0, options.days, random.Random(7))
        size = sum(one.stat().st_size for one in root.rglob("*.parquet"))
        answers = {ask: _timed(ask, root) for ask in (_duckdb, _arrow)}
        rows = read_archive(root, SERIES_NAME, columns=["period_start_utc"]).num_rows
        early, late = _early_and_late(Path(scratch), root, options.days)
    console = Console(width=120)
    console.print(f"{options.days} days, {rows:,} rows, {size / 1e6:.0f} MB")
    console.print(
        f"add a day, opening and closing the archive included: {1000 * early:.0f} ms as its day 1, "
        f"{1000 * late:.0f} ms as its day {options.days + 1} (medians of {TURNS} in turns); "
        f"ratio {late / early:.2f}"
    )
    table = Table("average upward price per day", "first, s", "median, s", "days")
    reference = answers[_duckdb][2]
    for ask, (first, median, found) in answers.items():
        if any(abs(a - b) > CLOSE for a, b in zip(found, reference, strict=True)):
            raise AssertionError(ask.__name__)
        table.add_row(ask.__name__.strip("_"), f"{first:.2f}", f"{median:.2f}", str(len(found)))
    console.print(table)


if __name__ == "__main__":
    main()
