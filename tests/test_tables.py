"""Structs as tables: types, nulls, units, and what each file format keeps."""

from __future__ import annotations

import csv
import errno
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta
from pyarrow import parquet

import energy_async
from energy_async import tables
from energy_async.columns import Same, arrow_column
from energy_async.model import Model
from trlyr_async.models.revenue_reporting import DataPoint, RevenueDataPoints

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
ASSET = UUID("6f1c2a9e-1111-4222-8333-abcdefabcdef")
Power = Annotated[float | None, Meta(extra={"unit": "MW"})]


class Inner(Model):
    power: Power = None
    label: str | None = None


class Everything(Model):
    name: str
    at: datetime | None = None
    day: date | None = None
    price: Annotated[float | None, Meta(extra={"unit": "EUR/MWh"})] = None
    count: int | None = None
    flag: bool | None = None
    asset: UUID | None = None
    exact: Decimal | None = None
    kind: Literal["up", "down"] | str | None = None  # noqa: PYI051 - open, as generated
    inner: Inner | None = None
    many: list[Inner] | None = None
    series: dict[str, list[float]] | None = None
    unset: int | msgspec.UnsetType = msgspec.UNSET


FULL = Everything(
    name='a, "b"\n',
    at=NOON,
    day=date(2026, 3, 29),
    price=-0.01,
    count=-(2**63),
    flag=False,
    asset=ASSET,
    exact=Decimal("1.10"),
    kind="sideways",
    inner=Inner(power=1.5),
    many=[Inner(power=0.0, label="x"), Inner()],
    series={"k": [1.0, 2.0], "l": []},
    unset=3,
)
BARE = Everything(name="")
ROWS = [FULL, BARE, FULL]


def test_column_types_follow_the_annotations() -> None:
    inner = pa.struct([("power", pa.float64()), ("label", pa.string())])
    assert tables.arrow_schema(Everything).types == [
        pa.string(),
        pa.timestamp("us", tz="UTC"),
        pa.date32(),
        pa.float64(),
        pa.int64(),
        pa.bool_(),
        pa.string(),
        pa.string(),
        pa.string(),
        inner,
        pa.list_(inner),
        pa.map_(pa.string(), pa.list_(pa.float64())),
        pa.int64(),
    ]


def test_values_come_through_and_missing_stays_missing() -> None:
    first, second, third = tables.to_arrow(ROWS).to_pylist()
    assert first == third
    assert first == {
        "name": FULL.name,
        "at": NOON,
        "day": date(2026, 3, 29),
        "price": -0.01,
        "count": -(2**63),
        "flag": False,
        "asset": str(ASSET),
        "exact": "1.10",
        "kind": "sideways",
        "inner": {"power": 1.5, "label": None},
        "many": [{"power": 0.0, "label": "x"}, {"power": None, "label": None}],
        "series": [("k", [1.0, 2.0]), ("l", [])],
        "unset": 3,
    }
    assert second == {name: "" if name == "name" else None for name in second}


def test_arrow_itself_finds_the_tables_valid() -> None:
    for rows in ([], [BARE], [FULL], ROWS * 100):
        tables.to_arrow(rows, Everything).validate(full=True)


class Scalars(msgspec.Struct):
    text: str | None
    number: float | None
    whole: int | None
    flag: bool | None
    at: datetime | None
    day: date | None


aware = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.timezones(),
)


@given(
    st.lists(
        st.builds(
            Scalars,
            text=st.none() | st.text(st.characters(exclude_categories=["Cs"])),
            number=st.none() | st.floats(allow_nan=False),
            whole=st.none() | st.integers(-(2**63), 2**63 - 1),
            flag=st.none() | st.booleans(),
            at=st.none() | aware,
            day=st.none() | st.dates(),
        )
    )
)
def test_scalars_round_trip(rows: list[Scalars]) -> None:
    table = tables.to_arrow(rows, Scalars)
    table.validate(full=True)
    found = [Scalars(**row) for row in table.to_pylist()]
    assert found == [
        msgspec.structs.replace(row, at=row.at and row.at.astimezone(UTC)) for row in rows
    ]


