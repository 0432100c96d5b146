"""An archive in virtual time against the sandbox, and the truth to compare it with.

Upstream publishes late, corrects, takes values and rows away and is out of order; the archive is
stopped and started again. What was on show long enough must be in the archive, once and right, and
every version of it; what was never on show while the archive ran must be told as a gap.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from heapq import heappop, heappush
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import anyio

from energy_sandbox import Correction, FeedBehaviour, Sandbox
from energy_sandbox.feeds.behaviour import FeedName
from energy_sandbox.french_feeds import FrenchFeeds
from energy_sandbox.world.noise import Noise
from nanocorp_async import Nanocorp, Timing, archive, archive_gaps, read_archive
from nanocorp_async.archiving.series import SERIES

PARIS = ZoneInfo("Europe/Paris")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SURELY_SEEN = 6 * HOUR
"""What is on show for this long, while upstream answers and the archive runs, must be archived."""
DUE: dict[str, tuple[time, int]] = {
    "day-ahead": (time(13), 1),
    "fcr-capacity": (time(16, 35), 1),
    "afrr-capacity": (time(16, 35), 1),
    "mfrr-capacity": (time(16, 35), 1),
    "afrr-energy": (time(1, 10), -1),
    "mfrr-energy": (time(1, 20), -1),
}
FIELDS: dict[str, tuple[str, ...]] = {
    "day-ahead": ("rows",),
    "fcr-capacity": ("rows",),
    "afrr-capacity": ("rows",),
    "mfrr-capacity": ("rows",),
    "afrr-energy": ("chartRows",),
    "afrr-energy-steps": ("recentRows",),
    "mfrr-energy": ("chartRows",),
    "mfrr-energy-directions": ("latestUpwardRow", "latestDownwardRow"),
}
Range = tuple[datetime, datetime]


@dataclass(frozen=True)
class Scenario:
    """What happens from `start` to `end`."""

    feeds: tuple[FeedName, ...]
    start: datetime
    end: datetime
    behaviour: FeedBehaviour
    stops: tuple[Range, ...]
    """When the archive does not run."""

    @property
    def silences(self) -> list[Range]:
        return sorted([*self.behaviour.outages, *self.stops])


def scenario(
    feeds: Sequence[FeedName], first: date, last: date, *, seed: int = 7, all_steps: bool = False
) -> Scenario:
    draw = random.Random(seed)
    start = datetime.combine(first, time(12, 3), PARIS).astimezone(UTC)
    end = datetime.combine(last, time(12, 3), PARIS).astimezone(UTC)
    days = [first + n * DAY for n in range((last - first).days)]
    late: dict[tuple[FeedName, date], timedelta] = {}
    corrections: list[Correction] = []
    for feed, day in itertools.product(feeds, days):
        if draw.random() < 0.06:
            hours = 26.0 if draw.random() < 0.1 else draw.uniform(0.5, 10)
            late[feed, day] = hours * HOUR
        if draw.random() < 0.08:
            corrections.append(_correction(feed, day, draw, late.get((feed, day), 0 * HOUR)))
    lengths = [draw.uniform(0.5, 10) for _ in range(len(days) // 16)]
    lengths += [40, 84] if len(days) > 40 else []
    lengths += [9 * 24] if len(days) > 200 else []
    outages = [_range(start, end, hours, draw) for hours in lengths]
    stops = [_range(start, end, draw.choice([0, 0.2, 5]), draw) for _ in range(len(days) // 12)]
    behaviour = FeedBehaviour(
        late=late, corrections=corrections, outages=outages, all_steps=all_steps, etags=True
    )
    return Scenario(tuple(feeds), start, end, behaviour, tuple(sorted(stops)))


def _correction(feed: FeedName, day: date, draw: random.Random, late: timedelta) -> Correction:
    at, ahead = DUE[feed]
    published = datetime.combine(day - ahead * DAY, at, PARIS).astimezone(UTC) + late
    change = draw.choice(["shift", "shift", "null", "drop"])
    after = draw.uniform(6.5, 12) if feed.endswith("energy") else draw.uniform(7, 120)
    return Correction(
        feed=feed,
        day=day,
        at=published + after * HOUR,
        change=change,  # type: ignore[arg-type]
        every=draw.choice([1, 4, 8]),
        by=draw.choice([0.5, -3.25]),
    )


def _range(start: datetime, end: datetime, hours: float, draw: random.Random) -> Range:
    begin = start + draw.uniform(0.02, 0.9) * (end - start)
    return begin, begin + hours * HOUR


class VirtualTime:
    """A clock that moves on when everybody sleeps."""

    def __init__(self, at: datetime, sleepers: int) -> None:
        self.at, self._sleepers = at, sleepers
        self._asleep: list[tuple[datetime, int, anyio.Event]] = []
        self._numbers = itertools.count()
        self._limit = at
        self._end = anyio.CancelScope()

    def now(self) -> datetime:
        return self.at

    def until(self, limit: datetime) -> anyio.CancelScope:
        """A scope that is cancelled when the clock reaches `limit`."""
        self._limit, self._end = limit, anyio.CancelScope()
        self._asleep.clear()
        return self._end

    async def sleep(self, seconds: float) -> None:
        woken = anyio.Event()
        entry = (self.at + timedelta(seconds=seconds), next(self._numbers), woken)
        heappush(self._asleep, entry)
        if len(self._asleep) == self._sleepers:
            self._move_on()
        await woken.wait()

    def _move_on(self) -> None:
        moment, _, woken = heappop(self._asleep)
        if moment >= self._limit:
            self._end.cancel()
            return
        self.at = moment
        woken.set()


async def play(plan: Scenario, folder: Path, *, seed: int = 7) -> Counter[tuple[str, int]]:
    """Run the archive through a scenario; give the requests by operation and status."""
    clock = VirtualTime(plan.start, len(plan.feeds))
    timing = Timing(now=clock.now, sleep=clock.sleep, draw=random.Random(seed).random)
    async with (
        Sandbox(seed=seed, assets=1, clock=clock.now, feeds=plan.behaviour) as sandbox,
        Nanocorp(sandbox.token, base_url=sandbox.feeds_url, rate=1e6, retries=0) as client,
    ):
        for begin, end in _running(plan):
            clock.at = begin
            with clock.until(end):
                await archive(client, folder, feeds=plan.feeds, timing=timing)
        return Counter(sandbox.counters.requests)


def _running(plan: Scenario) -> Iterator[Range]:
    begin = plan.start
    for stop, restart in plan.stops:
        if stop > begin:
            yield begin, stop
        begin = max(begin, restart)
    yield begin, plan.end


@dataclass
class Tally:
    """How the archive of one series differs from the truth."""

    rows: int = 0
    missing: int = 0
    doubled: int = 0
    wrong: int = 0
    revisions: int = 0
    """Corrections that were surely seen."""
    kept: int = 0
    days_lost: set[date] = field(default_factory=set)
    days_told: set[date] = field(default_factory=set)


Version = tuple[tuple[Any, ...], bool]
"""The values of a row, and whether they were on show long enough to be seen for sure."""
Rows = dict[tuple[Any, ...], list[Version]]


def compare(plan: Scenario, folder: Path, *, seed: int = 7) -> dict[str, Tally]:
    """Compare an archive with what the feeds have shown, by series."""
    feeds = FrenchFeeds(Noise(seed), "", lambda: plan.start, plan.behaviour)
    tallies: dict[str, Tally] = {}
    for feed in plan.feeds:
        names: list[str] = [name for name, one in SERIES.items() if one.feed == feed]
        tallies |= {name: Tally() for name in names}
        shown: dict[tuple[str, date], Rows] = defaultdict(dict)
        seen: dict[str, set[date]] = defaultdict(set)
        first = date.max
        for begin, seen_for in _editions(plan, feed):
            answer = feeds.answer(feed, begin)
            days = _take(answer, names, shown, surely=seen_for >= SURELY_SEEN)
            for name in names:
                seen[name] |= days
            first = min(days, default=first)
            for name, day in [key for key in shown if key[1] < first]:
                _judge(folder, name, day, shown.pop((name, day)), tallies[name])
        for (name, day), rows in shown.items():
            _judge(folder, name, day, rows, tallies[name])
        told = archive_gaps(folder)
        for name in names:
            tally = tallies[name]
            span = range((first - min(seen[name])).days)
            tally.days_lost = {min(seen[name]) + n * DAY for n in span} - seen[name]
            tally.days_told = {
                one.day for one in told if one.series == name and one.kind == "missing"
            }
    return tallies


def _editions(plan: Scenario, feed: FeedName) -> Iterator[tuple[datetime, timedelta]]:
    """Give when each edition begins to be seen, and for how long without a break."""
    feeds = FrenchFeeds(Noise(7), "", lambda: plan.start, plan.behaviour)
    at, ahead = DUE[feed]
    moments = {plan.start}
    day = plan.start.date() - 40 * DAY
    while day < plan.end.date() + 3 * DAY:
        due = datetime.combine(day - ahead * DAY, at, PARIS) + timedelta(seconds=59)
        moments.add(due.astimezone(UTC) + plan.behaviour.delay(feed, day))
        day += DAY
    moments |= {one.at.astimezone(UTC) for one in plan.behaviour.corrections if one.feed == feed}
    inside = [*sorted(one for one in moments if plan.start <= one < plan.end), plan.end]
    last = None
    for begin, end in itertools.pairwise(inside):
        edition = feeds.edition(feed, begin)
        assert edition.changed.astimezone(UTC) <= begin
        longest = _longest_seen(begin, end, plan.silences)
        if longest > timedelta() and edition != last:
            yield begin, longest
            last = edition


def _longest_seen(begin: datetime, end: datetime, silences: list[Range]) -> timedelta:
    longest = timedelta()
    for start, over in silences:
        longest = max(longest, min(start, end) - begin)
        begin = max(begin, over)
    return max(longest, end - begin)


def _take(
    answer: dict[str, Any], names: list[str], shown: dict[tuple[str, date], Rows], *, surely: bool
) -> set[date]:
    days = set()
    for name in names:
        parts = [answer[one] for one in FIELDS[name]]
        rows = parts[0] if isinstance(parts[0], list) else parts
        for row in rows:
            day, key, values = _row(name, row)
            days.add(day)
            versions = shown[name, day].setdefault(key, [])
            if not versions or versions[-1][0] != values:
                versions.append((values, surely))
            elif surely:
                versions[-1] = (values, True)
    return days


def _row(name: str, row: dict[str, Any]) -> tuple[date, tuple[Any, ...], tuple[Any, ...]]:
    series = SERIES[name]  # type: ignore[index]
    key = tuple(_plain(row.get(one)) for one in series.key)
    values = tuple(
        _plain(row.get(one)) for one in series.row_type.__struct_fields__ if one not in series.key
    )
    return datetime.fromtimestamp(key[0] / 1e6, PARIS).date(), key, values


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value[-1:] == "Z":
        value = datetime.fromisoformat(value)
    return int(value.timestamp() * 1e6) if isinstance(value, datetime) else value


def _judge(folder: Path, name: str, day: date, rows: Rows, tally: Tally) -> None:
    series = SERIES[name]  # type: ignore[index]
    table = read_archive(folder, series.name, first=day, last=day, revisions=True)
    names = [one for one in series.row_type.__struct_fields__ if one not in series.key]
    held: dict[tuple[Any, ...], list[tuple[int, Any]]] = defaultdict(list)
    current: Counter[tuple[Any, ...]] = Counter()
    columns = [[_plain(value) for value in table.column(one).to_pylist()] for one in series.key]
    keys = list(zip(*columns, strict=True))
    values = list(zip(*(table.column(one).to_pylist() for one in names), strict=True))
    revisions = table.column("revision").to_pylist()
    for place, replaced in enumerate(table.column("replaced_at").to_pylist()):
        held[keys[place]].append((revisions[place], values[place]))
        current[keys[place]] += replaced is None
    for key, versions in rows.items():
        found = [one for _, one in sorted(held.pop(key, []), key=lambda one: one[0])]
        sure = list(_without_repeats(one for one, surely in versions if surely))
        tally.rows += bool(sure)
        tally.missing += bool(sure) and not found
        tally.doubled += current[key] > 1
        tally.wrong += bool(found) and not _fits(found, versions)
        tally.revisions += max(0, len(sure) - 1)
        tally.kept += sum(one in found for one in sure[1:])
    tally.wrong += len(held)  # rows that upstream has never shown


def _fits(found: list[Any], versions: list[Version]) -> bool:
    """Whether all that was surely seen is there in order, and nothing that was never shown."""
    unsure = [place for place, (_, surely) in enumerate(versions) if not surely]
    for count in range(len(unsure) + 1):
        for left_out in itertools.combinations(unsure, count):
            kept = (one for place, (one, _) in enumerate(versions) if place not in left_out)
            if list(_without_repeats(kept)) == found:
                return True
    return False


def _without_repeats(values: Any) -> Iterator[Any]:
    return (value for value, _ in itertools.groupby(values))
