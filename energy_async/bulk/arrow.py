"""A pull as Arrow batches while it runs, or as one table. Needs the extra `[tables]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from energy_async.bulk.parts import with_stream
from energy_async.columns import load_pyarrow
from energy_async.tables import from_columns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pyarrow as pa

    from energy_async.bulk.pull import Pull
    from energy_async.bulk.source import Source

R = TypeVar("R")


async def to_batches(
    pull: Pull[R], source: Source[R], *, partial: bool = False
) -> AsyncIterator[pa.RecordBatch]:
    """Give the rows of a pull as record batches, one for each window with rows, as they arrive.

    The columns are those of a dataset, and `stream`; times are UTC. With `partial` windows that
    failed are passed over, and `pull.report` names them; without, the pull ends with their error.
    """
    async with pull:
        async for batch in pull:
            if batch.error is not None and not partial:
                raise batch.error
            if batch.rows:
                table = from_columns(source.schema(), source.columns(batch))
                (found,) = with_stream(table, batch.stream).combine_chunks().to_batches()
                yield found


async def to_arrow(pull: Pull[R], source: Source[R], *, partial: bool = False) -> pa.Table:
    """Give the rows of a pull as one table, in order of arrival; see `to_batches`.

    Everything is in memory; for more than that, pull into a dataset.
    """
    batches: list[Any] = [one async for one in to_batches(pull, source, partial=partial)]
    schema = with_stream(source.schema().empty_table(), "").schema
    return load_pyarrow().Table.from_batches(batches, schema).unify_dictionaries()
