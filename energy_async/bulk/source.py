"""What a pull can be made of: how a window is asked, and what its rows are as columns."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from energy_async.columns import Same, arrow_schema, encoded, load_pyarrow
from energy_async.transport.errors import DecodeFailed, EnergyApiError
from energy_async.units import units_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping, Sequence
    from datetime import datetime

    import msgspec
    import pyarrow as pa

    from energy_async.bulk.report import Batch
    from energy_async.bulk.windows import Window
    from energy_async.transport.client import ApiClient
    from energy_async.transport.request import Operation

R = TypeVar("R")


def _nothing(_row: object) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Source(Generic[R]):
    """An operation, or several, that give rows for a range of time.

    Attributes:
        content: What the rows are, such as `terralayr revenue`; a dataset remembers it.
        streams: The names of the kinds of row; each is a partition of a dataset.
        fetch: Asks the server for a window. The answer may hold rows of the neighbouring windows.
        start_of: When a row begins; it belongs to the window in which it does.
        owner_of: The asset that a row says it belongs to, or None if it does not say.
        key_of: What tells rows of one start apart that do not contradict each other, such as the
            category of a data point.
        row: A struct with a field for each column but the first one; units and descriptions of
            its fields come along.
        subject: The name of the first column, which is what was asked about.
        attributes: The attributes of rows that columns are made of, where they have another name.
            What a row does not have is null.
        texts: Columns of texts that come again and again.
        units_of: A struct whose fields say the units of columns that do not say theirs.
        start_column: The column of `start_of`.
        key_columns: The columns of `key_of`.
        zone: The zone of the delivery months by which a dataset is partitioned.
        operations: The operations that are asked, by stream; a dataset remembers their names and
            how well each is known.
    """

    content: str
    streams: Sequence[str]
    fetch: Callable[[ApiClient, Window], Awaitable[list[R]]]
    row: type[msgspec.Struct]
    subject: str = "asset_id"
    attributes: Mapping[str, str] = field(default_factory=dict)
    texts: Sequence[str] = ()
    units_of: type[msgspec.Struct] | None = None
    start_of: Callable[[R], datetime | None] = attrgetter("start_ts")
    owner_of: Callable[[R], str | None] = _nothing
    key_of: Callable[[R], Hashable] = _nothing
    start_column: str = "start"
    key_columns: Sequence[str] = ()
    zone: str = "Europe/Berlin"
    operations: Mapping[str, Operation[Any]] = field(default_factory=dict)

    def schema(self) -> pa.Schema:
        """Give the Arrow schema of a dataset."""
        pa = load_pyarrow()
        subject = pa.field(self.subject, pa.string(), metadata={"description": "What was asked."})
        units = units_of(self.units_of) if self.units_of else {}
        whole = arrow_schema(self.row, units).insert(0, subject)
        return encoded(whole, self.subject, *self.texts)

    def columns(self, batch: Batch[R]) -> dict[str, Sequence[Any] | Same]:
        """Give the values of a batch by column."""
        rows = batch.rows
        found: dict[str, Sequence[Any] | Same] = {self.subject: Same(batch.asset_id, len(rows))}
        for name in self.row.__struct_fields__:
            attribute = self.attributes.get(name, name)
            is_there = rows and hasattr(rows[0], attribute)
            get = attrgetter(attribute)
            found[name] = list(map(get, rows)) if is_there else Same(None, len(rows))
        return found


@contextmanager
def readable() -> Iterator[None]:
    """Make whatever an odd answer does to the code that reads it a `DecodeFailed` of its window."""
    try:
        yield
    except EnergyApiError:
        raise
    except Exception as exc:
        message = f"the rows of the answer cannot be used: {type(exc).__name__}: {exc}"
        raise DecodeFailed(message) from exc


def of_operation(
    function: Callable[..., Awaitable[Any]],
    row_type: type[msgspec.Struct],
    *,
    start: str,
    content: str,
    stream: str,
    rows: Callable[[Any], list[Any]] = list,
    zone: str = "Europe/Berlin",
    **arguments: Any,  # noqa: ANN401 - whatever the function takes
) -> Source[Any]:
    """Make a source of an endpoint function that takes one identifier, `start` and `end`.

    A dataset of it has the column `asset_id`, what was asked about, and one for each field of the
    rows; their units come along.

    Args:
        function: The endpoint function, `function(client, asset_id, start=..., end=...)`.
        row_type: The struct of a row.
        start: The field that tells when a row begins.
        content: What the rows are; a dataset remembers it.
        stream: The name of the kind of row.
        rows: Gives the rows of an answer; by default the answer is the rows.
        zone: The zone of the delivery months.
        **arguments: Passed to the function with each request.

    Raises:
        ValueError: The rows have no such field.
    """
    names = row_type.__struct_fields__
    if start not in names:
        raise ValueError(f"{row_type.__name__} has no field {start!r}; it has {', '.join(names)}")

    async def fetch(client: ApiClient, window: Window) -> list[Any]:
        answer = await function(
            client, window.asset_id, start=window.start, end=window.end, lane="bulk", **arguments
        )
        with readable():
            return rows(answer)

    return Source(
        content=content,
        streams=(stream,),
        fetch=fetch,
        row=row_type,
        start_of=attrgetter(start),
        start_column=start,
        zone=zone,
        operations=_operations(function, stream),
    )


def _operations(function: Callable[..., Any], stream: str) -> dict[str, Operation[Any]]:
    """Find what an endpoint function asks; generated modules list it under the function's name."""
    module = sys.modules.get(function.__module__)
    known: Mapping[str, Operation[Any]] = getattr(module, "OPERATIONS", {})
    name = function.__name__
    return {stream: known[name]} if name in known else {}
