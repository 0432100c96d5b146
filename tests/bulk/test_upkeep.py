"""Damage is named and repaired, old datasets are taken over, plain files are written."""

from __future__ import annotations

import itertools
import json
import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from energy_async.bulk import Manifest, WindowReport
from energy_async.bulk.dataset import Dataset
from energy_async.storage.disk import Disk
from trlyr_async import bulk

START = datetime(2026, 3, 27, tzinfo=UTC)
RANGE: dict[str, Any] = {"start": START, "end": START + timedelta(days=8)}


def other_version(_asset: str, stream: str, rows: list[Any]) -> list[Any]:
    """Correct every row of a stream."""
    if stream != "tolling":
        return rows
    return [
        type(row)(**{**{n: getattr(row, n) for n in row.__struct_fields__}, "version_number": "2"})
        for row in rows
    ]


@pytest.fixture
async def folder(fake: Any, tmp_path: Path) -> Path:
    """A dataset with corrections, of several commits: the same bytes every time."""
    await make(fake, tmp_path / "revenue")
    return tmp_path / "revenue"


async def make(fake: Any, folder: Path) -> None:
    numbers = itertools.count()
    place = Disk(folder, fresh=lambda: f"{next(numbers):032x}")
    how: Any = {"flush": bulk.FlushPolicy(windows=5), "concurrency": 1}
    await bulk.pull_revenue_to(fake.Server(), place, fake.ASSETS[:2], **RANGE, **how)
    for server in (fake.Server(other_version), fake.Server()):
        await bulk.update_revenue(server, place, end=RANGE["end"], **how)


def by_hand(folder: Path) -> list[Path]:
    return sorted(one for one in folder.rglob("*") if one.is_file())


async def test_the_same_pull_makes_the_same_bytes(fake: Any, folder: Path, tmp_path: Path) -> None:
    await make(fake, tmp_path / "again")
    first, second = ({one.relative_to(root): one.read_bytes() for one in by_hand(root)}
                     for root in (folder, tmp_path / "again"))  # fmt: skip
    assert first == second


async def test_every_flipped_bit_is_named_or_harmless(folder: Path) -> None:
    """All that is read is as it was, or a clear error; never a row or a sum that differs.

    A flip is noticed where the bytes are needed: in all rows and revisions, and in the commits
    after the newest saved state. That state, what it replaces, and the hint can be done without.
    """
    draw = random.Random(7)
    moment = Dataset(folder).load().at - timedelta(microseconds=1)

    def read() -> list[Any]:
        return [bulk.read(folder), bulk.read(folder, as_of=moment), bulk.read_revisions(folder)]

    before = read()
    saved = max(one.stem for one in folder.glob("_log/*.state"))
    for file in by_hand(folder):
        whole = file.read_bytes()
        for _ in range(3):
            broken = bytearray(whole)
            bit = draw.randrange(8 * len(whole))
            broken[bit // 8] ^= 1 << bit % 8
            file.write_bytes(broken)
            needed = file.suffix == ".parquet" or (file.suffix == ".commit" and file.stem > saved)
            if needed:
                with pytest.raises(bulk.DatasetDamaged) as caught:
                    read()
                assert str(file) == f"{folder}/{caught.value.path}"
            else:
                assert all(a.equals(b) for a, b in zip(read(), before, strict=True)), file
        file.write_bytes(whole)


@pytest.mark.parametrize("how", ["flipped", "gone"])
async def test_a_repair_asks_again_for_just_what_was_lost(
    fake: Any, folder: Path, how: str
) -> None:
    before = bulk.read(folder)
    (file,) = folder.glob("stream=tolling/month=2026-04/*.parquet")
    if how == "gone":
        file.unlink()
    else:
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 4
        file.write_bytes(content)
    with pytest.raises(bulk.DatasetDamaged, match=f"{file.name}.*tolling of .*revenue repair"):
        bulk.read(folder)
    server = fake.Server()
    found = await bulk.repair(server, folder, bulk.REVENUE)
    assert found.complete
    assert found.files == [file.relative_to(folder).as_posix()]
    assert {one[1] for one in server.asked} == {"tolling"}
    assert len(server.asked) == 2
    assert bulk.read(folder).equals(before)
    with pytest.raises(bulk.DatasetMismatch, match="knows only from"):
        bulk.read(folder, as_of=START)


async def test_a_repair_of_the_log_goes_back_to_what_can_be_read(fake: Any, folder: Path) -> None:
    before = bulk.read(folder)
    commits = sorted(folder.glob("_log/*.commit"))
    for state in folder.glob("_log/*.state"):
        state.unlink()  # which would say the same as the commits before it
    commits[3].write_bytes(b"not what was written")
    with pytest.raises(bulk.DatasetDamaged, match=commits[3].name):
        bulk.read(folder)
    found = await bulk.repair(fake.Server(), folder, bulk.REVENUE)
    assert found.complete
    assert [f"_log/{one.name}" for one in commits[3:]] == found.commits
    assert bulk.read(folder).equals(before)


async def test_a_sound_dataset_is_left_alone_by_a_repair(fake: Any, folder: Path) -> None:
    server = fake.Server()
    number = Dataset(folder).load().number
    found = await bulk.repair(server, folder, bulk.REVENUE)
    assert (found.files, found.commits, server.asked) == ([], [], [])
    assert Dataset(folder).load().number == number


async def test_plain_files_have_exactly_the_rows(folder: Path, tmp_path: Path) -> None:
    rows = bulk.read(folder)
    for name in ("all.parquet", "all.csv", "all.json", "all.xlsx", "all.duckdb"):
        assert bulk.export(folder, tmp_path / name) == rows.num_rows
    found = [
        parquet.read_table(tmp_path / "all.parquet"),
        csv.read_csv(tmp_path / "all.csv"),
        pa.Table.from_pylist(json.loads((tmp_path / "all.json").read_bytes())),
    ]
    book = openpyxl.load_workbook(tmp_path / "all.xlsx", read_only=True)
    names, *lines = book["rows"].values
    found.append(pa.Table.from_pylist([dict(zip(names, line, strict=True)) for line in lines]))
    about = {line[0]: line[1:] for line in book["columns"].values}
    assert about["revenue"][0] == "EUR"
    assert "tolling: published" in about["revenue"][3]
    with duckdb.connect(str(tmp_path / "all.duckdb"), read_only=True) as database:
        found.append(database.sql("SELECT * FROM revenue").to_arrow_table())
    euros = sorted(rows["revenue"].to_pylist())
    for one in found:
        assert sorted(one["revenue"].to_pylist()) == pytest.approx(euros)
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "all.csv", "all.duckdb", "all.json", "all.parquet", "all.xlsx", "revenue",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="end the name"):
        bulk.export(folder, tmp_path / "plain")
    with pytest.raises(ValueError, match=r"end the name with one of \.parquet, "):
        bulk.export(folder, tmp_path / "all.pdf")


