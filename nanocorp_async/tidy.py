"""The feeds in one form: a row for each price, in order of time.

`rows` takes the answer of any feed and gives `MarketRow`s; `merged` gives upstream's own rows, with
all their fields, in order and without repeats. Neither invents anything:

- A missing value is None, an empty feed is an empty list. Rows without a start come last.
- The zero of mFRR energy may stand for "no activation" and is passed on; `is_doubtful_zero` tells.
- The period of a capacity price is not documented. It is None until you say it (`price_period`),
  and without it, or where a row contradicts it, `per_hour` refuses.
- Rows that say the same of the same period become one, and a row that says less than another one
  goes. Rows that contradict each other all stay, as doubles: `completeness` names them.

The result does not depend on the order in which upstream lists its rows. Times are aware and in
UTC, volumes in MW.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

import msgspec

from energy_async import tables
from energy_async.completeness import Completeness, check
from energy_async.delivery import PARIS, QUARTER_HOUR, in_day, time_zone
from nanocorp_async._market_row import (
    EUR_PER_MWH,
    FeedName,
    MarketRow,
    PricePeriod,
    capacity_unit,
    market_rows,
)
from nanocorp_async._periods import expected_periods, usual_length
from nanocorp_async.models import market_feeds as models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import tzinfo

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

Expected: TypeAlias = Iterable[FeedName] | Mapping[FeedName, Iterable[str | None]]
"""Feeds that should have rows; or for each of them the directions that it should have."""

_BOTH: Final = ("UPWARD", "DOWNWARD")
DIRECTIONS: Final[Mapping[FeedName, tuple[str | None, ...]]] = {
    "day-ahead": (None,),
    "fcr-capacity": ("SYMMETRIC",),
    "afrr-capacity": _BOTH,
    "mfrr-capacity": _BOTH,
    "afrr-energy": _BOTH,
    "mfrr-energy": _BOTH,
}
"""What the French market publishes of each feed; RTE's words for a direction count as well."""
_RTES: Final = {"UP": "UPWARD", "DOWN": "DOWNWARD", "UP_DOWN": "SYMMETRIC"}

_SAY_THE_PERIOD: Final = (
    "which period the price is for is not documented; say it with "
    "rows(answer, price_period=timedelta(minutes=15)) once you know it, or with "
    'price_period="row" if it is for the whole row'
)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_LAST: Final = datetime.max.replace(tzinfo=UTC)


class DayReport(NamedTuple):
    """What a delivery day holds, for each series of rows.

    Attributes:
        day: The delivery day.
        series: By feed, direction and time horizon; what was expected and has no row is among
            them, without a horizon.
    """

    day: date
    series: dict[tuple[FeedName, str | None, str | None], Completeness]

    @property
    def complete(self) -> bool:
        """Whether there is a series, and each is complete. A day without rows is not."""
        return bool(self.series) and all(one.complete for one in self.series.values())


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
    found = [
        row
        for feed, ours in merged(answer, detail=detail).items()
        for one in ours
        for row in market_rows(feed, one, price_period)
    ]
    return in_order(found)


def in_order(priced: Iterable[MarketRow]) -> list[MarketRow]:
    """Sort rows, of one answer or several, by start, end, feed and direction."""
    return sorted(priced, key=_in_time)


def merged(answer: Answer, *, detail: Detail = "chart") -> dict[FeedName, list[Model]]:
    """Give upstream's own rows, feed by feed: sorted, each once, with all their fields.

    A feed that the answer lacks is left out; one without rows is an empty list.

    Raises:
        TypeError: `answer` does not come from a feed.
    """
    return {feed: _merged(_of_detail(part, detail)) for feed, part in _parts(answer)}


def per_hour(priced: Iterable[MarketRow]) -> list[MarketRow]:
    """Convert capacity prices to EUR/MW/h, by the period that was said to `rows`.

    Raises:
        ValueError: The period of a price is not known, or its row contradicts it: on the days of a
            clock change a block lasts 3 or 5 hours, and a day 23 or 25. Or a price is not one of
            capacity.
    """
    return [_per_hour(row) for row in priced]


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


def completeness(
    priced: Iterable[MarketRow],
    day: date,
    *,
    zone: str | tzinfo = PARIS,
    resolution: timedelta | None = None,
    expected: Expected | None = None,
) -> DayReport:
    """Say for each series of rows what is missing from a delivery day and what is there twice.

    A direction that should be there and has no row is `0 of N`, and so is a feed that is named by
    `expected`. Prices that are missing are counted, and a day of nothing but zeros is not complete.

    Args:
        priced: Rows of one or several feeds; those of other days count as outside.
        day: The delivery day.
        zone: Of the delivery day.
        resolution: The length of the periods; four hours mean the six blocks of the day. By default
            the one that most rows of the series have, or a quarter-hour if that is none which a
            day can be cut into.
        expected: The feeds that should be there, such as `["fcr-capacity", "afrr-capacity"]`, or
            the directions of each. By default the feeds of which there is any row, with the
            `DIRECTIONS` that the French market has; rows without a direction stand for the only
            one that a feed has.

    Raises:
        ValueError: The day cannot be cut into `resolution`, or there is no such feed.
    """
    series: dict[Any, list[MarketRow]] = {}
    for row in priced:
        series.setdefault((row.feed, row.direction, row.time_horizon), []).append(row)
    reports = {
        key: _completeness(found, day, zone, resolution)
        for key, found in series.items()
        if in_day(found, day, zone)
    }
    for feed, direction in _absent(reports, _wanted(expected, {key[0] for key in series})):
        found = [row for key, ours in series.items() if key[0] == feed for row in ours]
        length = resolution or _usual(in_day(found, day, zone) or found, day, zone)
        reports[feed, direction, None] = check((), expected_periods(day, zone, length))
    return DayReport(day, reports)


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


