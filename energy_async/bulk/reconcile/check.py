"""A dataset against itself: every interval once, every window there, every row with a figure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from energy_async.bulk.chunks import Chunk, Series, chunks
from energy_async.bulk.reconcile.files import stray_files
from energy_async.bulk.reconcile.findings import (
    Finding,
    Reconciliation,
    SeriesCheck,
    finding,
    ranked,
)
from energy_async.bulk.reconcile.series import Observed
from energy_async.bulk.windows import gaps, joined
from energy_async.columns import microseconds
from energy_async.delivery import delivery_day, delivery_day_of, split_by_month

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from energy_async.bulk.answers import Answer
    from energy_async.bulk.dataset import Dataset
    from energy_async.bulk.manifest import Manifest
    from energy_async.bulk.reconcile.grids import Run, Span
    from energy_async.bulk.windows import Window
    from energy_async.delivery import Interval
    from energy_async.storage import Snapshot

_OFTEN: Final = 0.5
"""With rows in more than this share of the intervals, the others may well have been lost."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a dataset is checked for.

    Attributes:
        sparse: Patterns of streams or categories whose rows come only when something happens, such
            as `*_vba`: a missing one means nothing.
        lives: When each asset is in service; rows are expected only then. For the others, a series
            that begins late or ends early is reported as such, and not as a gap.
    """

    sparse: Sequence[str] = ()
    lives: Mapping[str, Interval] = field(default_factory=dict)


def reconcile(
    dataset: Dataset,
    snapshot: Snapshot,
    broken: Mapping[str, Sequence[Finding]],
    rules: Rules,
) -> Reconciliation:
    """Check a dataset, but for files that are `broken`; memory is that of a stream's month.

    What intervals a series is made of is read from its rows: quarter-hours of days with 92, 96 or
    100, blocks of 3, 4 or 5 hours, days, months, or steps of any length.
    """
    manifest = dataset.manifest(snapshot)
    parts = snapshot.of_kind("rows")
    answers = [one for part in parts if part.path not in broken for one in dataset.answers.of(part)]
    pulled = _Pulled(manifest, answers, rules.lives)
    rows = chunks(dataset, snapshot=snapshot, passed_over=broken)
    seen = _observe(rows, manifest.zone, pulled)
    findings = [
        *(one for found in broken.values() for one in found),
        *stray_files(dataset, snapshot),
        *_not_pulled(gaps(manifest.plan(), [one.window for one in dataset.answers.all(snapshot)])),
        *_left_out(answers),
        *_without_rows(manifest, seen, pulled, rules),
        *(one for found in seen.values() for one in found.findings),
        *_missing(seen.values(), rules, pulled),
        *_unplaced(seen.values()),
    ]
    return Reconciliation(
        dataset=str(dataset),
        content=manifest.content,
        start=manifest.start,
        end=manifest.end,
        assets=len(manifest.assets),
        findings=ranked(findings),
        series=tuple(_summaries(seen.values(), rules)),
    )


class _Pulled:
    """What was pulled of each asset and stream, by delivery month."""

    def __init__(
        self, manifest: Manifest, answers: Sequence[Answer], lives: Mapping[str, Interval]
    ) -> None:
        self._lives = lives
        day_of = partial(delivery_day_of, zone=manifest.zone)
        self._until = {
            one.line: _span(delivery_day(day_of(one.open_from), manifest.zone))[0]
            for one in sorted(answers, key=lambda one: one.start, reverse=True)
            if one.open_from is not None
        }
        self._months: defaultdict[tuple[str, str], dict[str, list[Span]]] = defaultdict(dict)
        for whole in joined(one.window for one in answers):
            for piece in split_by_month(whole.start, whole.end, manifest.zone):
                name = f"{delivery_day_of(piece.start, manifest.zone):%Y-%m}"
                self._months[whole.line].setdefault(name, []).append(_span(piece))

    def of(self, series: Series, month: str) -> list[Span]:
        """What of a month was pulled."""
        return self._months[series.asset_id, series.stream].get(month, [])

    def in_service(self, series: Series, month: str) -> list[Span]:
        """What of that the asset was in service, as far as is known, on days that had passed."""
        spans = self.of(series, month)
        life = self._lives.get(series.asset_id)
        start, end = _span(life) if life else (spans[0][0], spans[-1][1]) if spans else (0, 0)
        end = min(end, self._until.get((series.asset_id, series.stream), end))
        cut = ((max(a, start), min(b, end)) for a, b in spans)
        return [(a, b) for a, b in cut if a < b]

    def months(self, series: Series) -> Collection[str]:
        """The months of which anything was pulled."""
        return self._months[series.asset_id, series.stream]

    def is_expected(self, series: Series) -> bool:
        """Whether anything was pulled while the asset was in service."""
        return any(self.in_service(series, month) for month in self.months(series))

    def edges(self, series: Series) -> Span:
        """From where to where rows could be expected."""
        found = [one for name in self.months(series) for one in self.in_service(series, name)]
        return min((a for a, _ in found), default=0), max((b for _, b in found), default=0)


def _observe(rows: Iterable[Chunk], zone: str, pulled: _Pulled) -> dict[Series, Observed]:
    seen: dict[Series, Observed] = {}
    for chunk in rows:
        series = chunk.series
        one = seen.setdefault(series, Observed(series, zone))
        one.see(chunk, pulled.of(series, chunk.month), pulled.in_service(series, chunk.month))
    for series, one in seen.items():
        for month in pulled.months(series):
            if month not in one.months:
                one.miss(pulled.in_service(series, month))
        one.close()
    return seen


def _not_pulled(missing: Iterable[Window]) -> Iterator[Finding]:
    text = "was asked for and not fetched: it failed, or the pull ended before"
    return (finding("not pulled", text, count=1, **msgspec.structs.asdict(one)) for one in missing)


def _left_out(answers: Iterable[Answer]) -> Iterator[Finding]:
    doubled: Counter[str] = Counter()
    for one in answers:
        doubled[one.stream] += one.duplicates
    for stream, count in (+doubled).items():
        text = f"the server gave {count:,} rows twice in one answer; each was kept once"
        yield finding("left out", text, stream=stream, count=count)


def _without_rows(
    manifest: Manifest, seen: Mapping[Series, Observed], pulled: _Pulled, rules: Rules
) -> Iterator[Finding]:
    """Report who has no row; what was never fetched is reported as that alone.

    It is a warning where one stream alone tells an asset from all others that have what it has.
    """
    there: defaultdict[str, set[str]] = defaultdict(set)
    for asset_id, stream, _ in seen:
        there[asset_id].add(stream)
    usual = {one for one in manifest.streams if not _is_declared(Series("", one), rules)}
    for stream in manifest.streams:
        asked = [one for one in manifest.assets if pulled.is_expected(Series(one, stream))]
        none = [asset for asset in asked if stream not in there[asset]]
        odd = [one for one in none if stream in usual and _lacks_one(one, stream, there, usual)]
        for found in (odd, [asset for asset in none if asset not in odd]):
            if found:
                yield _no_rows(stream, found, len(asked), odd=found is odd)


def _lacks_one(asset: str, stream: str, there: Mapping[str, set[str]], usual: set[str]) -> bool:
    ours = there[asset] & usual
    others = [other & usual for other in there.values()]
    alike = [one for one in others if ours < one]
    few = len(alike) > 1 and 2 * others.count(ours) <= len(alike)
    return bool(ours) and few and all(one == ours | {stream} for one in alike)


def _no_rows(stream: str, none: list[str], asked: int, *, odd: bool) -> Finding:
    others = "; others that have the same streams otherwise have it" if odd else ""
    return finding(
        "no rows",
        f"{len(none):,} of {asked:,} assets have no row at all{others}",
        severity="warning" if odd else "notice",
        asset_id=none[0] if len(none) == 1 else "",
        stream=stream,
        count=len(none),
    )


def _missing(seen: Iterable[Observed], rules: Rules, pulled: _Pulled) -> Iterator[Finding]:
    checked = [one for one in seen if not _is_declared(one.series, rules)]
    edges: defaultdict[tuple[str, str, bool, Run], list[Observed]] = defaultdict(list)
    for one in checked:
        first, last = pulled.edges(one.series)
        for run in () if one.is_sparse else one.missing:
            if run.start <= first or run.end >= last:
                key = one.series.asset_id, one.series.stream, run.start <= first, run
                edges[key].append(one)
            else:
                yield _gap(one, run)
    yield from (_edge(run, late, found) for (_, _, late, run), found in edges.items())
    sparse = _by_name(one for one in checked if one.is_sparse)
    yield from (_scattered(series, found) for series, found in sparse.items())


def _gap(one: Observed, run: Run) -> Finding:
    kinds = " or ".join(one.grids)
    text = f"{run.number:,} of its {kinds} {'has' if run.number == 1 else 'have'} no row"
    return one.finding("gap", text, run[:2], run.number)


def _edge(run: Run, late: bool, found: list[Observed]) -> Finding:  # noqa: FBT001
    names = ", ".join(one.series.name for one in found[:3])
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""  # noqa: PLR2004
    what = "no row before this ends" if late else "no row from here on"
    text = f"{names}{more}: {what}, {run.number:,} {' or '.join(found[0].grids)}"
    category = found[0].series.category if len(found) == 1 else ""
    kind = "begins late" if late else "ends early"
    return found[0].finding(kind, text, run[:2], run.number, category=category)


def _scattered(series: Series, found: list[Observed]) -> Finding:
    there = sum(one.rows for one in found)
    should = sum(one.expected for one in found)
    return finding(
        "sparse",
        f"{len(found):,} assets have rows now and then ({there:,} of {should:,} intervals);"
        " a missing one cannot be told from nothing earned",
        severity="warning" if there > _OFTEN * should else "notice",
        count=len(found),
        **series._asdict(),
    )


def _unplaced(seen: Iterable[Observed]) -> Iterator[Finding]:
    for series, found in _by_name(one for one in seen if one.unplaced).items():
        rows = sum(one.unplaced for one in found)
        text = (
            f"{rows:,} rows of {len(found):,} assets do not show what intervals they are;"
            " they were not checked for gaps"
        )
        yield finding("unknown resolution", text, count=rows, **series._asdict())


def _summaries(seen: Iterable[Observed], rules: Rules) -> Iterator[SeriesCheck]:
    for series, found in sorted(_by_name(seen).items()):
        checked = [one for one in found if not (_is_declared(one.series, rules) or one.is_sparse)]
        kinds = Counter[str]()
        for one in found:
            kinds.update(one.grids)
        yield SeriesCheck(
            stream=series.stream,
            category=series.category,
            assets=len(found),
            resolutions=tuple(name for name, _ in kinds.most_common()),
            rows=sum(one.rows for one in found),
            expected=sum(one.expected for one in checked),
            missing=sum(run.number for one in checked for run in one.missing),
            without_figure=sum(len(one.blank) for one in found),
        )


def _by_name(seen: Iterable[Observed]) -> dict[Series, list[Observed]]:
    """Bring what all assets have of a stream and category together."""
    found: defaultdict[Series, list[Observed]] = defaultdict(list)
    for one in seen:
        found[one.series._replace(asset_id="")].append(one)
    return found


def _is_declared(series: Series, rules: Rules) -> bool:
    return any(fnmatchcase(series.name, pattern) for pattern in rules.sparse)


def _span(piece: Interval) -> Span:
    return microseconds(piece.start), microseconds(piece.end)