async def test_the_distant_past_is_forgotten_when_asked(folder: Path) -> None:
    now = Dataset(folder).load().at
    rows = bulk.read(folder)
    bulk.forget(folder, before=now)
    assert bulk.read(folder).equals(rows)
    assert bulk.read_revisions(folder) is None
    with pytest.raises(bulk.DatasetMismatch, match="knows only from"):
        bulk.read(folder, as_of=now - timedelta(seconds=1))
    assert bulk.read(folder, as_of=now).equals(rows)


async def test_a_dataset_of_the_older_format_is_taken_over(
    fake: Any, folder: Path, tmp_path: Path
) -> None:
    old = older(folder, tmp_path / "old")
    with pytest.raises(bulk.DatasetMismatch, match=r"older format.*revenue upgrade"):
        bulk.read(old)
    files = sorted(old.rglob("*.parquet"))
    assert bulk.upgrade(old) == len(files)
    assert sorted(old.rglob("*.parquet")) == files
    assert bulk.read(old).equals(bulk.read(folder))
    assert not (old / "_dataset.json").exists()
    server = fake.Server()
    report = await bulk.pull_revenue_to(server, old, fake.ASSETS[:2], **RANGE)
    assert (server.asked, report.complete) == ([], True)
    assert bulk.reconcile(old).clean == bulk.reconcile(folder).clean
    assert bulk.upgrade(old) == 0


def older(folder: Path, old: Path) -> Path:
    """Write a dataset as earlier versions did: windows in the footers, and `_dataset.json`."""
    there = Dataset(folder)
    snapshot = there.load()
    for number, part in enumerate(snapshot.of_kind("rows"), 1):
        place = old / Path(part.path).with_name(f"part-{number:05}.parquet")
        place.parent.mkdir(parents=True, exist_ok=True)
        rows = there.table.read_rows(part)
        windows: list[WindowReport] = [one.report() for one in there.answers.of(part)]
        footer = {b"energy_async.windows": encoded(windows), b"energy_async.revision": b"0"}
        metadata = {**(rows.schema.metadata or {}), **footer}
        parquet.write_table(rows.replace_schema_metadata(metadata), place)
    manifest: Manifest = there.manifest(snapshot)
    names = ("content", "base_url", "zone", "streams", "assets")
    facts = {name: getattr(manifest, name) for name in names}
    facts |= {name: getattr(manifest, name).isoformat() for name in ("start", "end")}
    (old / "_dataset.json").write_text(json.dumps({"format": 2, "open_from": None, **facts}))
    shutil.copy(old / "_dataset.json", old / ".lock")
    return old


def encoded(windows: list[WindowReport]) -> bytes:
    import msgspec  # noqa: PLC0415

    return msgspec.json.encode(windows)


async def test_streaming_gives_the_rows_of_one_state_while_files_are_replaced(
    fake: Any, folder: Path
) -> None:
    rows, tables = bulk.read(folder), bulk.scan(folder)
    found = [next(tables)]
    await bulk.update_revenue(fake.Server(other_version), folder, end=RANGE["end"])
    found += list(tables)
    whole = pa.concat_tables(
        [one.replace_schema_metadata() for one in found], promote_options="permissive"
    )
    key = [(name, "ascending") for name in ("stream", "virtual_asset_id", "start")]
    names = ["stream", "virtual_asset_id", "start", "revenue", "version_number"]
    plain = [
        pa.Table.from_pylist(one.select(names).to_pylist()).sort_by(key) for one in (whole, rows)
    ]
    assert plain[0].equals(plain[1])


async def test_rows_are_read_by_asset_stream_time_and_column(fake: Any, folder: Path) -> None:
    rows = bulk.read(folder).to_pylist()
    asset, day = fake.ASSETS[1], START + timedelta(days=3)
    found = bulk.read(
        folder, assets=[asset.upper()], streams=["wholesale"], start=day,
        end=day + timedelta(days=1), columns=["start", "revenue"],
    )  # fmt: skip
    expected = [
        {"start": row["start"], "revenue": row["revenue"]}
        for row in rows
        if row["virtual_asset_id"] == asset
        and row["stream"] == "wholesale"
        and day <= row["start"] < day + timedelta(days=1)
    ]
    assert found.to_pylist() == expected
    assert len(expected) == 96
    with pytest.raises(ValueError, match="no column 'euros'"):
        bulk.read(folder, columns=["euros"])
