"""Is a pull whole, and do its sums agree? Revenue rows and data points, alone or together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from energy_async.bulk import read_manifest
from energy_async.bulk.chunks import Chunk, Series
from energy_async.bulk.daily import DaySums
from energy_async.bulk.reconcile import Finding, Reconciliation, Rules
from energy_async.bulk.reconcile import reconcile as reconcile_rows
from energy_async.bulk.reconcile.findings import ranked
from energy_async.delivery import Interval
from energy_async.storage import DatasetMismatch
from trlyr_async.bulk.normalised import PerMegawatt
from trlyr_async.bulk.revenue import ALL
from trlyr_async.bulk.totals import Side, Sums, compare, disturbed_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from energy_async.bulk import Manifest, PlaceLike

__all__ = ["SPARSE", "Checked", "examine", "reconcile"]

SPARSE: Final = ("virtual_battery_auction", "*_vba", "*vwap*", "*price*")
"""Streams and categories that have a row only where something was won or traded."""

_POINTS: Final = "terralayr revenue data points: "
_TOTAL: Final = "revenue_total_revenue"
_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    _TOTAL: (
        "revenue_wholesale",
        "revenue_fcr",
        "revenue_afrr_capacity",
        "revenue_afrr_energy",
        "revenue_tolling",
        "revenue_vba",
    ),
    "revenue_afrr_energy": ("revenue_afrr_energy_pos", "revenue_afrr_energy_neg"),
}
_STREAMS: Final[Mapping[str, tuple[str, ...]]] = {
    "tolling": ("revenue_tolling",),
    "wholesale": ("revenue_wholesale",),
    "ancillary": ("revenue_fcr", "revenue_afrr_capacity", "revenue_afrr_energy"),
    "virtual_battery_auction": ("revenue_vba",),
}


def reconcile(
    path: PlaceLike,
    *,
    points: PlaceLike | None = None,
    powers: Mapping[str, float] | None = None,
    lives: Mapping[str, Interval] | None = None,
    sparse: Sequence[str] = SPARSE,
) -> Reconciliation:
    """Check a dataset of revenue rows or of data points.

    Every interval is there once, every window was pulled, every row has a figure; the total of a
    day and of a month is the sum of its streams, normalised figures are what revenue and power
    give, and those for a year are the former times 365. What was not pulled is not compared, and
    days with rows known to be missing or doubled are set aside: they are told once.

    Sums agree if they differ by no more than what rounding each figure to a cent can do.

    Args:
        path: The dataset.
        points: A dataset of data points of the same virtual assets, to hold revenue rows against:
            best pulled at `15-minute` or `daily`.
        powers: The mean of rated charge and discharge power in MW, by asset.
        lives: When each asset is in service; rows are expected only then.
        sparse: Patterns of streams or categories of which a missing row means nothing.

    Raises:
        DatasetMismatch: A folder holds no such dataset, or a part is damaged.
        ImportError: pyarrow is not installed.
    """
    return examine(path, points=points, powers=powers, lives=lives, sparse=sparse).result


def examine(
    path: PlaceLike,
    *,
    points: PlaceLike | None = None,
    powers: Mapping[str, float] | None = None,
    lives: Mapping[str, Interval] | None = None,
    sparse: Sequence[str] = SPARSE,
) -> Checked:
    """Check a dataset as `reconcile` does, and keep the sums of its days."""
    rules = Rules(sparse=sparse, lives=lives or {})
    first = Checked(path, rules, powers or {})
    if points is not None:
        second = Checked(points, rules, powers or {})
        first.result = _together(first, second)
    return first


class Checked:
    """A dataset that was read and checked.

    Attributes:
        manifest: What the dataset is.
        sums: Its figures (EUR) by series and delivery day.
        result: What the check found.
    """

    def __init__(self, place: PlaceLike, rules: Rules, powers: Mapping[str, float]) -> None:
        self.manifest: Manifest = read_manifest(place)
        self.sums = DaySums(self.manifest.zone)
        self._per_mw = PerMegawatt(powers, self.manifest.zone)
        found = reconcile_rows(place, rules, self._see)
        self.disturbed = disturbed_by(found.findings, self.manifest.zone)
        self.differing: frozenset[tuple[str, date]] = frozenset()
        self.result = self._with_sums(found) if self.has_points else found

    @property
    def has_points(self) -> bool:
        """Whether the rows are data points."""
        return self.manifest.content.startswith(_POINTS)

    def has(self, category: str) -> bool:
        """Whether the points of a category were asked for."""
        asked = self.manifest.content.removeprefix(_POINTS)
        return self.has_points and (asked == "all categories" or category in asked.split(", "))

    def side(self, what: str, names: Sequence[str]) -> Side:
        """What is added up of some streams or categories."""
        if not self.has_points:
            return Side(what, self.sums, lambda asset: [Series(asset, one) for one in names])
        (stream,) = self.manifest.streams
        return Side(what, self.sums, lambda asset: [Series(asset, stream, one) for one in names])

    def _see(self, asset_id: str, found: list[Chunk]) -> None:
        for chunk in found:
            if not chunk.series.category or chunk.unit == "EUR":
                self.sums.add(chunk)
        if found[0].series.category:
            self._per_mw.see(asset_id, found)

    def _with_sums(self, found: Reconciliation) -> Reconciliation:
        sums = list(self._inner_sums())
        self.differing = frozenset().union(*(one.differing for _, one in sums))
        wrong = {(asset, total, day) for total, one in sums for asset, day in one.differing}
        compared: dict[str, int] = {}
        for total, one in sums:
            compared.update(_counts(f"days: {total} and its parts", one))
        compared.update(
            {f"{kind} figures": count for kind, count in sorted(self._per_mw.compared.items())}
        )
        findings = [one for _, each in sums for one in each.findings]
        return _extended(
            found, [*findings, *self._per_mw.findings(wrong), *self._unchecked()], compared
        )

    def _inner_sums(self) -> Iterator[tuple[str, Sums]]:
        """Hold totals against their parts, where an asset has figures of both."""
        for total, pieces in _PARTS.items():
            if not all(map(self.has, (total, *pieces))):
                continue
            left, right = self.side(total, [total]), self.side("the sum of its parts", pieces)
            sums = compare(
                left,
                right,
                [one for one in self.manifest.assets if left.has(one) and right.has(one)],
                within=Interval(self.manifest.start, self.manifest.end),
                disturbed=self.disturbed,
                zone=self.manifest.zone,
            )
            yield total, sums

    def _unchecked(self) -> Iterator[Finding]:
        count = len(self._per_mw.without_power)
        if count:
            yield Finding(
                severity="notice",
                kind="not checked",
                text=f"normalised figures of {count:,} subjects: their power is not known",
                advice="Give `powers`, the mean of rated charge and discharge power in MW.",
                count=count,
            )


def _together(rows: Checked, points: Checked) -> Reconciliation:
    """Hold revenue rows against data points of the same assets."""
    if rows.has_points or not points.has_points:
        raise DatasetMismatch(
            f"{rows.result.dataset} must hold revenue rows and {points.result.dataset} data points"
        )
    findings = [*rows.result.findings, *points.result.findings]
    compared = dict(points.result.compared)
    known = points.differing
    within = Interval(
        max(rows.manifest.start, points.manifest.start), min(rows.manifest.end, points.manifest.end)
    )
    both = sorted(set(rows.manifest.assets) & set(points.manifest.assets))
    for name, left, right in _pairs(rows, points):
        sums = compare(
            left, right, both, within=within, disturbed=rows.disturbed | points.disturbed,
            zone=rows.manifest.zone, known=known,
        )  # fmt: skip
        known |= sums.differing
        findings.extend(sums.findings)
        compared.update(_counts(name, sums))
    whole = msgspec.structs.replace(
        rows.result, series=(*rows.result.series, *points.result.series)
    )
    return _extended(msgspec.structs.replace(whole, findings=()), findings, compared)


def _pairs(rows: Checked, points: Checked) -> Iterator[tuple[str, Side, Side]]:
    """What can be compared: each stream with its categories, then all with the total."""
    for stream, names in _STREAMS.items():
        if stream in rows.manifest.streams and all(map(points.has, names)):
            what = f"the rows of {stream}"
            yield (
                f"days: {what} and data points",
                rows.side(what, [stream]),
                points.side(" + ".join(names), names),
            )
    if set(ALL) <= set(rows.manifest.streams) and points.has(_TOTAL):
        what = "the rows of all streams"
        yield f"days: {what} and data points", rows.side(what, ALL), points.side(_TOTAL, [_TOTAL])


def _counts(name: str, sums: Sums) -> dict[str, int]:
    told = {name: sums.days, f"{name}, set aside": sums.set_aside}
    return {what: count for what, count in told.items() if count}


def _extended(
    found: Reconciliation, findings: Sequence[Finding], compared: Mapping[str, int]
) -> Reconciliation:
    return msgspec.structs.replace(
        found,
        findings=ranked([*found.findings, *findings]),
        compared={**found.compared, **compared},
    )
