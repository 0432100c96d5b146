"""Other libraries read a dataset by the globs of the documentation, and current rows alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import dataset, parquet

from energy_async import bulk as base
from energy_async.bulk import described
from energy_async.tables import units
from energy_async.transport.errors import ServerError
from trlyr_async import bulk
from trlyr_async.bulk import REVENUE

START = datetime(2026, 3, 31, 21, tzinfo=UTC)
FIRST_HOUR = datetime(2026, 3, 31, 22, tzinfo=UTC)
DOCUMENTATION = Path(__file__).parents[2] / "docs" / "bulk.md"


@pytest.fixture
async def folder(fake: Any, tmp_path: Path) -> Path:
    """A dataset of two delivery months of which every row was corrected."""
    place = tmp_path / "revenue"
    await bulk.pull_revenue_to(
        fake.Server(), place, fake.ASSETS[:2], start=START, end=START + timedelta(days=2)
    )

    def corrected(_asset: str, _stream: str, rows: list[Any]) -> list[Any]:
        return [type(row)(**{**_fields(row), "version_number": "2"}) for row in rows]

    report = await bulk.update_revenue(
        fake.Server(corrected), place, end=START + timedelta(days=2), recheck=timedelta(days=9)
    )
    assert report.changes.corrected == report.rows > 0
    return place


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


def _documented(library: str) -> str:
    """The line of the documentation that reads a dataset with a library."""
    found = re.search(rf"^(\w+ = {library}.*)$", DOCUMENTATION.read_text(), re.MULTILINE)
    assert found is not None, f"no line reads with {library}"
    return found[1]


@pytest.mark.parametrize("library", ["polars", "pandas", "dataset", "duckdb"])
async def test_the_documented_line_reads_current_rows_with_types_and_zones(
    folder: Path, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    names: dict[str, Any] = {
        "polars": pl, "pandas": pd, "dataset": dataset, "duckdb": duckdb, "bulk": bulk,
    }  # fmt: skip
    line = _documented(library)
    exec(line, names)
    table = _as_table[library](names[line.partition(" ")[0]])
    assert table.num_rows == bulk.read(folder).num_rows
    assert set(table.column("version_number").to_pylist()) == {"2"}
    assert set(map(str, table.column("stream").to_pylist())) == set(bulk.ALL)
    assert table.schema.field("start").type in (
        pa.timestamp("us", tz="UTC"),
        pa.timestamp("us", tz="Etc/UTC"),
    )
    assert table.schema.field("revenue").type == pa.float64()
    april = {
        str(month)
        for start, month in zip(
            table.column("start").to_pylist(), table.column("month").to_pylist(), strict=True
        )
        if start >= FIRST_HOUR
    }
    assert april == {"2026-04"}
    assert not {"state", "noticed_at"} & set(table.column_names)


_as_table: dict[str, Callable[[Any], pa.Table]] = {
    "polars": lambda frame: frame.collect().to_arrow(),
    "pandas": pa.Table.from_pandas,
    "dataset": lambda table: table,
    "duckdb": lambda relation: relation.to_arrow_table(),
}


async def test_files_tell_units_descriptions_and_where_columns_come_from(folder: Path) -> None:
    for stream, provenance in (("tolling", "documented"), ("ancillary", "provisional")):
        file = next(folder.glob(f"stream={stream}/month=2026-04/*.parquet"))
        found = parquet.read_schema(file)
        assert units(found) == {"revenue": "EUR"}
        metadata = found.field("revenue").metadata
        assert (
            metadata[b"operation"] == f"GET /revenue-reporting/{{virtualAssetID}}/{stream}".encode()
        )
        assert metadata[b"provenance"].decode() == bulk.REVENUE.operations[stream].provenance
        assert (provenance == "provisional") == (metadata[b"provenance"] == b"provisional")
        assert b"provenance" not in found.field("virtual_asset_id").metadata
        assert all(b"description" in field.metadata for field in found)
        assert found.metadata[b"energy_async.schema"] == b"1"
        assert found.metadata[b"energy_async.month_zone"] == b"Europe/Berlin"


async def test_the_table_of_all_streams_names_no_operation(folder: Path) -> None:
    table = bulk.read(folder)
    assert units(table) == {"revenue": "EUR"}
    assert not [one for one in table.schema if b"operation" in (one.metadata or {})]


async def test_the_columns_of_a_dataset_are_told(folder: Path) -> None:
    columns = {one.name: one for one in bulk.columns_of(folder)}
    assert list(columns) == [*REVENUE.schema().names, "stream", "month"]
    revenue = columns["revenue"]
    assert (revenue.type, revenue.unit) == ("double", "EUR")
    assert set(revenue.provenances) == set(bulk.ALL)
    assert revenue.provenances["wholesale"] == "provisional"
    assert columns["virtual_asset_id"].type == "string"
    assert columns["start"].type == "timestamp[us, tz=UTC]"
    assert "Europe/Berlin" in columns["month"].description


async def test_a_dataset_without_a_part_has_no_columns(fake: Any, tmp_path: Path) -> None:
    def answer(*_: Any) -> list[Any]:
        raise ServerError("down", status=500)

    await bulk.pull_revenue_to(
        fake.Server(answer), tmp_path, fake.ASSETS[:1], start=START, end=START + timedelta(days=1)
    )
    with pytest.raises(base.DatasetMismatch, match="nothing was fetched"):
        described.columns_of(tmp_path)


async def test_a_pull_is_one_table_with_the_rows_of_the_dataset(fake: Any, folder: Path) -> None:
    pull = bulk.pull_revenue(
        fake.Server(), fake.ASSETS[:2], start=START, end=START + timedelta(days=2)
    )
    table = await bulk.to_arrow(pull, bulk.REVENUE)
    names = ["stream", "virtual_asset_id", "start", "revenue"]
    rows = [
        pa.Table.from_pylist(one.select(names).to_pylist()) for one in (table, bulk.read(folder))
    ]
    order = [(name, "ascending") for name in names[:3]]
    assert rows[0].sort_by(order).equals(rows[1].sort_by(order))
    assert units(table)["revenue"] == "EUR"


async def test_a_failed_window_ends_a_table_or_is_passed_over(fake: Any) -> None:
    def answer(_asset: str, stream: str, rows: list[Any]) -> list[Any]:
        if stream == "wholesale":
            raise ServerError("busy", status=503)
        return rows

    asked: dict[str, Any] = {"start": START, "end": START + timedelta(days=2)}
    with pytest.raises(ServerError):
        await bulk.to_arrow(
            bulk.pull_revenue(fake.Server(answer), fake.ASSETS[:1], **asked), bulk.REVENUE
        )
    pull = bulk.pull_revenue(fake.Server(answer), fake.ASSETS[:1], **asked)
    table = await bulk.to_arrow(pull, bulk.REVENUE, partial=True)
    assert set(table["stream"].to_pylist()) == {*bulk.ALL} - {"wholesale"}
    assert len(pull.report.failed) == 2
