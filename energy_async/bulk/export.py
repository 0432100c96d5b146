"""A dataset as one plain file, for tools that know nothing of its log."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from energy_async.bulk.described import columns_of, without_origin
from energy_async.bulk.reading import scan
from energy_async.columns import plain
from energy_async.excel import ExcelWriter
from energy_async.files import disk_errors
from energy_async.storage import DatasetMissing

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    import pyarrow as pa

    from energy_async.bulk.described import Column
    from energy_async.storage import PlaceLike

_TABLE = "revenue"


def export(
    path: PlaceLike, target: str | os.PathLike[str], *, as_of: datetime | None = None
) -> int:
    """Write the rows of a dataset as one plain file; give their number.

    Args:
        path: The dataset; it may be written to meanwhile.
        target: `….parquet`, `….csv`, `….json`, `….xlsx` (extra `[excel]`), or `….duckdb`, a
            database with a table `revenue` (needs duckdb). A file that is there is replaced once
            the new one is whole.
        as_of: What was known at this moment; aware. By default now.

    Raises:
        DatasetMissing: There is no dataset, or nothing was fetched into it yet.
        DatasetDamaged: A file is damaged.
        WriteFailed: The disk refuses.
        ValueError: The name ends otherwise, or the rows are more than Excel takes.
    """
    goal = Path(target)
    write = _WRITERS.get(goal.suffix.lower())
    if write is None:
        raise ValueError(f"{goal}: end the name with one of {', '.join(_WRITERS)}")
    with (
        disk_errors(goal),
        tempfile.TemporaryDirectory(dir=goal.parent, prefix=".export-") as folder,
    ):
        aside = Path(folder) / goal.name
        rows = write(aside, scan(path, as_of=as_of), lambda: columns_of(path))
        if not rows:
            raise DatasetMissing(f"{path} has no rows yet: nothing was fetched")
        aside.replace(goal)
    return rows


def _parquet(goal: Path, tables: Iterable[pa.Table], *_: object) -> int:
    from pyarrow import parquet  # noqa: PLC0415

    return _streamed(tables, lambda schema: parquet.ParquetWriter(
        goal, schema, compression="zstd", write_page_checksum=True
    ))  # fmt: skip


def _csv(goal: Path, tables: Iterable[pa.Table], *_: object) -> int:
    from pyarrow import csv  # noqa: PLC0415

    return _streamed(tables, lambda schema: csv.CSVWriter(goal, schema))


def _json(goal: Path, tables: Iterable[pa.Table], *_: object) -> int:
    return _streamed(tables, lambda _: _JsonWriter(goal))


def _excel(goal: Path, tables: Iterable[pa.Table], columns: Callable[[], list[Column]]) -> int:
    head = ("column", "unit", "description", "operation", "provenance")
    about = [head, *map(_described, columns())]
    return _streamed(tables, lambda schema: ExcelWriter(goal, schema, about=about))


def _described(one: Column) -> tuple[str, ...]:
    origin = (one.operations, one.provenances)
    texts = (", ".join(f"{stream}: {said}" for stream, said in by.items()) for by in origin)
    return (one.name, one.unit, one.description, *texts)


class _JsonWriter:
    """Writes an array of objects, each on a line of its own."""

    def __init__(self, goal: Path) -> None:
        self._file = goal.open("wb")
        self._before = b"["

    def write_table(self, table: pa.Table) -> None:
        for row in table.to_pylist():
            self._file.write(self._before + msgspec.json.encode(row))
            self._before = b",\n"

    def close(self) -> None:
        self._file.write(b"]\n")
        self._file.close()


def _streamed(tables: Iterable[pa.Table], opened: Callable[[pa.Schema], Any]) -> int:
    """Write tables one after the other into one file, texts written out."""
    rows, writer = 0, None
    try:
        for table in tables:
            flat = plain(table.cast(without_origin(table.schema)))
            if writer is None:
                writer = opened(flat.schema)
            writer.write_table(flat)
            rows += table.num_rows
    finally:
        if writer is not None:
            writer.close()
    return rows


def _duckdb(goal: Path, tables: Iterable[pa.Table], *_: object) -> int:
    try:
        import duckdb  # noqa: PLC0415 - the caller's own choice of tool
    except ImportError as exc:
        raise ImportError("a DuckDB file needs duckdb: pip install duckdb") from exc
    whole = goal.with_suffix(".parquet")
    rows = _parquet(whole, tables)
    with duckdb.connect(str(goal)) as database:
        database.execute(
            f"CREATE TABLE {_TABLE} AS SELECT * FROM read_parquet(?)",  # noqa: S608 - our own name
            [str(whole)],
        )
    whole.unlink()
    return rows


_WRITERS: Final[Mapping[str, Callable[..., int]]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".json": _json,
    ".duckdb": _duckdb,
    ".xlsx": _excel,
}