def _parts(answer: Answer) -> Iterator[tuple[FeedName, Any]]:
    feed = _SINGLE.get(type(answer))
    if feed:
        yield feed, answer
        return
    names = _AGGREGATES.get(type(answer))
    if names is None:
        raise TypeError(f"expected the answer of a feed, got {type(answer).__name__}")
    for name, single in names:
        if (part := getattr(answer, name)) is not None:
            yield single, part


def _of_detail(part: Any, detail: Detail) -> list[Any]:  # noqa: ANN401 - six types
    if isinstance(part, models.AfrrEnergy | models.MfrrEnergy):
        return _of_energy(part, detail)
    return part.rows or []


def _of_energy(part: models.AfrrEnergy | models.MfrrEnergy, detail: Detail) -> list[Any]:
    if detail == "chart":
        return [*(part.chart_rows or ())]
    if isinstance(part, models.AfrrEnergy):
        newest: list[Any] = [part.latest_row]
        recent = [*(part.recent_rows or ()), *newest]
    else:  # the newest rows are of another shape
        newest = [part.latest_upward_row, part.latest_downward_row]
        recent = [*(part.recent_rows or ())]
    wanted = recent if detail == "recent" else newest
    return [row for row in wanted if row is not None]


def _merged(found: list[Any]) -> list[Model]:
    if not found:
        return []
    names = found[0].__struct_fields__
    key = _period_of(names)
    dated = sorted((row for row in found if key(row)[0] is not _LAST), key=key)
    undated = [row for row in found if key(row)[0] is _LAST]
    kept: list[Model] = []
    for _, group in groupby(dated, key):
        same = list(group)
        kept += same if len(same) == 1 else _without_repeats(same, attrgetter(*names))
    return kept + undated


def _period_of(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Give what tells rows apart: the period, and the texts that say which series it is of."""
    start = attrgetter(next(name for name in names if name.endswith("_start_utc")))
    end = attrgetter(next(name for name in names if name.endswith("_end_utc")))
    texts = [name for name in ("direction", "product_type", "time_horizon") if name in names]
    if not texts:
        return lambda row: (start(row) or _LAST, end(row) or _LAST)
    return lambda row: (
        start(row) or _LAST,
        end(row) or _LAST,
        *[getattr(row, name) or "" for name in texts],
    )


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


def _wanted(
    expected: Expected | None, there: set[FeedName]
) -> Mapping[FeedName, Iterable[str | None]]:
    if isinstance(expected, str):
        raise TypeError(f"expected must be several feeds, such as [{expected!r}]")
    feeds = list(there if expected is None else expected)
    if unknown := [feed for feed in feeds if feed not in DIRECTIONS]:
        raise ValueError(f"unknown feeds {unknown}; there are {', '.join(DIRECTIONS)}")
    if isinstance(expected, Mapping):
        return expected
    return {feed: DIRECTIONS[feed] for feed in DIRECTIONS if feed in feeds}


def _absent(
    there: Iterable[tuple[FeedName, str | None, str | None]],
    wanted: Mapping[FeedName, Iterable[str | None]],
) -> Iterator[tuple[FeedName, str | None]]:
    known = {(feed, _RTES.get(direction or "", direction)) for feed, direction, _ in there}
    for feed, directions in wanted.items():
        several = list(directions)
        for direction in several:
            unsaid = len(several) == 1 and (feed, None) in known
            if not unsaid and (feed, _RTES.get(direction or "", direction)) not in known:
                yield feed, direction


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


def _completeness(
    found: list[MarketRow], day: date, zone: str | tzinfo, resolution: timedelta | None
) -> Completeness:
    ours = in_day(found, day, zone)
    length = resolution or _usual(ours, day, zone)
    report = check(((row.start, row.end) for row in found), expected_periods(day, zone, length))
    prices = [row.price for row in ours]
    return report._replace(unknown=prices.count(None), zeros=prices.count(0))


def _usual(found: list[MarketRow], day: date, zone: str | tzinfo) -> timedelta:
    return usual_length((row.end - row.start for row in found if row.start and row.end), day, zone)


_SINGLE: Final[dict[type, FeedName]] = {
    models.DayAheadPrices: "day-ahead",
    models.FcrCapacity: "fcr-capacity",
    models.AfrrCapacity: "afrr-capacity",
    models.MfrrCapacity: "mfrr-capacity",
    models.AfrrEnergy: "afrr-energy",
    models.MfrrEnergy: "mfrr-energy",
}
_AGGREGATES: Final[dict[type, tuple[tuple[str, FeedName], ...]]] = {
    models.BalancingCapacity: (
        ("fcr", "fcr-capacity"),
        ("afrr", "afrr-capacity"),
        ("mfrr", "mfrr-capacity"),
    ),
    models.BalancingEnergy: (("afrr", "afrr-energy"), ("mfrr", "mfrr-energy")),
}
