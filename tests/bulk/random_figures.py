"""Figures of random datasets on every face, against a count of their own in exact fractions.

`python -m tests.bulk.random_figures 200 [FIRST_SEED]` says how many figures disagree.

The count knows nothing of `bulk.add_up`: it goes by the rows that `bulk.read` gives and by what the
report of the pull says was answered, and looks at every quarter-hour of every day.
"""

from __future__ import annotations

import io
import random
import re
import sys
import tempfile
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import anyio
import msgspec

from energy_async import ServerError
from energy_async.cli.entry import run
from tests.bulk.fake_terralayr import ASSETS, Server
from trlyr_async import bulk
from trlyr_async.bulk.assets import mean_mw
from trlyr_async.cli.progress import Traffic
from trlyr_async.cli.summary import summary_table
from trlyr_async.models.virtual_assets import VirtualAsset
from trlyr_async.report.chart import chart_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ZONE = ZoneInfo("Europe/Berlin")
QUARTER = timedelta(minutes=15)
NOTHING = "\N{EN DASH}"


class World:
    """What one seed makes: assets, a range, an hour at which it is asked, and what goes wrong."""

    def __init__(self, seed: int) -> None:
        draw = self.draw = random.Random(seed)
        changes = datetime(2026, 3, 20, tzinfo=UTC), datetime(2025, 10, 15, tzinfo=UTC)
        begin = draw.choice(
            [*changes, datetime(2026, draw.randint(1, 9), draw.randint(1, 28), tzinfo=UTC)]
        )
        self.start = self.moment(begin)
        self.end = self.moment(self.start + timedelta(days=draw.randint(1, 45)))
        self.end = max(self.end, self.start + timedelta(hours=1))
        span = self.end - self.start
        self.now = self.end + timedelta(days=3)
        if draw.random() < 0.4:
            self.now = self.start + span * draw.random() + timedelta(minutes=draw.randint(0, 59))
        self.streams = draw.sample(bulk.ALL, draw.randint(1, 4))
        self.failing = draw.choice([0.0, 0.0, 0.1, 0.5])
        self.assets = [self.asset(one) for one in ASSETS[: draw.randint(1, 4)]]
        self.without = {
            (one.id, draw.choice(self.streams)) for one in self.assets if draw.random() < 0.2
        }

    def moment(self, near: datetime) -> datetime:
        """A Berlin midnight, or now and then any hour."""
        day = near.astimezone(ZONE).date()
        hour = self.draw.randint(0, 23) if self.draw.random() < 0.3 else 0
        return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).astimezone(UTC)

    def asset(self, asset_id: str) -> VirtualAsset:
        draw, span = self.draw, self.end - self.start
        life: dict[str, Any] = {}
        if draw.random() < 0.3:
            life["start"] = self.moment(self.start + span * draw.uniform(-0.5, 1.2))
        if draw.random() < 0.3:
            life["end"] = self.moment(self.start + span * draw.uniform(0.0, 1.5))
        power = None if draw.random() < 0.1 else float(draw.randint(100, 20_000))
        return VirtualAsset(
            id=asset_id, rated_charge_power=power, units_power="kW",
            rated_discharge_power=float(draw.randint(100, 9000)), **life,
        )  # fmt: skip

    def answer(self, asset: str, stream: str, rows: list[Any]) -> list[Any]:
        if self.draw.random() < self.failing:
            raise ServerError("down", status=500)
        if (asset, stream) in self.without:
            return []
        return [self.row(one) for one in rows if one.end_ts <= self.now]

    def row(self, one: Any) -> Any:
        draw = random.Random(f"{one.virtual_asset_id} {one.start_ts}")
        if draw.random() < 0.0005:
            return msgspec.structs.replace(one, revenue=None)
        euros = round(draw.uniform(-90, 240), draw.choice([2, 2, 4, 7]))
        return msgspec.structs.replace(one, revenue=euros)