def test_times_of_any_zone_become_the_same_instant_in_utc() -> None:
    east = NOON.astimezone(timezone(timedelta(hours=5)))
    assert tables.to_arrow([Everything(name="", at=east)])["at"].to_pylist() == [NOON]


@pytest.mark.parametrize(
    "moments",
    [
        pytest.param([NOON, None, NOON.replace(year=1969)], id="plain"),
        pytest.param([NOON, NOON.replace(microsecond=1)], id="a fraction"),
        pytest.param([NOON, NOON.astimezone(timezone(timedelta(hours=5)))], id="another zone"),
        pytest.param([NOON.replace(year=9999), NOON.replace(year=1)], id="far away"),
        pytest.param([], id="none"),
    ],
)
def test_times_are_exact_however_they_are_written(moments: list[datetime | None]) -> None:
    kind = pa.timestamp("us", tz="UTC")
    column = arrow_column(moments, pa.field("at", kind))
    column.validate(full=True)
    assert column.cast(pa.int64()).to_pylist() == [
        None
        if one is None
        else (one - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        for one in moments
    ]


def test_a_naive_time_among_many_is_refused_though_the_texts_are_as_long() -> None:
    """Seven texts without a Z and one with a fraction are as long as eight plain ones."""
    naive = [NOON.replace(tzinfo=None)] * 7
    with pytest.raises(ValueError, match="naive"):
        arrow_column(
            [*naive, NOON.replace(microsecond=100_000)],
            pa.field("at", pa.timestamp("us", tz="UTC")),
        )


@pytest.mark.parametrize("kind", [pa.string(), pa.dictionary(pa.int32(), pa.string())])
@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(["a", "", "long", "a"], id="plain"),
        pytest.param(["ä", "\N{BATTERY}", "\0", "a\n"], id="of several bytes"),
        pytest.param(["a\x1fb", "c"], id="with a separator"),
        pytest.param(["\x1f"], id="nothing but a separator"),
        pytest.param([""], id="one that is empty"),
        pytest.param([], id="none"),
        pytest.param(["a", None, ""], id="one missing"),
        pytest.param([None], id="all missing"),
    ],
)
def test_texts_are_exact_however_they_are_packed(
    kind: pa.DataType, texts: list[str | None]
) -> None:
    column = arrow_column(texts, pa.field("text", kind))
    column.validate(full=True)
    assert column.type == kind
    assert column.to_pylist() == texts


def test_a_text_that_is_none_names_its_column() -> None:
    with pytest.raises(ValueError, match=r"column 'text'.*surrogates"):
        arrow_column(["a", "\ud800"], pa.field("text", pa.string()))


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.float64(), pa.dictionary(pa.int32(), pa.string())]
)
@pytest.mark.parametrize("value", [None, 3])
def test_a_column_of_the_same_value_is_that_of_a_list(kind: pa.DataType, value: Any) -> None:
    one = value if value is None or kind == pa.float64() else f"ü{value}"
    field = pa.field("same", kind)
    for count in (0, 1, 5):
        column = arrow_column(Same(one, count), field)
        column.validate(full=True)
        assert column.to_pylist() == arrow_column([one] * count, field).to_pylist() == [one] * count


def test_units_stand_in_the_field_metadata() -> None:
    table = tables.to_arrow(ROWS)
    assert tables.units(table) == {"price": "EUR/MWh"}
    assert table.schema.field("inner").type.field("power").metadata == {b"unit": b"MW"}


def test_generated_structs_have_tables() -> None:
    points = RevenueDataPoints(data={"revenue_fcr": [DataPoint(time=NOON, value=None)]})
    (row,) = tables.to_arrow([points]).to_pylist()
    ((category, (point,)),) = row["data"]
    assert category == "revenue_fcr"
    assert point["time"] == NOON
    assert point["value"] is None


class Recursive(msgspec.Struct):
    child: Recursive | None = None


class Untyped(msgspec.Struct):
    anything: Any = None


class Mixed(msgspec.Struct):
    value: int | str | None = None


