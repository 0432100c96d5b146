"""A watched feed: days that appear, prices that change, days that are late; all else goes on."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import anyio
import msgspec
import pytest

from nanocorp_async import (
    DayPublished,
    FeedLate,
    FeedRecovered,
    NotSubscribed,
    PriceCorrected,
    Publication,
    Rhythm,
    Timing,
    describe,
    watch,
)
from nanocorp_async.publication import PUBLICATIONS
from nanocorp_async.watching.events import GapFound, OddAnswer, PollFailed, RowsStored
from tests.feeds.upstream import Upstream, capacity, day_ahead, energy, moment, prices

DAY = timedelta(days=1)
TODAY = date(2026, 3, 28)
TOMORROW, AFTER = TODAY + DAY, TODAY + 2 * DAY


class Watching:
    """Watches an upstream whose answers change at set times; sleeping takes no time."""

    def __init__(self, start: str = "2026-03-28T10:05:00") -> None:
        self.upstream = Upstream()
        self.at = moment(start)
        self.changes: list[tuple[datetime, Any]] = []
        self.rhythm = Rhythm()

    def later(self, text: str, answer: Any) -> None:
        self.changes.append((moment(text), answer))

    async def sleep(self, seconds: float) -> None:
        await anyio.lowlevel.checkpoint()
        self.at += timedelta(seconds=seconds)
        for when, answer in self.changes:
            if when <= self.at:
                self.upstream.set(**{self.name: answer})

    async def until(self, text: str, feed: Any = "day-ahead", answer: Any = None) -> list[Any]:
        """The events up to a time."""
        self.name = feed.replace("-", "_")
        if answer is not None:
            self.upstream.set(**{self.name: answer})
        timing = Timing(
            now=lambda: self.at,
            sleep=self._or_end,
            draw=random.Random(5).random,
            rhythm=self.rhythm,
        )
        self.end, found = moment(text), []
        async with self.upstream.client() as client:
            with self.scope:
                async for event in watch(client, feed, timing=timing):
                    found.append(event)  # noqa: PERF401 - what came before the end counts
        return found

    @property
    def scope(self) -> anyio.CancelScope:
        self._scope = anyio.CancelScope()
        return self._scope

    async def _or_end(self, seconds: float) -> None:
        if self.at >= self.end:
            self._scope.cancel()
        await self.sleep(seconds)


@pytest.fixture
def watching() -> Watching:
    return Watching()


async def test_what_is_there_already_is_told_first(watching: Watching) -> None:
    found = await watching.until("2026-03-28T12:00:00", answer=day_ahead(TODAY - DAY, TODAY))
    assert found == [
        DayPublished(
            feed="day-ahead", at=moment("2026-03-28T10:05:00"), day=TODAY, prices=96, was_there=True
        )
    ]


async def test_a_new_day_is_told_once_and_in_time(watching: Watching) -> None:
    watching.later("2026-03-28T13:20:00", day_ahead(TODAY, TOMORROW))
    _, *found = await watching.until("2026-03-29T10:00:00", answer=day_ahead(TODAY, TODAY))
    (event,) = found
    assert isinstance(event, DayPublished)
    assert (event.day, event.prices, event.was_there) == (TOMORROW, 92, False)
    assert timedelta() <= event.at - moment("2026-03-28T13:20:00") < timedelta(minutes=10)


async def test_several_days_at_once_are_told_in_order(watching: Watching) -> None:
    watching.later("2026-03-29T13:20:00", day_ahead(TODAY, AFTER))
    found = await watching.until("2026-03-29T14:00:00", answer=day_ahead(TODAY, TODAY))
    assert [one.day for one in found if isinstance(one, DayPublished)] == [TODAY, TOMORROW, AFTER]


@pytest.mark.parametrize("new", [50.0, None, -3.5])
async def test_a_correction_tells_old_and_new(watching: Watching, new: float | None) -> None:
    answer = day_ahead(TODAY, TOMORROW)
    watching.later("2026-03-28T20:00:00", prices(answer, r3=new))
    _, *found = await watching.until("2026-03-29T09:00:00", answer=answer)
    (event,) = found
    assert isinstance(event, PriceCorrected)
    assert (event.old, event.new, event.unit, event.direction) == (3.0, new, "EUR/MWh", None)
    assert (event.start, event.end) == (
        moment("2026-03-28T00:45:00"),
        moment("2026-03-28T01:00:00"),
    )


async def test_a_price_that_comes_later_than_its_day_was_missing_before(
    watching: Watching,
) -> None:
    whole = day_ahead(TODAY, TODAY)
    watching.later("2026-03-28T11:00:00", whole)
    short = {**whole, "rows": whole["rows"][:-1]}
    _, *found = await watching.until("2026-03-28T13:25:00", answer=short)
    assert [(one.old, one.new) for one in found] == [(None, 95.0)]


async def test_rows_that_are_dropped_and_come_back_are_no_event(watching: Watching) -> None:
    watching.rhythm = Rhythm(quiet=600.0)
    whole = day_ahead(TODAY, TODAY)
    watching.later("2026-03-28T11:00:00", {**whole, "rows": whole["rows"][3:]})
    watching.later("2026-03-28T12:50:00", whole)
    found = await watching.until("2026-03-28T13:25:00", answer=whole)
    assert len(found) == 1


async def test_directions_of_capacity_are_told_apart(watching: Watching) -> None:
    answer = capacity(TODAY)
    changed = {**answer, "rows": [dict(row) for row in answer["rows"]]}
    changed["rows"][1]["price"] = 12.5
    watching.later("2026-03-28T13:00:00", changed)
    _, *found = await watching.until("2026-03-28T16:00:00", "afrr-capacity", answer)
    assert [describe(one) for one in found] == [
        (
            "afrr-capacity: 2026-03-28 00:00 CET DOWNWARD DAILY corrected, "
            "10 is now 12.5 EUR/MW (period not documented)"
        )
    ]


async def test_energy_is_watched_by_its_buckets(watching: Watching) -> None:
    watching.later("2026-03-29T01:05:00", energy(TODAY))
    found = await watching.until("2026-03-29T02:00:00", "afrr-energy", energy(TODAY - DAY))
    assert [(one.day, one.prices) for one in found] == [(TODAY - DAY, 576), (TODAY, 576)]


async def test_not_published_yet_is_no_event_until_it_is_late(watching: Watching) -> None:
    answer = day_ahead(TODAY, TODAY)
    watching.later("2026-03-28T17:10:00", day_ahead(TODAY, TOMORROW))
    _, late, published, recovered = await watching.until("2026-03-28T20:00:00", answer=answer)
    assert isinstance(late, FeedLate)
    assert (late.day, late.due_at, late.reason) == (TOMORROW, moment("2026-03-28T13:31:00"), "")
    assert timedelta(minutes=60) <= late.at - late.due_at < timedelta(minutes=70)
    assert isinstance(published, DayPublished)
    assert isinstance(recovered, FeedRecovered)
    assert recovered.day == TOMORROW
    assert recovered.late_s == (recovered.at - late.due_at).total_seconds()
    assert 219 * 60 <= recovered.late_s < 260 * 60


async def test_an_outage_becomes_a_late_day_with_its_reason(watching: Watching) -> None:
    """And it is told once, however long it lasts."""
    watching.later("2026-03-28T11:00:00", (503, "{}"))
    watching.later("2026-03-31T09:00:00", day_ahead(TODAY, date(2026, 3, 31)))
    found = await watching.until("2026-03-31T12:00:00", answer=day_ahead(TODAY, TODAY))
    kinds = [type(one) for one in found]
    assert kinds == [DayPublished, FeedLate, *[DayPublished] * 3, FeedRecovered]
    assert "503" in found[1].reason


async def test_days_that_are_still_missing_keep_a_feed_late(watching: Watching) -> None:
    watching.later("2026-03-29T15:00:00", day_ahead(TODAY, TOMORROW))
    found = await watching.until("2026-03-29T20:00:00", answer=day_ahead(TODAY, TODAY))
    assert [type(one) for one in found] == [DayPublished, FeedLate, DayPublished]


@pytest.mark.parametrize("answer", [{"rows": []}, {}, (200, "<html>"), (302, ""), (404, "{}")])
async def test_odd_answers_do_not_end_it(watching: Watching, answer: Any) -> None:
    watching.later("2026-03-28T12:00:00", day_ahead(TODAY, TOMORROW))
    found = await watching.until("2026-03-28T14:20:00", answer=answer)
    assert [type(one) for one in found] == [FeedLate, DayPublished, FeedRecovered]


async def test_without_a_subscription_it_ends(watching: Watching) -> None:
    with pytest.raises(NotSubscribed):
        await watching.until("2026-03-28T12:00:00", answer=(401, "{}"))
    assert watching.upstream.asked == ["day-ahead"]


async def test_a_feed_that_does_not_exist_is_refused(watching: Watching) -> None:
    with pytest.raises(ValueError, match="there are day-ahead"):
        await watching.until("2026-03-28T12:00:00", "gas")


async def test_it_can_be_left_in_the_middle(watching: Watching) -> None:
    watching.upstream.set(day_ahead=day_ahead(TODAY, TODAY))
    async with watching.upstream.client() as client:
        stream = watch(client, "day-ahead", timing=Timing(now=lambda: watching.at))
        async for event in stream:
            assert event.day == TODAY  # type: ignore[union-attr]
            break
        await stream.aclose()  # type: ignore[attr-defined]
    assert watching.upstream.asked == ["day-ahead"]


async def test_conditional_requests_are_used(watching: Watching) -> None:
    watching.upstream.etags = True
    await watching.until("2026-03-28T15:00:00", answer=day_ahead(TODAY, TODAY))
    assert watching.upstream.conditions[0] == {}
    assert all("If-None-Match" in one for one in watching.upstream.conditions[1:])
    assert len(watching.upstream.conditions) > 2


async def test_other_times_and_another_rhythm_can_be_said() -> None:
    watching = Watching()
    early = Publication(at=moment("2026-03-28T08:00:00").time(), ahead=1)
    rhythm = Rhythm(grace=60.0)
    late: list[Any] = []
    async with watching.upstream.client() as client:
        timing = Timing(
            now=lambda: watching.at, publications={**PUBLICATIONS, "day-ahead": early},
            rhythm=rhythm,
        )  # fmt: skip
        watching.upstream.set(day_ahead=day_ahead(TODAY, TODAY))
        stream = watch(client, "day-ahead", timing=timing)
        late = [await anext(stream), await anext(stream)]
        await stream.aclose()  # type: ignore[attr-defined]
    assert isinstance(late[1], FeedLate)


async def test_a_clock_that_is_set_under_way_is_heeded() -> None:
    """No sleep is longer than a quarter of an hour, and a jump does not delay the next request."""
    slept: list[float] = []
    now = moment("2026-03-28T03:10:00")

    async def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += timedelta(hours=2)  # the machine was asleep

    await Timing(now=lambda: now, sleep=sleep).until(now + timedelta(hours=3))
    assert slept == [900.0, 900.0]


EVENTS: list[tuple[Callable[..., Any], dict[str, Any], str]] = [
    (DayPublished, {"day": TODAY, "prices": 1}, "2026-03-28 is published, 1 price"),
    (
        DayPublished,
        {"day": TODAY, "prices": 1200, "was_there": True},
        "2026-03-28 is published, 1,200 prices (was there already)",
    ),
    (
        FeedLate,
        {"day": TODAY, "due_at": moment("2026-03-29T13:31:00"), "reason": "HTTP 503"},
        "2026-03-28 is late, usually there by 2026-03-29 13:31 CEST: HTTP 503",
    ),
    (
        FeedRecovered,
        {"day": TODAY, "late_s": 5400.0},
        "2026-03-28 is there, 90 min after its usual time",
    ),
    (
        RowsStored,
        {"series": "day-ahead", "day": TODAY, "added": 1, "revised": 2},
        "2026-03-28: 1 row added, 2 rows corrected, the old ones kept",
    ),
    (
        GapFound,
        {"series": "x", "day": TODAY, "missing": "no row"},
        "x 2026-03-28 cannot be completed any more: no row",
    ),
    (PollFailed, {"error": "HTTP 503", "failures": 1}, "no answer: HTTP 503"),
    (PollFailed, {"error": "HTTP 503", "failures": 2}, "no answer (2 in a row): HTTP 503"),
    (OddAnswer, {"what": "the answer has no rows"}, "the answer has no rows"),
]


@pytest.mark.parametrize(("kind", "fields", "said"), EVENTS)
def test_every_event_has_a_line_and_is_json(
    kind: Callable[..., Any], fields: dict[str, Any], said: str
) -> None:
    event = kind(feed="day-ahead", at=moment("2026-03-28T12:00:00"), **fields)
    assert describe(event) == f"day-ahead: {said}"
    text = msgspec.json.encode(event)
    assert b'"event":"' in text
    assert msgspec.json.decode(text, type=type(event)) == event