class Pulling(Server):
    """The server of a world, on its clock."""

    def __init__(self, world: World) -> None:
        super().__init__(world.answer)
        self.now = lambda: world.now  # type: ignore[method-assign]


class Count:
    """Counts the figures of a dataset itself."""

    def __init__(self, world: World, report: bulk.Report, folder: Path) -> None:
        self.world = world
        done = [one.window for one in report.windows if one.outcome in {"ok", "empty"}]
        self.quarters: defaultdict[tuple[str, str], set[datetime]] = defaultdict(set)
        for one in done:
            until = min(one.end, world.now)
            self.quarters[one.line] |= set(_quarters(one.start, until))
        self.euros: defaultdict[tuple[str, str, date], list[Decimal | None]] = defaultdict(list)
        for row in bulk.read(folder).to_pylist():
            day = row["start"].astimezone(ZONE).date()
            euros = None if row["revenue"] is None else Decimal(repr(row["revenue"]))
            self.euros[row["virtual_asset_id"], row["stream"], day].append(euros)

    def figure(
        self,
        assets: Sequence[VirtualAsset],
        streams: Sequence[str],
        wanted: Any = lambda _day: True,
    ) -> tuple[Decimal | None, Fraction | None]:
        """EUR, and EUR/MW/year."""
        found = [
            one for (asset, stream, day), rows in self.euros.items() for one in rows
            if asset in {a.id for a in assets} and stream in streams and wanted(day)
            and one is not None
        ]  # fmt: skip
        counted, mw_days, is_known = Decimal(0), Fraction(0), True
        for asset in assets:
            power = mean_mw(asset)
            for day, first, last, whole in self.service(asset):
                if not wanted(day):
                    continue
                is_known = is_known and power is not None
                if all(self.counts(str(asset.id), stream, day, first, last) for stream in streams):
                    mw_days += Fraction(power or 0) * Fraction(
                        (last - first) / whole
                    ).limit_denominator(10**6)
                    rows = [self.euros.get((str(asset.id), one, day), []) for one in streams]
                    counted += sum((e for each in rows for e in each if e is not None), Decimal(0))
        total = sum(found, Decimal(0)) if found else None
        if total is None or not is_known or not mw_days:
            return total, None
        return total, Fraction(counted) / mw_days * 365

    def service(self, asset: VirtualAsset) -> Iterator[tuple[date, datetime, datetime, timedelta]]:
        start = max(self.world.start, asset.start or self.world.start)
        end = min(self.world.end, asset.end or self.world.end)
        day = start.astimezone(ZONE).date()
        while (begin := _midnight(day)) < end:
            after = _midnight(day + timedelta(days=1))
            if max(begin, start) < min(after, end):
                yield day, max(begin, start), min(after, end), after - begin
            day += timedelta(days=1)

    def counts(self, asset: str, stream: str, day: date, first: datetime, last: datetime) -> bool:
        known = None not in self.euros.get((asset, stream, day), [])
        return known and all(one in self.quarters[asset, stream] for one in _quarters(first, last))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


def _quarters(start: datetime, end: datetime) -> Iterator[datetime]:
    """Every quarter-hour that lies whole in a range."""
    while start + QUARTER <= end:
        yield start
        start += QUARTER


def disagreements(seed: int, folder: Path) -> list[str]:
    """Pull a world, and give every figure on any face that is not what was counted."""
    world = World(seed)
    out = folder / "revenue"

    async def pull() -> bulk.Report:
        return await bulk.pull_revenue_to(
            Pulling(world), out, world.assets, start=world.start, end=world.end,  # type: ignore[arg-type]
            streams=world.streams, window=timedelta(days=world.draw.randint(1, 20)),
        )  # fmt: skip

    report = anyio.run(pull)
    if not any(one.outcome == "ok" for one in report.windows):
        return []
    count = Count(world, report, out)
    found = bulk.add_up(out)
    streams = [one for one in bulk.ALL if one in world.streams]
    euros, yearly = count.figure(world.assets, streams)
    wrong = list(_python(found, count, world, streams))
    for face, text in _faces(out, found, report, world).items():
        for kind, said in (("EUR", _money(euros, face)), ("EUR/MW/year", _whole(yearly))):
            if said != NOTHING and said not in text:
                wrong.append(f"{face}: {kind} {said} is not there")
        if yearly is None and re.search(r"[\d,]+ EUR/MW/year", text):
            wrong.append(f"{face}: a figure where there is none")
    return [f"seed {seed}: {one}" for one in wrong]


