"""What a chart of a dataset shows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.cli.screen import counted, number
from energy_async.plot import StackedRevenue
from trlyr_async.bulk.figures import STREAM_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from trlyr_async.bulk.figures import Cut, Figure, Figures

__all__ = ["DAILY_UP_TO", "Bucket", "buckets_of", "chart_of", "days_of", "marks_of"]

DAILY_UP_TO: Final = 62
"""Days up to which revenue is shown by day and not by month."""


class Bucket(NamedTuple):
    """A day or a month: its figure, and those of its streams that have one, by name.

    `label` names it, and the days of a month that was asked for in part.
    """

    label: str
    whole: Figure
    streams: Mapping[str, Figure]


def buckets_of(found: Figures) -> list[Bucket]:
    """Give the figures by day or, where the range is long, by month."""
    return _buckets(found, daily=len(found.days) <= DAILY_UP_TO)


def days_of(found: Figures) -> list[Bucket]:
    """Give the figures by day."""
    return _buckets(found, daily=True)


def _buckets(found: Figures, *, daily: bool) -> list[Bucket]:
    cut: Cut = "day" if daily else "month"
    streams: dict[date | None, dict[str, Figure]] = {}
    for one in found.by(cut, "stream"):
        known = streams.setdefault(one.first, {})
        if one.revenue is not None:
            known[one.stream] = one
    labels = _day_labels(found.days) if daily else _month_labels(found.days)
    wholes = found.by(cut)
    return [Bucket(labels[i], one, streams[one.first]) for i, one in enumerate(wholes)]


def chart_of(found: Figures) -> StackedRevenue:
    """Give the chart of a dataset, by day or, where the range is long, by month."""
    buckets, total = buckets_of(found), found.total
    power = f", {number(found.megawatts, 2)} MW" if found.megawatts else ""
    span = " to ".join(f"{one.day} {one:%b %Y}" for one in (found.days[0], found.days[-1]))
    state = {"no answer": ", INCOMPLETE", "": ""}.get(total.covers.lacks, ", so far")
    said = f"{number(total.revenue)} EUR" if total.revenue is not None else "no figure"
    yearly = f"{number(total.per_mw_year)} EUR/MW/year" if total.per_mw_year is not None else ""
    return StackedRevenue(
        title=f"Revenue {span}: {said}{state}",
        subtitle=f"{counted(len(found.manifest.assets), found.subject)}{power}"
        f" ({found.manifest.zone})",
        labels=[one.label for one in buckets],
        streams={
            STREAM_NAMES.get(name, name): [
                one.streams[name].revenue or 0.0 if name in one.streams else 0.0 for one in buckets
            ]
            for name in found.streams
        },
        marks=marks_of(buckets),
        source=f"{yearly}{', ' * bool(yearly)}counted: {total.covers}",
    )


def marks_of(buckets: Sequence[Bucket]) -> dict[int, str]:
    """Say, by place, what those lack that are not all there."""
    return {n: lacks for n, one in enumerate(buckets) if (lacks := one.whole.covers.lacks)}


def _day_labels(days: Sequence[date]) -> list[str]:
    return [f"{one.day} {one:%b}" for one in days]


def _month_labels(days: Sequence[date]) -> list[str]:
    """Name the months, and the days of those that are there in part."""
    months: dict[date, list[date]] = {}
    for one in days:
        months.setdefault(one.replace(day=1), []).append(one)
    labels = []
    for first, inside in months.items():
        following = (inside[-1] + timedelta(days=1)).day
        is_whole = inside[0].day == 1 and following == 1
        part = "" if is_whole else f"\n{inside[0].day}\N{EN DASH}{inside[-1].day}"
        labels.append(f"{first:%b %Y}{part}")
    return labels
