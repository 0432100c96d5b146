"""Who reads a dataset, and a pull as Arrow: types, times, units and figures stay what they are."""

from __future__ import annotations

import math
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import anyio
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from energy_async import tables
from energy_async.delivery import BERLIN, month
from trlyr_async import ServerError, bulk

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings(
    "ignore::energy_async.transport.provisional.ProvisionalEndpointWarning"
)
OCTOBER = month(2026, 10, BERLIN)
SPAN: dict[str, Any] = {"start": OCTOBER.start, "end": OCTOBER.end}


@pytest.fixture
def dataset(fake: Any, tmp_path: Path) -> Path:
    async def pull() -> None:
        server: Any = fake.Server()
        await bulk.pull_revenue_to(server, tmp_path / "revenue", fake.ASSETS[:2], **SPAN)

    anyio.run(pull)
    return tmp_path / "revenue"


def expected(dataset: Path) -> dict[str, tuple[int, float]]:
    """Rows and EUR by stream, as the library itself reads them."""
    found: dict[str, list[float]] = {}
    for row in bulk.read(dataset).to_pylist():
        found.setdefault(row["stream"], []).append(row["revenue"])
    return {name: (len(all_), round(math.fsum(all_), 6)) for name, all_ in found.items()}


def test_duckdb_reads_types_times_and_figures(dataset: Path) -> None:
    rows = f"read_parquet('{dataset}/**/*.parquet', hive_partitioning=true)"
    with duckdb.connect() as connection:

        def ask(query: str) -> list[Any]:
            return connection.sql(query).fetchall()

        types = dict(ask(f"select column_name, column_type from (describe from {rows})"))
        sums = ask(f"select stream, count(*), round(sum(revenue), 6) from {rows} group by 1")
        times = ask(f'select epoch_us(min(start)), epoch_us(max("end")) from {rows}')
    assert {name: (count, euros) for name, count, euros in sums} == expected(dataset)
    assert times == [tuple(round(at.timestamp() * 1e6) for at in OCTOBER)]
    assert types["start"] == types["end"] == "TIMESTAMP WITH TIME ZONE"
    assert (types["virtual_asset_id"], types["revenue"]) == ("VARCHAR", "DOUBLE")
    assert {"stream", "month"} <= types.keys()


def test_polars_reads_types_times_and_figures(dataset: Path) -> None:
    frame = pl.scan_parquet(f"{dataset}/**/*.parquet", hive_partitioning=True).collect()
    assert frame.schema["start"] == pl.Datetime("us", "UTC")
    assert frame.schema["revenue"] == pl.Float64
    assert frame["start"].min() == OCTOBER.start
    sums = frame.group_by("stream").agg(pl.len(), pl.col("revenue").sum().round(6))
    assert {a: (n, euros) for a, n, euros in sums.rows()} == expected(dataset)


def test_pandas_reads_types_times_and_figures(dataset: Path) -> None:
    frame = pd.read_parquet(dataset)
    assert str(frame["start"].dtype) == "datetime64[us, UTC]"
    assert frame["revenue"].dtype == "float64"
    assert frame["start"].min() == OCTOBER.start
    sums = frame.groupby("stream", observed=True)["revenue"].agg(["size", "sum"]).round(6)
    told = {str(name): (int(n), euros) for name, n, euros in sums.itertuples()}
    assert told == expected(dataset)


def test_units_are_in_the_schema_of_every_file(dataset: Path) -> None:
    for file in dataset.rglob("*.parquet"):
        schema = parquet.read_schema(file)
        assert tables.units(schema)["revenue"] == "EUR"
        assert schema.field("start").type == pa.timestamp("us", tz="UTC")


async def test_a_pull_as_one_table_is_what_the_dataset_holds(fake: Any, dataset: Path) -> None:
    server: Any = fake.Server()
    pull = bulk.pull_revenue(server, fake.ASSETS[:2], **SPAN)
    table = await bulk.to_arrow(pull, bulk.REVENUE)
    there = bulk.read(dataset)
    order = [(name, "ascending") for name in ("virtual_asset_id", "stream", "start")]
    names = [name for name in there.column_names if name != "month"]
    plain, read = (tables._decoded(one).select(names).sort_by(order) for one in (table, there))
    assert plain.replace_schema_metadata().equals(read.replace_schema_metadata())
    assert tables.units(table)["revenue"] == "EUR"
    assert table.schema.field("start").type == pa.timestamp("us", tz="UTC")


async def test_batches_come_while_the_pull_runs_and_share_one_schema(fake: Any) -> None:
    server: Any = fake.Server()
    pull = bulk.pull_revenue(
        server, fake.ASSETS[:2], **SPAN, window=timedelta(days=3), concurrency=1
    )
    schemas, first = set(), 0
    async for batch in bulk.to_batches(pull, bulk.REVENUE):
        schemas.add(batch.schema)
        first = first or server.answered
    assert len(schemas) == 1
    assert first < server.answered


async def test_a_failed_window_is_never_missing_in_silence(fake: Any) -> None:
    def refuse(asset: str, _stream: str, rows: list[Any]) -> list[Any]:
        if asset == fake.ASSETS[0]:
            raise ServerError("down", status=503)
        return rows

    def pull() -> Any:
        server: Any = fake.Server(refuse)
        return bulk.pull_revenue(server, fake.ASSETS[:2], streams=["tolling"], **SPAN)

    with pytest.raises(ServerError):
        await bulk.to_arrow(pull(), bulk.REVENUE)
    rest = await bulk.to_arrow(pull(), bulk.REVENUE, partial=True)
    assert set(rest["virtual_asset_id"].to_pylist()) == {fake.ASSETS[1]}
    assert rest.num_rows == 31


async def test_a_pull_without_rows_is_a_table_with_columns(fake: Any) -> None:
    server: Any = fake.Server(lambda *_: [])
    table = await bulk.to_arrow(bulk.pull_revenue(server, fake.ASSETS[:1], **SPAN), bulk.REVENUE)
    assert table.num_rows == 0
    assert table.column_names[0] == "virtual_asset_id"
    assert table["start"].type == pa.timestamp("us", tz="UTC")
    assert OCTOBER.start.tzinfo is UTC
