"""The figures of a report: revenue by stream, month, day and asset."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.delivery import days, delivery_day
from trlyr_async.bulk.normalised import DAYS_A_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from energy_async.bulk import Manifest
    from energy_async.bulk.daily import DaySums
    from energy_async.delivery import Interval
    from trlyr_async.bulk.reconciliation import Checked

__all__ = ["Asset", "Bucket", "Figures", "NegativeDay", "days_in_range", "figures_of"]

DAILY_UP_TO: Final = 62
"""Days up to which revenue is shown by day and not by month."""


class Bucket(NamedTuple):
    """Revenue (EUR) of a day or a month, by stream; a stream without any figure is not there."""

    first: date
    label: str
    streams: Mapping[str, float]

    @property
    def total(self) -> float:
        """EUR of all streams."""
        return math.fsum(self.streams.values())


class Asset(NamedTuple):
    """What an asset earned.

    Attributes:
        asset_id: Which one.
        streams: EUR by stream.
        megawatts: The mean of rated charge and discharge power, if known.
        days: The days of the range in which it is in service, as far as is known.
        negative: On how many days it lost money.
    """

    asset_id: str
    streams: Mapping[str, float]
    megawatts: float | None
    days: float
    negative: int

    @property
    def total(self) -> float:
        """EUR of all streams."""
        return math.fsum(self.streams.values())

    @property
    def per_mw_year(self) -> float | None:
        """EUR/MW/year: EUR by power and by days, times 365."""
        if not self.megawatts or not self.days:
            return None
        return self.total / self.megawatts / self.days * DAYS_A_YEAR


class NegativeDay(NamedTuple):
    """A day on which an asset lost money; `total` is EUR."""

    asset_id: str
    day: date
    total: float


class Figures(NamedTuple):
    """Everything that a report shows, in EUR and by delivery day.

    Attributes:
        streams: EUR by stream; one without any figure is not there.
        days: Every day of the range.
        buckets: The same by day, or by month where the range is long.
        is_daily: Whether buckets are days.
        assets: What each asset earned, the best for its power first.
        negative: The days on which an asset lost money, the worst first.
    """

    streams: Mapping[str, float]
    days: Sequence[Bucket]
    buckets: Sequence[Bucket]
    is_daily: bool
    assets: Sequence[Asset]
    negative: Sequence[NegativeDay]

    @property
    def worst(self) -> Asset | None:
        """The asset that earned least for its power, or, where no power is known, least.

        One without any row is not the worst: nothing is known of it. None if there is no other.
        """
        earning = [one for one in self.assets if one.streams]
        by_power = [one for one in earning if one.per_mw_year is not None]
        return (by_power or earning)[-1] if earning else None

    @property
    def total(self) -> float:
        """EUR of all streams."""
        return math.fsum(self.streams.values())


def figures_of(
    found: Checked,
    streams: Sequence[str],
    powers: Mapping[str, float],
    lives: Mapping[str, Interval],
) -> Figures:
    """Add a dataset up.

    Args:
        found: The dataset, with the sums of its days.
        streams: Its streams, in the order in which they are shown.
        powers: The mean of rated charge and discharge power in MW, by asset.
        lives: When each asset is in service, as far as is known.
    """
    manifest = found.manifest
    daily = days_of(manifest, found.sums)
    buckets = buckets_of(manifest, found.sums)
    assets = _by_asset(found.sums)
    negative = sorted(_negative(assets), key=lambda one: one.total)
    return Figures(
        streams=_by_stream(daily, streams),
        days=daily,
        buckets=buckets,
        is_daily=len(daily) <= DAILY_UP_TO,
        assets=_ranked(
            _asset(one, assets.get(one, {}), powers, _lived(one, found, lives))
            for one in manifest.assets
        ),
        negative=negative,
    )


def days_of(manifest: Manifest, sums: DaySums) -> list[Bucket]:
    """Give every delivery day of a dataset, those without a row included."""
    every = _by_day(sums)
    whole = days(manifest.start, manifest.end, manifest.zone)
    return [Bucket(day, f"{day.day} {day:%b}", every.get(day, {})) for day in whole]


def buckets_of(manifest: Manifest, sums: DaySums) -> list[Bucket]:
    """Give the days of a dataset or, where the range is long, its months."""
    daily = days_of(manifest, sums)
    return daily if len(daily) <= DAILY_UP_TO else _months(daily)


def days_in_range(start: datetime, end: datetime, zone: str) -> float:
    """Count delivery days, a day with a clock change as one; parts of a day as parts of one."""
    whole = ((delivery_day(day, zone)) for day in days(start, end, zone))
    return math.fsum((min(end, one.end) - max(start, one.start)) / one.duration for one in whole)


def _lived(asset_id: str, found: Checked, lives: Mapping[str, Interval]) -> float:
    start, end = found.manifest.start, found.manifest.end
    if asset_id in lives:
        start, end = max(start, lives[asset_id].start), min(end, lives[asset_id].end)
    return days_in_range(start, end, found.manifest.zone) if start < end else 0.0


def _by_day(sums: DaySums) -> dict[date, dict[str, float]]:
    every: defaultdict[date, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for series, found in sums.items():
        for day, one in found.items():
            every[day][series.stream].append(one.total)
    return {
        day: {name: math.fsum(all_) for name, all_ in streams.items()}
        for day, streams in every.items()
    }


def _by_stream(daily: Sequence[Bucket], streams: Sequence[str]) -> dict[str, float]:
    every = {name: [one.streams[name] for one in daily if name in one.streams] for name in streams}
    return {name: math.fsum(found) for name, found in every.items() if found}


def _by_asset(sums: DaySums) -> dict[str, dict[str, Mapping[date, float]]]:
    found: defaultdict[str, dict[str, Mapping[date, float]]] = defaultdict(dict)
    for series, each in sums.items():
        found[series.asset_id][series.stream] = {day: one.total for day, one in each.items()}
    return found


def _months(daily: Sequence[Bucket]) -> list[Bucket]:
    found: dict[date, defaultdict[str, list[float]]] = {}
    for one in daily:
        month = found.setdefault(one.first.replace(day=1), defaultdict(list))
        for name, value in one.streams.items():
            month[name].append(value)
    return [
        Bucket(day, f"{day:%b %Y}", {name: math.fsum(all_) for name, all_ in month.items()})
        for day, month in found.items()
    ]


def _totals(streams: Mapping[str, Mapping[date, float]]) -> dict[date, float]:
    totals: defaultdict[date, float] = defaultdict(float)
    for each in streams.values():
        for day, value in each.items():
            totals[day] += value
    return totals


def _negative(assets: Mapping[str, Mapping[str, Mapping[date, float]]]) -> Iterable[NegativeDay]:
    for asset_id, streams in assets.items():
        for day, total in _totals(streams).items():
            if round(total, 2) < 0:
                yield NegativeDay(asset_id, day, total)


def _asset(
    asset_id: str,
    streams: Mapping[str, Mapping[date, float]],
    powers: Mapping[str, float],
    lived: float,
) -> Asset:
    return Asset(
        asset_id,
        {name: math.fsum(each.values()) for name, each in streams.items()},
        powers.get(asset_id),
        lived,
        sum(round(one, 2) < 0 for one in _totals(streams).values()),
    )


def _ranked(assets: Iterable[Asset]) -> list[Asset]:
    def rank(one: Asset) -> tuple[bool, float, str]:
        yearly = one.per_mw_year
        return yearly is None, -(one.total if yearly is None else yearly), one.asset_id

    return sorted(assets, key=rank)
