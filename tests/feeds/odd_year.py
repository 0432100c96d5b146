"""An archive in virtual time against feeds that do what sources have done, and the truth beside it.

Days change from hours to quarter-hours, have a second auction for a while, hold cells that nobody
can read in six spellings, are zero at first, late, corrected, and whole days bring no answer. What
holds is worked out here a second time, row by row, and held against the archive.
"""

from __future__ import annotations

import functools
import itertools
import random
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import msgspec.inspect

from energy_async.delivery import delivery_day, steps
from nanocorp_async import OddAnswer, Timing, archive, archive_gaps, read_archive, tolerant
from tests.feeds.simulated_year import SURELY_SEEN, VirtualTime
from tests.feeds.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nanocorp_async.tidy import FeedName

PARIS = ZoneInfo("Europe/Paris")
DAY, HOUR, QUARTER = timedelta(days=1), timedelta(hours=1), timedelta(minutes=15)
SPELLINGS = ('"N/A"', '"-"', '"{}"', '"null"', "NaN", '"n.d."')
"""What stands in place of a price; `{}` is the price with a decimal comma."""
WINDOW: dict[FeedName, int] = {"day-ahead": 29, "afrr-capacity": 7}
AT: dict[FeedName, time] = {"day-ahead": time(13), "afrr-capacity": time(16, 36)}
KINDS: dict[FeedName, tuple[tuple[str, str], ...]] = {
    "day-ahead": (("", ""),),
    "afrr-capacity": (("UPWARD", "DAILY"), ("DOWNWARD", "DAILY")),
}


class Row(NamedTuple):
    """One row as it is shown; `cell` stands in place of its price if that cannot be read."""

    start: datetime
    end: datetime
    kind: tuple[str, str]
    price: float | None
    cell: str = ""

    def as_read(self) -> Row:
        """As who knows the spellings reads it: words for no price are none."""
        return self._replace(
            cell="", price=None if self.cell and "," not in self.cell else self.price
        )


@dataclass(frozen=True)
class Plan:
    """What happens from `first` to `last`; every draw depends on feed and day alone."""

    first: date
    last: date
    switch: datetime
    seed: int = 5
    feeds: tuple[FeedName, ...] = ("day-ahead", "afrr-capacity")
    silent: frozenset[date] = frozenset()
    """Days on which no request is answered."""

    def draw(self, feed: str, day: date, what: str) -> random.Random:
        return random.Random(f"{self.seed} {feed} {day} {what}")

    def has(self, feed: FeedName, day: date, what: str, chance: float) -> bool:
        return self.draw(feed, day, what).random() < chance

    def days(self, feed: FeedName, now: datetime) -> list[date]:
        """The days on show: the newest ones that are published."""
        today = now.astimezone(PARIS).date()
        near = (today + n * DAY for n in range(-WINDOW[feed] - 3, 3))
        shown = [day for day in near if self.published(feed, day) <= now]
        return shown[-WINDOW[feed] :]

    @functools.cache  # noqa: B019 - a few plans in all
    def moments(self, feed: FeedName, day: date) -> list[datetime]:
        """When what a day shows changes, as long as it is on show."""
        begin = self.published(feed, day)
        found = sorted({*(begin + n * HOUR for n in (0, 7, 9, 16, 30)), max(begin, self.switch)})
        return [moment for moment in found if day in self.days(feed, moment)]

    def states(self, feed: FeedName, day: date) -> list[tuple[list[Row], bool]]:
        """What a day shows in turn, and whether it was surely seen; not what never could be."""
        moments = self.moments(feed, day)
        ends = [*moments[1:], moments[-1] + 3 * DAY]
        found = [
            (self.rows(feed, day, begin), self._answered(begin, end))
            for begin, end in zip(moments, ends, strict=True)
        ]
        return [(rows, time >= SURELY_SEEN) for rows, time in found if time]

    def _answered(self, begin: datetime, end: datetime) -> timedelta:
        """For how long of that time requests are answered."""
        silences = (delivery_day(day, PARIS) for day in self.silent)
        lost = (min(end, over) - max(begin, start) for start, over in silences)
        return end - begin - sum((one for one in lost if one > timedelta()), timedelta())

    @functools.cache  # noqa: B019
    def published(self, feed: FeedName, day: date) -> datetime:
        late = self.draw(feed, day, "late")
        hours = late.uniform(1, 26) if late.random() < 0.1 else 0
        return datetime.combine(day - DAY, AT[feed], PARIS).astimezone(UTC) + hours * HOUR

    def text(self, feed: FeedName, day: date, now: datetime) -> str:
        return self._text(feed, day, max(at for at in self.moments(feed, day) if at <= now))

    @functools.cache  # noqa: B019
    def _text(self, feed: FeedName, day: date, now: datetime) -> str:
        return ", ".join(_json(feed, row) for row in self.rows(feed, day, now))

    @functools.cache  # noqa: B019
    def rows(self, feed: FeedName, day: date, now: datetime) -> list[Row]:
        """What a day shows from one of its moments on."""
        age = now - self.published(feed, day)
        found = list(self._priced(feed, day, age, hourly=now < self.switch))
        if self.has(feed, day, "zeros", 0.04) and age < 7 * HOUR:
            return [row._replace(price=0.0) for row in found]
        if self.has(feed, day, "unreadable", 0.2):
            for_good = self.has(feed, day, "for good", 0.3)
            if age < 16 * HOUR or for_good:
                found = self._spoiled(feed, day, found)
        if (
            feed == "day-ahead"
            and self.has(feed, day, "second", 0.08)
            and 7 * HOUR <= age < 30 * HOUR
        ):
            found += [
                row._replace(price=round((row.price or 0.0) + 0.37, 2), cell="") for row in found
            ]
        if feed == "afrr-capacity":
            whole = delivery_day(day, PARIS)
            found.append(Row(*whole, ("UPWARD", "PERIODIC"), 20.0 + day.day))
        return found

    def _priced(self, feed: FeedName, day: date, age: timedelta, *, hourly: bool) -> Iterator[Row]:
        corrected = self.has(feed, day, "corrected", 0.1) and age >= 9 * HOUR
        for kind in KINDS[feed]:
            draw = self.draw(feed, day, f"prices {kind}")
            quarters = [round(draw.uniform(5, 150), 2) for _ in steps(day, PARIS, QUARTER)]
            if corrected:
                quarters[::8] = [round(price + 1.25, 2) for price in quarters[::8]]
            length = HOUR if hourly else QUARTER
            size = length // QUARTER
            for number, one in enumerate(steps(day, PARIS, length)):
                mine = quarters[number * size : (number + 1) * size]
                yield Row(*one, kind, round(sum(mine) / size, 2))

    def _spoiled(self, feed: FeedName, day: date, rows: list[Row]) -> list[Row]:
        draw = self.draw(feed, day, "cells")
        places = draw.sample(range(len(rows)), 3)
        for place in places:
            cell = draw.choice(SPELLINGS).format(str(rows[place].price).replace(".", ","))
            rows[place] = rows[place]._replace(cell=cell)
        return rows

    def body(self, feed: FeedName, now: datetime) -> str:
        days = (self.text(feed, day, now) for day in self.days(feed, now))
        return '{"rows": [' + ", ".join(days) + "]}"