@pytest.mark.parametrize("bad", [Recursive, Untyped, Mixed], ids=lambda one: one.__name__)
def test_what_has_no_place_in_a_table_is_named(bad: type[msgspec.Struct]) -> None:
    with pytest.raises(TypeError, match=bad.__name__):
        tables.arrow_schema(bad)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        pytest.param(
            Everything(name="", at=NOON.replace(tzinfo=None)), "at.*the naive", id="naive"
        ),
        pytest.param(Everything(name="", count=2**63), "count", id="too large"),
        pytest.param(Everything(name="", price="high"), "price", id="wrong type"),  # type: ignore[arg-type]
    ],
)
def test_a_value_that_does_not_fit_names_its_column(row: Everything, column: str) -> None:
    with pytest.raises(ValueError, match=column):
        tables.to_arrow([row])


def test_rows_of_several_types_are_refused() -> None:
    with pytest.raises(TypeError, match="Everything"):
        tables.to_arrow([BARE, Inner()])


def test_no_rows_need_their_type() -> None:
    with pytest.raises(ValueError, match="struct_type"):
        tables.to_arrow([])
    assert tables.to_arrow([], Inner).schema.names == ["power", "label"]


def test_an_arrow_table_is_taken_as_it_is() -> None:
    table = tables.to_arrow(ROWS)
    assert tables.to_arrow(table) is table


def test_polars_keeps_types_and_nulls() -> None:
    import polars as pl  # noqa: PLC0415

    frame = tables.to_polars(ROWS)
    assert frame["at"].dtype == pl.Datetime("us", "UTC")
    assert frame["price"].to_list() == [-0.01, None, -0.01]
    assert frame["flag"].to_list() == [False, None, False]


def test_pandas_keeps_integers_nulls_and_units() -> None:
    frame = tables.to_pandas(ROWS)
    assert str(frame["count"].dtype) == "Int64"
    assert str(frame["flag"].dtype) == "boolean"
    assert frame["count"].isna().tolist() == [False, True, False]
    assert int(frame["count"].iloc[0]) == -(2**63)
    assert str(frame["at"].dtype) == "datetime64[us, UTC]"
    assert frame.attrs["units"] == {"price": "EUR/MWh"}


def test_parquet_keeps_everything(tmp_path: Path) -> None:
    tables.write_parquet(ROWS, tmp_path / "rows.parquet")
    table = parquet.ParquetFile(tmp_path / "rows.parquet").read()
    assert table.equals(tables.to_arrow(ROWS))
    assert tables.units(table) == {"price": "EUR/MWh"}


def test_parquet_writes_times_as_differences(tmp_path: Path) -> None:
    quarters = [NOON + n * timedelta(minutes=15) for n in range(5_000)]
    table = pa.table(
        {
            "at": pa.array([*quarters, None], pa.timestamp("us", "UTC")),
            "asset": ["a"] * 5_001,
        }
    )
    tables.write_parquet(table, tmp_path / "rows.parquet")
    file = parquet.ParquetFile(tmp_path / "rows.parquet")
    assert file.read().equals(table)
    times, assets = (file.metadata.row_group(0).column(n) for n in range(2))
    assert times.total_compressed_size < 1_000
    assert times.statistics.max == quarters[-1]
    assert "RLE_DICTIONARY" in assets.encodings


