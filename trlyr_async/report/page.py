"""A dataset as one HTML page: no script, nothing from elsewhere, for screen, phone and print."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from energy_async.delivery import span_text
from energy_async.files import write_whole
from energy_async.page import environment
from energy_async.page.charts import Chart, columns
from energy_async.storage import DatasetMismatch
from trlyr_async.bulk.figures import STREAM_NAMES, Figure, Figures
from trlyr_async.bulk.reconciliation import examine
from trlyr_async.report.chart import DAILY_UP_TO, buckets_of, days_of, marks_of

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from energy_async.bulk.reconcile import Finding
    from energy_async.storage import PlaceLike
    from trlyr_async.bulk.reconciliation import Checked
    from trlyr_async.report.chart import Bucket

__all__ = ["grouped", "render", "write"]

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
    dataset: PlaceLike, path: str | os.PathLike[str], *, points: PlaceLike | None = None
) -> None:
    """Write `render` to a file, whole or not at all.

    Raises:
        WriteFailed: The disk refuses.
    """
    write_whole(Path(path), render(dataset, points=points).encode())


def render(dataset: PlaceLike, *, points: PlaceLike | None = None) -> str:
    """Give a page about a dataset: what is wrong with it, what was earned, when, by what.

    Args:
        dataset: A folder that a pull of revenue, or of data points of revenue, has filled.
        points: Data points of the same assets, to hold revenue rows against; see `bulk.reconcile`.

    Raises:
        DatasetMismatch: The folder holds no revenue in EUR, or a part is damaged.
        ImportError: Jinja2 or pyarrow is not installed.
    """
    templates = environment("trlyr_async.report")  # before the check, which may take its time
    found = examine(dataset, points=points)
    if found.figures is None:
        raise DatasetMismatch(f"{dataset} holds data points, but no category of revenue in EUR")
    return templates.get_template(_TEMPLATE).render(_shown(found, found.figures))


def _shown(found: Checked, figures: Figures) -> dict[str, Any]:
    """What the template knows."""
    manifest, result, streams = found.manifest, found.result, figures.streams
    buckets, is_daily = buckets_of(figures), len(figures.days) <= DAILY_UP_TO
    daily, by_stream = days_of(figures), {one.stream: one for one in figures.by("stream")}
    assets, negative = ranked(figures.by("asset")), figures.negative_days()
    grave, notices = grouped([*result.errors, *result.warnings]), grouped(result.notices)
    return {
        "manifest": manifest,
        "result": result,
        "figures": figures,
        "total": figures.total,
        "by_stream": by_stream,
        "buckets": buckets,
        "daily": daily,
        "is_daily": is_daily,
        "assets": assets,
        "worst": worst_of(assets),
        "negative": negative,
        "losses_of": Counter(asset for *_, asset in negative),
        "powers": figures.facts.mean_rated_mw,
        "streams": streams,
        "names": STREAM_NAMES,
        "shown_names": [STREAM_NAMES.get(name, name) for name in streams],
        "best": max((abs(one.per_mw_year or 0.0) for one in assets), default=0.0) or 1.0,
        "most": max((abs(one.revenue or 0.0) for one in by_stream.values()), default=0.0) or 1.0,
        "charts": _charts(buckets, daily, streams, is_daily=is_daily),
        "grave": grave,
        "notices": notices,
        "long": [one for one in (*grave, *notices) if len(one.found) > _LISTED],
        "listed": _LISTED,
        "most_groups": _GROUPS,
        "shown": _SHOWN,
        "most_losses": _LOSSES,
        "first_losses": _FIRST_LOSSES,
        "span": lambda start, end: span_text(start, end, manifest.zone),
    }


def ranked(assets: Sequence[Figure]) -> list[Figure]:
    """Put the best for its power first; then those without a power, by what they earned."""

    def rank(one: Figure) -> tuple[bool, float, str]:
        yearly = one.per_mw_year
        return yearly is None, -((one.revenue or 0.0) if yearly is None else yearly), one.asset_id

    return sorted(assets, key=rank)


def worst_of(ranked: Sequence[Figure]) -> Figure | None:
    """The asset that earned least for its power; None where that is not known of two."""
    known = [one for one in ranked if one.per_mw_year is not None]
    return known[-1] if len(known) > 1 else None


def _charts(
    buckets: Sequence[Bucket], daily: Sequence[Bucket], streams: Sequence[str], *, is_daily: bool
) -> dict[str, list[str]]:
    def euros(one: Bucket, name: str) -> float:
        return one.streams[name].revenue or 0.0 if name in one.streams else 0.0

    scale, unit = _scale([sum(abs(euros(one, name)) for name in streams) for one in buckets])
    over_time = Chart(
        key="time",
        title=f"Revenue by {'day' if is_daily else 'month'} and stream, {unit}",
        labels=[one.label.replace("\n", ", ") for one in buckets],
        layers={
            f"s{n}": [euros(one, name) / scale for one in buckets]
            for n, name in enumerate(streams, 1)
        },
        unit=unit,
        marks=marks_of(buckets),
    )
    totals = [one.whole.revenue or 0.0 for one in daily]
    scale, unit = _scale(totals)
    by_day = Chart(
        key="days",
        title=f"Revenue of each day, all streams, {unit}",
        labels=[f"{one.whole.first:%b}" if one.label.startswith("1 ") else "" for one in daily],
        layers={
            "up": [max(one, 0.0) / scale for one in totals],
            "down": [min(one, 0.0) / scale for one in totals],
        },
        unit=unit,
        marks=marks_of(daily),
    )
    return {
        one.key: [columns(one, *_WIDE), columns(one, *_NARROW)]
        for one in ([over_time] if is_daily else [over_time, by_day])
    }


def _scale(values: Sequence[float]) -> tuple[float, str]:
    most = max(map(abs, values), default=0.0)
    return (_THOUSAND, "thousand EUR") if most >= _MANY else (1, "EUR")


class Group(NamedTuple):
    """Findings that differ by asset, time and figures alone, in their order; at least one."""

    severity: str
    kind: str
    stream: str
    category: str
    advice: str
    found: Sequence[Finding]

    @property
    def assets(self) -> int:
        """How many assets they name."""
        return len({one.asset_id for one in self.found if one.asset_id})

    @property
    def start(self) -> datetime | None:
        """The earliest start; None if none is about a time."""
        return min((one.start for one in self.found if one.start), default=None)

    @property
    def end(self) -> datetime | None:
        """The latest end, which does not belong to them; None if none is about a time."""
        return max((one.end for one in self.found if one.end), default=None)


def grouped(findings: Iterable[Finding]) -> list[Group]:
    """Put findings of one severity, kind, place and advice together, where the first of them is."""
    groups: dict[tuple[str, str, str, str, str], list[Finding]] = {}
    for one in findings:
        key = (one.severity, one.kind, one.stream, one.category, one.advice)
        groups.setdefault(key, []).append(one)
    return [Group(*key, found) for key, found in groups.items()]