def _json(feed: FeedName, row: Row) -> str:
    name = "hour" if feed == "day-ahead" else "period"
    price = "price_eur_mwh" if feed == "day-ahead" else "price"
    found: dict[str, Any] = {
        f"{name}_start_utc": row.start.isoformat(),
        f"{name}_end_utc": row.end.isoformat(),
    }
    if row.kind[0]:
        found |= {"direction": row.kind[0], "product_type": "aFRR", "time_horizon": row.kind[1]}
    text = msgspec.json.encode(found).decode()
    return f'{text[:-1]}, "{price}": {row.cell or row.price}}}'


class Feeds(Upstream):
    """Plays a plan by the clock; remembers what could not be read, and when."""

    def __init__(self, plan: Plan, clock: VirtualTime) -> None:
        super().__init__()
        self.unread: set[str] = set()
        for feed in plan.feeds:
            self.answers[feed] = functools.partial(self._answer, plan, clock, feed)

    def _answer(self, plan: Plan, clock: VirtualTime, feed: FeedName, _: int) -> tuple[int, str]:
        now = clock.now()
        if now.astimezone(PARIS).date() in plan.silent:
            return 503, "{}"
        body = plan.body(feed, now)
        if re.search(r'"price[a-z_]*": ("|NaN)', body):
            self.unread.add(body)
        return 200, body


async def play(plan: Plan, folder: Path) -> tuple[list[Any], Feeds]:
    """Run the archive through a plan; give its events, and the feeds."""
    start = datetime.combine(plan.first, time(12, 3), PARIS).astimezone(UTC)
    end = datetime.combine(plan.last, time(12, 3), PARIS).astimezone(UTC)
    clock = VirtualTime(start, len(plan.feeds))
    feeds, events = Feeds(plan, clock), list[Any]()
    timing = Timing(now=clock.now, sleep=clock.sleep, draw=random.Random(plan.seed).random)
    async with feeds.client() as client:
        with clock.until(end):
            await archive(client, folder, feeds=plan.feeds, timing=timing, on_event=events.append)
    return events, feeds


def expected(plan: Plan, feed: FeedName, day: date, *, taught: bool) -> Iterator[set[Row]]:
    """What may hold of a day at the end: with and without what was perhaps not seen.

    With `taught`, every cell could be read.
    """
    states = plan.states(feed, day)
    choices = [(True,) if surely else (True, False) for _, surely in states]
    for taken in itertools.product(*choices):
        holding: list[Row] = []
        for shown in (rows for (rows, _), was_seen in zip(states, taken, strict=True) if was_seen):
            readable = [row.as_read() for row in shown if taught or not row.cell]
            kept = [row for row in holding if not _is_replaced(row, readable)]
            holding = [*readable, *kept]
        yield set(holding)


def _is_replaced(row: Row, shown: list[Row]) -> bool:
    same = [one for one in shown if one.kind == row.kind]
    if any(one.start == row.start for one in same):
        return True
    covered = sum(
        (max(min(a.end, row.end) - max(a.start, row.start), timedelta(0)) for a in set(same)),
        timedelta(0),
    )
    return 2 * covered >= row.end - row.start


