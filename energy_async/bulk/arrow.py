"""A pull as Arrow batches while it runs, or as one table. Needs the extra `[tables]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from energy_async.columns import arrow_column, load_pyarrow
from energy_async.tables import from_columns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pyarrow as pa

    from energy_async.bulk.engine import Batch
    from energy_async.bulk.pull import Pull
    from energy_async.bulk.source import Source

__all__ = ["schema_of", "to_arrow", "to_batches"]

R = TypeVar("R")
_STREAM: Final = "stream"


def schema_of(source: Source[Any]) -> pa.Schema:
    """Give the schema of what `to_batches` yields: that of a dataset, and the column `stream`."""
    return source.schema().append(_stream_field())


async def to_batches(
    pull: Pull[R], source: Source[R], *, partial: bool = False
) -> AsyncIterator[pa.RecordBatch]:
    """Give the rows of a pull as record batches, one for each window with rows, as they arrive.

    Times are UTC, units stand in the metadata of the columns, as in a dataset.

    Args:
        pull: The pull, which is used up.
        source: What is pulled.
        partial: Pass over windows that failed; `pull.report` names them.

    Raises:
        EnergyApiError: A window failed, and not `partial`; the pull is ended.
    """
    async with pull:
        async for batch in pull:
            if batch.error is not None and not partial:
                raise batch.error
            if batch.rows:
                yield _record_batch(batch, source)


async def to_arrow(pull: Pull[R], source: Source[R], *, partial: bool = False) -> pa.Table:
    """Give the rows of a pull as one table, in order of arrival; see `to_batches`.

    Everything is in memory; for more than that, pull into a dataset.
    """
    pa = load_pyarrow()
    batches = [one async for one in to_batches(pull, source, partial=partial)]
    return pa.Table.from_batches(batches, schema_of(source)).unify_dictionaries()


def _record_batch(batch: Batch[R], source: Source[R]) -> pa.RecordBatch:
    table = from_columns(source.schema(), source.columns(batch))
    column = arrow_column([batch.stream] * table.num_rows, _stream_field())
    (found,) = table.append_column(_stream_field(), column).combine_chunks().to_batches()
    return found


def _stream_field() -> pa.Field:
    pa = load_pyarrow()
    return pa.field(_STREAM, pa.dictionary(pa.int32(), pa.string()))
