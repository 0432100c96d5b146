"""An archive keeps every row that was ever seen, says what is missing, and knows when to stop."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import msgspec
import msgspec.inspect
import pytest

from energy_async.files import WriteFailed
from energy_async.storage import (
    Change,
    DatasetDamaged,
    DatasetMismatch,
    DatasetMissing,
    Table,
    place_at,
)
from energy_async.tables import units
from nanocorp_async import (
    ArchiveReport,
    GapFound,
    Nanocorp,
    NotSubscribed,
    OddAnswer,
    PollFailed,
    RateLimited,
    RowsStored,
    Timing,
    archive,
    archive_files,
    archive_gaps,
    describe,
    read_archive,
    repair_archive,
)
from nanocorp_async.archiving.store import Draft, Store
from tests.feeds.conftest import LOGIN_PAGE
from tests.feeds.simulated_year import VirtualTime
from tests.feeds.upstream import Upstream, capacity, day_ahead, energy, hours, moment, prices

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = timedelta(days=1)
MARCH = date(2026, 3, 27)


def day(number: int) -> date:
    """The delivery days of the tests: 0 is 27 March, 2 has 23 hours."""
    return MARCH + number * DAY


def on(number: int) -> datetime:
    return moment(f"{day(number)}T14:05:00")


class Run:
    """Asks once for each call, at a time that the test sets."""

    def __init__(self, folder: Path, upstream: Upstream) -> None:
        self.folder, self.upstream = folder, upstream
        self.events: list[Any] = []

    async def __call__(self, number: int, *feeds: Any, **answers: Any) -> ArchiveReport:
        self.upstream.set(**answers)
        self.events.clear()
        timing = Timing(now=lambda: on(number))
        async with self.upstream.client() as client:
            return await archive(
                client, self.folder, feeds=feeds or ("day-ahead",), once=True,
                on_event=self.events.append, timing=timing,
            )  # fmt: skip

    def lines(self, kind: type[Any]) -> list[str]:
        return [describe(one) for one in self.events if isinstance(one, kind)]


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
def run(tmp_path: Path, upstream: Upstream) -> Run:
    return Run(tmp_path / "prices", upstream)


async def test_a_delivery_day_is_a_file_with_upstreams_columns(run: Run) -> None:
    report = await run(1, day_ahead=day_ahead(day(0), day(2)))
    assert report.added == 96 + 96 + 92
    files = [one.relative_to(run.folder).as_posix() for one in run.folder.rglob("*.parquet")]
    assert sorted(one.rpartition("/")[0] for one in files) == [
        f"feed=day-ahead/day=2026-03-{number}" for number in (27, 28, 29)
    ]
    table = read_archive(run.folder, "day-ahead")
    assert table.column_names[:3] == ["hour_end_utc", "hour_start_utc", "price_eur_mwh"]
    assert units(table) == {"price_eur_mwh": "EUR/MWh"}
    assert set(table["fetched_at"].to_pylist()) == {on(1)}
    starts = table["hour_start_utc"].to_pylist()
    assert starts == sorted(starts)


async def test_every_series_of_every_feed_is_kept(run: Run) -> None:
    pair = {"period_start_utc": "2026-03-26T23:00:00Z", "period_end_utc": "2026-03-26T23:15:00Z"}
    later = {"period_start_utc": "2026-03-26T23:15:00Z", "period_end_utc": "2026-03-26T23:30:00Z"}
    mfrr = {
        "chartRows": [{**pair, "upward_price_eur_mwh": 1.0}],
        "recentRows": [{**later, "upward_price_eur_mwh": 2.0}, {**pair}],
        "latestUpwardRow": {**pair, "direction": "UPWARD", "clearing_price_eur_mwh": 3.0},
        "latestDownwardRow": {**pair, "direction": "DOWNWARD", "clearing_price_eur_mwh": 0},
    }
    feeds = ("fcr-capacity", "afrr-capacity", "mfrr-capacity", "afrr-energy", "mfrr-energy")
    answers = {
        "fcr_capacity": capacity(day(0), ("SYMMETRIC",)),
        "afrr_capacity": capacity(day(0)),
        "mfrr_capacity": capacity(day(0), ("UPWARD",)),
    }
    report = await run(1, *feeds, **answers, afrr_energy=energy(day(0)), mfrr_energy=mfrr)
    counts = {"fcr-capacity": 24, "afrr-capacity": 48, "mfrr-capacity": 24, "afrr-energy": 288}
    counts |= {"afrr-energy-steps": 5, "mfrr-energy": 2, "mfrr-energy-directions": 2}
    found = {name: read_archive(run.folder, name).num_rows for name in counts}  # type: ignore[arg-type]
    assert found == counts
    assert report.added == sum(counts.values())
    assert read_archive(run.folder, "mfrr-energy")["upward_price_eur_mwh"].to_pylist() == [1, 2]


async def test_a_whole_day_of_steps_is_21600_rows(run: Run) -> None:
    await run(1, "afrr-energy", afrr_energy=energy(day(0), every_step=True))
    table = read_archive(run.folder, "afrr-energy-steps")
    assert table.num_rows == 21_600
    await run(3, "afrr-energy", afrr_energy=energy(day(2), every_step=True))
    assert read_archive(run.folder, "afrr-energy-steps", first=day(2)).num_rows == 20_700
    assert run.lines(GapFound) == [
        "afrr-energy: 2026-03-28 cannot be completed any more: no row",
        "afrr-energy: afrr-energy-steps 2026-03-28 cannot be completed any more: no row",
    ]


async def test_a_server_that_honours_them_gets_conditional_requests(run: Run) -> None:
    run.upstream.etags = True
    await run(1, day_ahead=day_ahead(day(0), day(2)))
    report = await run(1)
    assert report.unchanged == {"day-ahead": 1}
    assert run.upstream.conditions[0] == {}
    assert list(run.upstream.conditions[1]) == ["If-None-Match"]
    report = await run(2, day_ahead=day_ahead(day(0), day(3)))
    assert report.added == 96


async def test_last_modified_is_sent_back(run: Run) -> None:
    stamp = "Fri, 27 Mar 2026 12:00:00 GMT"
    await run(1, day_ahead=(200, '{"rows": []}', {"last-modified": stamp}))
    await run(1)
    assert run.upstream.conditions[1] == {"If-Modified-Since": stamp}


async def test_a_server_that_ignores_them_costs_no_writing(run: Run) -> None:
    await run(1, day_ahead=day_ahead(day(0), day(2)))
    before = {one: one.stat().st_mtime_ns for one in run.folder.rglob("*.parquet")}
    report = await run(2)
    assert report.unchanged == {"day-ahead": 1}
    report = await run(2, day_ahead=day_ahead(day(0), day(2), note="another body, the same rows"))
    assert (report.unchanged, report.added, report.revised) == ({}, 0, 0)
    assert {one: one.stat().st_mtime_ns for one in run.folder.rglob("*.parquet")} == before


async def test_a_304_that_was_not_asked_for_is_a_failure(run: Run) -> None:
    report = await run(1, day_ahead=(304, ""))
    assert "304" in report.failed["day-ahead"]


async def test_corrected_nulled_and_dropped_rows_all_stay(run: Run) -> None:
    answer = day_ahead(day(0), day(0))
    await run(0, day_ahead=answer)
    changed = prices(answer, r3=50.0, r4=None)
    report = await run(1, day_ahead={**changed, "rows": changed["rows"][3:]})
    assert (report.added, report.revised) == (0, 2)
    assert run.lines(RowsStored) == [
        "day-ahead: 2026-03-27: 2 rows corrected, the old ones kept",
    ]
    table = read_archive(run.folder, "day-ahead")
    assert table["price_eur_mwh"].to_pylist() == [0, 1, 2, 50, None, *range(5, 96)]
    assert table["noticed_at"].to_pylist()[2:5] == [None, on(1), on(1)]
    everything = read_archive(run.folder, "day-ahead", revisions=True)
    old = [row for row in everything.to_pylist() if row["replaced_at"] is not None]
    assert [(row["price_eur_mwh"], row["replaced_at"]) for row in old] == [(3, on(1)), (4, on(1))]


async def test_reading_takes_days_and_columns(run: Run) -> None:
    await run(1, day_ahead=day_ahead(day(0), day(3)))
    table = read_archive(
        run.folder, "day-ahead", first=day(1), last=day(2), columns=["price_eur_mwh"]
    )
    assert (table.num_rows, table.column_names) == (96 + 92, ["price_eur_mwh"])
    nothing = read_archive(run.folder, "day-ahead", first=day(9))
    assert (nothing.num_rows, len(nothing.column_names)) == (0, 6)
    with pytest.raises(KeyError, match="price_eur_mwh"):
        read_archive(run.folder, "day-ahead", columns=["price"])
    with pytest.raises(ValueError, match="there are day-ahead"):
        read_archive(run.folder, "daily")  # type: ignore[arg-type]
    with pytest.raises(DatasetMissing, match="no dataset"):
        read_archive(run.folder / "elsewhere", "day-ahead")
    Table(place_at(run.folder / "other")).commit(lambda *_: Change(), create=True)
    with pytest.raises(DatasetMismatch, match="something else"):
        read_archive(run.folder / "other", "day-ahead")


async def test_a_day_that_the_window_left_behind_is_a_gap(run: Run) -> None:
    """Told once, remembered, and forgotten should upstream bring it back."""
    await run(0, day_ahead=day_ahead(day(0), day(0)))
    await run(4, day_ahead=day_ahead(day(3), day(3)))
    told = [f"day-ahead: 2026-03-{n} cannot be completed any more: no row" for n in (28, 29)]
    assert run.lines(GapFound) == told
    report = await run(5, day_ahead=day_ahead(day(3), day(4)))
    assert run.lines(GapFound) == []
    assert [one.day for one in report.gaps] == [day(1), day(2)]
    await run(5, day_ahead=day_ahead(day(2), day(4)))
    assert [one.day for one in archive_gaps(run.folder)] == [day(1)]


async def test_a_gap_inside_a_day_is_named(run: Run) -> None:
    answer = day_ahead(day(2), day(2))
    await run(2, day_ahead={**answer, "rows": answer["rows"][:3] + answer["rows"][5:]})
    assert run.lines(GapFound) == []  # it may come yet
    await run(3, day_ahead=day_ahead(day(3), day(3)))
    assert run.lines(GapFound) == [
        (
            "day-ahead: 2026-03-29 cannot be completed any more: 90 of 92; missing "
            "2026-03-28T23:45:00Z/2026-03-29T00:15:00Z"
        )
    ]


async def test_a_direction_without_rows_is_a_gap_of_that_direction(run: Run) -> None:
    answer = capacity(day(0))
    late = [row for row in answer["rows"] if row["direction"] == "UPWARD"][:23]
    down = [row for row in answer["rows"] if row["direction"] == "DOWNWARD"]
    await run(0, "afrr-capacity", afrr_capacity={**answer, "rows": down + late})
    await run(1, "afrr-capacity", afrr_capacity=capacity(day(1)))
    assert run.lines(GapFound) == [
        (
            "afrr-capacity: 2026-03-27 cannot be completed any more: UPWARD aFRR DAILY 23 of 24; "
            "missing 2026-03-27T22:00:00Z/2026-03-27T23:00:00Z"
        )
    ]


@pytest.mark.parametrize("feed", ["afrr-capacity", "mfrr-capacity"])
async def test_a_direction_that_is_not_there_at_all_is_a_gap(run: Run, feed: Any) -> None:
    """Of mFRR it was there on another day, of aFRR every day has both."""
    days = [("UPWARD", "DOWNWARD"), ("UPWARD",), ("up", "Down"), ("DOWN",)]
    for number, directions in enumerate(days):
        await run(number, feed, **{feed.replace("-", "_"): capacity(day(number), directions)})
    await run(4, feed, **{feed.replace("-", "_"): capacity(day(4))})
    assert [(one.day, one.what) for one in archive_gaps(run.folder)] == [
        (day(1), "DOWNWARD: no row"), (day(3), "UPWARD: no row"),
    ]  # fmt: skip


async def test_a_day_without_any_price_is_reported_until_one_comes(run: Run) -> None:
    answer = day_ahead(day(0), day(1))
    nothing = {f"r{n}": None for n in range(96)}
    await run(0, day_ahead=prices(answer, **nothing))
    assert [(one.day, one.kind) for one in archive_gaps(run.folder)] == [(day(0), "no prices")]
    await run(1, day_ahead=answer)
    assert archive_gaps(run.folder) == []


async def test_steps_are_no_gap_where_upstream_shows_only_some(run: Run) -> None:
    await run(1, "afrr-energy", afrr_energy=energy(day(0)))
    await run(2, "afrr-energy", afrr_energy=energy(day(1)))
    assert run.lines(GapFound) == []


async def test_a_day_far_ahead_is_kept_and_not_believed(run: Run) -> None:
    wrong = day_ahead(day(400), day(400))["rows"]
    answer = day_ahead(day(0), day(1))
    await run(1, day_ahead={**answer, "rows": answer["rows"] + wrong})
    assert read_archive(run.folder, "day-ahead").num_rows == 3 * 96
    assert Store(run.folder).open().state.feed("day-ahead").newest == day(1)
    await run(2, day_ahead={"rows": wrong})
    assert run.lines(GapFound) == []


async def test_what_upstream_says_it_still_holds_is_no_gap(run: Run) -> None:
    """Even if an answer does not show it."""
    await run(0, day_ahead=day_ahead(day(0), day(0)))
    await run(3, day_ahead=day_ahead(day(3), day(3), earliestDate=str(day(0))))
    assert run.lines(GapFound) == []
    await run(3, day_ahead=day_ahead(day(3), day(3), earliestDate=None))
    assert len(run.lines(GapFound)) == 2


# What else may come


async def test_without_a_subscription_it_stops_at_once(run: Run) -> None:
    """The error comes alone, and the folder is free."""
    with pytest.raises(NotSubscribed, match="no active subscription"):
        await run(1, "day-ahead", "fcr-capacity", day_ahead=(401, '{"message": "no"}'))
    await run(1, day_ahead=day_ahead(day(0), day(0)))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, LOGIN_PAGE, {"content-type": "text/html"}), "login page"),
        ((302, "", {"location": "https://login.example/"}), "token is not accepted"),
        ((500, "{}"), "500"),
        ((403, "{}"), "403"),
        ((200, ""), "empty body"),
        ((200, '{"rows": {"price_eur_mwh": 1}}'), "$.rows"),
        ((200, "[]"), "Expected `object`"),
    ],
    ids=["html", "redirect", "server-error", "forbidden", "empty", "wrong-type", "list"],
)
async def test_one_feed_that_fails_does_not_stop_the_others(
    run: Run, answer: Any, said: str
) -> None:
    report = await run(
        1, "day-ahead", "afrr-capacity", day_ahead=answer, afrr_capacity=capacity(day(0))
    )
    assert said in report.failed["day-ahead"]
    assert list(report.failed) == ["day-ahead"]
    assert [said in line for line in run.lines(PollFailed)] == [True]
    assert report.added == 48
    assert (await run(1, day_ahead=day_ahead(day(0), day(0)))).failed == {}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"rows": []}, "day-ahead: the answer has no rows"),
        ({"rows": None}, "day-ahead: the answer has no rows"),
        ({}, "day-ahead: the answer has no rows"),
        (
            {"rows": [{"price_eur_mwh": 3.0}, {"hour_start_utc": None}]},
            "day-ahead: 2 rows of day-ahead have no start and are left out",
        ),
        (
            prices(day_ahead(day(0), day(0)), **{f"r{n}": None for n in range(96)}),
            "day-ahead: day-ahead 2026-03-27: all 96 prices are missing",
        ),
    ],
    ids=["empty", "null", "absent", "undated", "null-prices"],
)
async def test_an_odd_answer_is_told_and_loses_nothing(run: Run, answer: Any, said: str) -> None:
    await run(1, day_ahead=day_ahead(day(0), day(0)))
    report = await run(2, day_ahead=answer)
    assert said in run.lines(OddAnswer)
    assert report.odd == len(run.lines(OddAnswer))
    table = read_archive(run.folder, "day-ahead", revisions=True)
    known = [price for price in table["price_eur_mwh"].to_pylist() if price is not None]
    assert known == list(range(96))


async def test_invalid_prices_are_missing_ones(run: Run) -> None:
    answer = day_ahead(day(0), day(0))
    answer["rows"][1]["price_eur_mwh"] = "Invalid"
    await run(1, day_ahead=answer)
    assert read_archive(run.folder, "day-ahead")["price_eur_mwh"].to_pylist()[:3] == [0, None, 2]


async def test_a_day_that_changes_its_resolution_counts_once(run: Run) -> None:
    await run(0, day_ahead=hours(day(0)))
    report = await run(1, day_ahead=day_ahead(day(0), day(0)))
    assert (report.added, report.revised, report.replaced) == (96, 0, 24)
    assert run.lines(RowsStored) == [
        "day-ahead: 2026-03-27: 96 rows added, 24 rows replaced by others, kept as revisions"
    ]
    what = "24 rows of 60 min are replaced by rows of 15 min"
    assert run.lines(OddAnswer) == [f"day-ahead: day-ahead 2026-03-27: {what}"]
    assert [(one.kind, one.what) for one in report.gaps] == [("replaced", what)]
    table = read_archive(run.folder, "day-ahead")
    assert table["price_eur_mwh"].to_pylist() == list(range(96))
    assert read_archive(run.folder, "day-ahead", revisions=True).num_rows == 120
    await run(2, day_ahead=day_ahead(day(0), day(1)))
    assert run.lines(OddAnswer) == []
    await run(3, day_ahead=day_ahead(day(2), day(2)))
    assert [one.kind for one in archive_gaps(run.folder)] == ["replaced"]  # and nothing missing


async def test_two_prices_for_one_period_are_reported_until_one_goes(run: Run) -> None:
    first, second = day_ahead(day(0), day(0)), day_ahead(day(0), day(0))
    for row in second["rows"]:
        row["price_eur_mwh"] += 0.5
    report = await run(0, day_ahead={"rows": first["rows"] + second["rows"]})
    told = ["day-ahead: day-ahead 2026-03-27: 96 periods with two prices"]
    assert (report.added, run.lines(OddAnswer)) == (192, told)
    assert [one.kind for one in archive_gaps(run.folder)] == ["two prices"]
    await run(1, day_ahead=first)
    assert [one.kind for one in archive_gaps(run.folder)] == ["replaced"]
    assert read_archive(run.folder, "day-ahead").num_rows == 96


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"price_eur_mwh": 0.0}, "all 96 prices are zero, as where none is there yet"),
        ({"hour_end_utc": "2026-03-01T00:00:00Z"}, "96 rows not ending after the start"),
    ],
    ids=["zeros", "backwards"],
)
async def test_rows_that_cannot_be_right_are_kept_and_reported(
    run: Run, change: dict[str, Any], said: str
) -> None:
    rows = [{**row, **change} for row in day_ahead(day(0), day(0))["rows"]]
    await run(0, day_ahead={"rows": rows})
    assert run.lines(OddAnswer) == [f"day-ahead: day-ahead 2026-03-27: {said}"]
    assert read_archive(run.folder, "day-ahead").num_rows == 96


@pytest.mark.parametrize("cell", ['"N/A"', '"-"', '"83,4"', '"null"', '"NaN"', "NaN", "1e999"])
async def test_a_cell_that_cannot_be_read_costs_its_row_alone(run: Run, cell: str) -> None:
    """And the answer is put aside, once."""
    body = msgspec.json.encode(day_ahead(day(0), day(0))).decode()
    body = body.replace('"price_eur_mwh":7.0', f'"price_eur_mwh":{cell}')
    report = await run(0, day_ahead=(200, body))
    assert (report.added, report.failed) == (95, {})
    (line,) = run.lines(OddAnswer)
    came = cell.strip('"')
    assert line == (
        "day-ahead: cannot be read and left out, rows or values: 1 ($.rows[7].price_eur_mwh: "
        f"Expected `float | null`, got `str` '{came}'); "
        "the answer is put aside, for a later version to read"
    )
    assert [one.kind for one in report.gaps] == ["unread"]
    assert (await run(1)).unchanged == {"day-ahead": 1}
    assert len(archive_gaps(run.folder)) == 1


async def test_fields_that_this_version_does_not_know_are_put_aside_once(run: Run) -> None:
    answer = day_ahead(day(0), day(0))
    for row in answer["rows"]:
        row["auction"] = "EXAA"
    await run(0, day_ahead=answer)
    assert run.lines(OddAnswer) == [
        (
            "day-ahead: this version does not know of auction; "
            "the answer is put aside, for a later version to read"
        )
    ]
    await run(1, day_ahead={**answer, "note": "another body"})
    assert run.lines(OddAnswer) == []


# The folder


async def test_two_runs_may_write_into_one_archive(run: Run) -> None:
    """What is fetched twice counts once, and each sees what the other stored."""
    other = Run(run.folder, Upstream())
    async with anyio.create_task_group() as group:
        for one, last in ((run, day(1)), (other, day(2))):
            one.upstream.set(day_ahead=day_ahead(day(0), last))
            group.start_soon(one, 1)
    assert read_archive(run.folder, "day-ahead").num_rows == 96 + 96 + 92
    report = await run(2, day_ahead=prices(day_ahead(day(0), day(2)), r0=7.0))
    assert (report.added, report.revised) == (0, 1)


async def test_what_another_run_has_stored_since_is_no_longer_known(run: Run) -> None:
    """A price that goes there and back, once seen by another run, is two corrections."""
    first, second = day_ahead(day(0), day(0)), prices(day_ahead(day(0), day(0)), r0=7.0)
    run.upstream.etags = True
    run.upstream.set(day_ahead=first)
    clock = [on(1)]

    async def sleep(_seconds: float) -> None:
        if clock == [on(3)]:
            scope.cancel()
        else:
            await Run(run.folder, Upstream(day_ahead=second))(2)
            clock[:] = [on(3)]
        await anyio.lowlevel.checkpoint()

    with anyio.CancelScope() as scope:
        async with run.upstream.client() as client:
            timing = Timing(now=lambda: clock[0], sleep=sleep)
            await archive(client, run.folder, feeds=["day-ahead"], timing=timing)
    table = read_archive(run.folder, "day-ahead", revisions=True).to_pylist()
    assert [row["price_eur_mwh"] for row in table[:3]] == [0.0, 7.0, 0.0]
    assert [row["replaced_at"] for row in table[:3]] == [on(2), on(3), None]


async def test_an_answer_that_came_before_one_that_is_stored_takes_its_place(run: Run) -> None:
    """Another run was first with a newer answer: that one says what holds."""
    await run(3, day_ahead=prices(day_ahead(day(0), day(0)), r0=7.0))
    report = await run(2, day_ahead=prices(day_ahead(day(0), day(1)), r0=5.0))
    assert (report.added, report.revised) == (97, 0)
    table = read_archive(run.folder, "day-ahead", revisions=True)
    first = table.to_pylist()[:2]
    assert [(row["price_eur_mwh"], row["revision"], row["replaced_at"]) for row in first] == [
        (5.0, 0, on(3)), (7.0, 1, None),
    ]  # fmt: skip


async def test_a_folder_of_something_else_is_refused(run: Run) -> None:
    run.folder.mkdir()
    (run.folder / "thesis.txt").write_text("mine")
    with pytest.raises(DatasetMismatch, match=r"thesis\.txt"):
        await run(1)
    assert [one.name for one in run.folder.iterdir()] == ["thesis.txt"]


async def test_rows_of_two_services_do_not_mix(run: Run) -> None:
    await run(1, day_ahead=day_ahead(day(0), day(0)))
    async with run.upstream.client("https://other.example") as client:
        with pytest.raises(DatasetMismatch, match=r"feeds\.example"):
            await archive(client, run.folder, once=True)


async def test_an_archive_of_a_later_version_is_refused(run: Run) -> None:
    await run(1)
    later = Change(notes={"archive": {"format": 99, "base_url": "https://feeds.example"}})
    Table(place_at(run.folder)).commit(lambda *_: later)
    with pytest.raises(DatasetMismatch, match="format 99"):
        await run(1)


async def test_a_copy_is_reported_and_not_among_the_files_for_other_readers(run: Run) -> None:
    await run(1, day_ahead=day_ahead(day(0), day(1)))
    first, second = sorted(run.folder.rglob("*.parquet"))
    shutil.copy(first, first.with_name(f"{first.stem} (1).parquet"))
    shutil.copytree(second.parent, second.parent.with_name(f"{second.parent.name}.bak"))
    assert archive_files(run.folder, "day-ahead") == [str(first), str(second)]
    found = archive_gaps(run.folder)
    assert [(one.day, one.kind) for one in found] == [
        (day(0), "stray file"),
        (day(1), "stray file"),
    ]
    assert "(1).parquet does not belong" in found[0].what


async def test_copies_and_files_that_are_left_over_are_not_read(run: Run) -> None:
    await run(1, day_ahead=day_ahead(day(0), day(0)))
    (file,) = run.folder.rglob("*.parquet")
    shutil.copy(file, file.with_name("part (1).parquet"))
    shutil.copytree(file.parent, file.parent.with_name("day=2026-03-27 (1)"))
    left_over = file.with_name(f"part-{32 * '0'}.parquet")
    shutil.copy(file, left_over)
    os.utime(left_over, (0, 0))
    assert read_archive(run.folder, "day-ahead").num_rows == 96
    assert (await run(1)).failed == {}
    assert not left_over.exists()


async def test_a_damaged_file_is_an_error_and_the_archive_goes_on(run: Run) -> None:
    """What the feed still shows is stored anew, and what was lost is a gap."""
    await run(1, day_ahead=day_ahead(day(0), day(1)))
    file = min(run.folder.rglob("*.parquet"))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(DatasetDamaged, match=rf"{file.name} is damaged"):
        read_archive(run.folder, "day-ahead")
    assert read_archive(run.folder, "day-ahead", first=day(1)).num_rows == 96
    report = await run(2, day_ahead=prices(day_ahead(day(0), day(1)), r0=1.5))
    assert [(one.kind, one.day) for one in report.gaps] == [("damaged", day(0))]
    assert "damaged" in run.lines(OddAnswer)[0]
    assert read_archive(run.folder, "day-ahead").num_rows == 192
    (kept,) = (run.folder / "_damaged").rglob("*.parquet")
    assert kept.read_bytes() == content


@pytest.mark.parametrize("gone", [False, True], ids=["damaged", "gone"])
async def test_a_repair_sets_damaged_files_aside(run: Run, gone: bool) -> None:
    run.upstream.etags = True
    await run(1, day_ahead=day_ahead(day(0), day(1)))
    file = min(run.folder.rglob("*.parquet"))
    file.unlink() if gone else file.write_bytes(b"PAR1 no more")
    report = repair_archive(run.folder)
    assert [(one.kind, one.day) for one in report.gaps] == [("damaged", day(0))]
    assert read_archive(run.folder, "day-ahead").num_rows == 96
    assert len(list((run.folder / "_damaged").rglob("*.parquet"))) == (not gone)
    await run(2)  # upstream, whose answer is the same, is asked for all of it
    assert read_archive(run.folder, "day-ahead").num_rows == 96 + 96


async def test_an_archive_lives_in_a_store_too(run: Run) -> None:
    run.folder = place_at("memory://prices")  # type: ignore[assignment]
    await run(1, day_ahead=day_ahead(day(0), day(1)))
    report = await run(2, day_ahead=prices(day_ahead(day(0), day(1)), r0=7.0))
    assert (report.added, report.revised) == (0, 1)
    assert read_archive(run.folder, "day-ahead").num_rows == 192
    assert archive_gaps(run.folder) == []


async def test_it_reads_as_it_was_at_a_moment(run: Run) -> None:
    await run(0, day_ahead=hours(day(0)))
    await run(1, day_ahead=day_ahead(day(0), day(0)))
    await run(2, day_ahead=prices(day_ahead(day(0), day(1)), r0=7.0))

    def known(moment: datetime | None, **options: Any) -> list[float]:
        table = read_archive(run.folder, "day-ahead", as_of=moment, last=day(0), **options)
        found: list[float] = table["price_eur_mwh"].to_pylist()
        return found

    assert known(on(0) - DAY) == []
    assert known(on(0)) == known(on(1) - timedelta(seconds=1)) == [100.0] * 24
    assert known(on(1)) == list(range(96))
    assert known(on(2)) == known(None) == [7.0, *range(1, 96)]
    assert len(known(on(1), revisions=True)) == 120
    table = read_archive(run.folder, "day-ahead", as_of=on(1), revisions=True)
    assert set(table["replaced_at"].to_pylist()) == {None, on(1)}
    with pytest.raises(ValueError, match="as_of"):
        known(datetime(2026, 3, 27))  # noqa: DTZ001


async def test_as_of_gives_what_was_read_at_the_time(run: Run) -> None:
    """Three weeks of corrections, hours that become quarter-hours, days that leave the window."""
    draw, seen = random.Random(4), []
    shown = {n: hours(day(n))["rows"] for n in range(25)}
    for now in range(21):
        for n in (draw.randrange(now, now + 4) for _ in range(2)):
            if draw.random() < 0.4:
                shown[n] = day_ahead(day(n), day(n))["rows"]
            draw.choice(shown[n])["price_eur_mwh"] = draw.choice([None, 0.0, draw.random() * 90])
            if draw.random() < 0.3:
                shown[n].pop(draw.randrange(len(shown[n])))
        await run(now, day_ahead={"rows": [row for n in range(now, now + 4) for row in shown[n]]})
        seen.append((on(now), read_archive(run.folder, "day-ahead").to_pylist()))
    assert read_archive(run.folder, "day-ahead", revisions=True).num_rows > len(seen[-1][1]) + 100
    for _ in range(20):
        moment = on(0) + draw.random() * (on(20) - on(0))
        expected = [rows for at, rows in seen if at <= moment][-1]
        assert read_archive(run.folder, "day-ahead", as_of=moment).to_pylist() == expected


async def test_an_archive_of_an_older_format_is_taken_over(run: Run) -> None:
    await run(1, day_ahead=day_ahead(day(0), day(1)))
    new, run.folder = run.folder, run.folder.with_name("old")
    month = run.folder / "feed=day-ahead" / "month=2026-03"
    month.mkdir(parents=True)
    for file in new.rglob("*.parquet"):
        shutil.copy(file, month / f"{file.parent.name.removeprefix('day=')}.parquet")
    shutil.copy(file, month / "2026-03-27 (1).parquet")
    old = run.folder / "_archive.json"
    old.write_text('{"format":1,"base_url":"https://feeds.example"}')
    with pytest.raises(DatasetMismatch, match="--repair"):
        await run(2)
    repair_archive(run.folder)
    assert read_archive(run.folder, "day-ahead") == read_archive(new, "day-ahead")
    assert not old.exists()
    report = await run(2, day_ahead=prices(day_ahead(day(0), day(2)), r0=7.0))
    assert (report.added, report.revised) == (92, 1)
    assert read_archive(run.folder, "day-ahead").num_rows == 284


# Read by a later version


def body_with(cell: str, answer: dict[str, Any], row: int = 7) -> tuple[int, str]:
    """An answer in which a price is the text `83,4`, or another one."""
    body = msgspec.json.encode(answer).decode()
    start = answer["rows"][row]["hour_start_utc"]
    place = body.index('"price_eur_mwh":', body.index(f'"hour_start_utc":"{start}"')) + 16
    return 200, body[:place] + cell + body[body.index("}", place) :]


async def test_a_later_version_reads_what_was_put_aside(
    run: Run, later_version: Callable[[], None]
) -> None:
    await run(0, day_ahead=body_with('"83,4"', day_ahead(day(0), day(0))))
    assert repair_archive(run.folder).added == 0  # this version reads no more than before
    assert len(archive_gaps(run.folder)) == 1
    later_version()
    report = repair_archive(run.folder)
    assert (report.added, report.gaps) == (1, ())
    table = read_archive(run.folder, "day-ahead")
    assert table["price_eur_mwh"].to_pylist() == [*range(7), 83.4, *range(8, 96)]
    assert set(table["fetched_at"].to_pylist()) == {on(0)}
    assert not list((run.folder / "_unread").rglob("*.gz"))


@pytest.mark.parametrize("before", [True, False], ids=["known before", "not known before"])
async def test_rows_that_came_later_hold_when_an_old_answer_is_read(
    run: Run, later_version: Callable[[], None], before: bool
) -> None:
    answer = day_ahead(day(0), day(0))
    if before:
        await run(0, day_ahead=answer)
    await run(1, day_ahead=body_with('"83,4"', answer))
    await run(2, day_ahead=prices(day_ahead(day(0), day(1)), r7=9.5))
    later_version()
    repair_archive(run.folder)
    assert read_archive(run.folder, "day-ahead")["price_eur_mwh"].to_pylist()[7] == 9.5
    table = read_archive(run.folder, "day-ahead", revisions=True).to_pylist()
    found = [row for row in table if row["hour_start_utc"] == table_start(answer, 7)]
    assert [row["price_eur_mwh"] for row in found] == ([7.0] if before else []) + [83.4, 9.5]
    assert [row["revision"] for row in found] == list(range(len(found)))
    ends = [row["replaced_at"] for row in found]
    assert ends == ([on(1)] if before else []) + [on(2), None]


async def test_a_price_that_was_taken_back_beside_an_unread_one_goes(
    run: Run, later_version: Callable[[], None]
) -> None:
    """Read in turn, the last of two answers has one price where the one before had two."""
    answer = day_ahead(day(0), day(0))
    second = prices(answer, r7=9.5)["rows"][7]
    status, body = body_with('"83,4"', answer)
    both = body.replace('"rows":[', f'"rows":[{msgspec.json.encode(second).decode()},')
    await run(0, day_ahead=(status, both))
    await run(1, day_ahead=(status, body))
    assert read_archive(run.folder, "day-ahead")["price_eur_mwh"].to_pylist()[7] == 9.5
    later_version()
    repair_archive(run.folder)
    table = read_archive(run.folder, "day-ahead")
    assert table["price_eur_mwh"].to_pylist() == [*range(7), 83.4, *range(8, 96)]


async def test_a_price_that_was_confirmed_since_is_not_replaced_by_an_old_one(
    run: Run, later_version: Callable[[], None]
) -> None:
    answer = day_ahead(day(0), day(0))
    await run(0, day_ahead=answer)
    await run(1, day_ahead=body_with('"83,4"', answer))
    await run(2, day_ahead=day_ahead(day(0), day(1)))
    later_version()
    repair_archive(run.folder)
    assert read_archive(run.folder, "day-ahead")["price_eur_mwh"].to_pylist()[7] == 7.0
    table = read_archive(run.folder, "day-ahead", revisions=True)
    assert 83.4 in table["price_eur_mwh"].to_pylist()


def table_start(answer: dict[str, Any], row: int) -> datetime:
    return datetime.fromisoformat(answer["rows"][row]["hour_start_utc"])


async def test_a_disk_that_refuses_ends_it(run: Run) -> None:
    with pytest.raises(WriteFailed):
        await Run(run.folder / "not" / "there", run.upstream)(1)


@pytest.mark.parametrize(
    ("feeds", "error"),
    [((), ValueError), (("day-ahead", "gas"), ValueError), ("day-ahead", TypeError)],
)
async def test_feeds_that_do_not_exist_are_refused(
    tmp_path: Path, upstream: Upstream, feeds: Any, error: type[Exception]
) -> None:
    async with upstream.client() as client:
        with pytest.raises(error):
            await archive(client, tmp_path / "prices", feeds=feeds, once=True)
    assert not (tmp_path / "prices").exists()


# As a service


async def play(run: Run, hours: float, *feeds: Any) -> VirtualTime:
    clock = VirtualTime(on(1), len(feeds))
    timing = Timing(now=clock.now, sleep=clock.sleep, draw=random.Random(3).random)
    async with run.upstream.client() as client:
        with clock.until(on(1) + timedelta(hours=hours)):
            await archive(
                client, run.folder, feeds=feeds, on_event=run.events.append, timing=timing
            )
    return clock


async def test_it_goes_on_until_it_is_stopped(run: Run) -> None:
    run.upstream.set(day_ahead=day_ahead(day(0), day(2)), afrr_capacity=capacity(day(0)))
    await play(run, 48, "day-ahead", "afrr-capacity")
    assert 40 < run.upstream.asked.count("day-ahead") < 130
    assert run.lines(RowsStored)
    assert read_archive(run.folder, "day-ahead").num_rows == 284
    assert (await run(3)).failed == {}  # the folder is free


async def test_failures_are_asked_less_and_less_often(run: Run) -> None:
    run.upstream.set(day_ahead=(500, "{}"))
    await play(run, 24, "day-ahead")
    counts = [one.failures for one in run.events]
    waits = [
        (b.at - a.at).total_seconds() for a, b in zip(run.events, run.events[1:], strict=False)
    ]
    assert counts == list(range(1, len(counts) + 1))
    assert waits[0] < 80
    assert 2600 < max(waits) < 4600
    assert len(counts) < 40


def test_a_server_that_asks_for_patience_gets_it() -> None:
    timing = Timing(now=lambda: on(1), draw=lambda: 0.5)
    for asked, seconds in ((7200.0, 7200 * 1.05), (None, 60)):
        error = RateLimited("slow down", retry_after=asked)
        again = timing.next_poll("day-ahead", None, failures=1, error=error)
        assert again - on(1) == timedelta(seconds=seconds)


def test_a_feed_that_failed_is_not_asked_again_on_the_full_hour() -> None:
    timing = Timing(now=lambda: moment("2026-03-28T13:59:00"), draw=lambda: 0.5)
    again = timing.next_poll("day-ahead", None, failures=1, error=RateLimited("slow down"))
    assert moment("2026-03-28T14:01:30") < again < moment("2026-03-28T14:07:00")


async def test_failures_are_counted_anew_after_an_answer(run: Run) -> None:
    answer = day_ahead(day(0), day(2))
    run.upstream.set(day_ahead=lambda number: answer if number == 3 else (500, "{}"))
    await play(run, 8, "day-ahead")
    counts = [one.failures for one in run.events if isinstance(one, PollFailed)]
    assert counts[:5] == [1, 2, 1, 2, 3]


async def test_days_that_are_known_are_not_read_again(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    added: list[date] = []
    real = Draft.add

    def add(self: Draft, series: Any, one: date, *rest: Any) -> Any:
        added.append(one)
        return real(self, series, one, *rest)

    monkeypatch.setattr(Draft, "add", add)
    run.upstream.set(day_ahead=lambda number: day_ahead(day(0), day(2), note=number))
    await play(run, 24, "day-ahead")
    assert len(run.upstream.asked) > 5
    assert added == [day(0), day(1), day(2)]


async def test_a_lost_subscription_ends_a_service(run: Run) -> None:
    """At once, whatever the other feeds wait for."""
    run.upstream.set(
        day_ahead=day_ahead(day(0), day(2)),
        afrr_capacity=lambda number: capacity(day(0)) if number < 3 else (401, "{}"),
    )
    with pytest.raises(NotSubscribed):
        await play(run, 48, "day-ahead", "afrr-capacity")


async def test_a_bare_cancellation_leaves_the_folder_whole_and_free(run: Run) -> None:
    """As `asyncio.Task.cancel` does it, in the middle of writing."""
    run.upstream.set(day_ahead=day_ahead(day(0), day(28)))
    clock = VirtualTime(on(1), 2)
    async with run.upstream.client() as client:
        for passes in range(1, 12):
            task = asyncio.ensure_future(
                archive(
                    client, run.folder, feeds=["day-ahead"],
                    timing=Timing(now=clock.now, sleep=clock.sleep),
                )
            )  # fmt: skip
            for _ in range(passes):
                await asyncio.sleep(0.001)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert (await run(1)).failed == {}
    assert read_archive(run.folder, "day-ahead").num_rows == 28 * 96 + 92
    assert list(run.folder.rglob(".*.tmp")) == []


async def test_an_answer_that_grew_too_large_is_asked_for_once(run: Run) -> None:
    text = "A server error has occurred\n\nFUNCTION_RESPONSE_PAYLOAD_TOO_LARGE\n\ncdg1::x-1"
    upstream = Upstream(afrr_energy=(500, text, {"content-type": "text/plain"}))
    async with Nanocorp("token", base_url="https://feeds.example", backend=upstream) as client:
        report = await archive(client, run.folder, feeds=["afrr-energy"], once=True)
    assert upstream.asked == ["afrr-energy"]
    assert "no answer of more than 4.5 MB" in report.failed["afrr-energy"]


async def test_no_flipped_bit_of_any_file_is_read_as_something_else(run: Run) -> None:
    """Each is a clear error that names the file, or changes nothing that is read."""
    await run(1, day_ahead=hours(day(0)), afrr_capacity=capacity(day(0)))
    answer = day_ahead(day(0), day(1))
    await run(2, "day-ahead", "afrr-capacity", day_ahead=body_with('"N/A"', answer))
    await run(4, "day-ahead", "afrr-capacity", day_ahead=day_ahead(day(1), day(2)))
    truth, outcomes = everything(run.folder), Counter[str]()
    draw = random.Random(3)
    files = sorted(one for one in run.folder.rglob("*") if one.is_file())
    for file in draw.choices(files, weights=[one.stat().st_size for one in files], k=FLIPS):
        content = file.read_bytes()
        flipped = bytearray(content)
        flipped[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        file.write_bytes(flipped)
        try:
            outcomes["unharmed" if everything(run.folder) == truth else "silent"] += 1
        except DatasetDamaged as exc:
            outcomes["refused" if exc.path in file.as_posix() else "another file named"] += 1
        file.write_bytes(content)
    print(dict(outcomes))
    assert outcomes["silent"] == outcomes["another file named"] == 0
    assert outcomes["refused"] > FLIPS / 3


FLIPS = int(os.environ.get("FLIPS", "60"))


def everything(folder: Path) -> list[Any]:
    """All that can be read of an archive."""
    series: tuple[Any, ...] = ("day-ahead", "afrr-capacity")
    tables = [read_archive(folder, one, revisions=True).to_pylist() for one in series]
    table = Table(place_at(folder))
    snapshot = table.load()
    draft = Draft(table, snapshot)
    bodies = [draft.body(one) for one in draft.state.unread]
    return [*tables, archive_gaps(folder), bodies]
