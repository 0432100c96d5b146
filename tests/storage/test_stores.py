"""Several writers and readers on the emulators of three clouds, undisturbed and disturbed."""

from __future__ import annotations

import asyncio
import contextlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from energy_async.storage import Table, place_at, strays
from tests.bulk import fake_terralayr as fake
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
FLUSH = bulk.FlushPolicy(windows=4)
server: Any = fake.Server


@pytest.fixture(params=["s3", "azure", "google"])
def url(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[str]:
    if request.param == "google":
        yield stores.google()
        return
    _forget_accounts(monkeypatch)
    with contextlib.ExitStack() as stack:
        if request.param == "s3":
            yield stack.enter_context(stores.s3(monkeypatch))[0]
        else:
            yield stack.enter_context(stores.azure(monkeypatch, tmp_path))


@pytest.fixture
def disturbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, stores.Trouble]]:
    _forget_accounts(monkeypatch)
    with stores.s3(monkeypatch) as found:
        yield found


def _forget_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_")):
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


async def test_a_store_without_conditions_is_found_out(
    monkeypatch: pytest.MonkeyPatch, disturbed: tuple[str, stores.Trouble]
) -> None:
    url, trouble = disturbed
    inner = trouble._app

    def careless(environ: Any, start_response: Any) -> Any:
        environ.pop("HTTP_IF_NONE_MATCH", None)
        return inner(environ, start_response)

    trouble._app = careless
    with pytest.raises(bulk.UnsafeStore, match="--single-writer"):
        await pulled(url)
    place = place_at(url, single_writer=True)
    report = await bulk.pull_revenue_to(server(), place, fake.ASSETS[:2], **RANGE)
    assert report.rows == bulk.read(url).num_rows