@contextmanager
def taught() -> Iterator[None]:
    """Let this version read what it cannot: words for no value, a decimal comma."""
    readers: dict[Any, Any] = tolerant._READERS
    suspects, read = before = readers[msgspec.inspect.FloatType]
    words = {"n/a", "-", "null", "nan", "n.d."}

    def number(text: str) -> object:
        return None if text.lower() in words else read(text.replace(",", "."))

    readers[msgspec.inspect.FloatType] = suspects, number
    tolerant._shape.cache_clear()
    try:
        yield
    finally:
        readers[msgspec.inspect.FloatType] = before
        tolerant._shape.cache_clear()


@dataclass
class Verdict:
    """How an archive differs from the truth."""

    rows: int = 0
    wrong: int = 0
    """Rows that hold and should not, or with another price."""
    lost: int = 0
    """Rows that should hold and do not."""
    worst_mean: float = 0.0
    """The largest difference of a month's mean price, weighted by time, in EUR."""
    unreported: Counter[str] = field(default_factory=Counter)
    """Oddities without a gap or event, by kind."""
    oddities: Counter[str] = field(default_factory=Counter)


def judge(plan: Plan, folder: Path, *, taught: bool) -> Verdict:
    """Compare the rows that hold with those that should."""
    verdict = Verdict()
    for feed in plan.feeds:
        held = _held(folder, feed)
        sums: dict[str, list[tuple[float, float]]] = {}
        for day in _days(plan):
            found = held.get(day, Counter[Row]())
            wanted = min(
                expected(plan, feed, day, taught=taught),
                key=lambda rows: len(rows ^ found.keys()),
            )
            verdict.rows += len(wanted)
            verdict.lost += len(wanted - found.keys())
            verdict.wrong += sum((found - Counter(wanted)).values())
            pair = (_mean(list(wanted)), _mean(list(found.elements())))
            sums.setdefault(f"{day:%Y-%m}", []).append(pair)
        for pairs in sums.values():
            truth, told = (sum(one[n] for one in pairs) / len(pairs) for n in (0, 1))
            verdict.worst_mean = max(verdict.worst_mean, abs(truth - told))
    return verdict


def reported(plan: Plan, folder: Path, events: list[Any], feeds: Feeds) -> Verdict:
    """Hold what was odd against what was reported."""
    verdict = Verdict()
    gaps = {(one.series, one.day, one.kind) for one in archive_gaps(folder)}
    told = [one.what for one in events if isinstance(one, OddAnswer)]
    for feed in plan.feeds:
        for day in _days(plan):
            about = [text for text in told if text.startswith(f"{feed} {day}: ")]
            surely = [rows for rows, is_sure in plan.states(feed, day) if is_sure]
            for kind in _odd(surely):
                verdict.oddities[kind] += 1
                said = any(_WORDS[kind] in text for text in about)
                kept = (feed, day, kind) in gaps or kind != "replaced"
                verdict.unreported[kind] += not (said and kept)
    unread = sum("cannot be read" in text for text in told)
    verdict.oddities["unread"] = len(feeds.unread)
    verdict.unreported["unread"] = len(feeds.unread) - unread
    verdict.unreported = +verdict.unreported
    return verdict


_WORDS = {
    "two prices": "periods with two prices", "zero prices": "prices are zero",
    "replaced": "are replaced by rows",
}  # fmt: skip


def _odd(states: list[list[Row]]) -> Iterator[str]:
    readable = [[row for row in rows if not row.cell] for rows in states]
    if any(max(Counter(row[:3] for row in rows).values(), default=0) > 1 for rows in readable):
        yield "two prices"
    if any(not any(row.price for row in rows) for rows in readable):
        yield "zero prices"
    if len({rows[0].end - rows[0].start for rows in states}) > 1:
        yield "replaced"


def _days(plan: Plan) -> list[date]:
    """The days that were seen from their publication until they were left alone."""
    return [plan.first + n * DAY for n in range(2, (plan.last - plan.first).days - 2)]


def _held(folder: Path, feed: FeedName) -> dict[date, Counter[Row]]:
    table = read_archive(folder, feed)
    name = "hour" if feed == "day-ahead" else "period"
    price = "price_eur_mwh" if feed == "day-ahead" else "price"
    found: dict[date, Counter[Row]] = {}
    for row in table.to_pylist():
        kind = (row.get("direction") or "", row.get("time_horizon") or "")
        start = row[f"{name}_start_utc"]
        one = Row(start.astimezone(UTC), row[f"{name}_end_utc"].astimezone(UTC), kind, row[price])
        found.setdefault(start.astimezone(PARIS).date(), Counter())[one] += 1
    return found


def _mean(rows: list[Row]) -> float:
    known = [(row.end - row.start, row.price) for row in rows if row.price is not None]
    times = [(length.total_seconds(), price) for length, price in known]
    whole = sum(seconds for seconds, _ in times)
    return sum(seconds * price for seconds, price in times) / whole if whole else 0.0
