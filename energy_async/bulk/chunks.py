"""The rows of a dataset, a delivery month of one series at a time.

A series is what one subject (an asset, a portfolio) has of one stream and, where a source has
several kinds of row at one time, of one category. Memory is that of a stream's month.
"""

from __future__ import annotations

import itertools
import operator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from energy_async.bulk.reading import described
from energy_async.columns import load_pyarrow
from energy_async.storage import DatasetDamaged, DatasetMismatch

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    import pyarrow as pa

    from energy_async.bulk.dataset import Dataset
    from energy_async.storage import Part, Snapshot

_VALUES: Final = ("revenue", "value")
_KEY: Final = "category"


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
    """Give the rows of a dataset, in order of stream, month, subject and category.

    Args:
        dataset: The dataset.
        snapshot: As of when.
        passed_over: Paths of files that are not read.

    Raises:
        DatasetDamaged: A file is damaged.
        DatasetMismatch: A file has no such column.
    """
    found = snapshot.of_kind("rows")
    readable = [one for one in found if one.path not in passed_over]
    of_month = operator.itemgetter("stream", "month")
    for (stream, month_), group in itertools.groupby(readable, key=lambda one: of_month(one.keys)):
        table = _read(dataset, list(group))
        if table.num_rows:
            yield from _cut(table, stream, month_)


def _read(dataset: Dataset, group: list[Part]) -> pa.Table:
    pa = load_pyarrow()
    tables = []
    for part in group:
        try:
            rows = dataset.table.read_rows(part)
        except DatasetDamaged as exc:
            raise described(dataset, part, exc) from exc
        try:
            wanted = figure_columns(rows.column_names)
        except KeyError as exc:
            raise DatasetMismatch(f"{dataset}/{part.path} has {exc.args[0]}") from exc
        tables.append(_renamed(rows.select(list(wanted.values())), wanted))
    return pa.concat_tables(tables, promote_options="permissive")


def figure_columns(names: list[str]) -> dict[str, str]:
    """Give the columns that matter by what they are for.

    Raises:
        KeyError: There is none for one of them.
    """
    figures = [one for one in _VALUES if one in names]
    wanted = {"subject": names[0], "start": "start", "value": figures[0] if figures else "value"}
    optional = {"end": "end", "category": _KEY, "unit": "unit"}
    wanted.update((role, name) for role, name in optional.items() if name in names)
    missing = [name for name in wanted.values() if name not in names]
    if missing:
        raise KeyError(f"no column {missing[0]!r} among {', '.join(names)}")
    return wanted


def _renamed(table: pa.Table, wanted: dict[str, str]) -> pa.Table:
    pa = load_pyarrow()
    found = table.select(list(wanted.values())).rename_columns(list(wanted))
    unit = found.schema.field("value").metadata or {}
    zoned = found.schema.field("start").type.tz is not None
    found = found.append_column("zoned", pa.repeat(pa.scalar(zoned), found.num_rows))
    for role in ("start", "end"):
        if role in wanted:
            column = found.column(role).cast(pa.timestamp("us", "UTC"))
            found = found.set_column(found.schema.get_field_index(role), role, column)
    for role in ("subject", "category", "unit"):
        if role in wanted:
            place = found.schema.get_field_index(role)
            column = found.column(role).cast(pa.string()).dictionary_encode()
            found = found.set_column(place, role, column)
        else:
            text = unit.get(b"unit", b"").decode() if role == "unit" else ""
            column = pa.repeat(pa.scalar(text), found.num_rows).dictionary_encode()
            found = found.append_column(role, column)
    return found.replace_schema_metadata()


def _cut(table: pa.Table, stream: str, month_: str) -> Iterator[Chunk]:
    """Sort the rows of a month and cut them where the subject or the category changes."""
    pa = load_pyarrow()
    from pyarrow import compute  # noqa: PLC0415

    table = table.unify_dictionaries().combine_chunks()
    keys = {name: _codes(table, name) for name in ("subject", "category")}
    by = [(name, "ascending") for name in ("subject", "category", "start")]
    order = compute.sort_indices(pa.table({**keys, "start": table["start"]}), sort_keys=by)
    table = table.take(order).combine_chunks()
    codes = zip(*(_codes(table, name).to_pylist() for name in ("subject", "category")), strict=True)
    edge = 0
    for _, group in itertools.groupby(codes):
        count = sum(1 for _ in group)
        yield _chunk(table.slice(edge, count), stream, month_)
        edge += count


def _codes(table: pa.Table, name: str) -> Any:  # noqa: ANN401 - an Arrow array
    pa = load_pyarrow()
    return pa.chunked_array([one.indices for one in table.column(name).chunks], pa.int32())


def _chunk(rows: pa.Table, stream: str, month_: str) -> Chunk:
    first = rows.slice(0, 1).select(["subject", "category", "unit"]).to_pylist()[0]
    return Chunk(
        series=Series(first["subject"], stream, first["category"] or ""),
        month=month_,
        starts=_moments(rows, "start"),
        ends=_moments(rows, "end") if "end" in rows.column_names else (),
        values=rows["value"].to_pylist(),
        unit=first["unit"] or "",
        zoned=all(rows["zoned"].unique().to_pylist()),
    )


def _moments(rows: pa.Table, name: str) -> list[Any]:
    pa = load_pyarrow()
    found: list[Any] = rows[name].cast(pa.int64()).to_pylist()
    return found
