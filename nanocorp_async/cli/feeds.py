"""The eight feeds as tables: which rows of an answer are shown, and what is said about them. Pure.

The order of rows is not documented, so they are sorted by their start.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from energy_async.cli.screen import number
from energy_async.delivery import PARIS
from nanocorp_async import market_feeds
from nanocorp_async.models import market_feeds as models

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    import msgspec

__all__ = ["FEEDS", "Detail", "Feed", "Section"]


Detail: TypeAlias = Literal["chart", "recent"]
"""Which rows of an energy feed: the evenly spaced ones, or the last ones in the finest steps."""


class Section(NamedTuple):
    """The rows of one product.

    Attributes:
        product: `day-ahead`, `FCR`, `aFRR` or `mFRR`.
        title: What the rows are.
        rows: Sorted by start.
        row_type: Their type, also where there are none.
        facts: What else the answer tells, one line each.
    """

    product: str
    title: str
    rows: Sequence[msgspec.Struct]
    row_type: type[msgspec.Struct]
    facts: Sequence[str]


class Feed(NamedTuple):
    """One feed.

    Attributes:
        fetch: The endpoint function.
        sections: Cuts an answer into its products.
        remark: What to mind.
        has_recent: Whether `recent` gives other rows than `chart`.
        is_aggregate: Whether there are several products in an answer.
    """

    fetch: Callable[..., Awaitable[Any]]
    sections: Callable[[Any, Detail], list[Section]]
    remark: str = ""
    has_recent: bool = False
    is_aggregate: bool = False


_ZERO: Final = "a zero may stand for no activation"
_PERIOD: Final = "The price is in EUR/MW; which period it is for is not documented."


def _day_ahead(answer: models.DayAheadPrices, _: Detail) -> list[Section]:
    facts = [f"delivery days {answer.earliest_date} to {answer.latest_date} (Paris)"]
    rows = _sorted(answer.rows, "hour_start_utc")
    title = "France, day-ahead prices by quarter-hour"
    return [Section("day-ahead", title, rows, models.DayAheadPrice, facts)]


def _capacity(
    product: str, row_type: type[msgspec.Struct]
) -> Callable[[Any, Detail], list[Section]]:
    def sections(answer: Any, _: Detail) -> list[Section]:  # noqa: ANN401 - three types, one shape
        rows = _sorted(answer.rows, "period_start_utc")
        facts = _fetched(answer.latest_fetched_at_utc)
        return [Section(product, f"France, {product} capacity", rows, row_type, facts)]

    return sections


def _energy(
    product: str, row_types: tuple[type[msgspec.Struct], type[msgspec.Struct]], zero: str = ""
) -> Callable[[Any, Detail], list[Section]]:
    def sections(answer: Any, detail: Detail) -> list[Section]:  # noqa: ANN401 - two types
        recent = detail == "recent"
        row_type = row_types[1] if recent else row_types[0]
        rows = answer.recent_rows if recent else answer.chart_rows
        kept = _sorted(rows, _start_field(row_type))
        title = f"France, {product} energy{' as last seen' if recent else ''}"
        facts = [*_about_energy(answer), *filter(None, [zero])]
        return [Section(product, title, kept, row_type, facts)]

    return sections


def _each(
    parts: dict[str, Callable[[Any, Detail], list[Section]]],
) -> Callable[[Any, Detail], list[Section]]:
    def sections(answer: Any, detail: Detail) -> list[Section]:  # noqa: ANN401 - aggregates
        present = [(name, getattr(answer, name)) for name in parts]
        return [
            section
            for name, part in present
            if part is not None
            for section in parts[name](part, detail)
        ]

    return sections


def _sorted(rows: Sequence[msgspec.Struct] | None, field: str) -> list[msgspec.Struct]:
    last = datetime.max.replace(tzinfo=UTC)
    return sorted(rows or (), key=lambda row: getattr(row, field) or last)


def _start_field(row_type: type[msgspec.Struct]) -> str:
    return next(name for name in row_type.__struct_fields__ if name.endswith("_start_utc"))


def _fetched(moment: datetime | None) -> list[str]:
    if moment is None:
        return []
    local = moment.astimezone(ZoneInfo(PARIS))
    return [f"fetched {moment:%Y-%m-%d %H:%M} UTC ({local:%H:%M} in Paris)"]


def _about_energy(answer: Any) -> list[str]:  # noqa: ANN401 - AfrrEnergy or MfrrEnergy
    day: date | None = answer.latest_delivery_date_paris
    up, down = answer.average_upward_price, answer.average_downward_price
    return [
        *([f"delivery day {day} (Paris)"] if day else []),
        f"average price {_price(up)} upward, {_price(down)} downward (no rule documented)",
        *_fetched(answer.latest_fetched_at_utc),
    ]


def _price(value: float | None) -> str:
    return "unknown" if value is None else f"{number(value, 2)} EUR/MWh"


_fcr = _capacity("FCR", models.FcrCapacityRow)
_afrr = _capacity("aFRR", models.AfrrCapacityRow)
_mfrr = _capacity("mFRR", models.MfrrCapacityRow)
_afrr_energy = _energy("aFRR", (models.AfrrEnergyBucket, models.AfrrEnergyRow))
_mfrr_energy = _energy("mFRR", (models.MfrrEnergyRow, models.MfrrEnergyRow), _ZERO)

FEEDS: Final = {
    "day-ahead-prices": Feed(market_feeds.get_day_ahead_prices, _day_ahead),
    "fcr-capacity": Feed(market_feeds.get_fcr_capacity, _fcr, _PERIOD),
    "afrr-capacity": Feed(market_feeds.get_afrr_capacity, _afrr, _PERIOD),
    "mfrr-capacity": Feed(market_feeds.get_mfrr_capacity, _mfrr, _PERIOD),
    "afrr-energy": Feed(market_feeds.get_afrr_energy, _afrr_energy, has_recent=True),
    "mfrr-energy": Feed(
        market_feeds.get_mfrr_energy, _mfrr_energy, f"Mind: {_ZERO}.", has_recent=True
    ),
    "balancing-capacity": Feed(
        market_feeds.get_balancing_capacity,
        _each({"fcr": _fcr, "afrr": _afrr, "mfrr": _mfrr}),
        _PERIOD,
        is_aggregate=True,
    ),
    "balancing-energy": Feed(
        market_feeds.get_balancing_energy,
        _each({"afrr": _afrr_energy, "mfrr": _mfrr_energy}),
        f"Mind: {_ZERO}.",
        has_recent=True,
        is_aggregate=True,
    ),
}
"""The feeds, by the names of their commands."""
