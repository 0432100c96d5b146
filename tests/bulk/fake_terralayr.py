"""A client that answers revenue requests from memory, both ends of the range included.

`asked` has the windows that were asked for, without the margin around them.
"""

from __future__ import annotations

import zlib
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import anyio

from energy_async import delivery
from energy_async.bulk.rows import LONGEST
from trlyr_async.models import revenue_reporting as models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ASSETS = [f"00000000-0000-4000-8000-{n:012x}" for n in range(1, 60)]
ROW_TYPES: dict[str, Any] = {
    "tolling": models.TollingRevenue,
    "wholesale": models.WholesaleRevenue,
    "ancillary": models.AncillaryRevenue,
    "virtual_battery_auction": models.VirtualBatteryAuctionRevenue,
}


class Server:
    """Plays the client of `bulk`: `answer` may raise, or change the rows of an asset and stream."""

    base_url = "https://fake.invalid"

    def __init__(
        self,
        answer: Callable[[str, str, list[Any]], list[Any]] = lambda _asset, _stream, rows: rows,
        *,
        delay: float = 0.0,
    ) -> None:
        self.answer = answer
        self.delay = delay
        self.asked: list[tuple[str, str, datetime, datetime]] = []
        self.lanes: set[str] = set()
        self.under_way = self.peak = self.answered = 0

    def now(self) -> datetime:
        return datetime(2026, 11, 17, 9, tzinfo=UTC)

    async def send(self, request: Any, **options: Any) -> Any:
        stream = request.operation.name.removeprefix("revenue_reporting.get_")
        stream = stream.removesuffix("_revenue")
        asset = str(request.path["virtualAssetID"])
        start, end = request.query["start"], request.query["end"]
        margin = LONGEST if end - start >= 2 * LONGEST else (end - start) / 3
        self.asked.append((asset, stream, start + margin, end - margin))
        self.lanes.add(options.get("lane", "normal"))
        self.under_way += 1
        self.peak = max(self.peak, self.under_way)
        try:
            await anyio.sleep(self.delay)
            rows = [row(asset, stream, *span) for span in buckets(stream, start, end)]
            found = self.answer(asset, stream, rows)
            self.answered += 1
            return found
        finally:
            self.under_way -= 1


def buckets(stream: str, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    day = delivery.delivery_day_of(start, delivery.BERLIN)
    while delivery.delivery_day(day, delivery.BERLIN).start <= end:
        yield from (one for one in _of_day(stream, day) if start <= one[0] <= end)
        day += timedelta(days=1)


def _of_day(stream: str, day: date) -> list[delivery.Interval]:
    if stream == "wholesale":
        return delivery.quarter_hours(day, delivery.BERLIN)
    if stream == "ancillary":
        return delivery.blocks(day, delivery.BERLIN)
    return [delivery.delivery_day(day, delivery.BERLIN)]


def row(asset: str, stream: str, start: datetime, end: datetime) -> Any:
    money = zlib.crc32(f"{asset} {stream} {start.isoformat()}".encode()) % 10_000 / 100 - 20
    extra = {"annual_price": 95_000.0} if stream == "tolling" else {}
    return ROW_TYPES[stream](
        start_ts=start,
        end_ts=end,
        revenue=money,
        version_number="1",
        virtual_asset_id=asset,
        **extra,
    )
