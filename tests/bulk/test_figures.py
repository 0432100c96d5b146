"""Figures say what they cover, add up in any cut, and are the same on every face."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import anyio
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from energy_async import ServerError
from energy_async.bulk.dataset import Dataset
from energy_async.delivery import starting_in
from tests.bulk.fake_terralayr import ASSETS, Server
from tests.bulk.random_figures import disagreements
from trlyr_async import bulk
from trlyr_async.bulk.assets import facts_in
from trlyr_async.models.revenue_reporting import DataPoint, RevenueDataPoints
from trlyr_async.models.virtual_assets import VirtualAsset

if TYPE_CHECKING:
    from pathlib import Path

START, END = datetime(2026, 10, 31, 23, tzinfo=UTC), datetime(2026, 11, 30, 23, tzinfo=UTC)
"""November in Berlin; the server's clock stands at the 17th, ten o'clock there."""
FLEET = [
    VirtualAsset(id=one, rated_charge_power=1000.0, rated_discharge_power=3000.0, units_power="kW")
    for one in ASSETS[:3]
]


def pulled(
    path: Path,
    server: Any = Server(),  # noqa: B008 - without state
    assets: Any = FLEET,
    **options: Any,
) -> bulk.Figures:
    async def pull() -> bulk.Report:
        span = {"start": START, "end": END} | options
        return await bulk.pull_revenue_to(server, path, assets, **span)

    anyio.run(pull)
    return bulk.add_up(path)


@pytest.mark.parametrize("seed", range(10))
def test_every_face_gives_what_a_count_of_its_own_gives(seed: int, tmp_path: Path) -> None:
    """Lives, gaps, running months, failures, clock changes; hundreds: the module itself."""
    assert disagreements(seed, tmp_path) == []


def test_a_running_month_counts_whole_days_that_have_passed(tmp_path: Path) -> None:
    total = pulled(tmp_path).total
    assert (total.covers.first, total.covers.last) == (date(2026, 11, 1), date(2026, 11, 16))
    assert total.covers.lacks == "to come"
    assert total.covers.share == pytest.approx(16 / 30)
    assert total.mw_days == pytest.approx(3 * 2.0 * 16)
    assert str(total.covers) == (
        "1 Nov 2026 to 16 Nov 2026, 53.3 % of the time (to come for the rest)"
    )
    past = pulled(tmp_path / "past", end=datetime(2026, 11, 16, 23, tzinfo=UTC)).total
    assert total.per_mw_year == past.per_mw_year
    assert past.covers.lacks == ""


def test_time_without_an_answer_is_not_time_that_earned_nothing(tmp_path: Path) -> None:
    def failing(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        if stream == "wholesale" and rows[0].start_ts > datetime(2026, 11, 7, tzinfo=UTC):
            raise ServerError("down", status=500)
        return rows

    end = datetime(2026, 11, 14, 23, tzinfo=UTC)
    window = timedelta(days=2)
    half = pulled(tmp_path / "half", Server(failing), end=end, window=window)
    last = half.total.covers.last
    assert last is not None
    assert half.total.covers.lacks == "no answer"
    until = datetime(last.year, last.month, last.day, 23, tzinfo=UTC)
    whole = pulled(tmp_path / "whole", end=until).total
    assert half.total.per_mw_year == pytest.approx(whole.per_mw_year)
    (tolling,) = [one for one in half.by("stream") if one.stream == "tolling"]
    assert tolling.covers.last == date(2026, 11, 14)


def test_a_day_with_a_row_without_a_figure_does_not_count(tmp_path: Path) -> None:
    def blank(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        hole = datetime(2026, 11, 4, 12, tzinfo=UTC)
        return [
            msgspec.structs.replace(one, revenue=None) if one.start_ts == hole else one
            for one in rows
        ]

    found = pulled(tmp_path, Server(blank), streams=["wholesale"], end=START + timedelta(days=9))
    lacking = [one.first for one in found.by("day") if one.covers.lacks]
    assert lacking == [date(2026, 11, 4)]
    assert (found.total.covers.lacks, found.total.unknown) == ("no figure", 3)
    assert found.total.covers.share == pytest.approx(8 / 9)


def test_a_stream_that_some_assets_have_is_given_for_all_and_for_those(tmp_path: Path) -> None:
    def some(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        return rows if stream != "tolling" or asset == ASSETS[0] else []

    found = pulled(tmp_path, Server(some), end=START + timedelta(days=10))
    (tolling,) = [one for one in found.by("stream") if one.stream == "tolling"]
    assert tolling.assets == 1
    assert tolling.per_mw_year_of_those == pytest.approx(3 * (tolling.per_mw_year or 0))
    yearly = [one.per_mw_year or 0.0 for one in found.by("stream")]
    assert math.fsum(yearly) == pytest.approx(found.total.per_mw_year)


def test_without_the_power_of_an_asset_there_is_a_dash_and_its_number(tmp_path: Path) -> None:
    total = pulled(tmp_path, assets=[*FLEET[:2], ASSETS[2]]).total
    assert (total.per_mw_year, total.covers.without_power) == (None, 1)
    assert str(total.covers).endswith("1 without a known power")
    bulk.describe_assets(tmp_path, FLEET)
    assert bulk.add_up(tmp_path).total.per_mw_year is not None


def test_facts_of_assets_are_there_before_the_first_window(tmp_path: Path) -> None:
    seen: list[set[str]] = []

    def looking(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        dataset = Dataset(tmp_path)
        seen.append(set(facts_in(dataset, dataset.load()).mean_rated_mw))
        return rows

    pulled(tmp_path, Server(looking))
    assert seen[0] == set(ASSETS[:3])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    cuts=st.sets(st.sampled_from(["asset", "stream", "portfolio"])),
    period=st.sampled_from(["month", "day", ""]),
)
def test_any_cut_adds_up_to_the_total(figures: bulk.Figures, cuts: set[Any], period: Any) -> None:
    cuts = {*cuts, *filter(None, [period])}
    found = figures.by(*cuts)
    assert round(math.fsum(one.revenue or 0.0 for one in found) * 1e6) == round(
        (figures.total.revenue or 0.0) * 1e6
    )
    assert sum(one.rows for one in found) == figures.total.rows
    table = figures.table(*cuts)
    assert table.num_rows == len(found)
    assert table.schema.field("per_mw_year").metadata == {b"unit": b"EUR/MW/year"}


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> bulk.Figures:
    return pulled(tmp_path_factory.mktemp("figures"), start=START - timedelta(days=20))


def test_there_is_no_other_cut(figures: bulk.Figures) -> None:
    with pytest.raises(ValueError, match="no figures by 'week'; by asset, portfolio"):
        figures.by("week")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="by month or by day"):
        figures.by("month", "day")


def test_neighbouring_ranges_share_no_row(figures: bulk.Figures) -> None:
    middle = START + timedelta(days=1)
    rows = [VirtualAsset(id=str(n), start=START + timedelta(hours=6 * n)) for n in range(9)]
    first = starting_in(rows, START, middle)
    second = starting_in(rows, middle, middle + timedelta(days=1))
    assert [one.id for one in (*first, *second)] == [str(n) for n in range(8)]
    with pytest.raises(ValueError, match="start must be an aware datetime"):
        starting_in(rows, datetime(2026, 1, 1), END)  # noqa: DTZ001


def test_two_pulls_are_held_against_each_other_row_by_row(tmp_path: Path) -> None:
    """Two errors that cancel in the sum of a day are found as well."""

    def shifted(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        if (asset, stream) != (ASSETS[0], "wholesale"):
            return rows
        by = {
            datetime(2026, 11, 3, 10, tzinfo=UTC): 5.0,
            datetime(2026, 11, 3, 11, tzinfo=UTC): -5.0,
        }
        return [
            msgspec.structs.replace(one, revenue=one.revenue + by.get(one.start_ts, 0.0))
            for one in rows
        ]

    pulled(tmp_path / "a", end=START + timedelta(days=9))
    pulled(tmp_path / "b", Server(shifted), FLEET[:2], end=START + timedelta(days=6))
    found = bulk.compare_pulls(tmp_path / "a", tmp_path / "b")
    (one,) = found.different
    assert (one.stream, one.month, one.changes.corrected) == ("wholesale", "2026-11", 2)
    assert found.euros == pytest.approx(0.0)
    assert str(found.compared) == "12 of 27 days of assets, 2 of 3 assets"
    pulled(tmp_path / "c", assets=FLEET[2:], end=START + timedelta(days=2))
    assert bulk.compare_pulls(tmp_path / "b", tmp_path / "c").compared.count == 0


@pytest.mark.parametrize("lacking", ["asset", "day"])
def test_rows_and_points_with_nothing_in_common_are_an_error(tmp_path: Path, lacking: str) -> None:
    class Points(Server):
        async def send(self, request: Any, **_options: Any) -> Any:
            start = request.query["start"]
            data = {"revenue_total_revenue": [DataPoint(time=start.replace(hour=23), value=1.0)]}
            return RevenueDataPoints(data=data)

    pulled(tmp_path / "rows", end=START + timedelta(days=4))
    source = bulk.data_points("virtual_asset", "daily", categories=["revenue_total_revenue"])
    ids = ASSETS[5:6] if lacking == "asset" else ASSETS[:1]
    start = START if lacking == "asset" else START + timedelta(days=10)
    plan = bulk.plan_pull(source, ids, start=start, end=start + timedelta(days=3))
    server: Any = Points()
    anyio.run(bulk.pull_to, server, tmp_path / "points", source, plan)
    found = bulk.reconcile(tmp_path / "rows", points=tmp_path / "points")
    assert "not compared" in {one.kind for one in found.errors}
    assert not found.clean


def test_notebooks_show_tables_and_how_far_a_pull_is(tmp_path: Path) -> None:
    shown: list[str] = []

    def show(text: str) -> Any:
        shown.append(text)
        return shown.append

    bar = bulk.progress_bar(show)
    figures = pulled(tmp_path, end=START + timedelta(days=3), on_progress=bar)
    assert shown[-1].startswith('<progress value="12" max="12"></progress> 12 of 12 windows, ')
    plan = bulk.plan(ASSETS[:2], start=START, end=END, streams=["tolling"])
    for one in (figures, plan, bulk.reconcile(tmp_path)):
        assert one._repr_html_().startswith("<div><p><strong>")
    assert '<td style="text-align:left">total</td>' in figures._repr_html_()
    report = msgspec.structs.replace(bulk.Report(windows=()), stopped_by="<script>")
    assert "&lt;script&gt;" in report._repr_html_()


def test_what_had_not_passed_when_it_was_asked_is_not_missed(tmp_path: Path) -> None:
    """A running month is clean, up to the last whole day."""
    now = Server().now()

    def so_far(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        return [one for one in rows if one.end_ts <= now]

    pulled(tmp_path / "now", Server(so_far))
    assert bulk.reconcile(tmp_path / "now").clean

    def late(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        return [one for one in rows if one.end_ts <= now - timedelta(days=3)]

    pulled(tmp_path / "late", Server(late))
    assert {one.kind for one in bulk.reconcile(tmp_path / "late").warnings} == {"ends early"}
