"""Structs as tables: Arrow, polars, pandas, CSV, JSON, Parquet, Excel (extra `[tables]`).

What is missing stays missing: None is null in every format, never zero. Times are UTC. The unit of
a column is kept in its Arrow field metadata under `unit`, read by `units`; Parquet files carry it,
pandas frames have it in `frame.attrs["units"]`. polars, CSV and JSON have no place for it.

Files are written whole: a reader sees the old content or all of the new. A disk that refuses
raises `WriteFailed`, which is an `OSError`.
"""

from __future__ import annotations

import csv
import io
import operator
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from energy_async.columns import Same, arrow_column, arrow_schema, load_pyarrow
from energy_async.files import WriteFailed, write_whole

if TYPE_CHECKING:
    import os

    import pandas as pd
    import polars as pl
    import pyarrow as pa

__all__ = [
    "Rows",
    "WriteFailed",
    "arrow_schema",
    "from_columns",
    "to_arrow",
    "to_pandas",
    "to_polars",
    "units",
    "write_csv",
    "write_excel",
    "write_json",
    "write_parquet",
]

Rows: TypeAlias = "pa.Table | Sequence[msgspec.Struct]"
"""What every function here takes: a table, or structs of one type."""

_SECOND: Final = 1_000_000
_JSON_CHUNK: Final = 8192
_ROW_GROUP: Final = 32_768
"""Rows that a reader passes over at once where their statistics tell that none is wanted."""


def to_arrow(rows: Rows, struct_type: type[msgspec.Struct] | None = None) -> pa.Table:
    """Give the rows as an Arrow table, one column per field.

    Args:
        rows: Structs of one type; an Arrow table is given back as it is.
        struct_type: The type of the rows; only needed where there may be none.

    Raises:
        TypeError: The rows are of several types, or a field has no Arrow type.
        ValueError: There are no rows and no `struct_type`, or a datetime is naive.
        ImportError: pyarrow is not installed.
    """
    pa = load_pyarrow()
    if isinstance(rows, pa.Table):
        return rows
    found = struct_type or _type_of(rows)
    if not set(map(type, rows)) <= {found}:
        raise TypeError(f"every row must be a {found.__name__}")
    schema = arrow_schema(found)
    return from_columns(
        schema, {name: list(map(operator.attrgetter(name), rows)) for name in schema.names}
    )


