"""Keeping a dataset up to date: what is new, what was corrected, and what both were."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest

from energy_async.bulk import missing_in, read_manifest
from energy_async.bulk import update as update_dataset
from energy_async.bulk.dataset import Dataset
from energy_async.transport.errors import ServerError
from trlyr_async import bulk, revenue_reporting
from trlyr_async.models.revenue_reporting import TollingRevenue

START = datetime(2026, 3, 27, tzinfo=UTC)
END = START + timedelta(days=8)
LATER = END + timedelta(days=3)
NOTICED = datetime(2026, 12, 1, 12, tzinfo=UTC)
TOLLING: Any = {"streams": ["tolling", "ancillary"]}
NOTHING = (0, 0, 0)


class Corrected:
    """An answer in which some rows differ from what they were, by their start."""

    def __init__(self, stream: str = "ancillary", **changes: Any) -> None:
        self.stream = stream
        self.changes = changes

    def __call__(self, _asset: str, stream: str, rows: list[Any]) -> list[Any]:
        if stream != self.stream:
            return rows
        return [found for row in rows for found in self._of(row)]

    def _of(self, row: Any) -> list[Any]:
        match self.changes.get(f"at_{row.start_ts:%m%dT%H}", {}):
            case None:
                return []
            case list() as more:
                return [row, *(msgspec.structs.replace(row, **one) for one in more)]
            case change:
                return [msgspec.structs.replace(row, **change)]


async def pulled(fake: Any, path: Path, assets: int = 2, **options: Any) -> bulk.Report:
    arguments = {"start": START, "end": END, **TOLLING, **options}
    return await bulk.pull_revenue_to(fake.Server(), path, fake.ASSETS[:assets], **arguments)


async def updated(server: Any, path: Path, now: datetime = NOTICED, **options: Any) -> Any:
    options = {"end": LATER, **options}
    server.now = lambda: now
    return await update_dataset(server, path, bulk.REVENUE, **options)


def open_from(path: Path) -> datetime | None:
    """From where on a dataset has time that had not passed when it was asked for."""
    answers = Dataset(path).answered()
    return min((one.open_from for one in answers if one.open_from), default=None)


def counts(report: Any) -> tuple[int, int, int]:
    found = report.changes
    return found.corrected, found.vanished, found.added


def told(path: Path, *names: str) -> list[tuple[Any, ...]]:
    table = bulk.read_revisions(path)
    assert table is not None
    # Commits of a clock that stands still are a microsecond apart.
    return [
        tuple(v.replace(microsecond=0) if name == "noticed_at" else v for name, v in row.items())
        for row in table.select(names).to_pylist()
    ]


async def test_an_update_adds_what_is_new_and_nothing_else(fake: Any, tmp_path: Path) -> None:
    await pulled(fake, tmp_path / "a")
    server = fake.Server()
    report = await updated(server, tmp_path / "a", recheck=timedelta(0))
    assert {start for _, _, start, _ in server.asked} == {END}
    await pulled(fake, tmp_path / "b", end=LATER)
    assert bulk.read(tmp_path / "a").equals(bulk.read(tmp_path / "b"))
    assert report.complete
    assert report.rows == bulk.read(tmp_path / "a").num_rows
    assert read_manifest(tmp_path / "a").end == LATER
    assert bulk.read_revisions(tmp_path / "a") is None
    assert not (tmp_path / "a" / "_revisions").exists()


async def test_only_the_recent_past_is_asked_again(fake: Any, tmp_path: Path) -> None:
    await pulled(fake, tmp_path)
    server = fake.Server()
    report = await updated(server, tmp_path, end=END, recheck=timedelta(days=3))
    assert min(start for _, _, start, _ in server.asked) == END - timedelta(days=3)
    assert max(end for *_, end in server.asked) == END
    assert counts(report) == NOTHING
    assert min(one.window.start for one in report.recheck.windows) == END - timedelta(days=3)


async def test_progress_is_that_of_the_recheck_and_then_that_of_the_pull(
    fake: Any, tmp_path: Path
) -> None:
    await pulled(fake, tmp_path)
    steps: list[bulk.Progress] = []
    report = await updated(fake.Server(), tmp_path, on_progress=steps.append)
    phases = [one.phase for one in steps]
    assert phases == sorted(phases, reverse=True)
    rechecked = [one for one in steps if one.phase == "recheck"]
    assert rechecked[-1].done == rechecked[-1].total == len(report.recheck.windows)
    assert steps[-1].phase == "pull"
    assert steps[-1].done == steps[-1].total == len(report.pull.windows)


def until(moment: datetime) -> Any:
    """A server that has no rows yet of what starts at `moment` or later."""
    return lambda _asset, _stream, rows: [one for one in rows if one.start_ts < moment]


def failing_once() -> Any:
    left = [ServerError("down", status=500)]

    def answer(_asset: str, _stream: str, rows: list[Any]) -> list[Any]:
        if left:
            raise left.pop()
        return rows

    return answer


AHEAD = datetime(2090, 1, 1, tzinfo=UTC)
AHEAD_END = AHEAD + timedelta(days=100)


async def test_time_that_had_not_passed_is_asked_again_however_long_ago(
    fake: Any, tmp_path: Path
) -> None:
    """A year pulled in November holds an empty December; in the February after, it must not."""
    assets, whole = fake.ASSETS[:2], {"start": AHEAD, "end": AHEAD_END, **TOLLING}
    empty = fake.Server(until(AHEAD))
    await bulk.pull_revenue_to(empty, tmp_path / "a", assets, **whole)
    assert open_from(tmp_path / "a") == AHEAD
    options: Any = {"end": AHEAD_END, "recheck": timedelta(days=1)}

    # In the middle of the range: what follows is open still.
    middle = AHEAD + timedelta(days=40)
    await updated(fake.Server(until(middle)), tmp_path / "a", middle, **options)
    assert open_from(tmp_path / "a") == middle

    # Behind it, but with a window that fails: nothing is settled.
    after, down = AHEAD_END + timedelta(days=60), fake.Server(failing_once())
    assert not (await updated(down, tmp_path / "a", after, **options)).complete
    assert open_from(tmp_path / "a") == middle

    server = fake.Server()
    assert (await updated(server, tmp_path / "a", after, **options)).complete
    assert min(start for _, _, start, _ in server.asked) == middle - timedelta(days=1)
    assert open_from(tmp_path / "a") is None
    await bulk.pull_revenue_to(fake.Server(), tmp_path / "b", assets, **whole)
    assert bulk.read(tmp_path / "a").equals(bulk.read(tmp_path / "b"))

    server = fake.Server()
    await updated(server, tmp_path / "a", after, **options)
    assert min(start for _, _, start, _ in server.asked) == AHEAD_END - timedelta(days=1)


async def test_a_pull_goes_on_where_it_had_asked_for_time_ahead(fake: Any, tmp_path: Path) -> None:
    now = fake.Server().now()
    whole = {"start": now - timedelta(days=3), "end": now + timedelta(days=3), **TOLLING}
    found = []
    for _ in range(2):
        assert (await bulk.pull_revenue_to(fake.Server(), tmp_path, fake.ASSETS[:2], **whole)).rows
        found.append(open_from(tmp_path))
    first, second = found
    assert first is not None
    assert first == now
    assert second == first


async def test_a_correction_is_taken_over_and_both_states_are_kept(
    fake: Any, tmp_path: Path
) -> None:
    await pulled(fake, tmp_path)
    before = bulk.read(tmp_path).to_pylist()
    server = fake.Server(Corrected(at_0401T02={"revenue": 1000.0, "version_number": "2"}))
    report = await updated(server, tmp_path, end=END)
    after = bulk.read(tmp_path).to_pylist()
    old = [row for row in before if row not in after]
    new = [row for row in after if row not in before]
    assert [row["revenue"] for row in new] == [1000.0, 1000.0]
    assert counts(report) == (2, 0, 0)
    assert report.changes.euros["revenue"] == pytest.approx(
        2000.0 - sum(row["revenue"] for row in old)
    )
    columns = ("noticed_at", "state", *old[0])
    assert sorted(told(tmp_path, *columns), key=repr) == sorted(
        [(NOTICED, "after", *row.values()) for row in new]
        + [(NOTICED, "before", *row.values()) for row in old],
        key=repr,
    )


@pytest.mark.parametrize(
    ("change", "expected", "rows"),
    [
        pytest.param({"version_number": "2"}, (1, 0, 0), 0, id="version alone"),
        pytest.param({"revenue": None}, (1, 0, 0), 0, id="revenue withdrawn"),
        pytest.param({"end_ts": END}, (1, 0, 0), 0, id="end"),
        pytest.param(None, (0, 1, 0), -1, id="vanished"),
        pytest.param([{"revenue": 5.0}], (0, 0, 1), 1, id="a second row of the same time"),
    ],
)
async def test_every_kind_of_change_is_counted_and_kept(
    fake: Any, tmp_path: Path, change: Any, expected: tuple[int, int, int], rows: int
) -> None:
    first = await pulled(fake, tmp_path, assets=1)
    report = await updated(fake.Server(Corrected(at_0401T02=change)), tmp_path, end=END)
    assert counts(report) == expected
    assert report.rows == bulk.read(tmp_path).num_rows == first.rows + rows
    states = [state for (state,) in told(tmp_path, "state")]
    corrected, vanished, added = expected
    assert states.count("before") == corrected + vanished
    assert states.count("after") == corrected + added
    again = await updated(fake.Server(Corrected(at_0401T02=change)), tmp_path, end=END)
    assert counts(again) == NOTHING
    assert len(told(tmp_path, "state")) == len(states)
    assert len(again.pull.conflicting) == (1 if added else 0)


async def test_corrections_of_corrections_are_all_kept(fake: Any, tmp_path: Path) -> None:
    """Even one that brings the first value back, and one that repeats the first correction."""
    await pulled(fake, tmp_path, assets=1)
    values = [10.0, None, 10.0]
    for day, value in enumerate(values):
        change: Any = {"at_0401T02": {"revenue": 10.0}} if value else {}
        moment = NOTICED + timedelta(days=day)
        report = await updated(fake.Server(Corrected(**change)), tmp_path, now=moment, end=END)
        assert counts(report) == (1, 0, 0)
    rows = told(tmp_path, "noticed_at", "state", "revenue")
    assert [moment for moment, _, _ in rows] == [
        NOTICED + timedelta(days=day) for day in (0, 0, 1, 1, 2, 2)
    ]
    ordered = sorted(rows, key=lambda one: one[:2])
    assert [(state, value == 10.0) for _, state, value in ordered] == [
        ("after", True), ("before", False), ("after", False), ("before", True),
        ("after", True), ("before", False),
    ]  # fmt: skip


async def test_a_window_that_fails_leaves_its_rows_as_they_are(fake: Any, tmp_path: Path) -> None:
    await pulled(fake, tmp_path)
    before = bulk.read(tmp_path)
    corrected = Corrected("ancillary", at_0401T02={"revenue": 1000.0})

    def answer(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        if asset == fake.ASSETS[0]:
            raise ServerError("down", status=500)
        return corrected(asset, stream, rows)

    report = await updated(fake.Server(answer), tmp_path, end=END)
    assert not report.complete
    assert {one.window.asset_id for one in report.recheck.failed} == {fake.ASSETS[0]}
    assert report.pull.complete
    assert counts(report) == (1, 0, 0)
    assert fake.ASSETS[0] in str(report)
    mine = [
        row for row in bulk.read(tmp_path).to_pylist() if row["virtual_asset_id"] == fake.ASSETS[0]
    ]
    assert mine == [row for row in before.to_pylist() if row["virtual_asset_id"] == fake.ASSETS[0]]


async def test_new_assets_are_pulled_from_the_start(fake: Any, tmp_path: Path) -> None:
    await pulled(fake, tmp_path / "a", assets=1)
    report = await updated(
        fake.Server(), tmp_path / "a", end=END, asset_ids=[fake.ASSETS[1].upper(), fake.ASSETS[0]]
    )
    assert report.complete
    await pulled(fake, tmp_path / "b", assets=2)
    assert bulk.read(tmp_path / "a").equals(bulk.read(tmp_path / "b"))


async def test_an_earlier_end_keeps_the_range(fake: Any, tmp_path: Path) -> None:
    await pulled(fake, tmp_path)
    report = await updated(fake.Server(), tmp_path, end=START + timedelta(days=1))
    assert report.complete
    assert read_manifest(tmp_path).end == END
    assert missing_in(tmp_path) == []


async def test_the_default_end_is_the_beginning_of_the_delivery_day(
    fake: Any, tmp_path: Path
) -> None:
    await pulled(fake, tmp_path)
    await updated(fake.Server(), tmp_path, now=datetime(2026, 12, 9, 23, 30, tzinfo=UTC), end=None)
    assert read_manifest(tmp_path).end == datetime(2026, 12, 9, 23, tzinfo=UTC)


async def test_an_update_finishes_what_a_pull_left_open(fake: Any, tmp_path: Path) -> None:
    def answer(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        if stream == "tolling":
            raise ServerError("down", status=500)
        return rows

    await bulk.pull_revenue_to(
        fake.Server(answer), tmp_path, fake.ASSETS[:1], start=START, end=END, **TOLLING
    )
    server = fake.Server()
    report = await updated(server, tmp_path, end=END, recheck=timedelta(days=1))
    assert report.complete
    assert counts(report) == NOTHING
    assert missing_in(tmp_path) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({"base_url": "https://elsewhere.invalid"}, "base_url", id="server"),
        pytest.param({"content": "something else"}, "content", id="source"),
        pytest.param({"streams": ("tolling",)}, "ancillary", id="streams"),
    ],
)
async def test_a_dataset_of_another_origin_is_refused_untouched(
    fake: Any, tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    await pulled(fake, tmp_path)
    server = fake.Server()
    server.base_url = changed.pop("base_url", server.base_url)
    with pytest.raises(bulk.DatasetMismatch, match=said):
        await update_dataset(server, tmp_path, replace(bulk.REVENUE, **changed), end=LATER)
    assert server.asked == []
    assert read_manifest(tmp_path).end == END


async def test_no_dataset_no_update(fake: Any, tmp_path: Path) -> None:
    server = fake.Server()
    with pytest.raises(bulk.DatasetMismatch, match="no dataset"):
        await updated(server, tmp_path / "none")
    assert server.asked == []
    assert not (tmp_path / "none").exists()


async def test_mistakes_are_refused_before_anything_is_asked(fake: Any, tmp_path: Path) -> None:
    await pulled(fake, tmp_path)
    with pytest.raises(ValueError, match="recheck"):
        await updated(fake.Server(), tmp_path, recheck=timedelta(days=-1))
    with pytest.raises(ValueError, match="aware"):
        await updated(fake.Server(), tmp_path, end=datetime(2026, 5, 1))  # noqa: DTZ001


async def test_corrections_reach_every_part_and_leave_the_others_alone(
    fake: Any, tmp_path: Path
) -> None:
    """Windows of the pull and of the recheck need not be the same, nor need the parts."""
    await pulled(
        fake,
        tmp_path,
        window=timedelta(hours=37),
        flush=bulk.FlushPolicy(windows=1, part_rows=0),
        concurrency=1,
    )
    before = set(tmp_path.glob("stream=ancillary/month=*/*.parquet"))
    change = {"revenue": 77.0}
    server = fake.Server(Corrected(at_0401T02=change, at_0330T22=change))
    unmerged = bulk.FlushPolicy(part_rows=0)
    report = await updated(server, tmp_path, end=END, flush=unmerged)
    assert counts(report) == (4, 0, 0)
    whole = fake.Server(Corrected(at_0401T02=change, at_0330T22=change))
    await bulk.pull_revenue_to(
        whole, tmp_path / "w", fake.ASSETS[:2], start=START, end=END, **TOLLING
    )
    assert bulk.read(tmp_path).equals(bulk.read(tmp_path / "w"))
    after = set(tmp_path.glob("stream=ancillary/month=*/*.parquet"))
    assert len(before - after) == len(after - before) == 4
    assert len(before) > 8


async def test_any_operation_with_a_time_of_its_own_name_is_updated(
    fake: Any, tmp_path: Path
) -> None:
    source = bulk.of_operation(
        revenue_reporting.get_tolling_revenue,
        TollingRevenue,
        start="start_ts",
        content="tolling",
        stream="tolling",
    )
    plan = bulk.plan_pull(source, fake.ASSETS[:1], start=START, end=END)
    await bulk.pull_to(fake.Server(), tmp_path, source, plan)
    server = fake.Server(Corrected("tolling", at_0331T22={"revenue": 3.0}))
    report = await bulk.update(server, tmp_path, source, end=LATER)
    assert report.complete
    assert counts(report) == (1, 0, 0)
    assert len(told(tmp_path, "start_ts", "state")) == 2
    (column,) = [one for one in bulk.columns_of(tmp_path) if one.name == "revenue"]
    assert column.operations == {"tolling": "GET /revenue-reporting/{virtualAssetID}/tolling"}


async def test_what_was_known_at_any_moment_can_be_read(fake: Any, tmp_path: Path) -> None:
    """Corrections, rows that vanish and come back, and windows that were answered later."""
    await pulled(fake, tmp_path)
    moments, tables = [Dataset(tmp_path).load().at], [bulk.read(tmp_path)]
    for day, change in enumerate(({"revenue": 10.0}, None, {}, {"revenue": 11.0})):
        answer = Corrected(at_0401T02=change, at_0330T02={"revenue": float(day)})
        end = END + timedelta(days=day)
        await updated(fake.Server(answer), tmp_path, NOTICED + timedelta(days=day), end=end)
        moments.append(Dataset(tmp_path).load().at)
        tables.append(bulk.read(tmp_path))
    for moment, table in zip(moments, tables, strict=True):
        assert bulk.read(tmp_path, as_of=moment).equals(table)
    first, last = tables[0], tables[-1]
    found = bulk.compare(tmp_path, moments[0])
    euros = sum(last["revenue"].to_pylist()) - sum(first["revenue"].to_pylist())
    assert found.changes.euros["revenue"] == pytest.approx(euros)
    assert found.changes.corrected == 4
    assert found.changes.added == last.num_rows - first.num_rows
    with pytest.raises(bulk.DatasetMismatch, match="holds no dataset"):
        bulk.read(tmp_path / "none", as_of=moments[0])


async def test_an_older_answer_does_not_undo_a_newer_one(fake: Any, tmp_path: Path) -> None:
    """The first update asks, and sleeps before it writes; the second one asks later."""
    await pulled(fake, tmp_path, assets=1)
    slow = fake.Server(Corrected(at_0401T02={"revenue": 100.0, "version_number": "2"}))
    late = fake.Server(Corrected(at_0401T02={"revenue": -5000.0, "version_number": "3"}))
    asked, go_on = anyio.Event(), anyio.Event()
    real = slow.send

    async def send(request: Any, **options: Any) -> Any:
        found = await real(request, **options)
        asked.set()
        await go_on.wait()
        return found

    slow.send = send
    reports: list[Any] = []

    async def early() -> None:
        reports.append(await updated(slow, tmp_path, end=END))

    async with anyio.create_task_group() as group:
        group.start_soon(early)
        await asked.wait()
        second = await updated(late, tmp_path, NOTICED + timedelta(hours=1), end=END)
        go_on.set()
    assert counts(second) == (1, 0, 0)
    assert counts(reports[0]) == NOTHING
    rows = [row for row in bulk.read(tmp_path).to_pylist() if row["version_number"] != "1"]
    assert [(row["revenue"], row["version_number"]) for row in rows] == [(-5000.0, "3")]


async def test_an_update_is_shared_out_without_a_plan_of_ones_own(
    fake: Any, tmp_path: Path
) -> None:
    change = Corrected(at_0401T02={"revenue": 9.0})
    await pulled(fake, tmp_path / "a")
    await pulled(fake, tmp_path / "b")
    server = fake.Server(change)
    plan = bulk.plan_update(
        tmp_path / "a", bulk.REVENUE, server.base_url, end=LATER, now=lambda: NOTICED
    )
    found = [
        await bulk.ask(server, tmp_path / "a", bulk.REVENUE, shard) for shard in plan.shards(5)
    ]
    bulk.settle_update(tmp_path / "a")
    assert all(one.complete for one in found)
    assert sum(one.changes.corrected for one in found) == 2
    await updated(fake.Server(change), tmp_path / "b")
    assert bulk.read(tmp_path / "a").equals(bulk.read(tmp_path / "b"))
    assert read_manifest(tmp_path / "a") == read_manifest(tmp_path / "b")


async def test_an_update_that_was_not_settled_is_begun_anew(fake: Any, tmp_path: Path) -> None:
    """Else the time between would never be asked again."""
    await pulled(fake, tmp_path)
    bulk.plan_update(
        tmp_path, bulk.REVENUE, fake.Server.base_url, end=LATER, recheck=timedelta(days=2)
    )
    server = fake.Server()
    await updated(server, tmp_path, end=LATER + timedelta(days=30), recheck=timedelta(days=2))
    assert min(start for _, _, start, _ in server.asked) == END - timedelta(days=2)
    server = fake.Server()
    await updated(server, tmp_path, end=LATER + timedelta(days=30), recheck=timedelta(days=2))
    assert min(start for _, _, start, _ in server.asked) == LATER + timedelta(days=28)
