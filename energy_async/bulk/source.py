"""What a pull can be made of: how a window is asked, and what its rows are as columns."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    import pyarrow as pa

    from energy_async.bulk.engine import Batch
    from energy_async.bulk.windows import Window
    from energy_async.transport.client import ApiClient

__all__ = ["Source"]

R = TypeVar("R")


def _no_owner(_row: object) -> None:
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
        schema: The Arrow schema of a dataset; made when first needed.
        columns: The values of a batch by the names of the schema. `start` and, for what was asked
            about, the first column are expected among them.
        zone: The zone of the delivery months by which a dataset is partitioned.
    """

    content: str
    streams: Sequence[str]
    fetch: Callable[[ApiClient, Window], Awaitable[list[R]]]
    schema: Callable[[], pa.Schema]
    columns: Callable[[Batch[R]], Mapping[str, Sequence[Any]]]
    start_of: Callable[[R], datetime | None] = attrgetter("start_ts")
    owner_of: Callable[[R], str | None] = _no_owner
    zone: str = "Europe/Berlin"
