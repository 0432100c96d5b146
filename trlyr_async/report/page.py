"""A dataset as one HTML page: no script, nothing from elsewhere, for screen, phone and print."""

from __future__ import annotations

import math
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from energy_async.files import write_whole
from energy_async.page import environment
from energy_async.svg import Chart, columns
from trlyr_async.bulk.reconciliation import examine
from trlyr_async.bulk.revenue import ALL, read_revenue_manifest
from trlyr_async.report.figures import Figures, days_in_range, figures_of
from trlyr_async.report.groups import grouped

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from datetime import date

    from energy_async.delivery import Interval
    from energy_async.storage import PlaceLike
    from trlyr_async.bulk.reconciliation import Checked

__all__ = ["STREAM_NAMES", "render", "write"]

STREAM_NAMES: Final[Mapping[str, str]] = {
    "tolling": "Tolling",
    "wholesale": "Wholesale",
    "ancillary": "Ancillary",
    "virtual_battery_auction": "Virtual battery auction",
}
"""What streams are called where people read."""

_TEMPLATE: Final = "report.html.jinja"
_WIDE, _NARROW = (960, 340), (360, 280)
_SHOWN: Final = 40
"""Assets that are not folded away."""
_GROUPS: Final = 12
_LISTED: Final = 3
"""Findings of one group that are told at once."""
_LOSSES, _FIRST_LOSSES = 40, 12
_THOUSAND: Final = 1000
_MANY: Final = 20_000


def write(
    dataset: PlaceLike,
    path: str | os.PathLike[str],
    *,
    points: PlaceLike | None = None,
    powers: Mapping[str, float] | None = None,
    lives: Mapping[str, Interval] | None = None,
) -> None:
    """Write `render` to a file, whole or not at all.

    Raises:
        WriteFailed: The disk refuses.
    """
    text = render(dataset, points=points, powers=powers, lives=lives)
    write_whole(Path(path), text.encode())


def render(
    dataset: PlaceLike,
    *,
    points: PlaceLike | None = None,
    powers: Mapping[str, float] | None = None,
    lives: Mapping[str, Interval] | None = None,
) -> str:
    """Give a page about a revenue dataset: what is wrong with it, what was earned, when, by what.

    Args:
        dataset: A folder that a revenue pull has filled.
        points: Data points of the same assets, to hold the rows against; see `bulk.reconcile`.
        powers: The mean of rated charge and discharge power in MW, by asset, for EUR/MW/year.
        lives: When each asset is in service.

    Raises:
        DatasetMismatch: The folder holds no revenue dataset, or a part is damaged.
        ImportError: Jinja2 or pyarrow is not installed.
    """
    read_revenue_manifest(dataset, "a report")  # before the check, which may take its time
    found = examine(dataset, points=points, powers=powers, lives=lives)
    streams = [one for one in ALL if one in found.manifest.streams]
    figures = figures_of(found, streams, powers or {}, lives or {})
    return _page(found, figures, streams)


def _page(found: Checked, figures: Figures, streams: Sequence[str]) -> str:
    manifest, result = found.manifest, found.result
    megawatts = [one.megawatts for one in figures.assets]
    grave, notices = grouped([*result.errors, *result.warnings]), grouped(result.notices)
    return environment("trlyr_async.report").get_template(_TEMPLATE).render(
        manifest=manifest,
        result=result,
        figures=figures,
        streams=streams,
        names=STREAM_NAMES,
        shown_names=[STREAM_NAMES[name] for name in streams],
        days=days_in_range(manifest.start, manifest.end, manifest.zone),
        megawatts=math.fsum(m for m in megawatts if m) if all(megawatts) else None,
        per_mw_year=_fleet_per_mw_year(figures),
        best=max((abs(one.per_mw_year or 0.0) for one in figures.assets), default=0.0) or 1.0,
        most=max((abs(one) for one in figures.streams.values()), default=0.0) or 1.0,
        charts=_charts(figures, streams),
        grave=grave,
        notices=notices,
        long=[one for one in (*grave, *notices) if len(one.found) > _LISTED],
        listed=_LISTED,
        most_groups=_GROUPS,
        shown=_SHOWN,
        most_losses=_LOSSES,
        first_losses=_FIRST_LOSSES,
        span=lambda start, end: _span(start, end, manifest.zone),
    )  # fmt: skip


def _fleet_per_mw_year(figures: Figures) -> float | None:
    """EUR by MW-days of all assets, times 365; None if the power of any is unknown."""
    if any(one.per_mw_year is None for one in figures.assets):
        return None
    megawatt_days = sum((one.megawatts or 0.0) * one.days for one in figures.assets)
    return figures.total / megawatt_days * 365 if megawatt_days else None


def _charts(figures: Figures, streams: Sequence[str]) -> dict[str, list[str]]:
    buckets = [(one.label, one.first, one.streams) for one in figures.buckets]
    scale, unit = _scale([sum(map(abs, streams_.values())) for _, _, streams_ in buckets])
    kind = "day" if figures.is_daily else "month"
    over_time = Chart(
        key="time",
        title=f"Revenue by {kind} and stream, {unit}",
        labels=[_label(day, daily=figures.is_daily) for _, day, _ in buckets],
        layers={
            f"s{n}": [one.get(name, 0.0) / scale for _, _, one in buckets]
            for n, name in enumerate(streams, 1)
        },
        unit=unit,
    )
    totals = [one.total for one in figures.days]
    scale, unit = _scale(totals)
    by_day = Chart(
        key="days",
        title=f"Revenue of each day, all streams, {unit}",
        labels=[f"{one.first:%b}" if one.first.day == 1 else "" for one in figures.days],
        layers={
            "up": [max(one, 0.0) / scale for one in totals],
            "down": [min(one, 0.0) / scale for one in totals],
        },
        unit=unit,
    )
    return {
        one.key: [columns(one, *_WIDE), columns(one, *_NARROW)]
        for one in ([over_time] if figures.is_daily else [over_time, by_day])
    }


def _label(day: date, *, daily: bool) -> str:
    return f"{day.day} {day:%b}" if daily else f"{day:%b %y}"


def _scale(values: Sequence[float]) -> tuple[float, str]:
    most = max(map(abs, values), default=0.0)
    return (_THOUSAND, "thousand EUR") if most >= _MANY else (1, "EUR")


def _span(start: datetime, end: datetime, zone: str) -> str:
    """Write a time in a zone: as days where it is whole days, the last one included."""
    there = ZoneInfo(zone)
    first, last = start.astimezone(there), end.astimezone(there)
    if first.time() == last.time() == time():
        until = (last - timedelta(days=1)).date()
        return f"{first.date()}" if until == first.date() else f"{first.date()} to {until}"
    if end - start < timedelta(seconds=1):
        return _clock(first)
    return f"{_clock(first)} to {_clock(last)}"


def _clock(local: datetime) -> str:
    return f"{local:%Y-%m-%d %H:%M %z}"[:-2]
