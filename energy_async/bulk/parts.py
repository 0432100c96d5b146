"""The Parquet files of a dataset: rows in the order of the windows that they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from energy_async.bulk.answers import Answer, Piece
from energy_async.columns import Same, arrow_column, load_pyarrow
from energy_async.storage import DatasetDamaged

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import pyarrow as pa

    from energy_async.storage import Part, Table


def write_pieces(table: Table, stream: str, month: str, pieces: Sequence[Piece]) -> Part:
    """Write a file of rows, sorted by asset and time; its note says what windows they answer."""
    ordered = sorted(pieces, key=lambda one: one.answer.window)
    pa = load_pyarrow()
    rows = pa.concat_tables([one.table for one in ordered]).unify_dictionaries()
    return table.write_rows(
        rows, {"stream": stream, "month": month}, note=[one.answer for one in ordered]
    )


def read_pieces(table: Table, part: Part) -> list[Piece]:
    """Read a file of rows window by window."""
    rows, answers = table.read_rows(part), part.note_as(list[Answer])
    if sum(one.rows for one in answers) != rows.num_rows:
        raise DatasetDamaged(str(table), part.path, "has more or fewer rows than its windows")
    pieces, first = [], 0
    for one in answers:
        pieces.append(Piece(part.keys["month"], rows.slice(first, one.rows), one))
        first += one.rows
    return pieces


def with_constant(rows: pa.Table, field: pa.Field, value: object) -> pa.Table:
    """Add a column in which every value is the same as the last one."""
    return rows.append_column(field, arrow_column(Same(value, rows.num_rows), field))


def with_stream(rows: pa.Table, stream: str) -> pa.Table:
    """Add the stream as the last column."""
    pa = load_pyarrow()
    field = pa.field("stream", pa.dictionary(pa.int32(), pa.string()))
    return with_constant(rows, field, stream)


def with_state(rows: pa.Table, state: str) -> pa.Table:
    """Add whether rows are those of before or after as the last column."""
    pa = load_pyarrow()
    return with_constant(rows, pa.field("state", pa.string()), state)


def with_time(part: Part, at: datetime) -> Part:
    """Note of a file's windows that their rows are known from `at` on, unless they were before."""
    answers = [
        one if one.known_at is not None else msgspec.structs.replace(one, known_at=at)
        for one in part.note_as(list[Answer])
    ]
    return with_answers(part, answers)


def with_answers(part: Part, answers: Sequence[Answer]) -> Part:
    """Give a file other answers in its note."""
    return msgspec.structs.replace(part, note=msgspec.Raw(msgspec.json.encode(answers)))


def sorted_rows(table: pa.Table, then_by: Iterable[str]) -> pa.Table:
    """Sort by the first column, those named and all else."""
    names = table.schema.names
    first = [names[0], *(name for name in then_by if name in names)]
    order = [*first, *(name for name in names if name not in first)]
    pa = load_pyarrow()
    from pyarrow import compute  # noqa: PLC0415

    columns = [_ranked(table.column(name)) for name in names]
    table = pa.table(columns, schema=table.schema)
    keys = pa.table({name: _sort_key(table.column(name)) for name in order})
    by = [(name, "ascending") for name in order]
    return table.take(compute.sort_indices(keys, sort_keys=by))


def _ranked(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Encode texts by their rank, so that equal columns are equal, whatever came first."""
    pa = load_pyarrow()
    if not pa.types.is_dictionary(column.type):
        return column
    from pyarrow import compute  # noqa: PLC0415

    chunks = column.unify_dictionaries().chunks
    texts = chunks[0].dictionary
    order = compute.sort_indices(texts)
    places = compute.sort_indices(order).cast(pa.int32())
    return pa.chunked_array(
        [
            pa.DictionaryArray.from_arrays(places.take(one.indices), texts.take(order))
            for one in chunks
        ]
    )


def _sort_key(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The codes of an encoded column: pyarrow does not sort by the texts."""
    pa = load_pyarrow()
    if not pa.types.is_dictionary(column.type):
        return column
    return pa.chunked_array([one.indices for one in column.chunks], pa.int32())
