"""Datasets in stores that fsspec knows: whole files, one pull at a time, errors of the store."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from energy_async.bulk import DatasetLocked, FsspecFolder, LocalFolder, folder_at
from energy_async.bulk.lease import Lease
from trlyr_async import bulk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START = datetime(2026, 3, 30, tzinfo=UTC)
RANGE: dict[str, Any] = {
    "start": START,
    "end": START + timedelta(days=4),
    "window": timedelta(days=2),
    "streams": ["tolling", "ancillary"],
}
SMALL = bulk.FlushPolicy(windows=3)


class Aside(LocalFileSystem):  # type: ignore[misc]
    """A local store behind fsspec, whose files do not appear as a whole."""

    protocol = "aside"


fsspec.register_implementation("aside", Aside, clobber=True)


@pytest.fixture(params=["memory", "aside"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]
    yield "memory://bucket/revenue" if request.param == "memory" else f"aside://{tmp_path}/revenue"
    MemoryFileSystem.store.clear()


def names_at(url: str) -> list[str]:
    store, root = fsspec.core.url_to_fs(url)
    return sorted(one.removeprefix(root) for one in store.find(root))


async def test_a_dataset_in_a_store_is_that_of_a_folder(
    fake: Any, url: str, tmp_path: Path
) -> None:
    for place in (url, tmp_path / "plain"):
        report = await bulk.pull_revenue_to(fake.Server(), place, fake.ASSETS[:2], **RANGE)
        assert report.complete
    assert bulk.read(url).equals(bulk.read(tmp_path / "plain"))
    folder = tmp_path / "plain"
    files = sorted(one.relative_to(folder) for one in folder.rglob("*") if one.is_file())
    assert names_at(url) == [f"/{one.as_posix()}" for one in files if one.name != ".lock"]


async def test_a_pull_into_a_store_is_resumed_and_updated(fake: Any, url: str) -> None:
    tasks: list[asyncio.Task[bulk.Report]] = []

    def stop(progress: bulk.Progress) -> None:
        if progress.done == 5:
            tasks[0].cancel()

    pull = bulk.pull_revenue_to(
        fake.Server(), url, fake.ASSETS[:2], **RANGE, concurrency=1, on_progress=stop, flush=SMALL
    )
    tasks.append(asyncio.create_task(pull))
    await asyncio.wait(tasks)
    assert tasks[0].cancelled()
    report = await bulk.pull_revenue_to(fake.Server(), url, fake.ASSETS[:2], **RANGE)
    assert report.complete
    assert 5 <= report.resumed < len(report.windows)

    def corrected(_asset: str, stream: str, rows: list[Any]) -> list[Any]:
        return rows[:-1] if stream == "ancillary" else rows

    changed = await bulk.update_revenue(fake.Server(corrected), url, end=START + timedelta(days=5))
    assert changed.complete
    assert changed.changes.vanished == 2
    revisions = bulk.read_revisions(url)
    assert revisions is not None
    assert revisions.num_rows == 2


async def test_of_two_simultaneous_pulls_one_gets_through(fake: Any, url: str) -> None:
    outcomes = await asyncio.gather(
        *(
            bulk.pull_revenue_to(fake.Server(delay=0.02), url, fake.ASSETS[:2], **RANGE)
            for _ in range(3)
        ),
        return_exceptions=True,
    )
    kinds = sorted(type(one).__name__ for one in outcomes)
    assert kinds == ["DatasetLocked", "DatasetLocked", "Report"]
    refusal = next(one for one in outcomes if isinstance(one, DatasetLocked))
    assert "process" in str(refusal)
    assert not [name for name in names_at(url) if "lock" in name]


async def test_a_store_that_fails_midway_is_told_and_the_run_resumed(
    fake: Any, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = MemoryFileSystem if url.startswith("memory") else Aside
    real, writes = kind.pipe_file, count(1)

    def failing(self: Any, path: str, value: bytes, mode: str = "overwrite", **_: Any) -> None:
        if path.endswith((".parquet", ".parquet.tmp")) and next(writes) > 2:
            real(self, path, value[: len(value) // 2]) if kind is Aside else None
            raise RuntimeError("slow down, says the store")
        real(self, path, value, mode=mode)

    monkeypatch.setattr(kind, "pipe_file", failing)
    with pytest.raises(bulk.WriteFailed, match="slow down") as caught:
        await bulk.pull_revenue_to(fake.Server(), url, fake.ASSETS[:2], **RANGE, flush=SMALL)
    assert str(caught.value.filename).endswith(".parquet")
    monkeypatch.undo()
    report = await bulk.pull_revenue_to(fake.Server(), url, fake.ASSETS[:2], **RANGE)
    assert report.complete
    assert 0 < report.resumed < len(report.windows)
    assert bulk.read(url).num_rows == report.rows
    assert not [name for name in names_at(url) if name.endswith(".tmp")]


async def test_a_store_that_cannot_be_reached_is_told(
    fake: Any, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ConnectionError("no route")

    monkeypatch.setattr(MemoryFileSystem, "makedirs", broken)
    monkeypatch.setattr(Aside, "makedirs", broken)
    server = fake.Server()
    with pytest.raises(bulk.WriteFailed, match="no route"):
        await bulk.pull_revenue_to(server, url, fake.ASSETS[:1], **RANGE)
    assert server.asked == []


async def test_other_things_in_the_place_are_left_alone(fake: Any, url: str) -> None:
    store, root = fsspec.core.url_to_fs(url)
    store.makedirs(root, exist_ok=True)
    store.pipe_file(f"{root}/thesis.txt", b"mine")
    with pytest.raises(bulk.DatasetMismatch, match=r"thesis\.txt"):
        await bulk.pull_revenue_to(fake.Server(), url, fake.ASSETS[:1], **RANGE)
    assert names_at(url) == ["/thesis.txt"]


async def test_a_file_url_is_a_plain_folder(fake: Any, tmp_path: Path) -> None:
    """So that a killed process leaves nothing half written."""
    place = (tmp_path / "with space").as_uri()
    assert isinstance(folder_at(place), LocalFolder)
    await bulk.pull_revenue_to(fake.Server(), place, fake.ASSETS[:1], **RANGE)
    assert bulk.read(place).equals(bulk.read(tmp_path / "with space"))


def test_a_folder_of_ones_own_is_taken_as_it_is(url: str) -> None:
    folder = FsspecFolder(url, lease=timedelta(minutes=1))
    assert folder_at(folder) is folder
    assert str(folder) == url


@pytest.mark.parametrize(
    ("missing", "url", "said"),
    [
        pytest.param("fsspec", "memory://x", r"trlyr-async\[fsspec\]", id="the extra"),
        pytest.param("s3fs", "s3://bucket/x", "s3fs", id="the package of the store"),
    ],
)
def test_what_is_not_installed_is_named(missing: str, url: str, said: str) -> None:
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from energy_async.bulk import folder_at\n"
        f"folder_at({url!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].startswith("ImportError: ")
    assert said.replace("\\", "") in done.stderr.splitlines()[-1]


def test_an_unknown_kind_of_url_is_refused() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        folder_at("nonsense://bucket/x")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 5, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def lease(url: str, clock: Clock) -> Lease:
    folder = FsspecFolder(url)
    folder.make()
    return Lease(folder, ".lock", length=timedelta(minutes=5), now=clock, renew=False)


def test_a_lock_that_ran_out_is_taken_over_and_its_holder_stopped(url: str, clock: Clock) -> None:
    slept, other = lease(url, clock), lease(url, clock)
    slept.take()
    clock.now += timedelta(minutes=4)
    with pytest.raises(DatasetLocked, match="00:05:00Z"):
        other.take()
    clock.now += timedelta(minutes=2)
    other.take()
    other.check()
    with pytest.raises(DatasetLocked, match="ran out"):
        slept.check()
    slept.renew()
    with pytest.raises(DatasetLocked, match="by now"):
        slept.check()
    slept.release()
    assert names_at(url) == ["/.lock"]
    other.release()
    assert names_at(url) == []


def test_a_renewed_lock_does_not_run_out(url: str, clock: Clock) -> None:
    holder, other = lease(url, clock), lease(url, clock)
    holder.take()
    for _ in range(5):
        clock.now += timedelta(minutes=4)
        holder.renew()
        holder.check()
        with pytest.raises(DatasetLocked):
            other.take()
    holder.release()
    other.take()


def test_of_two_who_saw_the_same_stale_lock_one_takes_it_over(
    url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slower one has looked before, and acts after the other is done."""
    vanished, quick, slow = (lease(url, clock) for _ in range(3))
    vanished.take()
    clock.now += timedelta(minutes=6)
    real = FsspecFolder.create
    overtaken: list[str] = []

    def create(self: FsspecFolder, name: str, content: bytes) -> bool:
        if name.endswith(".takeover") and not overtaken:
            overtaken.append(name)
            quick.take()
        return real(self, name, content)

    monkeypatch.setattr(FsspecFolder, "create", create)
    with pytest.raises(DatasetLocked, match="another pull is writing"):
        slow.take()
    assert overtaken
    quick.renew()
    quick.check()


