"""Revenue figures of a dataset: EUR by any cut, and EUR/MW/year of the time that they cover.

```python
from trlyr_async import bulk

found = bulk.add_up("revenue/")
found.total.revenue, found.total.per_mw_year, str(found.total.covers)
for one in found.by("stream", "month"): ...
```

terralayr's definition: EUR/MW is revenue by the mean of rated charge and discharge power (MW), and
the EUR/MW/year of a day is that times 365. Ours: over several days and assets, EUR/MW/year is their
revenue by their MW-days, times 365. A day of an asset counts, in the revenue as in the MW-days, if
the asset is in service, all that was asked of the day has been answered for every stream that is
added up, it had passed by then, and no row of it is without a figure. All else earns EUR in the
sums and does not exist for EUR/MW/year: time without an answer is not time that earned nothing.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from collections import defaultdict
from datetime import date
from functools import cached_property, reduce
from operator import and_, attrgetter
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from energy_async.bulk.chunks import Series
from energy_async.bulk.daily import NANO, Days, day_sums
from energy_async.bulk.dataset import Dataset
from energy_async.bulk.notebook import table_html
from energy_async.columns import arrow_column, load_pyarrow
from energy_async.storage import DatasetMismatch
from trlyr_async.bulk.assets import facts_in
from trlyr_async.bulk.counting import Calendar, answered, span
from trlyr_async.bulk.data_points import PARTS, TOTAL, has_category, is_points
from trlyr_async.bulk.revenue import ALL

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence
    from datetime import datetime

    import pyarrow as pa

    from energy_async.bulk import Manifest, PlaceLike
    from energy_async.bulk.daily import DaySums
    from trlyr_async.bulk.assets import AssetFacts
    from trlyr_async.bulk.counting import Answered, Line, Service

Cut: TypeAlias = Literal["asset", "portfolio", "stream", "month", "day"]
"""What figures are given by."""
CUTS: Final[tuple[Cut, ...]] = ("asset", "portfolio", "stream", "month", "day")
DAYS_A_YEAR: Final = 365
STREAM_NAMES: Final[Mapping[str, str]] = {
    "tolling": "Tolling",
    "wholesale": "Wholesale",
    "ancillary": "Ancillary",
    "virtual_battery_auction": "Virtual battery auction",
    "revenue_total_revenue": "All streams",
    "revenue_wholesale": "Wholesale",
    "revenue_fcr": "FCR",
    "revenue_afrr_capacity": "aFRR capacity",
    "revenue_afrr_energy": "aFRR energy",
    "revenue_afrr_energy_pos": "aFRR energy, positive",
    "revenue_afrr_energy_neg": "aFRR energy, negative",
    "revenue_tolling": "Tolling",
    "revenue_vba": "Virtual battery auction",
}
"""What streams and categories are called where people read."""
_LACKS: Final = {"no_answer": "no answer", "to_come": "to come", "no_figure": "no figure"}


class Covers(NamedTuple):
    """The time that an EUR/MW/year is made of.

    Attributes:
        first: The first delivery day; None if no day counts.
        last: The last one, included.
        share: Of the time in service that was asked for, the part that counts: 0 to 1.
        lacks: Why the rest does not: `no answer` to some of it, else it was `to come` when it was
            asked for, else there is `no figure` in some of its rows; empty if there is no rest.
        without_power: Assets in service whose rated power is not known.
    """

    first: date | None
    last: date | None
    share: float
    lacks: str
    without_power: int

    def __str__(self) -> str:
        if self.first is None or self.last is None:
            return "no day has been answered whole"
        span = f"{self.first.day} {self.first:%b %Y} to {self.last.day} {self.last:%b %Y}"
        # Rounded down: what is not whole is never called so.
        share = math.floor(self.share * 1000) / 10
        part = f", {share:g} % of the time ({self.lacks} for the rest)" if self.lacks else ""
        power = f", {self.without_power:,} without a known power" if self.without_power else ""
        return f"{span}{part}{power}"


class Figure(NamedTuple):
    """What some rows add up to.

    Attributes:
        asset_id: Whose; empty if of several. So are `portfolio_id` and `stream`.
        portfolio_id: Of which portfolio.
        stream: Of which stream, or category of data points.
        first: The first day of the month, or the day; None if over the whole range.
        revenue: EUR of all rows; None if no row has a figure: missing is not zero.
        rows: How many rows there are.
        unknown: How many of them have no figure.
        assets: How many assets have a row.
        mw_days: Rated power (MW) by days, of the days that count.
        per_mw_year: EUR/MW/year of the days that count; None if there is none, or if the power of
            an asset is not known. All assets are in it, also those that have no row of the stream,
            so that those of the streams add up to that of all where the same days count.
        per_mw_year_of_those: The same of the assets that have a row of the stream.
        covers: What the two are made of.
    """

    asset_id: str
    portfolio_id: str
    stream: str
    first: date | None
    revenue: float | None
    rows: int
    unknown: int
    assets: int
    mw_days: float
    per_mw_year: float | None
    per_mw_year_of_those: float | None
    covers: Covers


class Figures:
    """The sums of a dataset by asset, stream and delivery day, to be cut in any way.

    Attributes:
        manifest: What the dataset is.
        facts: What is known of its assets.
        streams: The streams, or the categories of data points, that are added up.
    """

    def __init__(
        self,
        manifest: Manifest,
        facts: AssetFacts,
        streams: Sequence[str],
        sums: DaySums,
        answers: Answered,
    ) -> None:
        self.facts: AssetFacts
        self.manifest: Manifest
        self.streams: tuple[str, ...]
        self.manifest, self.facts, self.streams = manifest, facts, tuple(streams)
        self._calendar = Calendar(manifest)
        self._services = {
            one: self._calendar.service(facts.life(one), facts.mean_rated_mw.get(one))
            for one in manifest.assets
        }
        self._lines: dict[tuple[str, str], Line] = {}
        for asset, name in itertools.product(manifest.assets, self.streams):
            stream = name if name in manifest.streams else manifest.streams[0]
            series = Series(asset, stream, "" if name == stream else name)
            self._lines[asset, name] = self._calendar.line(
                sums.series.get(series) or Days(),
                self._services[asset],
                answers.get((asset, stream), ()),
            )

    @property
    def days(self) -> Sequence[date]:
        """Every delivery day of the range."""
        return self._calendar.days

    @property
    def subject(self) -> str:
        """What the figures are of: a virtual asset, or what the data points are about."""
        stream = self.manifest.streams[0]
        is_other = is_points(self.manifest)
        return stream.rpartition("_")[0].replace("_", " ") if is_other else "virtual asset"

    @property
    def megawatts(self) -> float | None:
        """Rated power of all assets, MW; None if that of any is not known."""
        powers = [one.power for one in self._services.values() if one.power is not None]
        return math.fsum(powers) if len(powers) == len(self._services) else None

    @property
    def asset_days(self) -> int:
        """How many days of assets in service were asked for; a part of a day is one."""
        return sum(one.days.bit_count() for one in self._services.values())

    @cached_property
    def total(self) -> Figure:
        """Everything."""
        return self.by()[0]

    def by(self, *cuts: Cut) -> list[Figure]:
        """Give the figures of each asset, portfolio, stream, month or day, or of each pair of such.

        Every asset, stream, month and day that was asked for has one, also where nothing was
        earned. Portfolios are those that the dataset knows; the others' is empty.

        Raises:
            ValueError: There is no such cut, or month and day are named together.
        """
        if unknown := sorted(set(cuts) - set(CUTS)):
            raise ValueError(f"there are no figures by {unknown[0]!r}; by {', '.join(CUTS)}")
        if {"month", "day"} <= set(cuts):
            raise ValueError("figures are by month or by day: a day says its month")
        names = [[one] for one in self.streams] if "stream" in cuts else [list(self.streams)]
        periods = list(self._periods(cuts))
        found: defaultdict[tuple[str, str, str, date | None], _Sum] = defaultdict(_Sum)
        for asset, service in self._services.items():
            portfolio = self.facts.portfolios.get(asset, "") if "portfolio" in cuts else ""
            for group in names:
                lines = [self._lines[asset, one] for one in group]
                for first, chosen in periods:
                    key = (
                        asset if "asset" in cuts else "",
                        portfolio,
                        group[0] if "stream" in cuts else "",
                        first,
                    )
                    found[key].add(service, lines, chosen, self._calendar.first)
        return [one.figure(key, self.days) for key, one in found.items()]

    def _repr_html_(self) -> str:
        columns = ("stream", "EUR", "EUR/MW/year", "assets", "of these", "rows", "no figure")
        rows = [
            (one.stream or "total", one.revenue, one.per_mw_year, one.assets,
             one.per_mw_year_of_those, one.rows, one.unknown)
            for one in (*self.by("stream"), self.total)
        ]  # fmt: skip
        return table_html("Revenue", columns, rows, f"counted: {self.total.covers}")

    def answered_days(self) -> set[tuple[str, str, date]]:
        """Give the asset, stream of the dataset, and day of all that was answered whole."""
        found = set()
        for (asset, name), line in self._lines.items():
            held = self._services[asset].days & ~line.no_answer
            stream = name if name in self.manifest.streams else self.manifest.streams[0]
            found |= {(asset, stream, day) for n, day in enumerate(self.days) if held >> n & 1}
        return found

    def negative_days(self) -> list[tuple[float, date, str]]:
        """Give the days on which an asset lost money: EUR, day and asset, the worst first."""
        found = []
        for asset in self.manifest.assets:
            sums: defaultdict[int, int] = defaultdict(int)
            for name in self.streams:
                line = self._lines[asset, name].sums
                for day, nanos in zip(line.days, line.nanos, strict=True):
                    sums[day] += nanos
            for day, nanos in sums.items():
                if round(nanos / NANO, 2) < 0:
                    found.append((nanos / NANO, date.fromordinal(day), asset))
        return sorted(found)

    def table(self, *cuts: Cut) -> pa.Table:
        """Give `by(*cuts)` as an Arrow table; the metadata of its columns has their units.

        Raises:
            ValueError: There is no such cut.
        """
        pa = load_pyarrow()
        period = "day" if "day" in cuts else "month"
        keys = {
            "asset": "asset_id",
            "portfolio": "portfolio_id",
            "stream": "stream",
            period: "first",
        }
        found, columns, fields = self.by(*cuts), [], []
        for cut in dict.fromkeys(cuts):
            kind = pa.date32() if cut == period else pa.string()
            columns.append([getattr(one, keys[cut]) for one in found])
            fields.append(pa.field(cut if cut == period else keys[cut], kind))
        for name, kind, unit, get in _COLUMNS:
            columns.append([get(one) for one in found])
            fields.append(
                pa.field(name, getattr(pa, kind)(), metadata={"unit": unit} if unit else None)
            )
        arrays = [arrow_column(values, one) for values, one in zip(columns, fields, strict=True)]
        return pa.table(arrays, pa.schema(fields))

    def _periods(self, cuts: Container[Cut]) -> Iterator[tuple[date | None, int]]:
        """Give the first day of each period and the places of its days."""
        if "day" in cuts:
            yield from ((day, span(n, n + 1)) for n, day in enumerate(self.days))
        elif "month" in cuts:
            keyed = itertools.groupby(enumerate(self.days), lambda one: one[1].replace(day=1))
            for first, group in keyed:
                places = [n for n, _ in group]
                yield first, span(places[0], places[-1] + 1)
        else:
            yield None, span(0, len(self.days))


class _Sum:
    """Adds up assets."""

    def __init__(self) -> None:
        self._nanos = self._counted = self._rows = self._unknown = self._assets = 0
        self._asked = self._days = self._mw_days = self._own_mw_days = 0.0
        self._without_power = self._own_without_power = self._counts = 0
        self._lacks: set[str] = set()

    def add(self, service: Service, lines: Sequence[Line], chosen: int, origin: int) -> None:
        """Add what an asset has of some streams on some days, which follow one another."""
        counts = reduce(and_, (one.counts for one in lines), chosen)
        asked, length = service.length(service.days & chosen), service.length(counts)
        has_rows = any(one.sums.days for one in lines)
        is_unknown = service.power is None and asked > 0
        self._asked += asked
        self._days += length
        self._counts |= counts
        self._mw_days += length * (service.power or 0.0)
        self._own_mw_days += length * (service.power or 0.0) * has_rows
        self._without_power += is_unknown
        self._own_without_power += is_unknown and has_rows
        self._lacks |= {what for what in _LACKS for one in lines if getattr(one, what) & chosen}
        self._assets += sum(self._add_days(one.sums, counts, chosen, origin) for one in lines) > 0

    def _add_days(self, sums: Days, counts: int, chosen: int, origin: int) -> int:
        """Add days of an asset and stream; give how many rows they have."""
        low, high = (chosen & -chosen).bit_length() - 1 + origin, chosen.bit_length() + origin
        first, last = bisect_left(sums.days, low), bisect_left(sums.days, high)
        nanos, rows = sums.nanos[first:last], sum(sums.rows[first:last])
        self._nanos += sum(nanos)
        self._counted += sum(
            one for day, one in zip(sums.days[first:last], nanos, strict=True)
            if counts >> (day - origin) & 1
        )  # fmt: skip
        self._rows += rows
        self._unknown += rows - sum(sums.figures[first:last])
        return rows

    def figure(self, key: tuple[str, str, str, date | None], days: Sequence[date]) -> Figure:
        """Give the figure of all that was added."""
        asset_id, portfolio_id, stream, first = key
        mask = self._counts
        covers = Covers(
            first=days[(mask & -mask).bit_length() - 1] if mask else None,
            last=days[mask.bit_length() - 1] if mask else None,
            share=self._days / self._asked if self._asked else 0.0,
            lacks=next((text for what, text in _LACKS.items() if what in self._lacks), ""),
            without_power=self._without_power,
        )
        return Figure(
            asset_id, portfolio_id, stream, first,
            revenue=self._nanos / NANO if self._rows > self._unknown else None,
            rows=self._rows,
            unknown=self._unknown,
            assets=self._assets,
            mw_days=self._mw_days,
            per_mw_year=self._yearly(self._mw_days, self._without_power),
            per_mw_year_of_those=self._yearly(self._own_mw_days, self._own_without_power),
            covers=covers,
        )  # fmt: skip

    def _yearly(self, mw_days: float, without_power: int) -> float | None:
        if without_power or not mw_days or self._rows == self._unknown:
            return None
        return self._counted / NANO / mw_days * DAYS_A_YEAR


def add_up(place: PlaceLike, *, as_of: datetime | None = None) -> Figures:
    """Add up a dataset of revenue rows, or of data points that are revenue.

    Data points are added up by category: the parts of the total where all of them were asked for,
    else the total, else what there is. Memory is that of a file of rows, and of the sums.

    Args:
        place: The dataset; it may be written to meanwhile.
        as_of: What was known at this moment; aware. By default now.

    Raises:
        DatasetMissing: There is no dataset.
        DatasetDamaged: A file is damaged.
        DatasetMismatch: It holds no revenue in EUR.
        ImportError: pyarrow is not installed.
    """
    dataset = Dataset(place)
    snapshot = dataset.load()
    manifest = dataset.manifest(snapshot)
    sums = day_sums(dataset, snapshot=snapshot, as_of=as_of)
    names = names_of(manifest, sums)
    if not names:
        raise DatasetMismatch(f"{place} holds data points, but no category of revenue in EUR")
    answers = answered(dataset, snapshot, as_of=as_of)
    return Figures(manifest, facts_in(dataset, snapshot), names, sums, answers)


def names_of(manifest: Manifest, sums: DaySums) -> list[str]:
    """Choose the streams, or categories of data points, of which nothing is added twice."""
    if not is_points(manifest):
        return [one for one in ALL if one in manifest.streams]
    pieces = PARTS["revenue_afrr_energy"]
    asked = [one for one in (*PARTS[TOTAL], *pieces, TOTAL) if has_category(manifest, one)]
    others = {one.category for one, found in sums.series.items() if not found.units <= {"EUR"}}
    if set(PARTS[TOTAL]) <= set(asked):
        names = list(PARTS[TOTAL])
    elif TOTAL in asked:
        names = [TOTAL]
    else:
        names = [one for one in asked if one not in pieces or "revenue_afrr_energy" not in asked]
    return [] if others & set(names) else names


_COLUMNS: Final[Sequence[tuple[str, str, str, Callable[[Figure], object]]]] = (
    ("revenue", "float64", "EUR", attrgetter("revenue")),
    ("per_mw_year", "float64", "EUR/MW/year", attrgetter("per_mw_year")),
    ("per_mw_year_of_those", "float64", "EUR/MW/year", attrgetter("per_mw_year_of_those")),
    ("mw_days", "float64", "MW d", attrgetter("mw_days")),
    ("assets", "int64", "", attrgetter("assets")),
    ("rows", "int64", "", attrgetter("rows")),
    ("rows_without_figure", "int64", "", attrgetter("unknown")),
    ("counts_from", "date32", "", attrgetter("covers.first")),
    ("counts_to", "date32", "", attrgetter("covers.last")),
    ("share_of_time", "float64", "1", attrgetter("covers.share")),
    ("lacks", "string", "", attrgetter("covers.lacks")),
    ("assets_without_power", "int64", "", attrgetter("covers.without_power")),
)
"""Columns of a table of figures: name, type, unit and value."""
