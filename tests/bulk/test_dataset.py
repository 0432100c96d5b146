"""The pull into a dataset: what it writes, how it is taken up again, what it refuses."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

import energy_async
from energy_async import delivery
from energy_async.tables import units
from energy_async.transport.errors import LoginFailed, NotFound, ServerError
from trlyr_async import bulk

START = datetime(2026, 3, 27, tzinfo=UTC)
RANGE: dict[str, Any] = {
    "start": START,
    "end": START + timedelta(days=4),
    "window": timedelta(days=2),
}
SMALL = bulk.FlushPolicy(windows=3)


def names_in(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.rglob("*"))


def parts_of(folder: Path, stream: str) -> list[Path]:
    return sorted(folder.glob(f"stream={stream}/month=*/*.parquet"))


async def test_the_dataset_holds_what_the_iterator_gives(fake: Any, tmp_path: Path) -> None:
    report = await bulk.pull_revenue_to(fake.Server(), tmp_path, fake.ASSETS[:2], **RANGE)
    pull = bulk.pull_revenue(fake.Server(), fake.ASSETS[:2], **RANGE)
    streamed = [(b.asset_id, b.stream, r.start_ts, r.revenue) async for b in pull for r in b.rows]
    table = bulk.read(tmp_path)
    columns = [
        table[name].to_pylist() for name in ("virtual_asset_id", "stream", "start", "revenue")
    ]
    assert list(zip(*columns, strict=True)) == sorted(streamed)
    assert report.complete
    assert report.rows == table.num_rows == len(streamed)


async def test_columns_types_and_units(fake: Any, tmp_path: Path) -> None:
    await bulk.pull_revenue_to(fake.Server(), tmp_path, fake.ASSETS[:1], **RANGE)
    table = bulk.read(tmp_path)
    time, encoded = pa.timestamp("us", tz="UTC"), pa.dictionary(pa.int32(), pa.string())
    assert dict(zip(table.schema.names, table.schema.types, strict=True)) == {
        "virtual_asset_id": encoded,
        "start": time,
        "end": time,
        "revenue": pa.float64(),
        "version_number": pa.string(),
        "annual_price": pa.float64(),
        "stream": encoded,
    }
    assert units(table)["revenue"] == "EUR"
    priced = {row["stream"] for row in table.to_pylist() if row["annual_price"] is not None}
    assert priced == {"tolling"}


async def test_other_libraries_read_the_folder_as_it_stands(fake: Any, tmp_path: Path) -> None:
    """Streams are hive partitions; our own files beside the parts do not disturb."""
    report = await bulk.pull_revenue_to(fake.Server(), tmp_path, fake.ASSETS[:2], **RANGE)
    frame = pl.scan_parquet(
        tmp_path / "stream=*/month=*/*.parquet", hive_partitioning=True
    ).collect()
    assert frame.height == report.rows
    assert set(frame["stream"].unique()) == set(bulk.ALL)
    from pyarrow import dataset  # noqa: PLC0415

    assert dataset.dataset(tmp_path, partitioning="hive").count_rows() == report.rows


@pytest.mark.parametrize("part_rows", [0, 100_000])
async def test_every_part_is_sorted_by_asset_and_time(
    fake: Any, tmp_path: Path, part_rows: int
) -> None:
    policy = bulk.FlushPolicy(windows=5, part_rows=part_rows)
    await bulk.pull_revenue_to(
        fake.Server(), tmp_path, reversed(fake.ASSETS[:3]), **RANGE, flush=policy
    )
    for file in parts_of(tmp_path, "*"):
        table = parquet.ParquetFile(file).read(["virtual_asset_id", "start"])
        places = [tuple(row.values()) for row in table.to_pylist()]
        assert places == sorted(places)


async def test_a_second_run_asks_nothing(fake: Any, tmp_path: Path) -> None:
    first = await bulk.pull_revenue_to(fake.Server(), tmp_path, fake.ASSETS[:2], **RANGE)
    server = fake.Server()
    seen: list[bulk.Progress] = []
    second = await bulk.pull_revenue_to(
        server, tmp_path, reversed(fake.ASSETS[:2]), **RANGE, on_progress=seen.append
    )
    assert server.asked == []
    assert seen == []
    assert second.complete
    assert second.rows == first.rows
    assert second.resumed == len(second.windows) == 16
    assert all(one.attempts == 0 for one in second.windows)


async def test_only_failed_windows_are_asked_again(fake: Any, tmp_path: Path) -> None:
    bad = (fake.ASSETS[1], "wholesale")

    def answer(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        if (asset, stream) == bad:
            raise ServerError("down", status=500)
        return rows

    first = await bulk.pull_revenue_to(fake.Server(answer), tmp_path, fake.ASSETS[:2], **RANGE)
    assert not first.complete
    assert {(one.window.asset_id, one.window.stream) for one in first.failed} == {bad}
    server = fake.Server()
    second = await bulk.pull_revenue_to(server, tmp_path, fake.ASSETS[:2], **RANGE)
    assert {one[:2] for one in server.asked} == {bad}
    assert len(server.asked) == 2
    assert second.complete
    assert second.resumed == 14


async def test_empty_windows_are_remembered(fake: Any, tmp_path: Path) -> None:
    """So is what was noticed on the way; a later run reports the same."""

    def answer(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        return [] if stream == "tolling" else [*rows, rows[len(rows) // 2]]

    first = await bulk.pull_revenue_to(fake.Server(answer), tmp_path, fake.ASSETS[:1], **RANGE)
    server = fake.Server()
    second = await bulk.pull_revenue_to(server, tmp_path, fake.ASSETS[:1], **RANGE)
    assert server.asked == []
    assert len(second.empty) == len(first.empty) == 2
    assert second.duplicates == first.duplicates == 6


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        pytest.param({"start": START - timedelta(days=1)}, "start.* choose another", id="start"),
        pytest.param({"end": START + timedelta(days=5)}, "end.*`update` extends", id="end"),
        pytest.param({"streams": ["tolling"]}, "streams.* ask for the same", id="streams"),
        pytest.param({"asset_ids": ["other"]}, "assets.* ask for the same", id="assets"),
        pytest.param(
            {"base_url": "https://elsewhere.invalid"},
            "base_url.*; ask https://fake.invalid again",
            id="environment",
        ),
    ],
)
async def test_another_pull_is_refused_and_the_difference_named(
    fake: Any, tmp_path: Path, changed: dict[str, Any], named: str
) -> None:
    """With what would give it: an update, as far as it can."""
    await bulk.pull_revenue_to(fake.Server(), tmp_path, fake.ASSETS[:1], **RANGE)
    before = bulk.read(tmp_path)
    server = fake.Server()
    server.base_url = changed.pop("base_url", server.base_url)
    arguments = {"asset_ids": fake.ASSETS[:1], **RANGE, **changed}
    with pytest.raises(bulk.DatasetMismatch, match=named):
        await bulk.pull_revenue_to(server, tmp_path, **arguments)
    assert server.asked == []
    assert bulk.read(tmp_path).equals(before)


async def test_a_corrected_call_takes_a_place_where_nothing_was_answered(
    fake: Any, tmp_path: Path
) -> None:
    def answer(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        if asset == "typo":
            raise NotFound("no such virtual asset", status=404)
        return rows

    server = fake.Server(answer)
    assert (await bulk.pull_revenue_to(server, tmp_path, ["typo"], **RANGE)).failed
    report = await bulk.pull_revenue_to(server, tmp_path, fake.ASSETS[:1], **RANGE)
    assert report.complete
    assert set(bulk.read(tmp_path)["virtual_asset_id"].to_pylist()) == {fake.ASSETS[0]}


async def test_whose_place_was_taken_writes_nothing_into_it(fake: Any, tmp_path: Path) -> None:
    """The other pull began after this one, and before its first answer."""
    taken = False

    async def take() -> None:
        nonlocal taken
        taken = True
        await bulk.pull_revenue_to(fake.Server(), tmp_path, fake.ASSETS[1:2], **RANGE)

    class Slow(fake.Server):  # type: ignore[misc]
        async def send(self, request: Any, **options: Any) -> Any:
            if not taken:
                await take()
            return await super().send(request, **options)

    with pytest.raises(bulk.DatasetMismatch, match="taken over"):
        await bulk.pull_revenue_to(Slow(), tmp_path, fake.ASSETS[:1], **RANGE)
    assert set(bulk.read(tmp_path)["virtual_asset_id"].to_pylist()) == {fake.ASSETS[1]}


async def test_a_long_difference_is_told_in_short(fake: Any, tmp_path: Path) -> None:
    await bulk.pull_revenue_to(fake.Server(), tmp_path, fake.ASSETS[:30], **RANGE)
    with pytest.raises(bulk.DatasetMismatch, match="25 more only there, new only asked") as caught:
        await bulk.pull_revenue_to(fake.Server(), tmp_path, [*fake.ASSETS[:2], "new"], **RANGE)
    assert len(str(caught.value)) < 500


def test_a_dataset_is_written_on_trio_too(fake: Any, tmp_path: Path) -> None:
    async def main() -> bulk.Report:
        return await bulk.pull_revenue_to(
            fake.Server(delay=0.001), tmp_path, fake.ASSETS[:2], **RANGE, flush=SMALL
        )

    assert anyio.run(main, backend="trio").complete
    assert anyio.run(main, backend="trio").resumed == 16


async def test_a_folder_with_other_things_is_refused_untouched(fake: Any, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    server = fake.Server()
    with pytest.raises(bulk.DatasetMismatch, match=r"thesis\.txt"):
        await bulk.pull_revenue_to(server, tmp_path, fake.ASSETS[:1], **RANGE)
    assert server.asked == []
    assert names_in(tmp_path) == ["thesis.txt"]


@pytest.mark.parametrize("where", ["file", "file/inside", "no/such/parent"])
async def test_an_impossible_place_is_refused_before_any_request(
    fake: Any, tmp_path: Path, where: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    server = fake.Server()
    with pytest.raises(bulk.WriteFailed) as caught:
        await bulk.pull_revenue_to(server, tmp_path / where, fake.ASSETS[:1], **RANGE)
    assert server.asked == []
    assert str(tmp_path / where) in str(caught.value)
    assert isinstance(caught.value, OSError)


async def test_several_pulls_at_once_fill_one_dataset(fake: Any, tmp_path: Path) -> None:
    """Each asks for everything; what two of them have fetched counts once."""
    reports = await asyncio.gather(
        *(
            bulk.pull_revenue_to(
                fake.Server(delay=0.005), tmp_path, fake.ASSETS[:2], **RANGE, flush=SMALL
            )
            for _ in range(3)
        )
    )
    assert all(one.complete for one in reports)
    await bulk.pull_revenue_to(fake.Server(), tmp_path / "alone", fake.ASSETS[:2], **RANGE)
    assert bulk.read(tmp_path).equals(bulk.read(tmp_path / "alone"))
    assert len(bulk.files(tmp_path)) == len(parts_of(tmp_path, "*"))


async def test_shards_are_pulled_into_one_dataset_in_any_order(fake: Any, tmp_path: Path) -> None:
    plan = bulk.plan(fake.ASSETS[:3], **RANGE)
    for shard in reversed(plan.shards(7)):
        report = await bulk.pull_to(fake.Server(), tmp_path / "a", bulk.REVENUE, shard)
        assert report.complete
        assert {one.window for one in report.windows} == set(shard)
    server = fake.Server()
    whole = await bulk.pull_to(server, tmp_path / "a", bulk.REVENUE, plan)
    assert server.asked == []
    await bulk.pull_to(fake.Server(), tmp_path / "b", bulk.REVENUE, plan)
    assert whole.rows == bulk.read(tmp_path / "b").num_rows
    assert bulk.read(tmp_path / "a").equals(bulk.read(tmp_path / "b"))


@pytest.mark.parametrize("damage", [b"", b"PAR1 and then nothing"], ids=["emptied", "cut"])
async def test_a_damaged_part_is_named(fake: Any, tmp_path: Path, damage: bytes) -> None:
    await bulk.pull_revenue_to(fake.Server(), tmp_path, fake.ASSETS[:1], **RANGE)
    (part,) = parts_of(tmp_path, "tolling")
    part.write_bytes(damage)
    with pytest.raises(bulk.DatasetDamaged, match=f"{part.name}.*tolling of .*revenue repair"):
        bulk.read(tmp_path)


async def test_a_copied_part_is_not_read(fake: Any, tmp_path: Path) -> None:
    """Its rows would count twice; the check says that it is there."""
    await bulk.pull_revenue_to(fake.Server(), tmp_path, fake.ASSETS[:1], **RANGE)
    before = bulk.read(tmp_path)
    (part,) = parts_of(tmp_path, "tolling")
    copy = part.with_name(f"{part.stem} (1).parquet")
    copy.write_bytes(part.read_bytes())
    assert bulk.read(tmp_path).equals(before)
    assert str(copy) not in bulk.files(tmp_path)
    (found,) = [one for one in bulk.reconcile(tmp_path).errors if one.kind == "stray file"]
    assert copy.name in found.text


def test_reading_what_is_no_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(bulk.DatasetMismatch, match="no dataset"):
        bulk.read(tmp_path)


@pytest.mark.parametrize("flavour", ["task", "scope"])
async def test_cancellation_keeps_what_was_fetched(fake: Any, tmp_path: Path, flavour: str) -> None:
    """Nothing reached the flush limit yet, and still it is written; the next run goes on."""
    server = fake.Server()
    scope = anyio.CancelScope()

    def stop(progress: bulk.Progress) -> None:
        if progress.done == 5:
            task.cancel() if flavour == "task" else scope.cancel()

    async def pull() -> None:
        with scope:
            await bulk.pull_revenue_to(
                server, tmp_path, fake.ASSETS[:4], **RANGE, concurrency=2, on_progress=stop
            )

    task = asyncio.create_task(pull())
    await asyncio.wait([task])
    assert task.cancelled() or scope.cancelled_caught
    again = fake.Server()
    report = await bulk.pull_revenue_to(again, tmp_path, fake.ASSETS[:4], **RANGE)
    assert report.complete
    assert report.resumed >= 5
    assert len(again.asked) == 32 - report.resumed


async def test_what_a_killed_run_left_half_written_is_cleaned_up(fake: Any, tmp_path: Path) -> None:
    """Once it is so old that nobody is writing it; and another program's file is not touched."""
    await bulk.pull_revenue_to(fake.Server(), tmp_path, fake.ASSETS[:1], **RANGE)
    (folder,) = (tmp_path / "stream=tolling").iterdir()
    name = f"part-{0:032x}.parquet"
    for left in (f".{name}.{1:032x}.tmp", name, "editor.tmp"):
        (folder / left).write_bytes(b"PAR1")
        os.utime(folder / left, (0, 0))
    (new := folder / f".{name}.{2:032x}.tmp").write_bytes(b"PAR1")
    os.utime(new, (time.time(), time.time()))
    await bulk.pull_revenue_to(fake.Server(), tmp_path, fake.ASSETS[:1], **RANGE)
    assert {f".{name}.{2:032x}.tmp", "editor.tmp"} == set(names_in(folder)) - {
        Path(one).name for one in bulk.files(tmp_path)
    }