def test_a_takeover_that_was_killed_is_named(url: str, clock: Clock) -> None:
    vanished, other = lease(url, clock), lease(url, clock)
    vanished.take()
    FsspecFolder(url).put(".lock.takeover", b"{}")
    clock.now += timedelta(minutes=6)
    with pytest.raises(DatasetLocked, match=r"remove \.lock\.takeover"):
        other.take()


def test_a_store_that_lets_two_create_lets_one_go_on(
    url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last to write has it; the first finds that out before it writes a thing."""
    first, second = lease(url, clock), lease(url, clock)

    def careless(self: FsspecFolder, name: str, content: bytes) -> bool:
        self.put(name, content)
        return True

    monkeypatch.setattr(FsspecFolder, "create", careless)
    first.take()
    second.take()
    first.renew()
    with pytest.raises(DatasetLocked):
        first.check()
    second.check()


async def test_a_pull_that_lost_its_lock_writes_nothing_more(fake: Any, url: str) -> None:
    folder = FsspecFolder(url)

    def rob(progress: bulk.Progress) -> None:
        if progress.done == 4:
            folder.remove(".lock")
            folder._lease.renew()

    with pytest.raises(DatasetLocked, match="held by nobody by now"):
        await bulk.pull_revenue_to(
            fake.Server(), folder, fake.ASSETS[:2], **RANGE, concurrency=1, flush=SMALL,
            on_progress=rob,
        )  # fmt: skip
    report = await bulk.pull_revenue_to(fake.Server(), url, fake.ASSETS[:2], **RANGE)
    assert report.complete
    assert report.resumed == 6  # the first three windows, each in two months


def test_the_lock_is_renewed_in_the_background(url: str) -> None:
    folder = FsspecFolder(url, lease=timedelta(seconds=0.2))
    folder.make()
    folder.lock()
    try:
        held = folder.read(".lock")
        for _ in range(500):
            if folder.read(".lock") != held:
                break
            asyncio.run(asyncio.sleep(0.01))
        assert folder.read(".lock") not in (held, None)
    finally:
        folder.unlock()


def test_who_was_overwritten_while_taking_the_lock_has_not_taken_it(
    url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = lease(url, clock), lease(url, clock)
    real = FsspecFolder.put
    taken: list[str] = []

    def careless(self: FsspecFolder, name: str, content: bytes) -> bool:
        real(self, name, content)
        if not taken:
            taken.append(name)
            second.take()
        return True

    monkeypatch.setattr(FsspecFolder, "create", careless)
    with pytest.raises(DatasetLocked, match="another pull is writing"):
        first.take()
    second.check()


def test_a_lock_that_cannot_be_given_back_runs_out(
    url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder, other = lease(url, clock), lease(url, clock)
    holder.take()

    def broken(*_: Any) -> None:
        raise bulk.WriteFailed(5, "no route")

    with monkeypatch.context() as patch:
        patch.setattr(FsspecFolder, "remove", broken)
        holder.release()
    clock.now += timedelta(minutes=6)
    other.take()