def from_columns(schema: pa.Schema, values: Mapping[str, Sequence[Any] | Same]) -> pa.Table:
    """Build a table from one sequence of Python values per column of `schema`."""
    pa = load_pyarrow()
    arrays = [arrow_column(values[field.name], field) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def units(table: pa.Table | pa.Schema) -> dict[str, str]:
    """Give the unit of each column that has one."""
    schema = getattr(table, "schema", table)
    found = {field.name: (field.metadata or {}).get(b"unit") for field in schema}
    return {name: unit.decode() for name, unit in found.items() if unit}


def to_polars(rows: Rows, struct_type: type[msgspec.Struct] | None = None) -> pl.DataFrame:
    """Give the rows as a polars frame. Units do not survive: ask `units` of the Arrow table."""
    table = to_arrow(rows, struct_type)
    try:
        import polars as pl  # noqa: PLC0415 - the caller's own choice of library
    except ImportError as exc:
        raise ImportError("to_polars needs polars: pip install polars") from exc
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table never becomes a series
    return frame


def to_pandas(rows: Rows, struct_type: type[msgspec.Struct] | None = None) -> pd.DataFrame:
    """Give the rows as a pandas frame, with `frame.attrs["units"]`.

    Integers and booleans take pandas' nullable types, so that a missing one turns neither its
    column into floats nor itself into False.
    """
    table = to_arrow(rows, struct_type)
    try:
        import pandas as pd  # noqa: PLC0415 - the caller's own choice of library
    except ImportError as exc:
        raise ImportError("to_pandas needs pandas: pip install pandas") from exc
    pa = load_pyarrow()
    nullable = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    frame: pd.DataFrame = table.to_pandas(types_mapper=nullable.get)
    frame.attrs["units"] = units(table)
    return frame


def write_parquet(
    rows: Rows, path: str | os.PathLike[str], struct_type: type[msgspec.Struct] | None = None
) -> None:
    """Write a Parquet file; types, zones and units survive."""
    write_whole(Path(path), parquet_bytes(to_arrow(rows, struct_type)))


def parquet_bytes(table: pa.Table) -> memoryview:
    """Encode a table as a Parquet file in memory."""
    load_pyarrow()
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    sink = pa.BufferOutputStream()
    parquet.write_table(
        table,
        sink,
        compression="zstd",
        row_group_size=_ROW_GROUP,
        write_page_checksum=True,
        write_page_index=True,
        **_encodings(table.schema),
    )
    return memoryview(sink.getvalue())


def _encodings(schema: pa.Schema) -> dict[str, Any]:
    """Write times as differences: a quarter of the size of a dictionary, and quicker.

    Parquet takes one encoding or the other, by column. Tables with nested columns, which have no
    name of their own there, keep dictionaries throughout.
    """
    types = load_pyarrow().types
    if any(types.is_nested(one.type) for one in schema):
        return {}
    times = [one.name for one in schema if types.is_timestamp(one.type)]
    return {
        "use_dictionary": [one.name for one in schema if one.name not in times],
        "column_encoding": dict.fromkeys(times, "DELTA_BINARY_PACKED"),
    }


def write_csv(
    rows: Rows, path: str | os.PathLike[str], struct_type: type[msgspec.Struct] | None = None
) -> None:
    """Write a CSV file: UTF-8, plain column names, times as `2026-03-29T00:00:00Z`.

    A missing value is an empty field, an empty text is `""`. Nested columns are written as JSON
    text. Fractions of a second appear only where a column has some.
    """
    table = to_arrow(rows, struct_type)
    from pyarrow import csv as arrow_csv  # noqa: PLC0415

    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(table.column_names)
    sink = io.BytesIO()
    # pyarrow would quote every column name, needed or not.
    sink.write(header.getvalue().encode())
    arrow_csv.write_csv(_flat(table), sink, arrow_csv.WriteOptions(include_header=False))
    with sink.getbuffer() as written:  # a sink that is collected with a view of it is an error
        write_whole(Path(path), written)


def write_json(
    rows: Rows,
    path: str | os.PathLike[str],
    struct_type: type[msgspec.Struct] | None = None,
    *,
    lines: bool = False,
) -> None:
    """Write a JSON array of objects, or with `lines` one object a line (NDJSON).

    Keys are the column names, times RFC 3339 in UTC, missing values `null`.
    """
    table = to_arrow(rows, struct_type)
    chunks = (_objects(batch) for batch in table.to_batches(max_chunksize=_JSON_CHUNK))
    objects = [msgspec.json.encode(row) for chunk in chunks for row in chunk]
    ending = b"\n" if objects else b""
    body = b"\n".join(objects) + ending if lines else b"[" + b",\n".join(objects) + b"]\n"
    write_whole(Path(path), body)


def write_excel(
    rows: Rows,
    path: str | os.PathLike[str],
    struct_type: type[msgspec.Struct] | None = None,
    *,
    zone: str = "UTC",
    notes: Iterable[str] = (),
) -> None:
    """Write an Excel file (extra `[excel]`): the rows, and a sheet with the units of the columns.

    Excel knows no time zones; times are local to `zone`. `notes` stand above the units.

    Raises:
        ValueError: There are more rows than a sheet takes.
    """
    from energy_async.excel import ExcelWriter  # noqa: PLC0415 - an extra

    table, goal = to_arrow(rows, struct_type), Path(path)
    with tempfile.TemporaryDirectory() as folder:
        aside = Path(folder) / "rows.xlsx"
        with closing(ExcelWriter(aside, table.schema, zone=zone, notes=notes)) as writer:
            writer.write_table(table)
        write_whole(goal, aside.read_bytes())


def _type_of(rows: Sequence[msgspec.Struct]) -> type[msgspec.Struct]:
    if isinstance(rows, (str, bytes, Mapping)) or not isinstance(rows, Sequence):
        raise TypeError(f"expected a sequence of structs or a table, got {type(rows).__name__}")
    if not rows:
        raise ValueError("there are no rows to tell the columns from: pass struct_type")
    return type(rows[0])


def _flat(table: pa.Table) -> pa.Table:
    """Replace what CSV cannot hold by text."""
    pa = load_pyarrow()
    columns = [_text_of(table.column(name)) for name in table.column_names]
    return pa.table(columns, names=table.column_names)


def _text_of(column: pa.ChunkedArray) -> pa.ChunkedArray:
    pa = load_pyarrow()
    if pa.types.is_timestamp(column.type):
        return _times(column)
    if not pa.types.is_nested(column.type):
        return column
    texts = [v if v is None else msgspec.json.encode(v).decode() for v in _objects(column)]
    return pa.chunked_array([arrow_column(texts, pa.field("text", pa.string()))])


def _times(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import compute  # noqa: PLC0415

    # Without a zone the text needs no zone database, which Windows lacks; the instant is UTC.
    plain = column.cast(pa.timestamp("us"))
    whole = not any((n or 0) % _SECOND for n in plain.cast(pa.int64()).to_pylist())
    return compute.strftime(plain.cast(pa.timestamp("s" if whole else "us")), "%Y-%m-%dT%H:%M:%SZ")


def _objects(values: pa.RecordBatch | pa.ChunkedArray) -> list[Any]:
    found: list[Any] = values.to_pylist(maps_as_pydicts="strict")
    return found
