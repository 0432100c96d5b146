"""A client that answers revenue requests at once, with one row for each quarter-hour, as JSON.

The text of a row is made once; an answer costs putting them together and msgspec's own decoding, so
that what is measured is the pull, in time as in memory.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import anyio
import msgspec

from trlyr_async.models.revenue_reporting import (
    AncillaryRevenue,
    TollingRevenue,
    VirtualBatteryAuctionRevenue,
    WholesaleRevenue,
)

DECODERS = {
    f"revenue_reporting.get_{stream}_revenue": msgspec.json.Decoder(list[row_type])
    for stream, row_type in {
        "tolling": TollingRevenue,
        "wholesale": WholesaleRevenue,
        "ancillary": AncillaryRevenue,
        "virtual_battery_auction": VirtualBatteryAuctionRevenue,
    }.items()
}
_QUARTER = timedelta(minutes=15)
_FIRST = datetime(2024, 12, 31, 23, tzinfo=UTC)
_ASSET = b"00000000-0000-4000-8000-000000000000"


def asset_ids(count: int) -> list[str]:
    """Give `count` identifiers."""
    return [f"00000000-0000-4000-8000-{number:012x}" for number in range(1, count + 1)]


class Client:
    """Plays the client of a bulk pull."""

    base_url = "https://bench.invalid"

    def __init__(self) -> None:
        self.asked: list[tuple[str, datetime, datetime]] = []

    def now(self) -> datetime:
        """Tell the time: long after the range."""
        return datetime(2026, 11, 17, 9, tzinfo=UTC)

    async def send(self, request: Any, **_options: Any) -> Any:  # noqa: ANN401 - as the real one
        """Answer with every quarter-hour of the range, both ends included."""
        await anyio.lowlevel.checkpoint()
        asked = str(request.path["virtualAssetID"]), request.query["start"], request.query["end"]
        self.asked.append(asked)
        return DECODERS[request.operation.name].decode(answer(*asked))


def answer(asset_id: str, start: datetime, end: datetime) -> bytes:
    """Give the text of an answer; there is a row for each quarter-hour of 2025."""
    first, last = ((moment - _FIRST) // _QUARTER for moment in (start, end))
    text = b",".join(_texts()[max(first, 0) : last + 1])
    return b"[" + text.replace(_ASSET, asset_id.encode()) + b"]"


@cache
def _texts() -> list[bytes]:
    return [msgspec.json.encode(_row(_FIRST + n * _QUARTER)) for n in range(366 * 96)]


def _row(start: datetime) -> WholesaleRevenue:
    return WholesaleRevenue(
        start_ts=start,
        end_ts=start + _QUARTER,
        revenue=hash(start) % 100_000 / 100 - 200,
        version_number="1",
        virtual_asset_id=_ASSET.decode(),
    )