async def test_a_pointless_pull_keeps_what_was_fetched(fake: Any, tmp_path: Path) -> None:
    server = fake.Server()

    def answer(asset: str, stream: str, rows: list[Any]) -> list[Any]:
        if server.answered == 6:
            raise LoginFailed("password changed")
        return rows

    server.answer = answer
    with pytest.raises(LoginFailed) as caught:
        await bulk.pull_revenue_to(server, tmp_path, fake.ASSETS[:4], **RANGE, concurrency=1)
    assert "6 of 32 windows" in caught.value.__notes__[0]
    report = await bulk.pull_revenue_to(fake.Server(), tmp_path, fake.ASSETS[:4], **RANGE)
    assert report.complete
    assert report.resumed == 6


async def test_a_full_disk_is_told_and_the_run_can_be_resumed(
    fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.fsync, 0

    def full(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls > 24:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(bulk.WriteFailed, match="No space left") as caught:
        await bulk.pull_revenue_to(fake.Server(), tmp_path, fake.ASSETS[:2], **RANGE, flush=SMALL)
    assert caught.value.errno == errno.ENOSPC
    assert str(tmp_path) in str(caught.value.filename)
    assert not [name for name in names_in(tmp_path) if name.endswith(".tmp")]
    monkeypatch.undo()
    report = await bulk.pull_revenue_to(fake.Server(), tmp_path, fake.ASSETS[:2], **RANGE)
    assert report.complete
    assert report.resumed > 0
    assert bulk.read(tmp_path).num_rows == report.rows


@pytest.mark.parametrize(
    ("policy", "parts"),
    [
        pytest.param(bulk.FlushPolicy(), 4, id="all at the end"),
        pytest.param(bulk.FlushPolicy(windows=1, part_rows=0), 16, id="by windows"),
        pytest.param(bulk.FlushPolicy(rows=1, part_rows=0), 16, id="by rows"),
        pytest.param(bulk.FlushPolicy(seconds=0, part_rows=0), 16, id="by time"),
        pytest.param(bulk.FlushPolicy(windows=1), 4, id="merged at the end"),
        pytest.param(bulk.FlushPolicy(windows=1, part_rows=200), 5, id="up to a size"),
    ],
)
async def test_the_flush_policy_decides_how_often_parts_are_written(
    fake: Any, tmp_path: Path, policy: bulk.FlushPolicy, parts: int
) -> None:
    await bulk.pull_revenue_to(
        fake.Server(), tmp_path, fake.ASSETS[:2], **RANGE, concurrency=1, flush=policy
    )
    assert len(parts_of(tmp_path, "*")) == parts


def _script(mode: str, folder: Path) -> dict[str, Any]:
    root = Path(energy_async.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("killed_pulls.py")), mode, str(folder), "5"],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks its victims")


@needs_fork
def test_a_pull_killed_at_any_file_operation_ends_with_the_same_rows(tmp_path: Path) -> None:
    found = _script("steps", tmp_path)
    runs = found["runs"]
    assert len(runs) > 15
    assert [bool(run["where"]) for run in runs] == [True] * (len(runs) - 1) + [False]
    assert {run["digest"] for run in runs} == {found["undisturbed"]["digest"]}
    assert all(run["complete"] and run["left_over"] == [] for run in runs)
    assert len({run["resumed"] for run in runs}) > 2


@needs_fork
def test_an_update_killed_at_any_file_operation_ends_with_the_same_rows(tmp_path: Path) -> None:
    """And with the same revisions, each once, also for a reader that knows nothing of parts."""
    found = _script("update_steps", tmp_path)
    runs, undisturbed = found["runs"], found["undisturbed"]
    assert len(runs) > 15
    assert [bool(run["where"]) for run in runs] == [True] * (len(runs) - 1) + [False]
    assert {run["digest"] for run in runs} == {undisturbed["digest"]}
    assert len({run["before"] for run in runs}) > 2
    assert len(undisturbed["revisions"]) == 6
    assert [run["revisions"] for run in runs] == [undisturbed["revisions"]] * len(runs)
    assert all(run["complete"] and not run["left_over"] and not run["unread"] for run in runs)


@needs_fork
def test_a_compaction_killed_at_any_file_operation_changes_no_row(tmp_path: Path) -> None:
    found = _script("compact_steps", tmp_path)
    runs, undisturbed = found["runs"], found["undisturbed"]
    assert len(runs) > 5
    assert {run["digest"] for run in runs} == {undisturbed["digest"]}
    assert {run["files"] for run in runs} == {undisturbed["files"]}
    assert not any(run["left_over"] for run in runs)


@needs_fork
def test_a_limit_set_by_the_system_ends_an_update_cleanly(tmp_path: Path) -> None:
    found = _script("update_limit", tmp_path)
    (run,) = found["runs"]
    assert run["said"]["type"] == "WriteFailed"
    assert run["left_after_failure"] == []
    assert run["before"] != run["digest"] == found["undisturbed"]["digest"]
    assert run["revisions"] == found["undisturbed"]["revisions"]


@needs_fork
def test_a_limit_set_by_the_system_leaves_nothing_half_written(tmp_path: Path) -> None:
    found = _script("limit", tmp_path)
    (run,) = found["runs"]
    assert run["said"]["type"] == "WriteFailed"
    assert "make room" in run["said"]["text"]
    assert run["left_after_failure"] == []
    assert run["digest"] == found["undisturbed"]["digest"]


async def test_progress_never_goes_back(fake: Any, tmp_path: Path) -> None:
    """A window that takes long to write is told of when it is written, as one more."""
    seen: list[bulk.Progress] = []
    await bulk.pull_revenue_to(
        fake.Server(delay=0.001), tmp_path, fake.ASSETS[:6], **RANGE, on_progress=seen.append
    )
    assert [one.done for one in seen] == list(range(1, 49))
    assert [one.rows for one in seen] == sorted(one.rows for one in seen)
    assert seen[-1].total == 48


async def test_small_files_are_merged_at_the_end(fake: Any, tmp_path: Path) -> None:
    """31 windows of one row each."""
    span = delivery.month(2026, 3, delivery.BERLIN)
    await bulk.pull_revenue_to(
        fake.Server(),
        tmp_path,
        fake.ASSETS[:1],
        start=span.start,
        end=span.end,
        streams=["tolling"],
        window=timedelta(days=1),
        concurrency=1,
        flush=bulk.FlushPolicy(windows=1),
    )
    sizes = [parquet.read_metadata(one).num_rows for one in parts_of(tmp_path, "tolling")]
    assert sizes == [31]
