"""Several writers and readers on the emulators of three clouds, undisturbed and disturbed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from energy_async.cli.entry import run
from energy_async.storage import Table, clean, place_at, strays
from energy_sandbox import Sandbox
from nanocorp_async import (
    ArchiveReport,
    Timing,
    archive,
    archive_gaps,
    read_archive,
    repair_archive,
)
from tests.bulk import fake_terralayr as fake
from tests.feeds.upstream import Upstream, capacity, day_ahead, hours, prices
from tests.storage import stores
from trlyr_async import bulk

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("obstore", reason="stores need obstore")
START = datetime(2026, 3, 27, tzinfo=UTC)
RANGE: dict[str, Any] = {
    "start": START,
    "end": START + timedelta(days=6),
    "window": timedelta(days=2),
}
FEEDS: tuple[Any, ...] = ("day-ahead", "fcr-capacity")
FLUSH = bulk.FlushPolicy(windows=4)
server: Any = fake.Server


@pytest.fixture(params=["s3", "azure", "google"])
def url(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[str]:
    _forget_accounts(monkeypatch)
    with contextlib.ExitStack() as stack:
        if request.param == "s3":
            yield stack.enter_context(stores.s3(monkeypatch))[0]
        elif request.param == "azure":
            yield stack.enter_context(stores.azure(monkeypatch, tmp_path))
        else:
            yield stack.enter_context(stores.google(monkeypatch))


@pytest.fixture
def disturbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, stores.Trouble]]:
    _forget_accounts(monkeypatch)
    with stores.s3(monkeypatch) as found:
        yield found


def _forget_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_", "STORAGE_")):
            monkeypatch.delenv(name)


async def pulled(url: str) -> bulk.Report:
    return await bulk.pull_revenue_to(
        server(delay=0.002), url, fake.ASSETS[:2], **RANGE, flush=FLUSH
    )


async def alone(tmp_path: Path) -> Any:
    await pulled(str(tmp_path / "alone"))
    return bulk.read(tmp_path / "alone")


def corrected(_asset: str, stream: str, rows: list[Any]) -> list[Any]:
    if stream != "tolling":
        return rows
    fields = rows[0].__struct_fields__ if rows else ()
    return [
        type(row)(**{**{n: getattr(row, n) for n in fields}, "version_number": "2"}) for row in rows
    ]


@pytest.mark.timeout(300)
async def test_three_writers_and_two_readers_of_one_dataset(url: str, tmp_path: Path) -> None:
    """Nothing is missing, nothing doubled, nobody blocked; each reader sees one state."""
    reports = await asyncio.gather(*(pulled(url) for _ in range(3)))
    assert all(one.complete for one in reports)
    expected = await alone(tmp_path)
    assert bulk.read(url).equals(expected)
    table = Table(place_at(url))
    assert strays(table, table.load()) == []

    async def read() -> set[int]:
        return {(await asyncio.to_thread(bulk.read, url)).num_rows for _ in range(4)}

    update = bulk.update_revenue(server(corrected), url, end=RANGE["end"])
    report, *counts = await asyncio.gather(update, read(), read())
    assert report.changes.corrected > 0
    assert set.union(*counts) == {expected.num_rows}
    tolling = bulk.read(url, streams=["tolling"])
    assert set(tolling["version_number"].to_pylist()) == {"2"}


@pytest.mark.timeout(300)
async def test_a_store_that_refuses_and_loses_every_fifth_answer(
    disturbed: tuple[str, stores.Trouble], tmp_path: Path
) -> None:
    url, trouble = disturbed
    trouble.busy = trouble.lost = 0.1
    reports = await asyncio.gather(*(pulled(url) for _ in range(2)))
    await bulk.update_revenue(server(corrected), url, end=RANGE["end"])
    trouble.busy = trouble.lost = 0.0
    assert all(one.complete for one in reports)
    names = ["virtual_asset_id", "stream", "start", "revenue"]
    assert bulk.read(url).select(names).equals((await alone(tmp_path)).select(names))


async def test_lost_answers_to_commits_lock_nobody_out(
    disturbed: tuple[str, stores.Trouble], tmp_path: Path
) -> None:
    url, trouble = disturbed
    trouble.lost_creates = 5
    assert (await pulled(url)).complete
    assert trouble.lost_creates == 0
    assert bulk.read(url).equals(await alone(tmp_path))


async def test_stale_listings_do_no_harm(
    disturbed: tuple[str, stores.Trouble], tmp_path: Path
) -> None:
    url, trouble = disturbed
    trouble.stale = True
    with pytest.raises(bulk.DatasetMissing):
        bulk.read(url)
    assert (await pulled(url)).complete
    assert bulk.read(url).equals(await alone(tmp_path))
    again = server()
    report = await bulk.pull_revenue_to(again, url, fake.ASSETS[:2], **RANGE)
    assert (report.complete, again.asked) == (True, [])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs SIGSTOP")
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("what", "late"),
    [("/part-", False), (".commit", False), (".commit", True)],
    ids=["part", "commit", "commit, then its answer"],
)
async def test_a_writer_that_slept_inside_a_put_undoes_nothing(
    disturbed: tuple[str, stores.Trouble], tmp_path: Path, what: str, late: bool
) -> None:
    """It sleeps for longer than its time-outs, while another does all of it and cleans up."""
    url, trouble = disturbed
    for where in (url, str(tmp_path / "alone")):
        await pulled(where)
    trouble.hold, trouble.late = what, late
    command = [sys.executable, str(Path(__file__).with_name("sleeping_writer.py")), url]
    child = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    assert await asyncio.to_thread(trouble.held.wait, 120)
    child.send_signal(signal.SIGSTOP)
    await asyncio.sleep(4)  # its time-outs are of three seconds

    async def update(where: str) -> None:
        end = RANGE["end"] + timedelta(days=2)
        report = await bulk.update_revenue(server(corrected), where, end=end, flush=FLUSH)
        assert report.complete

    await update(url)
    table = Table(place_at(url))
    clean(table, older_than=timedelta(0))
    trouble.release.set()
    child.send_signal(signal.SIGCONT)
    said = (await child.communicate())[0].decode()
    assert child.returncode == 0 or (child.returncode == 3 and "run again" in said)
    await update(url)
    await update(str(tmp_path / "alone"))
    clean(table, older_than=timedelta(0))
    assert strays(table, table.load()) == []
    assert bulk.read(url).equals(bulk.read(tmp_path / "alone"))
    found, expected = (bulk.read_revisions(one) for one in (url, tmp_path / "alone"))
    assert found is not None
    assert expected is not None
    assert found.drop_columns(["noticed_at"]).equals(expected.drop_columns(["noticed_at"]))


async def archived(place: Any, hour: int, **answers: Any) -> ArchiveReport:
    upstream = Upstream(**answers)
    timing = Timing(now=lambda: START.replace(hour=hour))
    async with upstream.client() as client:
        return await archive(client, place, feeds=list(FEEDS), once=True, timing=timing)


def everything(place: Any) -> list[Any]:
    tables = [read_archive(place, one, revisions=True).to_pylist() for one in FEEDS]
    return [*tables, archive_gaps(place)]


@pytest.mark.timeout(300)
async def test_two_runs_of_the_french_archive_in_a_store(url: str, tmp_path: Path) -> None:
    """A day that changes its resolution, a cell that cannot be read, a repair: as on a disk."""
    first, later = START.date(), START.date() + timedelta(days=1)
    before = {"day_ahead": hours(first), "fcr_capacity": capacity(first, ("SYMMETRIC",))}
    after = {
        "day_ahead": prices(day_ahead(first, later), r3="N/A"),
        "fcr_capacity": capacity(later, ("SYMMETRIC",)),
    }
    for place, runs in ((url, 2), (tmp_path / "alone", 1)):
        for hour, answers in ((1, before), (2, after)):
            await asyncio.gather(*(archived(place, hour, **answers) for _ in range(runs)))
        repair_archive(place)
    assert everything(url) == everything(tmp_path / "alone")
    assert read_archive(url, "day-ahead").num_rows == 2 * 96 - 1
    table = Table(place_at(url))
    assert strays(table, table.load()) == []


async def test_an_archive_takes_a_store_without_conditions_for_one_writer(
    disturbed: tuple[str, stores.Trouble], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, trouble = disturbed
    trouble.careless = True
    with pytest.raises(bulk.UnsafeStore, match="--single-writer"):
        await archived(url, 1, day_ahead=hours(START.date()))
    async with Sandbox() as sandbox:
        monkeypatch.setenv("NANOCORP_BASE_URL", sandbox.feeds_url)
        monkeypatch.setenv("NANOCORP_TOKEN", sandbox.token)
        command = ["archive", url, "--once", "--feed", "day-ahead", "--single-writer"]
        code = await asyncio.to_thread(run, "nanocorp", "nanocorp_async.cli.app", command)
    assert code == 0
    assert read_archive(url, "day-ahead").num_rows > 90


async def test_a_store_without_conditions_is_found_out(
    disturbed: tuple[str, stores.Trouble],
) -> None:
    url, trouble = disturbed
    trouble.careless = True
    with pytest.raises(bulk.UnsafeStore, match="--single-writer"):
        await pulled(url)
    place = place_at(url, single_writer=True)
    report = await bulk.pull_revenue_to(server(), place, fake.ASSETS[:2], **RANGE)
    assert report.rows == bulk.read(url).num_rows
