"""A year with both clock changes: what was planted is found, and nothing else."""

from __future__ import annotations

import json
import math
import shutil
import zlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pyarrow as pa
import pytest

from energy_async import delivery
from energy_async.bulk import DatasetMismatch
from energy_async.bulk.reconcile import Compared
from energy_async.bulk.reconcile.grids import an_hour_off, infer
from energy_async.columns import arrow_column, microseconds
from energy_async.delivery import BERLIN, Interval
from tests.clock import TODAY
from tests.storage.editing import rewrite
from trlyr_async import bulk
from trlyr_async.bulk.reconciliation import SPARSE
from trlyr_async.models.revenue_reporting import DataPoint, RevenueDataPoints

if TYPE_CHECKING:
    from collections.abc import Callable

    Edit = Callable[[str, str, list[Any]], list[Any]]

pytestmark = pytest.mark.filterwarnings(
    "ignore::energy_async.transport.provisional.ProvisionalEndpointWarning"
)

YEAR = Interval(
    delivery.month(2026, 1, BERLIN).start,
    delivery.month(2026, 12, BERLIN).end,
)
MW = 2.5
EUR = ("wholesale", "fcr", "afrr_capacity", "afrr_energy", "tolling", "vba")


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=delivery.time_zone(BERLIN)).astimezone(UTC)


def is_won(asset: str, start: datetime) -> bool:
    """Whether an auction was won: about one day in three."""
    return zlib.crc32(f"won {asset} {start}".encode()) % 3 == 0


class Fleet:
    """Plays the client: rows of every stream, and daily data points that agree with them."""

    base_url = "https://fake.invalid"

    def __init__(self, fake: Any, edit: Edit = lambda _asset, _what, found: found) -> None:
        self.fake, self.edit = fake, edit

    def now(self) -> datetime:
        return TODAY + timedelta(days=365)  # after all that is asked for

    async def send(self, request: Any, **_options: Any) -> Any:
        name = request.operation.name.removeprefix("revenue_reporting.get_")
        asset = str(request.path["virtualAssetID"])
        start, end = request.query["start"], request.query["end"]
        if not name.endswith("_data_points"):
            stream = name.removesuffix("_revenue")
            return self.edit(asset, stream, self._rows(asset, stream, start, end))
        return RevenueDataPoints(data=self._points(asset, start, end))

    def _rows(self, asset: str, stream: str, start: datetime, end: datetime) -> list[Any]:
        spans = self.fake.buckets(stream, start, end)
        if stream == "virtual_battery_auction":
            spans = (one for one in spans if is_won(asset, one[0]))
        return [self.fake.row(asset, stream, *span) for span in spans]

    def _points(self, asset: str, start: datetime, end: datetime) -> dict[str, list[DataPoint]]:
        found: dict[str, list[DataPoint]] = {}
        for day in delivery.days(start, end + timedelta(seconds=1), BERLIN):
            whole = delivery.delivery_day(day, BERLIN)
            if start <= whole.start <= end:
                for name, value in self._day(asset, whole).items():
                    found.setdefault(name, []).append(DataPoint(time=whole.start, value=value))
        return {name: self.edit(asset, name, points) for name, points in found.items()}

    def _day(self, asset: str, whole: Interval) -> dict[str, float]:
        last = whole.end - timedelta(seconds=1)
        sums = {
            stream: [row.revenue for row in self._rows(asset, stream, whole.start, last)]
            for stream in bulk.ALL
        }
        ancillary = math.fsum(sums["ancillary"])
        euros = {
            "wholesale": math.fsum(sums["wholesale"]),
            "tolling": math.fsum(sums["tolling"]),
            "fcr": ancillary / 2,
            "afrr_capacity": ancillary / 4,
            "afrr_energy": ancillary / 4,
        }
        if sums["virtual_battery_auction"]:
            euros["vba"] = math.fsum(sums["virtual_battery_auction"])
        total = math.fsum(euros.values())
        found = {f"revenue_{name}": value for name, value in euros.items()}
        found["revenue_total_revenue"] = total
        for name, value in {**euros, "total": total}.items():
            found[f"revenue_normalised_{name}"] = value / MW
            found[f"revenue_normalised_per_year_{name}"] = value / MW * 365
        return found


