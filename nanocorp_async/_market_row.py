"""The row that every feed is put into, and how upstream's rows become one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from msgspec import Meta

from energy_async.model import Model
from nanocorp_async.models import market_feeds as models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["EUR_PER_MWH", "FeedName", "MarketRow", "PricePeriod", "capacity_unit", "market_rows"]

FeedName: TypeAlias = Literal[
    "day-ahead", "fcr-capacity", "afrr-capacity", "mfrr-capacity", "afrr-energy", "mfrr-energy"
]
"""The six single feeds; the two aggregates consist of them."""

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
    """Say the unit of a capacity price that is for this period."""
    if period is None:
        return _EUR_PER_MW
    return "EUR/MW/h" if period == _HOUR else f"EUR/MW per {period / timedelta(minutes=1):g} min"


def market_rows(
    feed: FeedName,
    row: Any,  # noqa: ANN401 - eight types
    price_period: PricePeriod | None = None,
) -> Iterator[MarketRow]:
    """Give the prices of one of upstream's rows: one, or one for each direction."""
    return _SHAPES[type(row)](feed, row, price_period)


def _day_ahead(
    feed: FeedName, row: models.DayAheadPrice, _: PricePeriod | None
) -> Iterator[MarketRow]:
    yield MarketRow(
        feed=feed, start=row.hour_start_utc, end=row.hour_end_utc, price=row.price_eur_mwh
    )


def _capacity(
    feed: FeedName,
    row: models.FcrCapacityRow | models.AfrrCapacityRow | models.MfrrCapacityRow,
    stated: PricePeriod | None,
) -> Iterator[MarketRow]:
    start, end = row.period_start_utc, row.period_end_utc
    period = stated
    if period == "row":
        period = end - start if start and end and start < end else None
    yield MarketRow(
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


def _energy(feed: FeedName, row: Any, _: PricePeriod | None) -> Iterator[MarketRow]:  # noqa: ANN401
    is_bucket = isinstance(row, models.AfrrEnergyBucket)
    start = row.bucket_start_utc if is_bucket else row.period_start_utc
    end = row.bucket_end_utc if is_bucket else row.period_end_utc
    product = _RESERVES[feed]
    for direction, price in (
        ("DOWNWARD", row.downward_price_eur_mwh),
        ("UPWARD", row.upward_price_eur_mwh),
    ):
        yield MarketRow(
            feed=feed, start=start, end=end, direction=direction, product=product, price=price
        )


def _activation(
    feed: FeedName, row: models.MfrrEnergyDirectionRow, _: PricePeriod | None
) -> Iterator[MarketRow]:
    yield MarketRow(
        feed=feed,
        start=row.period_start_utc,
        end=row.period_end_utc,
        direction=row.direction,
        product=_RESERVES[feed],
        price=row.clearing_price_eur_mwh,
    )


_RESERVES: Final[dict[FeedName, str]] = {"afrr-energy": "aFRR", "mfrr-energy": "mFRR"}
_Shape: TypeAlias = "Callable[[FeedName, Any, PricePeriod | None], Iterator[MarketRow]]"
_SHAPES: Final[dict[type, _Shape]] = {
    models.DayAheadPrice: _day_ahead,
    models.FcrCapacityRow: _capacity,
    models.AfrrCapacityRow: _capacity,
    models.MfrrCapacityRow: _capacity,
    models.AfrrEnergyBucket: _energy,
    models.AfrrEnergyRow: _energy,
    models.MfrrEnergyRow: _energy,
    models.MfrrEnergyDirectionRow: _activation,
}