def test_csv_writes_plain_names_utc_times_and_tells_missing_from_empty(tmp_path: Path) -> None:
    tables.write_csv(ROWS, tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(newline="", encoding="utf-8") as file:
        first, second, _ = csv.DictReader(file)
    assert list(first) == list(Everything.__struct_fields__)
    assert first["name"] == FULL.name
    assert first["at"] == "2026-03-29T12:00:00Z"
    assert first["day"] == "2026-03-29"
    assert float(first["price"]) == -0.01
    assert json.loads(first["many"]) == [
        {"power": 0.0, "label": "x"},
        {"power": None, "label": None},
    ]
    assert json.loads(first["series"]) == {"k": [1.0, 2.0], "l": []}
    assert set(second.values()) == {""}
    lines = (tmp_path / "rows.csv").read_text(encoding="utf-8").splitlines()
    assert '""' + "," * 12 in lines


def test_csv_shows_fractions_of_a_second_where_there_are_some(tmp_path: Path) -> None:
    odd = Everything(name="", at=NOON + timedelta(milliseconds=164))
    tables.write_csv([odd, BARE], tmp_path / "rows.csv")
    assert "2026-03-29T12:00:00.164000Z" in (tmp_path / "rows.csv").read_text()


@pytest.mark.parametrize("lines", [False, True], ids=["array", "lines"])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_is_an_array_or_a_line_each(tmp_path: Path, lines: bool, count: int) -> None:
    path = tmp_path / "rows.json"
    tables.write_json(ROWS[:count], path, Everything, lines=lines)
    text = path.read_text()
    found = [json.loads(one) for one in text.splitlines()] if lines else json.loads(text)
    assert len(found) == count
    for row, source in zip(found, ROWS, strict=False):
        assert row["at"] == ("2026-03-29T12:00:00Z" if source is FULL else None)
        assert row["series"] == source.series
        assert row["price"] == source.price


def test_excel_has_real_dates_and_numbers_and_says_the_units(tmp_path: Path) -> None:
    rows, path = [FULL, Everything(name="bare")], tmp_path / "rows.xlsx"
    tables.write_excel(rows, path, zone="Europe/Berlin", notes=["Made up"])
    book = openpyxl.load_workbook(path)
    names, first, bare = ([cell.value for cell in row] for row in book["rows"].iter_rows())
    found = dict(zip(names, first, strict=True))
    assert names == tables.to_arrow([FULL]).column_names
    assert found["at"] == NOON.astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None)
    assert found["day"].date() == FULL.day
    assert (found["name"], found["price"], found["flag"]) == (FULL.name, FULL.price, FULL.flag)
    assert bare == ["bare", *[None] * (len(names) - 1)]
    about = [[cell.value for cell in row] for row in book["columns"].iter_rows()]
    assert about[0][0] == "Made up"
    assert about[1][0] == "times are local to Europe/Berlin"
    assert ["price", "EUR/MWh"] in [line[:2] for line in about]


def test_what_looks_like_a_formula_is_a_text_in_excel(tmp_path: Path) -> None:
    tables.write_excel([Everything(name="=1+1")], tmp_path / "rows.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "rows.xlsx")["rows"]["A2"]
    assert (cell.data_type, cell.value) == ("s", "=1+1")


def test_excel_takes_no_more_rows_than_a_sheet_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("energy_async.excel._MOST", 2)
    with pytest.raises(ValueError, match=r"1 rows; write \.csv or \.parquet"):
        tables.write_excel([FULL, BARE], tmp_path / "rows.xlsx")
    assert list(tmp_path.iterdir()) == []


WRITERS = [tables.write_csv, tables.write_json, tables.write_parquet, tables.write_excel]


@pytest.mark.parametrize("write", WRITERS, ids=lambda one: one.__name__)
def test_a_full_disk_keeps_the_old_file(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows"
    path.write_text("old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(tables.WriteFailed, match=r"No space left on device.*make room") as caught:
        write(ROWS, path)
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename == str(path)
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["rows"]


@pytest.mark.parametrize("where", ["no/such/folder/rows.csv", "file/rows.csv", "."])
def test_an_impossible_place_is_named(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(tables.WriteFailed) as caught:
        tables.write_csv(ROWS, tmp_path / where)
    assert str(tmp_path) in str(caught.value)


def _python(code: str) -> str:
    root = str(Path(energy_async.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_without_pyarrow_the_error_names_the_extra() -> None:
    code = """
import sys
sys.modules["pyarrow"] = None
from energy_async import tables
from energy_async.columns import Same, arrow_column
from energy_async.model import Model
class Row(Model):
    x: float
try:
    tables.to_arrow([Row(x=1.0)])
except ImportError as exc:
    print(exc)
"""
    assert "pip install trlyr-async[tables]" in _python(code)


def test_importing_tables_loads_no_table_library() -> None:
    code = (
        "import sys, energy_async.tables; print({'pyarrow','pandas','polars'} & set(sys.modules))"
    )
    assert _python(code) == "set()"