async def pulled(fleet: Any, root: Path, assets: list[str], span: Interval) -> None:
    client: Any = fleet
    report = await bulk.pull_revenue_to(
        client, root / "revenue", assets, start=span.start, end=span.end
    )
    assert report.complete
    source = bulk.data_points("virtual_asset", "daily")
    plan = bulk.plan_pull(source, assets, start=span.start, end=span.end)
    assert (await bulk.pull_to(client, root / "points", source, plan)).complete


def edit_parts(root: Path, stream: str, month: str, change: Callable[[pa.Table], pa.Table]) -> None:
    """Change the rows of files without telling the windows."""
    assert rewrite(root, change, stream=stream, month=month)


def without(*starts: datetime) -> Any:
    return lambda rows: [row for row in rows if row.start_ts not in starts]


@pytest.fixture(scope="module")
def year(fake: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of two assets without any fault."""
    root = tmp_path_factory.mktemp("year")
    anyio.run(pulled, Fleet(fake), root, fake.ASSETS[:2], YEAR)
    return root


def test_a_year_without_a_fault_is_clean(year: Path) -> None:
    found = bulk.reconcile(year / "revenue", points=year / "points")
    assert found.findings == ()
    assert found.clean
    told = {one.category or one.stream: one for one in found.series}
    assert told["wholesale"].expected == told["wholesale"].rows == 2 * 365 * 96
    assert told["ancillary"].expected == 2 * 365 * 6
    assert told["tolling"].resolutions == ("days",)
    assert told["virtual_battery_auction"].expected == 0
    assert found.compared["the rows of all streams and data points"] == Compared(730, 730, 2, 2)
    assert found.compared["normalised figures"] == found.compared["per year figures"]
    assert found.compared["per year figures"].count > 2 * 365 * 6


async def test_a_year_with_planted_faults_shows_them_and_nothing_else(
    fake: Any, tmp_path: Path
) -> None:
    """Gaps at both clock changes, a double, a correction, a blank, and figures that are wrong."""
    one, two, three = assets = fake.ASSETS[:3]
    spring, autumn = berlin("2026-03-29T03:00"), datetime(2026, 10, 25, 1, tzinfo=UTC)
    doubled_hour = [autumn + timedelta(minutes=15 * n) for n in range(4)]
    changes: dict[tuple[str, str], Any] = {
        (one, "wholesale"): without(spring, *doubled_hour),
        (two, "ancillary"): without(berlin("2026-10-25T00:00")),
        (three, "tolling"): without(berlin("2026-05-01"), berlin("2026-05-02")),
        (two, "tolling"): lambda rows: rows + corrected(rows, "2026-07-14"),
        (one, "tolling"): lambda rows: changed(
            changed(rows, "2026-02-02", revenue=None), "2026-12-02", revenue=None
        ),
        (three, "revenue_total_revenue"): lambda rows: worth(rows, "2026-08-08", 1.5),
        (three, "revenue_normalised_fcr"): lambda rows: worth(rows, "2026-09-09", 2.0),
        (one, "revenue_normalised_per_year_tolling"): lambda rows: worth(rows, "2026-11-11", 300.0),
        (two, "revenue_wholesale"): lambda rows: without_points(rows, "2026-06-06"),
    }  # fmt: skip

    def edit(asset: str, what: str, found: list[Any]) -> Any:
        change = changes.get((asset, what))
        return change(found) if change else found

    await pulled(Fleet(fake, edit), tmp_path, assets, YEAR)
    edit_parts(tmp_path / "revenue", "wholesale", "2026-12", twice(two, "2026-12-24T18:00"))
    edit_parts(tmp_path / "revenue", "wholesale", "2026-04", longer(three, "2026-04-04T08:00"))
    edit_parts(tmp_path / "revenue", "wholesale", "2026-11", richer(one, "2026-11-20T08:00", 7.0))
    found = bulk.reconcile(tmp_path / "revenue", points=tmp_path / "points")
    told = {
        (
            f.severity,
            f.kind,
            assets.index(f.asset_id) + 1,
            f.category or f.stream,
            str(f.start)[:16],
            f.count,
        )
        for f in found.findings
    }
    assert told == {
        ("error", "gap", 1, "wholesale", "2026-03-29 01:00", 1),
        ("error", "gap", 1, "wholesale", "2026-10-25 01:00", 4),
        ("error", "gap", 2, "ancillary", "2026-10-24 22:00", 1),
        ("error", "gap", 2, "revenue_wholesale", "2026-06-05 22:00", 1),
        ("error", "gap", 3, "tolling", "2026-04-30 22:00", 2),
        ("error", "conflict", 2, "tolling", "2026-07-13 22:00", 2),
        ("error", "duplicate", 2, "wholesale", "2026-12-24 17:00", 2),
        ("error", "overlap", 3, "wholesale", "2026-04-04 06:15", 1),
        ("warning", "no figure", 1, "tolling", "2026-02-01 23:00", 1),
        ("warning", "no figure", 1, "tolling", "2026-12-01 23:00", 1),
        ("error", "sum", 3, "revenue_total_revenue", "2026-08-07 22:00", 1),
        ("error", "sum", 1, "wholesale", "2026-11-19 23:00", 1),
        ("error", "normalised", 3, "revenue_normalised_fcr", "2026-09-08 22:00", 1),
        ("error", "per year", 1, "revenue_normalised_per_year_tolling", "2026-11-10 23:00", 1),
    }
    assert not found.clean
    told_aside = found.compared["the rows of tolling and data points"].set_aside
    assert told_aside == 6  # two lost days, two blanks, a correction, a total that is told already
    (wrong,) = [f for f in found.findings if f.kind == "sum" and f.category]
    assert wrong.figures["difference, EUR"] == pytest.approx(1.5)
    (double,) = [f for f in found.findings if f.kind == "duplicate"]
    assert len(set(double.figures.values())) == 1
    long_block = next(f for f in found.findings if f.stream == "ancillary")
    assert long_block.start is not None
    assert long_block.end is not None
    assert long_block.end - long_block.start == timedelta(hours=5)


def corrected(rows: list[Any], day: str) -> list[Any]:
    return [fresh(row, revenue=row.revenue + 1, version_number="2") for row in of_day(rows, day)]


def changed(rows: list[Any], day: str, **values: Any) -> list[Any]:
    return [fresh(row, **values) if row in of_day(rows, day) else row for row in rows]


def of_day(rows: list[Any], day: str) -> list[Any]:
    return [row for row in rows if row.start_ts == berlin(day)]


def fresh(row: Any, **values: Any) -> Any:
    kept = {name: getattr(row, name) for name in row.__struct_fields__}
    return type(row)(**{**kept, **values})


def worth(points: list[Any], day: str, more: float) -> list[Any]:
    return [fresh(p, value=p.value + more) if p.time == berlin(day) else p for p in points]


def without_points(points: list[Any], day: str) -> list[Any]:
    return [one for one in points if one.time != berlin(day)]


def place(table: pa.Table, asset: str, start: str) -> int:
    pairs = zip(table["virtual_asset_id"].to_pylist(), table["start"].to_pylist(), strict=True)
    return list(pairs).index((asset, berlin(start)))


def twice(asset: str, start: str) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        return pa.concat_tables([table, table.slice(place(table, asset, start), 1)])

    return change


def longer(asset: str, start: str) -> Callable[[pa.Table], pa.Table]:
    """A row that lasts twice as long reaches into the next one."""

    def change(table: pa.Table) -> pa.Table:
        ends = table["end"].to_pylist()
        ends[place(table, asset, start)] += timedelta(minutes=15)
        return put(table, "end", ends)

    return change


def richer(asset: str, start: str, more: float) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        figures = table["revenue"].to_pylist()
        figures[place(table, asset, start)] += more
        return put(table, "revenue", figures)

    return change


def put(table: pa.Table, name: str, values: list[Any]) -> pa.Table:
    at = table.schema.get_field_index(name)
    field = table.schema.field(at)
    return table.set_column(at, field, arrow_column(values, field))


def test_windows_that_were_not_pulled_are_told_once_and_are_no_gaps(
    year: Path, tmp_path: Path
) -> None:
    shutil.copytree(year, tmp_path / "copy")
    lost = tmp_path / "copy" / "revenue" / "stream=wholesale" / "month=2026-03"
    shutil.rmtree(lost)
    found = bulk.reconcile(tmp_path / "copy" / "revenue", points=tmp_path / "copy" / "points")
    assert [(one.kind, one.stream) for one in found.findings] == 2 * [("damaged", "wholesale")]
    march = delivery.month(2026, 3, BERLIN)
    assert {(one.start, one.end) for one in found.findings} == {march}


@pytest.mark.parametrize("known", [False, True], ids=["life unknown", "life known"])
async def test_an_asset_that_begins_in_summer_is_no_gap(
    fake: Any, tmp_path: Path, known: bool
) -> None:
    begins = berlin("2026-06-10")
    asset = fake.ASSETS[0]

    def edit(_asset: str, what: str, found: list[Any]) -> list[Any]:
        at = "time" if what.startswith("revenue") else "start_ts"
        return [one for one in found if getattr(one, at) >= begins]

    span = Interval(berlin("2026-05-01"), berlin("2026-08-01"))
    await pulled(Fleet(fake, edit), tmp_path, [asset], span)
    lives = {asset: Interval(begins, YEAR.end)} if known else {}
    found = bulk.reconcile(tmp_path / "revenue", lives=lives)
    late = {(f.severity, f.kind, f.stream, f.start, f.end) for f in found.findings}
    if known:
        assert not late
    else:
        assert late == {
            ("warning", "begins late", stream, span.start, begins)
            for stream in ("ancillary", "tolling", "wholesale")
        }


async def test_rows_that_come_now_and_then_are_no_gaps_though_nobody_said_so(
    fake: Any, tmp_path: Path
) -> None:
    await pulled(Fleet(fake), tmp_path, fake.ASSETS[:1], delivery.month(2026, 3, BERLIN))
    found = bulk.reconcile(tmp_path / "revenue", sparse=())
    assert [(one.severity, one.kind, one.stream) for one in found.findings] == [
        ("notice", "sparse", "virtual_battery_auction")
    ]
    assert found.clean


async def test_many_scattered_gaps_are_a_warning_and_never_clean(fake: Any, tmp_path: Path) -> None:
    """Every tenth quarter-hour is lost: it may be the stream's nature, and it may not."""

    def edit(_asset: str, what: str, found: list[Any]) -> list[Any]:
        if what != "wholesale":
            return found
        return [row for row in found if row.start_ts.timestamp() // 900 % 10]

    await pulled(Fleet(fake, edit), tmp_path, fake.ASSETS[:1], delivery.month(2026, 3, BERLIN))
    found = bulk.reconcile(tmp_path / "revenue")
    assert [(f.severity, f.kind, f.stream) for f in found.findings] == [
        ("warning", "sparse", "wholesale")
    ]
    assert not found.clean
    assert bulk.reconcile(tmp_path / "revenue", sparse=(*SPARSE, "wholesale")).clean


async def test_an_auction_row_that_is_missing_shows_in_the_sums(fake: Any, tmp_path: Path) -> None:
    """A sparse stream has no gaps, yet the data points know what was earned."""
    asset, march = fake.ASSETS[0], delivery.month(2026, 3, BERLIN)
    won = next(
        delivery.delivery_day(day, BERLIN).start
        for day in delivery.days(*march, BERLIN)
        if is_won(asset, delivery.delivery_day(day, BERLIN).start)
    )

    def edit(_asset: str, what: str, found: list[Any]) -> list[Any]:
        return without(won)(found) if what == "virtual_battery_auction" else found

    await pulled(Fleet(fake, edit), tmp_path, [asset], march)
    found = bulk.reconcile(tmp_path / "revenue", points=tmp_path / "points")
    assert [(f.kind, f.stream, f.start) for f in found.findings] == [
        ("sum", "virtual_battery_auction", won)
    ]


def test_a_power_that_is_known_is_what_normalised_figures_are_held_against(
    year: Path, fake: Any
) -> None:
    powers = {fake.ASSETS[0]: MW, fake.ASSETS[1]: MW + 0.1}
    found = bulk.reconcile(year / "points", powers=powers)
    (other,) = found.findings
    assert (other.kind, other.asset_id) == ("normalised", fake.ASSETS[1])
    assert other.figures == pytest.approx(
        {"power given, MW": MW + 0.1, "power of the figures, MW": MW}
    )


def test_findings_are_json_and_text(year: Path, fake: Any) -> None:
    found = bulk.reconcile(year / "points", powers={fake.ASSETS[0]: 9.0})
    told = json.loads(found.to_json())
    assert told["clean"] is False
    assert told["findings"][0]["figures"]["power given, MW"] == 9.0
    assert str(found).startswith("NOT CLEAN: 0 errors, 1 warnings, 0 notices")
    assert found.warnings[0].advice in str(found)


def test_datasets_in_the_wrong_order_are_refused(year: Path) -> None:
    with pytest.raises(DatasetMismatch, match="must hold revenue rows"):
        bulk.reconcile(year / "points", points=year / "revenue")


MARCH_29, OCTOBER_25 = date(2026, 3, 29), date(2026, 10, 25)
OCTOBER = delivery.month(2026, 10, BERLIN)


@pytest.mark.parametrize(
    ("spans", "name", "step"),
    [
        (delivery.quarter_hours(OCTOBER_25, BERLIN), "quarter-hours", 900),
        (list(delivery.steps(MARCH_29, BERLIN, timedelta(hours=1))), "hours", 3600),
        (list(delivery.steps(MARCH_29, BERLIN, timedelta(seconds=4))), "steps of 4 s", 4),
        (delivery.blocks(OCTOBER_25, BERLIN), "4-hour blocks", 0),
        (delivery.split_by_day(*OCTOBER, BERLIN), "days", 0),
        (delivery.split_by_month(*YEAR, BERLIN), "months", 0),
    ],
    ids=["quarter-hours", "hours", "4 seconds", "blocks", "days", "months"],
)
@pytest.mark.parametrize("with_ends", [True, False], ids=["with ends", "starts only"])
def test_the_resolution_is_read_from_the_rows(
    spans: list[Interval], name: str, step: int, with_ends: bool
) -> None:
    starts = [microseconds(one.start) for one in spans]
    ends = [microseconds(one.end) for one in spans] if with_ends else []
    found = infer(starts, ends, BERLIN)
    assert found is not None
    assert (found.name, found.step) == (name, step * 1_000_000)


def test_rows_at_odd_times_have_no_resolution() -> None:
    starts = [0, 1_000_000, 7_000_000, 7_700_000, 9_000_000, 30_000_000]
    assert infer(starts, [], BERLIN) is None
    assert infer(starts[:1], [], BERLIN) is None


async def test_a_resolution_may_change_with_the_month(fake: Any, tmp_path: Path) -> None:
    """Hours until July, quarter-hours from then on; a lost hour is one interval."""
    july, lost = berlin("2026-07-01"), berlin("2026-06-15T12:00")

    def edit(_asset: str, what: str, found: list[Any]) -> list[Any]:
        if what != "wholesale":
            return found
        hours = [
            fresh(row, end_ts=row.start_ts + timedelta(hours=1))
            for row in found
            if row.start_ts < july and not row.start_ts.minute and row.start_ts != lost
        ]
        return hours + [row for row in found if row.start_ts >= july]

    span = Interval(berlin("2026-06-01"), berlin("2026-08-01"))
    await pulled(Fleet(fake, edit), tmp_path, fake.ASSETS[:1], span)
    result = bulk.reconcile(tmp_path / "revenue")
    assert [(f.kind, f.stream, f.start, f.count) for f in result.findings] == [
        ("gap", "wholesale", lost, 1)
    ]
    told = {one.stream: one for one in result.series}
    assert set(told["wholesale"].resolutions) == {"hours", "quarter-hours"}
    assert told["wholesale"].expected == 30 * 24 + 31 * 96


def test_a_range_that_begins_and_ends_within_days_is_compared_over_whole_days(
    fake: Any, tmp_path: Path
) -> None:
    span = Interval(berlin("2026-03-27T10:00"), berlin("2026-03-31T05:00"))
    anyio.run(pulled, Fleet(fake), tmp_path, fake.ASSETS[:1], span)
    found = bulk.reconcile(tmp_path / "revenue", points=tmp_path / "points")
    assert found.clean
    assert found.compared["the rows of all streams and data points"].count == 3


SPRING = Interval(berlin("2026-03-22"), berlin("2026-04-03"))


async def told_of(root: Path, fake: Any, change: Any, assets: int = 3) -> list[tuple[Any, ...]]:
    """Pull a fortnight around the spring clock change with `change` made to the first asset."""
    chosen = fake.ASSETS[:assets]

    def edit(asset: str, what: str, found: list[Any]) -> list[Any]:
        return list(change(what, found)) if asset == chosen[0] else found

    client: Any = Fleet(fake, edit)
    report = await bulk.pull_revenue_to(
        client, root, chosen, start=SPRING.start, end=SPRING.end, streams=["tolling", "wholesale"]
    )
    assert report.complete
    return [
        (one.severity, one.kind, one.stream, one.asset_id == chosen[0], one.count)
        for one in bulk.reconcile(root).findings
    ]


async def test_days_that_ignore_a_clock_change_are_an_hour_off(fake: Any, tmp_path: Path) -> None:
    hour = timedelta(hours=1)

    def shift(what: str, found: list[Any]) -> list[Any]:
        return [
            fresh(row, start_ts=row.start_ts + hour, end_ts=row.end_ts + hour)
            if what == "tolling" and row.start_ts > berlin("2026-03-29T12:00") else row
            for row in found
        ]  # fmt: skip

    assert await told_of(tmp_path, fake, shift) == [("error", "an hour off", "tolling", True, 4)]


async def test_a_year_of_days_an_hour_off_is_told(fake: Any, tmp_path: Path) -> None:
    """Also in the months in which every row is."""
    asset = fake.ASSETS[0]

    def edit(_asset: str, what: str, found: list[Any]) -> list[Any]:
        inside = berlin("2026-03-29T12:00"), berlin("2026-10-24T12:00")
        hour = timedelta(hours=1)
        return [
            fresh(row, start_ts=row.start_ts + hour, end_ts=row.end_ts + hour)
            if inside[0] < row.start_ts < inside[1] else row
            for row in found
        ]  # fmt: skip

    client: Any = Fleet(fake, edit)
    await bulk.pull_revenue_to(
        client, tmp_path, [asset], start=YEAR.start, end=YEAR.end, streams=["tolling"]
    )
    told, overlap = bulk.reconcile(tmp_path).findings
    assert (told.kind, told.count) == ("an hour off", 209)
    assert overlap.kind == "overlap"  # where the source goes back to the right hour
    assert told.start == berlin("2026-03-30T01:00")


def test_rows_an_hour_early_are_told_from_rows_that_are_elsewhere() -> None:
    hour = 3_600_000_000
    days = [delivery.delivery_day(date(2026, 5, n), BERLIN).start for n in range(1, 8)]
    should = [microseconds(one) for one in days]
    starts = [*should[:3], *(one - hour for one in should[3:6]), should[6], should[6] - hour]
    grid = infer(sorted(starts), (), BERLIN)
    assert grid is not None
    late, early = an_hour_off(grid, starts, frozenset(should))
    assert (late, early) == ({}, {one - hour: one for one in should[3:6]})


async def test_rows_that_end_before_they_start_are_told(fake: Any, tmp_path: Path) -> None:
    def turn(what: str, found: list[Any]) -> list[Any]:
        back = timedelta(days=2)
        return [
            fresh(row, end_ts=row.start_ts - back) if what == "tolling" and n == 3 else row
            for n, row in enumerate(found)
        ]

    assert await told_of(tmp_path, fake, turn) == [("error", "backwards", "tolling", True, 1)]


async def test_a_stream_that_most_assets_have_and_one_lacks_is_a_warning(
    fake: Any, tmp_path: Path
) -> None:
    def lose(what: str, found: list[Any]) -> list[Any]:
        return [] if what == "tolling" else found

    assert await told_of(tmp_path, fake, lose) == [("warning", "no rows", "tolling", True, 1)]


async def test_a_stream_that_few_assets_have_is_a_notice(fake: Any, tmp_path: Path) -> None:
    asset = fake.ASSETS[0]

    def edit(one: str, what: str, found: list[Any]) -> list[Any]:
        return found if what == "wholesale" or one == asset else []

    client: Any = Fleet(fake, edit)
    await bulk.pull_revenue_to(
        client, tmp_path, fake.ASSETS[:3], start=SPRING.start, end=SPRING.end,
        streams=["tolling", "wholesale"],
    )  # fmt: skip
    assert [(one.severity, one.kind, one.count) for one in bulk.reconcile(tmp_path).findings] == [
        ("notice", "no rows", 2)
    ]


async def test_starts_without_a_zone_are_told(year: Path, tmp_path: Path) -> None:
    shutil.copytree(year / "revenue", tmp_path / "revenue")

    def naive(table: pa.Table) -> pa.Table:
        column = table["start"].cast(pa.timestamp("us"))
        return table.set_column(table.schema.get_field_index("start"), "start", column)

    edit_parts(tmp_path / "revenue", "tolling", "2026-05", naive)
    found = bulk.reconcile(tmp_path / "revenue").findings
    assert {(one.severity, one.kind, one.stream) for one in found} == {
        ("error", "no zone", "tolling")
    }
