"""The columns of a revenue dataset, the same for every stream."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec resolves the field types
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from energy_async.columns import Same, arrow_schema, encoded
from energy_async.units import units_of
from trlyr_async.models.revenue_reporting import TollingRevenue

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from energy_async.bulk import Batch


class _Row(msgspec.Struct):
    virtual_asset_id: Annotated[str, Meta(description="The virtual asset that was asked for.")]
    start: Annotated[datetime, Meta(description="Start of the delivery window.")]
    end: Annotated[datetime | None, Meta(description="End of the delivery window, excluded.")]
    revenue: Annotated[float | None, Meta(description="Revenue; null means not told.")]
    version_number: Annotated[str | None, Meta(description="Version of the figure.")]
    annual_price: Annotated[
        float | None,
        Meta(description="Tolling price of a year, tolling only; unit not documented."),
    ]


@cache
def schema() -> pa.Schema:
    """Give the Arrow schema; units are those that the API's own structs declare."""
    return encoded(arrow_schema(_Row, units_of(TollingRevenue)), "virtual_asset_id")


def columns_of(batch: Batch[Any]) -> dict[str, Sequence[Any] | Same]:
    """Give the values of a batch by column. The asset is the one that was asked for."""
    rows = batch.rows
    priced = batch.stream == "tolling"
    return {
        "virtual_asset_id": Same(batch.asset_id, len(rows)),
        "start": [row.start_ts for row in rows],
        "end": [row.end_ts for row in rows],
        "revenue": [row.revenue for row in rows],
        "version_number": [row.version_number for row in rows],
        "annual_price": [row.annual_price for row in rows] if priced else Same(None, len(rows)),
    }
