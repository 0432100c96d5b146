"""The row that every feed is put into, and how upstream's rows become one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from msgspec import Meta

from energy_async.model import Model
from nanocorp_async.models import market_feeds as models

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FeedName: TypeAlias = Literal[
    "day-ahead", "fcr-capacity", "afrr-capacity", "mfrr-capacity", "afrr-energy", "mfrr-energy"
]
"""The six single feeds; the two aggregates consist of them."""

TITLES: Final[Mapping[FeedName, str]] = {
    "day-ahead": "Day-ahead prices",
    "fcr-capacity": "FCR capacity",
    "afrr-capacity": "aFRR capacity",
    "mfrr-capacity": "mFRR capacity",
    "afrr-energy": "aFRR energy",
    "mfrr-energy": "mFRR energy",
}
"""What each feed is called."""

FEEDS: Final = tuple(TITLES)
"""The six single feeds."""

PricePeriod: TypeAlias = timedelta | Literal["row"]
"""The time that a capacity price is for; `row` is for as long as its own row lasts."""

EUR_PER_MWH: Final = "EUR/MWh"
_EUR_PER_MW: Final = "EUR/MW (period not documented)"
_HOUR: Final = timedelta(hours=1)
_MW: Final = Meta(extra={"unit": "MW"})
_SECONDS: Final = Meta(extra={"unit": "s"})


class MarketRow(Model):
    """One price of one period and direction.

    Attributes:
        feed: Where it comes from.
        start: Start of the period, aware and in UTC.
        end: End of the period, which belongs to the next one.
        direction: `UPWARD`, `DOWNWARD`, `SYMMETRIC`, or what else upstream says; None for
            day-ahead prices.
        product: `FCR`, `aFRR`, `mFRR`, or what else upstream says; None for day-ahead prices.
        time_horizon: Of capacity only: `DAILY`, or what else upstream says.
        price: In `price_unit`; may be negative.
        price_unit: `EUR/MWh` for energy. For capacity `EUR/MW (period not documented)` until the
            period is said, then for example `EUR/MW per 15 min`.
        price_period_s: The time that a capacity price is for, in seconds, as the caller said it.
        contracted_volume_mw: Of capacity only.
        offered_volume_mw: Of capacity only.
        volume_mw: Of FCR capacity only; how it differs from the contracted volume is not
            documented.
        cut_from_s: How long upstream's row lasts that this is a step of, in seconds (`on_grid`);
            None for a row as it came.
    """

    feed: FeedName
    start: datetime | None = None
    end: datetime | None = None
    direction: str | None = None
    product: str | None = None
    time_horizon: str | None = None
    price: float | None = None
    price_unit: str = EUR_PER_MWH
    price_period_s: Annotated[float | None, _SECONDS] = None
    contracted_volume_mw: Annotated[float | None, _MW] = None
    offered_volume_mw: Annotated[float | None, _MW] = None
    volume_mw: Annotated[float | None, _MW] = None
    cut_from_s: Annotated[float | None, _SECONDS] = None

    @property
    def is_doubtful_zero(self) -> bool:
        """Whether the price is a zero that may stand for "no activation"."""
        return self.feed == "mfrr-energy" and self.price == 0


def capacity_unit(period: timedelta | None) -> str:
    """Give the unit of a capacity price that is for this period."""
    if period is None:
        return _EUR_PER_MW
    return "EUR/MW/h" if period == _HOUR else f"EUR/MW per {period / timedelta(minutes=1):g} min"


def _key_columns(kind: type[Model]) -> tuple[str, ...]:
    names = kind.__struct_fields__
    ends = [next(one for one in names if one.endswith(f"_{end}_utc")) for end in ("start", "end")]
    return (*ends, *(one for one in ("direction", "product_type", "time_horizon") if one in names))


KEY_COLUMNS: Final[Mapping[type, tuple[str, ...]]] = {
    kind: _key_columns(kind)
    for kind in (
        models.DayAheadPrice,
        models.FcrCapacityRow,
        models.AfrrCapacityRow,
        models.MfrrCapacityRow,
        models.AfrrEnergyBucket,
        models.AfrrEnergyRow,
        models.MfrrEnergyRow,
        models.MfrrEnergyDirectionRow,
    )
}
"""The columns that say which of upstream's rows it is: start, end, then what tells rows apart."""


def market_rows(
    feed: FeedName,
    row: Any,  # noqa: ANN401 - eight types
    price_period: PricePeriod | None = None,
) -> Iterator[MarketRow]:
    """Give the prices of one of upstream's rows: one, or one for each direction."""
    start, end = (getattr(row, name) for name in KEY_COLUMNS[type(row)][:2])
    if feed == "day-ahead":
        yield MarketRow(feed=feed, start=start, end=end, price=row.price_eur_mwh)
        return
    if feed.endswith("capacity"):
        yield _capacity(feed, row, start, end, price_period)
        return
    if isinstance(row, models.MfrrEnergyDirectionRow):
        prices = {row.direction: row.clearing_price_eur_mwh}
    else:
        prices = {"DOWNWARD": row.downward_price_eur_mwh, "UPWARD": row.upward_price_eur_mwh}
    product = TITLES[feed].partition(" ")[0]
    for direction, price in prices.items():
        yield MarketRow(
            feed=feed, start=start, end=end, direction=direction, product=product, price=price
        )


def _capacity(
    feed: FeedName,
    row: models.FcrCapacityRow | models.AfrrCapacityRow | models.MfrrCapacityRow,
    start: datetime | None,
    end: datetime | None,
    period: PricePeriod | None,
) -> MarketRow:
    if period == "row":
        period = end - start if start and end and start < end else None
    return MarketRow(
        feed=feed,
        start=start,
        end=end,
        direction=row.direction,
        product=row.product_type,
        time_horizon=row.time_horizon,
        price=row.price,
        price_unit=capacity_unit(period),
        price_period_s=None if period is None else period.total_seconds(),
        contracted_volume_mw=row.contracted_volume_mw,
        offered_volume_mw=row.offered_volume_mw,
        volume_mw=getattr(row, "volume_mw", None),
    )
