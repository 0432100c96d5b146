"""The series of an archive: upstream's own rows of each feed, by kind of rows."""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, cast

import msgspec

from energy_async.columns import arrow_schema, load_pyarrow
from energy_async.delivery import PARIS, by_day
from nanocorp_async._market_row import KEY_COLUMNS
from nanocorp_async.models import market_feeds as models
from nanocorp_async.tidy import merged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    import pyarrow as pa

    from energy_async.model import Model
    from nanocorp_async._market_row import FeedName
    from nanocorp_async.tidy import Answer

SeriesName: TypeAlias = Literal[
    "day-ahead",
    "fcr-capacity",
    "afrr-capacity",
    "mfrr-capacity",
    "afrr-energy",
    "afrr-energy-steps",
    "mfrr-energy",
    "mfrr-energy-directions",
]
"""What can be read from an archive: for each feed its evenly spaced rows under the feed's name, for
aFRR energy also the 4-second steps, for mFRR energy also the newest row of each direction."""

EXTRA: Final = ("fetched_at", "revision", "noticed_at", "replaced_at")
"""The columns of the archive itself, behind upstream's own."""


class Series(NamedTuple):
    """One kind of rows.

    Attributes:
        name: Its folder.
        feed: Where it comes from.
        row_type: Upstream's row.
        rows: Takes them from an answer, each once, in order.
        sampled: Whether upstream may show some rows of a day only; a day that lacks some is then
            no gap before a whole one was seen.
    """

    name: SeriesName
    feed: FeedName
    row_type: type[Model]
    rows: Callable[[Any], list[Model]]
    sampled: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that say which row it is: start, end, then what tells rows apart."""
        return KEY_COLUMNS[self.row_type]

    @property
    def prices(self) -> tuple[str, ...]:
        """The columns with prices."""
        return tuple(one for one in self.row_type.__struct_fields__ if "price" in one)


def series_of(feed: FeedName) -> list[Series]:
    """Give the series of a feed."""
    return [one for one in SERIES.values() if one.feed == feed]


def rows_by_day(series: Series, answer: Answer) -> tuple[dict[date, list[Model]], int]:
    """Give the rows of an answer by Paris delivery day, and how many have no start."""
    found = series.rows(answer)
    start = attrgetter(series.key[0])
    days = by_day(found, PARIS, cast("Callable[[Model], datetime | None]", start))
    return days, len(found) - sum(map(len, days.values()))


@cache
def schema_of(name: SeriesName) -> pa.Schema:
    """Give the columns of a series: upstream's own, units in their metadata, and the archive's."""
    pa = load_pyarrow()
    moment = pa.timestamp("us", tz="UTC")
    extra = [pa.field(one, pa.int32() if one == "revision" else moment) for one in EXTRA]
    return pa.schema([*arrow_schema(SERIES[name].row_type), *extra])


def _only(answer: Answer) -> list[Model]:
    (rows,) = merged(answer).values()
    return rows


def _steps(answer: models.AfrrEnergy) -> list[Model]:
    return merged(answer, detail="recent")["afrr-energy"]


def _quarters(answer: models.MfrrEnergy) -> list[Model]:
    both = [*(answer.chart_rows or ()), *(answer.recent_rows or ())]
    return _only(msgspec.structs.replace(answer, chart_rows=both))


def _directions(answer: models.MfrrEnergy) -> list[Model]:
    return merged(answer, detail="latest")["mfrr-energy"]


SERIES: Final[Mapping[SeriesName, Series]] = {
    one.name: one
    for one in (
        Series("day-ahead", "day-ahead", models.DayAheadPrice, _only),
        Series("fcr-capacity", "fcr-capacity", models.FcrCapacityRow, _only),
        Series("afrr-capacity", "afrr-capacity", models.AfrrCapacityRow, _only),
        Series("mfrr-capacity", "mfrr-capacity", models.MfrrCapacityRow, _only),
        Series("afrr-energy", "afrr-energy", models.AfrrEnergyBucket, _only),
        Series("afrr-energy-steps", "afrr-energy", models.AfrrEnergyRow, _steps, sampled=True),
        Series("mfrr-energy", "mfrr-energy", models.MfrrEnergyRow, _quarters),
        Series(
            "mfrr-energy-directions",
            "mfrr-energy",
            models.MfrrEnergyDirectionRow,
            _directions,
            sampled=True,
        ),
    )
}
"""Every series by its name."""