def _python(
    found: bulk.Figures, count: Count, world: World, streams: Sequence[str]
) -> Iterator[str]:
    by_id = {one.id: one for one in world.assets}
    for cuts in ((), ("stream",), ("asset",), ("month",), ("day",), ("asset", "stream")):
        for one in found.by(*cuts):
            euros, yearly = count.figure(
                [by_id[one.asset_id]] if one.asset_id else world.assets,
                [one.stream] if one.stream else streams,
                _in_period(one.first, *cuts),
            )
            if (euros is None) != (one.revenue is None) or (
                euros is not None
                and abs(Fraction(euros) - Fraction(one.revenue or 0)) > Fraction(1, 10**6)
            ):
                yield f"python {cuts}: {one.revenue} EUR, counted {euros}"
            if (yearly is None) != (one.per_mw_year is None) or (
                yearly is not None
                and abs(float(yearly) - (one.per_mw_year or 0)) > 1e-6 * abs(float(yearly)) + 1e-6
            ):
                yield f"python {cuts} {one}: counted {yearly and float(yearly)} EUR/MW/year"


def _in_period(first: date | None, *cuts: str) -> Any:
    if first is None:
        return lambda _day: True
    return (lambda day: day == first) if "day" in cuts else lambda day: day.replace(day=1) == first


def _faces(out: Path, found: bulk.Figures, report: bulk.Report, world: World) -> dict[str, str]:
    """What people and programs are told, by face."""
    chart = chart_of(found)
    page = out.parent / "page.html"
    _typed("revenue", "report", out, "-o", page)
    text = page.read_text("utf-8")
    return {
        "pull": _plain(summary_table(found, caption=Traffic().caption(report))),
        "show": _typed("revenue", "show", out),
        "check": _typed("revenue", "check", out),
        "report": re.sub(r"<[^>]+>", " ", text[text.index("<dl") :]).replace(" EUR/MW/year:", ""),
        "plot": f"{chart.title}\n{chart.source}",
    }


def _plain(table: Any) -> str:
    from rich.console import Console  # noqa: PLC0415

    sink = io.StringIO()
    Console(file=sink, width=200).print(table)
    return sink.getvalue()


def _typed(*words: object) -> str:
    before, sys.stdout = sys.stdout, io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    try:
        run("trlyr", "trlyr_async.cli.app", list(map(str, words)))
        sys.stdout.flush()
        written: bytes = sys.stdout.buffer.getvalue()
    finally:
        sys.stdout = before
    return written.decode()


def _money(euros: Decimal | None, face: str) -> str:
    if euros is None:
        return NOTHING
    digits = Decimal(1) if face == "plot" else Decimal("0.01")
    text = f"{euros.quantize(digits, ROUND_HALF_EVEN):,f}"
    return (text if text.strip("-0.,") else text.lstrip("-")).replace("-", "\N{MINUS SIGN}")


def _whole(yearly: Fraction | None) -> str:
    if yearly is None:
        return NOTHING
    text = f"{round(yearly):,}"
    return text.replace("-", "\N{MINUS SIGN}")


def main(count: int, first: int = 0) -> int:
    wrong = []
    for seed in range(first, first + count):
        with tempfile.TemporaryDirectory() as folder:
            wrong += disagreements(seed, Path(folder))
    sys.stdout.write("\n".join([*wrong[:40], f"{count} datasets: {len(wrong)} disagreements\n"]))
    return len(wrong)


if __name__ == "__main__":
    sys.exit(bool(main(*map(int, sys.argv[1:]))))
