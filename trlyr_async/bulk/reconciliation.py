"""Is a pull whole, and do its sums agree? Revenue rows and data points, alone or together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from energy_async.bulk.chunks import Series
from energy_async.bulk.daily import day_sums
from energy_async.bulk.dataset import Dataset
from energy_async.bulk.reconcile import (
    Compared,
    Finding,
    Reconciliation,
    Rules,
    damaged_files,
)
from energy_async.bulk.reconcile import reconcile as reconcile_rows
from energy_async.bulk.reconcile.findings import finding, ranked
from energy_async.delivery import Interval
from energy_async.storage import DatasetMismatch
from trlyr_async.bulk.assets import AssetFacts, facts_in
from trlyr_async.bulk.counting import answered
from trlyr_async.bulk.data_points import PARTS, TOTAL, has_category, is_points
from trlyr_async.bulk.figures import Figures, names_of
from trlyr_async.bulk.normalised import check_normalised
from trlyr_async.bulk.revenue import ALL
from trlyr_async.bulk.totals import Scope, Side, Sums, compare, disturbed_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from energy_async.bulk import Manifest, PlaceLike
    from energy_async.bulk.daily import DaySums
    from trlyr_async.bulk.totals import Disturbed

SPARSE: Final = ("virtual_battery_auction", "*_vba", "*vwap*", "*price*")
"""Streams and categories that have a row only where something was won or traded."""

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

    Sums agree if they differ by no more than what rounding each figure to a cent can do. How much
    was compared is said with them; two datasets without a day in common are an error.

    Args:
        path: The dataset.
        points: A dataset of data points of the same virtual assets, to hold revenue rows against:
            best pulled at `15-minute` or `daily`.
        powers: The mean of rated charge and discharge power in MW, by asset, in place of what the
            dataset says.
        lives: When each asset is in service, likewise; rows are expected only then.
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
    """Check a dataset as `reconcile` does, and keep its figures."""
    given = AssetFacts(
        dict(powers or {}), {key: (one.start, one.end) for key, one in (lives or {}).items()}
    )
    first = Checked(path, sparse, given)
    if points is not None:
        first.result = _together(first, Checked(points, sparse, first.facts))
    return first


class Checked:
    """A dataset that was read and checked.

    `figures` is its revenue, None for data points without any in EUR; `sums` are by series and day.
    """

    def __init__(self, place: PlaceLike, sparse: Sequence[str], given: AssetFacts) -> None:
        dataset = Dataset(place)
        snapshot = dataset.load()
        self.manifest: Manifest = dataset.manifest(snapshot)
        self.facts: AssetFacts = facts_in(dataset, snapshot) | given
        broken = damaged_files(dataset, snapshot)
        self.sums: DaySums = day_sums(dataset, snapshot=snapshot, passed_over=broken)
        answers = answered(dataset, snapshot, passed_over=broken)
        names = names_of(self.manifest, self.sums)
        self.figures: Figures | None = (
            Figures(self.manifest, self.facts, names, self.sums, answers) if names else None
        )
        lives = {one: self.facts.life(one) for one in self.facts.lives}
        found = reconcile_rows(dataset, snapshot, broken, Rules(sparse=sparse, lives=lives))
        self.disturbed: Disturbed = disturbed_by(found.findings, self.manifest.zone)
        self.differing: frozenset[tuple[str, date]] = frozenset()
        self.result: Reconciliation = self._with_sums(found) if is_points(self.manifest) else found

    def has(self, category: str) -> bool:
        """Whether the points of a category were asked for."""
        return has_category(self.manifest, category)

    def side(self, what: str, names: Sequence[str]) -> Side:
        """What is added up of some streams or categories."""
        if not is_points(self.manifest):
            return Side(what, self.sums, lambda asset: [Series(asset, one) for one in names])
        (stream,) = self.manifest.streams
        return Side(what, self.sums, lambda asset: [Series(asset, stream, one) for one in names])

    def _with_sums(self, found: Reconciliation) -> Reconciliation:
        within = Interval(self.manifest.start, self.manifest.end)
        scope = Scope(within, self.disturbed, self.manifest.zone)
        sums = dict(self._inner_sums(scope))
        wrong = {total: one.differing for total, one in sums.items()}
        self.differing = frozenset().union(*wrong.values())
        (stream,) = self.manifest.streams
        checked = check_normalised(self.sums, stream, self.facts.mean_rated_mw, scope, wrong)
        compared = {
            **{f"{total} and its parts": one.compared(self.figures) for total, one in sums.items()},
            **{f"{kind} figures": Compared(days) for kind, days in checked.compared.items()},
        }
        findings = [*checked.findings, *(one for each in sums.values() for one in each.findings)]
        if count := len(checked.without_power):
            text = f"normalised figures of {count:,} subjects: their power is not known"
            findings.append(finding("not checked", text, count=count))
        return _extended(found, findings, compared)

    def _inner_sums(self, scope: Scope) -> Iterator[tuple[str, Sums]]:
        """Compare totals with their parts, where an asset has figures of both."""
        for total, pieces in PARTS.items():
            if all(map(self.has, (total, *pieces))):
                left, right = self.side(total, [total]), self.side("the sum of its parts", pieces)
                assets = [one for one in self.manifest.assets if left.has(one) and right.has(one)]
                yield total, compare(left, right, assets, scope)


def _together(rows: Checked, points: Checked) -> Reconciliation:
    """Hold revenue rows against data points of the same assets."""
    if is_points(rows.manifest) or not is_points(points.manifest):
        raise DatasetMismatch(
            f"{rows.result.dataset} must hold revenue rows and {points.result.dataset} data points"
        )
    findings = [*rows.result.findings, *points.result.findings]
    held: dict[str, Compared] = {}
    known = points.differing
    within = Interval(
        max(rows.manifest.start, points.manifest.start), min(rows.manifest.end, points.manifest.end)
    )
    both = sorted(set(rows.manifest.assets) & set(points.manifest.assets))
    scope = Scope(within, rows.disturbed | points.disturbed, rows.manifest.zone)
    for name, left, right in _pairs(rows, points):
        sums = compare(left, right, both, scope, known=known)
        known |= sums.differing
        findings.extend(sums.findings)
        held[name] = sums.compared(rows.figures)
    if not any(one.count for one in held.values()):
        findings.append(_not_compared(points, both, held))
    whole = msgspec.structs.replace(
        rows.result, series=(*rows.result.series, *points.result.series), findings=()
    )
    return _extended(whole, findings, {**points.result.compared, **held})


def _not_compared(points: Checked, both: Sequence[str], held: Mapping[str, Compared]) -> Finding:
    subject = points.manifest.streams[0]
    if not held:
        why = "none of the categories of the data points belongs to the streams of the rows"
    elif not both:
        why = f"they have no asset in common: the data points are of {subject}"
    elif any(one.set_aside for one in held.values()):
        why = "all days in common were set aside, since rows of theirs are missing or wrong"
    else:
        why = "they have no whole delivery day in common that has a figure"
    text = f"no row was held against a data point of {points.result.dataset}: {why}"
    return finding("not compared", text)


def _pairs(rows: Checked, points: Checked) -> Iterator[tuple[str, Side, Side]]:
    """What can be compared: each stream with its categories, then all with the total."""
    for stream, names in _STREAMS.items():
        if stream in rows.manifest.streams and all(map(points.has, names)):
            what = f"the rows of {stream}"
            yield (
                f"{what} and data points",
                rows.side(what, [stream]),
                points.side(" + ".join(names), names),
            )
    if set(ALL) <= set(rows.manifest.streams) and points.has(TOTAL):
        what = "the rows of all streams"
        yield f"{what} and data points", rows.side(what, ALL), points.side(TOTAL, [TOTAL])


def _extended(
    found: Reconciliation, findings: Sequence[Finding], compared: Mapping[str, Compared]
) -> Reconciliation:
    return msgspec.structs.replace(
        found,
        findings=ranked([*found.findings, *findings]),
        compared={**found.compared, **compared},
    )
