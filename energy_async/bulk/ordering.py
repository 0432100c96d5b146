"""One order for the rows of a dataset, whatever order they were fetched in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from energy_async.columns import load_pyarrow

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

__all__ = ["in_order"]


def in_order(table: pa.Table, then_by: Iterable[str]) -> pa.Table:
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
