"""The feeds in one form: a row for each price, in order of time.

`rows` takes the answer of any feed and gives `MarketRow`s; `merged` gives upstream's own rows, with
all their fields, in order and without repeats. Neither invents anything:

- A missing value is None, an empty feed is an empty list. Rows without a start come last.
- The zero of mFRR energy may stand for "no activation" and is passed on; `is_doubtful_zero` marks
  it.
- The period of a capacity price is not documented. It is None until you say it (`price_period`),
  and without it, or where a row contradicts it, `per_hour` refuses.
- Rows that say the same of the same period become one, and a row that says less than another one
  goes. Rows that contradict each other all stay, as doubles: `completeness` names them.

The result does not depend on the order in which upstream lists its rows. Times are aware and in
UTC, volumes in MW.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec

from energy_async import tables
from energy_async.delivery import PARIS, QUARTER_HOUR, time_zone
from nanocorp_async._day_report import DIRECTIONS, DayReport, Expected, completeness
from nanocorp_async._market_row import (
    EUR_PER_MWH,
    KEY_COLUMNS,
    FeedName,
    MarketRow,
    PricePeriod,
    capacity_unit,
    market_rows,
)
from nanocorp_async.models import market_feeds as models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa

    from energy_async.model import Model

__all__ = [
    "DIRECTIONS",
    "Answer",
    "DayReport",
    "Detail",
    "Expected",
    "FeedName",
    "MarketRow",
    "PricePeriod",
    "completeness",
    "in_order",
    "merged",
    "on_grid",
    "per_hour",
    "rows",
    "to_arrow",
]

Detail: TypeAlias = Literal["chart", "recent", "latest"]
"""Which rows of an energy feed: the evenly spaced ones of the day (`chartRows`), the last ones in
the finest steps (`recentRows`, for aFRR with `latestRow`), or the newest alone. The other feeds
have one kind of rows only."""

Answer: TypeAlias = (
    models.DayAheadPrices
    | models.FcrCapacity
    | models.AfrrCapacity
    | models.MfrrCapacity
    | models.AfrrEnergy
    | models.MfrrEnergy
    | models.BalancingCapacity
    | models.BalancingEnergy
)
"""What any function of `nanocorp_async.market_feeds` gives."""

_SAY_THE_PERIOD: Final = (
    "which period the price is for is not documented; say it with "
    "rows(answer, price_period=timedelta(minutes=15)) once you know it, or with "
    'price_period="row" if it is for the whole row'
)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_LAST: Final = datetime.max.replace(tzinfo=UTC)


def rows(
    answer: Answer, *, detail: Detail = "chart", price_period: PricePeriod | None = None
) -> list[MarketRow]:
    """Give the prices of an answer, sorted by start, feed and direction.

    Args:
        answer: From any feed.
        detail: Which rows of an energy feed.
        price_period: The time that a capacity price is for, or `"row"`: as long as its row lasts.
            Upstream does not document it: RTE's own figure is for 15 minutes, while the example's
            rows last an hour.

    Raises:
        ValueError: `price_period` is not positive.
        TypeError: `answer` does not come from a feed.
    """
    if isinstance(price_period, timedelta) and price_period <= timedelta(0):
        raise ValueError(f"price_period must be positive, got {price_period}")
    return in_order(
        row
        for feed, ours in merged(answer, detail=detail).items()
        for one in ours
        for row in market_rows(feed, one, price_period)
    )


def in_order(priced: Iterable[MarketRow]) -> list[MarketRow]:
    """Sort rows, of one answer or several, by start, end, feed and direction."""
    return sorted(priced, key=_in_time)


def merged(answer: Answer, *, detail: Detail = "chart") -> dict[FeedName, list[Model]]:
    """Give upstream's own rows, feed by feed: sorted, each once, with all their fields.

    A feed that the answer lacks is left out; one without rows is an empty list.

    Raises:
        TypeError: `answer` does not come from a feed.
    """
    return {feed: _merged(_of_detail(part, detail)) for feed, part in parts(answer).items()}


def parts(answer: Answer) -> dict[FeedName, Any]:
    """Give the single feeds that an answer holds.

    Raises:
        TypeError: `answer` does not come from a feed.
    """
    if feed := _SINGLE.get(type(answer)):
        return {feed: answer}
    names = _AGGREGATES.get(type(answer))
    if names is None:
        raise TypeError(f"expected the answer of a feed, got {type(answer).__name__}")
    found = {feed: getattr(answer, feed.partition("-")[0]) for feed in names}
    return {feed: part for feed, part in found.items() if part is not None}


def per_hour(priced: Iterable[MarketRow]) -> list[MarketRow]:
    """Convert capacity prices to EUR/MW/h, by the period that was said to `rows`.

    Raises:
        ValueError: The period of a price is not known, or its row contradicts it: on the days of a
            clock change a block lasts 3 or 5 hours, and a day 23 or 25. Or a price is not one of
            capacity.
    """
    return [_per_hour(row) for row in priced]


def per_hour_where_known(priced: Iterable[MarketRow]) -> list[MarketRow]:
    """Convert those prices to EUR/MW/h whose period was said to `rows`; leave the others.

    Raises:
        ValueError: A row contradicts the period, as with `per_hour`.
    """
    return [row if row.price_period_s is None else _per_hour(row) for row in priced]


def on_grid(priced: Iterable[MarketRow], length: timedelta = QUARTER_HOUR) -> list[MarketRow]:
    """Cut rows that last longer than `length` into steps of it, each with the row's price.

    For rows of an hour among quarter-hours, and for sources that leave out repeated values (curve
    type A03 of ENTSO-E). Each step says by `cut_from_s` how long upstream's row was; rows that do
    not last longer stay as they came. Nothing is filled where no row is.

    Args:
        priced: Prices of energy, or of capacity whose period is known: one for a whole row would
            otherwise count once for each step.
        length: Of a step.

    Raises:
        ValueError: `length` is not positive or does not divide a longer row, or the period of a
            capacity price is not known.
    """
    if length <= timedelta(0):
        raise ValueError(f"length must be positive, got {length}")
    return [step for row in priced for step in _steps(row, length)]


def to_arrow(priced: Sequence[MarketRow]) -> pa.Table:
    """Give the rows as an Arrow table, units in the fields' metadata.

    The column `price` has a unit there if all rows share it; `price_unit` has it in any case.
    """
    table = tables.to_arrow(priced, MarketRow)
    units = {row.price_unit for row in priced}
    if len(units) != 1:
        return table
    index = table.schema.get_field_index("price")
    field = table.schema.field(index).with_metadata({"unit": units.pop()})
    return table.set_column(index, field, table.column(index))


def _of_detail(part: Any, detail: Detail) -> list[Any]:  # noqa: ANN401 - six types
    if not isinstance(part, models.AfrrEnergy | models.MfrrEnergy):
        return part.rows or []
    if detail == "chart":
        return part.chart_rows or []
    if isinstance(part, models.AfrrEnergy):
        newest: list[Any] = [part.latest_row]
        recent = [*(part.recent_rows or ()), *newest]
    else:  # the newest rows are of another shape
        newest = [part.latest_upward_row, part.latest_downward_row]
        recent = [*(part.recent_rows or ())]
    return [row for row in (recent if detail == "recent" else newest) if row is not None]


def _merged(found: list[Any]) -> list[Model]:
    if not found:
        return []
    names = KEY_COLUMNS[type(found[0])]
    values = attrgetter(*type(found[0]).__struct_fields__)

    def key(row: Any) -> tuple[Any, ...]:  # noqa: ANN401 - eight types
        start, end, *texts = (getattr(row, name) for name in names)
        return (start or _LAST, end or _LAST, *(text or "" for text in texts))

    dated: list[Model] = []
    for (start, *_), group in groupby(sorted(found, key=key), key):
        same = list(group)
        dated += same if len(same) == 1 or start is _LAST else _without_repeats(same, values)
    return dated


def _without_repeats(same: list[Any], values: Callable[[Any], tuple[Any, ...]]) -> Iterator[Any]:
    """Drop each row that says nothing beyond another one; order those that contradict by value."""
    by_values = {values(row): row for row in same}
    ordered = sorted(
        by_values,
        key=lambda one: [
            (value is None, value or 0) for value in one if not isinstance(value, (datetime, str))
        ],
    )
    for one in ordered:
        others = (other for other in by_values if other is not one)
        if not any(_says_all_of(other, one) for other in others):
            yield by_values[one]


def _says_all_of(rich: tuple[Any, ...], poor: tuple[Any, ...]) -> bool:
    return all(b is None or a == b for a, b in zip(rich, poor, strict=True))


def _in_time(row: MarketRow) -> tuple[Any, ...]:
    return (
        row.start or _LAST,
        row.end or _LAST,
        row.feed,
        row.direction or "",
        row.time_horizon or "",
    )


def _steps(row: MarketRow, length: timedelta) -> Iterator[MarketRow]:
    if row.start is None or row.end is None or row.end - row.start <= length:
        yield row
        return
    count, rest = divmod(row.end - row.start, length)
    if rest:
        lasting = _minutes(row.end - row.start)
        raise ValueError(f"{_named(row)}: {_minutes(length)} do not divide its {lasting}")
    if row.price_unit != EUR_PER_MWH and row.price_period_s is None:
        raise ValueError(f"{_named(row)}: {_SAY_THE_PERIOD}")
    whole = (row.end - row.start).total_seconds()
    for number in range(count):
        start = row.start + number * length
        yield msgspec.structs.replace(row, start=start, end=start + length, cut_from_s=whole)


def _per_hour(row: MarketRow) -> MarketRow:
    if row.price_unit == EUR_PER_MWH:
        raise ValueError(f"{row.feed}: a price in {EUR_PER_MWH} is for energy, not for a time")
    if row.price_period_s is None:
        raise ValueError(f"{row.feed}: {_SAY_THE_PERIOD}")
    _refuse_contradiction(row, timedelta(seconds=row.price_period_s))
    price = None if row.price is None else row.price * (_HOUR.total_seconds() / row.price_period_s)
    return msgspec.structs.replace(
        row, price=price, price_period_s=_HOUR.total_seconds(), price_unit=capacity_unit(_HOUR)
    )


def _refuse_contradiction(row: MarketRow, period: timedelta) -> None:
    """Refuse a period that is not the time that a row, or the rows of its block or day, last.

    A price for 15 minutes may stand for an hour, and one for a day in 96 rows.
    """
    if row.start is None or row.end is None or row.end <= row.start:
        return
    length = whole = (row.cut_from_s and timedelta(seconds=row.cut_from_s)) or row.end - row.start
    if period == length:
        return
    if _HOUR < period <= _DAY:
        whole = _local_length(row.start, period)
    if (length % period and period % length) or (whole != period and _HOUR < period <= _DAY):
        raise ValueError(
            f"{_named(row)}: the price is said to be for {_minutes(period)}, and there"
            f" {_minutes(whole)} go by: where a price is for a whole row, as on the days of a clock"
            ' change, say price_period="row"; else convert these rows by themselves'
        )


def _local_length(moment: datetime, period: timedelta) -> timedelta:
    """Give how long the part of the day really lasts that clocks show as `period`."""
    zone = time_zone(PARIS)
    clock = moment.astimezone(zone).replace(tzinfo=None)
    midnight = datetime.combine(clock.date(), time())
    first = midnight + (clock - midnight) // period * period
    start, end = (one.replace(tzinfo=zone).astimezone(UTC) for one in (first, first + period))
    return end - start


def _named(row: MarketRow) -> str:
    return f"{row.feed}, row of {row.start.isoformat() if row.start else 'no time'}"


def _minutes(length: timedelta) -> str:
    return f"{length / timedelta(minutes=1):g} min"


_SINGLE: Final[dict[type, FeedName]] = {
    models.DayAheadPrices: "day-ahead",
    models.FcrCapacity: "fcr-capacity",
    models.AfrrCapacity: "afrr-capacity",
    models.MfrrCapacity: "mfrr-capacity",
    models.AfrrEnergy: "afrr-energy",
    models.MfrrEnergy: "mfrr-energy",
}
_AGGREGATES: Final[dict[type, tuple[FeedName, ...]]] = {
    models.BalancingCapacity: ("fcr-capacity", "afrr-capacity", "mfrr-capacity"),
    models.BalancingEnergy: ("afrr-energy", "mfrr-energy"),
}
