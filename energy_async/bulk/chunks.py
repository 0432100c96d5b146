"""The rows of a dataset, a delivery month of one series at a time.

A series is what one subject (an asset, a portfolio) has of one stream and, where a source has
several kinds of row at one time, of one category. Memory is that of a stream's month.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from energy_async.bulk import parts
from energy_async.bulk.reading import scan_parts
from energy_async.columns import load_pyarrow
from energy_async.storage import DatasetMismatch
from energy_async.tables import units

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    import pyarrow as pa

    from energy_async.bulk.dataset import Dataset
    from energy_async.storage import Part, Snapshot

_VALUES: Final = ("revenue", "value")


class Series(NamedTuple):
    """What one subject has of one stream and category; the latter is empty where there is none."""

    asset_id: str
    stream: str
    category: str = ""

    @property
    def name(self) -> str:
        """The category where there is one, else the stream."""
        return self.category or self.stream


class Chunk(NamedTuple):
    """The rows of a series that start in one delivery month, by their start.

    Attributes:
        series: Whose rows they are.
        month: The delivery month, such as `2026-03`.
        starts: When each row begins, in microseconds since 1970 (UTC); see `moment_of`.
        ends: When each row ends, likewise; empty if the dataset does not tell.
        values: What each row is worth; None where the server left it out.
        unit: The unit of the values, empty if unknown.
        zoned: Whether the starts carry a zone; without one they are taken for UTC.
    """

    series: Series
    month: str
    starts: Sequence[int]
    ends: Sequence[int | None]
    values: Sequence[float | None]
    unit: str
    zoned: bool = True


def chunks(
    dataset: Dataset,
    *,
    snapshot: Snapshot,
    passed_over: Container[str] = (),
) -> Iterator[Chunk]:
    """Give the rows of a dataset by stream, month, subject and category, but for some files.

    Raises `DatasetDamaged`, and `DatasetMismatch` for a file without figures.
    """
    found = scan_parts(dataset, snapshot=snapshot, passed_over=passed_over)
    for (stream, month), group in itertools.groupby(found, key=shelf_of):
        tables = [_figures(dataset, part, rows) for part, rows in group]
        rows = load_pyarrow().concat_tables(tables, promote_options="permissive")
        if rows.num_rows:
            yield from _cut(rows, stream, month)


def shelf_of(one: tuple[Part, pa.Table]) -> tuple[str, str]:
    """Give the stream and delivery month of a file."""
    return one[0].keys["stream"], one[0].keys["month"]


def figure_columns(names: list[str]) -> dict[str, str]:
    """Give the columns that matter by what they are for; `KeyError` if one is not there."""
    figures = [one for one in _VALUES if one in names]
    wanted = {"subject": names[0], "start": "start", "value": figures[0] if figures else "value"}
    wanted.update({one: one for one in ("end", "category", "unit") if one in names})
    missing = [name for name in wanted.values() if name not in names]
    if missing:
        raise KeyError(f"no column {missing[0]!r} among {', '.join(names)}")
    return wanted


def _figures(dataset: Dataset, part: Part, rows: pa.Table) -> pa.Table:
    """Give the columns that matter, times in UTC, texts encoded, every column there."""
    try:
        wanted = figure_columns(rows.column_names)
    except KeyError as exc:
        raise DatasetMismatch(f"{dataset}/{part.path} has {exc.args[0]}") from exc
    pa = load_pyarrow()
    found = rows.select(list(wanted.values())).rename_columns(list(wanted))
    unit = units(found).get("value", "")
    columns = {name: found.column(name) for name in wanted}
    columns["zoned"] = _same(columns["start"].type.tz is not None, found)
    for name in {"start", "end"} & columns.keys():
        columns[name] = columns[name].cast(pa.timestamp("us", "UTC"))
    for name in ("subject", "category", "unit"):
        texts = columns.get(name, _same(unit if name == "unit" else "", found))
        columns[name] = texts.cast(pa.string()).dictionary_encode()
    first = {"subject": columns.pop("subject")}
    return pa.table({**first, **columns})


def _same(value: object, table: pa.Table) -> Any:  # noqa: ANN401 - an Arrow array
    pa = load_pyarrow()
    return pa.chunked_array([pa.repeat(pa.scalar(value), table.num_rows)])


def _cut(rows: pa.Table, stream: str, month: str) -> Iterator[Chunk]:
    """Sort the rows of a month and cut them where the subject or the category changes."""
    rows = parts.sorted_rows(rows.unify_dictionaries(), ["category", "start"]).combine_chunks()
    codes = (rows.column(one).combine_chunks().indices for one in ("subject", "category"))
    edge = 0
    for _, group in itertools.groupby(zip(*(one.to_pylist() for one in codes), strict=True)):
        count = sum(1 for _ in group)
        yield _chunk(rows.slice(edge, count), stream, month)
        edge += count


def _chunk(rows: pa.Table, stream: str, month: str) -> Chunk:
    first = rows.slice(0, 1).select(["subject", "category", "unit"]).to_pylist()[0]
    return Chunk(
        series=Series(first["subject"], stream, first["category"] or ""),
        month=month,
        starts=_moments(rows, "start"),
        ends=_moments(rows, "end") if "end" in rows.column_names else (),
        values=rows["value"].to_pylist(),
        unit=first["unit"] or "",
        zoned=all(rows["zoned"].unique().to_pylist()),
    )


def _moments(rows: pa.Table, name: str) -> list[Any]:
    found: list[Any] = rows[name].cast(load_pyarrow().int64()).to_pylist()
    return found
