"""When feeds are asked: often around publication, rarely otherwise, never on the full hour."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanocorp_async import NotSubscribed, RateLimited
from nanocorp_async.publication import (
    PUBLICATIONS,
    Publication,
    Rhythm,
    Timing,
    absence,
    expected_by,
    newest_due,
    off_the_hour,
    pause_after,
)
from nanocorp_async.tidy import FeedName

PARIS = ZoneInfo("Europe/Paris")
NOON = Publication(at=time(12, 31), ahead=1)
DAY = timedelta(days=1)
FEEDS = tuple(PUBLICATIONS)

moments = st.integers(0, 365 * 86_400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
jitters = st.floats(0, 1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def next_poll(
    now: datetime, newest: date | None, publication: Publication, jitter: float
) -> datetime:
    timing = Timing(publications={"day-ahead": publication}, now=lambda: now, draw=lambda: jitter)
    return timing.next_poll("day-ahead", newest)


def wait(now: datetime, newest: date | None, jitter: float = 0.5) -> float:
    return (next_poll(now, newest, NOON, jitter) - now).total_seconds()


@pytest.mark.parametrize(
    ("publication", "now", "day"),
    [
        (NOON, "2026-05-23T12:30:59", date(2026, 5, 23)),
        (NOON, "2026-05-23T12:31:00", date(2026, 5, 24)),
        (PUBLICATIONS["afrr-energy"], "2026-05-24T01:10:59", date(2026, 5, 22)),
        (PUBLICATIONS["afrr-energy"], "2026-05-24T01:11:00", date(2026, 5, 23)),
        (NOON, "2026-03-29T12:31:00", date(2026, 3, 30)),
        (NOON, "2026-10-25T12:30:59", date(2026, 10, 25)),
    ],
)
def test_a_day_is_due_by_paris_clocks(publication: Publication, now: str, day: date) -> None:
    assert publication.newest_due(at(now)) == day


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        NOON.newest_due(datetime.fromisoformat("2026-05-23T12:00"))


@given(moments, jitters, st.integers(-40, 1), st.sampled_from(FEEDS))
def test_nobody_asks_near_a_full_hour_or_in_the_past(
    now: datetime, jitter: float, lag: int, feed: FeedName
) -> None:
    publication = PUBLICATIONS[feed]
    newest = publication.newest_due(now) + lag * DAY
    moment = next_poll(now, newest, publication, jitter)
    past = moment.minute * 60 + moment.second + moment.microsecond / 1e6
    assert 90 <= past <= 3510
    assert timedelta(seconds=200) < moment - now < timedelta(hours=4)


@given(moments, jitters)
def test_a_new_day_is_asked_for_soon_after_it_is_due(now: datetime, jitter: float) -> None:
    """However the polls fall, one comes within a quarter of an hour of the usual time."""
    newest = NOON.newest_due(now)
    due = NOON.due_at(newest + DAY).astimezone(UTC)
    while now < due:
        now = next_poll(now, newest, NOON, jitter)
    assert now - due < timedelta(minutes=15)


@pytest.mark.parametrize(
    ("now", "newest", "low", "high"),
    [
        ("2026-05-23T03:10:00", date(2026, 5, 23), 2.2 * 3600, 3.8 * 3600),  # nothing is due
        ("2026-05-23T12:20:00", date(2026, 5, 23), 200, 400),  # just before the usual time
        ("2026-05-23T13:20:00", date(2026, 5, 23), 200, 400),  # not there yet
        ("2026-05-23T16:20:00", date(2026, 5, 23), 900, 1600),  # overdue
        ("2026-05-23T13:20:00", date(2026, 5, 24), 2.2 * 3600, 3.8 * 3600),  # there already
        ("2026-05-23T16:20:00", None, 2.2 * 3600, 3.8 * 3600),  # nothing was ever there
        ("2026-05-23T16:20:00", date(2026, 5, 1), 2.2 * 3600, 3.8 * 3600),  # dead for weeks
    ],
)
def test_how_long_it_waits(now: str, newest: date | None, low: float, high: float) -> None:
    assert low <= wait(at(now), newest) <= high


def test_a_quiet_feed_is_asked_less_than_fifteen_times_a_day() -> None:
    now, newest, count = at("2026-05-23T14:05:00"), date(2026, 5, 24), 0
    while now < at("2026-05-24T14:05:00"):
        now = next_poll(now, newest, NOON, 0.3)
        if now >= NOON.due_at(date(2026, 5, 25)):
            newest = date(2026, 5, 25)
        count += 1
    assert 8 <= count <= 15


def test_two_clients_do_not_ask_together() -> None:
    found = {wait(at("2026-05-23T03:10:00"), date(2026, 5, 23), n / 20) for n in range(21)}
    assert max(found) - min(found) > 3600
    assert len(found) > 15


def test_pauses_after_failures_grow_to_an_hour_and_heed_the_server() -> None:
    pauses = [pause_after(n, None, 0.5) for n in range(1, 12)]
    assert pauses[:3] == [60.0, 120.0, 240.0]
    assert pauses[-1] == 3600.0
    asked = RateLimited("slow", retry_after=500.0)
    assert pause_after(1, asked, 0.0) == 500.0
    assert pause_after(1, asked, 1.0) == pytest.approx(550.0)
    assert pause_after(2000, None, 1.0) == 4500.0


def test_a_refused_token_is_not_tried_again_soon() -> None:
    assert pause_after(1, NotSubscribed("no", status=401), 0.5) == 3600.0


@pytest.mark.parametrize("jitter", [0.0, 0.3, 0.999])
@pytest.mark.parametrize("second", range(-120, 121, 10))
def test_nothing_is_asked_around_a_full_hour(second: int, jitter: float) -> None:
    full = datetime(2026, 10, 25, 9, tzinfo=UTC)
    wished = full + timedelta(seconds=second)
    moment = off_the_hour(wished, jitter)
    if abs(second) > 90:
        assert moment == wished
    else:
        assert timedelta(seconds=90) < moment - full < timedelta(minutes=7)


@pytest.mark.parametrize("name", ["near", "overdue", "quiet"])
def test_a_rhythm_without_rest_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Rhythm(**{name: 0.5})


SUNDAY = date(2026, 10, 25)


@pytest.mark.parametrize(
    ("feed", "moment"),
    [
        ("day-ahead", datetime(2026, 10, 24, 12, 31, tzinfo=UTC)),  # 14:31 in summer
        ("fcr-capacity", datetime(2026, 10, 24, 15, 36, tzinfo=UTC)),
        ("afrr-energy", datetime(2026, 10, 26, 1, 11, tzinfo=UTC)),  # 02:11 in winter
        ("mfrr-energy", datetime(2026, 10, 26, 1, 21, tzinfo=UTC)),
    ],
)
def test_days_are_expected_on_paris_clocks(feed: FeedName, moment: datetime) -> None:
    assert expected_by(feed, SUNDAY) == moment
    just_before = moment - timedelta(seconds=1)
    assert newest_due(feed, moment) == SUNDAY
    assert newest_due(feed, just_before) == date(2026, 10, 24)


@pytest.mark.parametrize("feed", FEEDS)
@given(minutes=st.integers(0, 400 * 24 * 60))
def test_a_day_is_late_an_hour_after_its_usual_time(feed: FeedName, minutes: int) -> None:
    """Over a year with both clock changes; in whichever zone it is asked."""
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    usual = PUBLICATIONS[feed]
    day = usual.newest_due(now - timedelta(hours=1))
    assert newest_due(feed, now) == newest_due(feed, now.astimezone(PARIS)) == day
    assert expected_by(feed, day) <= now < expected_by(feed, day + DAY)
    assert expected_by(feed, day).tzinfo is UTC


HELD = (date(2026, 10, 20), date(2026, 10, 24))


@pytest.mark.parametrize(
    ("day", "held", "now", "state"),
    [
        (SUNDAY, HELD, datetime(2026, 10, 24, 12, 30, tzinfo=UTC), "not published yet"),
        (SUNDAY, HELD, datetime(2026, 10, 24, 12, 31, tzinfo=UTC), "late"),
        (SUNDAY, None, datetime(2026, 10, 24, 11, 0, tzinfo=UTC), "not published yet"),
        (SUNDAY, None, datetime(2026, 10, 25, 11, 0, tzinfo=UTC), "late"),
        (date(2026, 10, 19), HELD, datetime(2026, 10, 25, tzinfo=UTC), "no longer held"),
        (date(2026, 10, 22), HELD, datetime(2026, 10, 25, tzinfo=UTC), "missing"),
    ],
)
def test_an_absent_day_has_a_reason(
    day: date, held: tuple[date, date] | None, now: datetime, state: str
) -> None:
    assert absence("day-ahead", day, held, now) == state


def test_a_naive_clock_is_refused() -> None:
    with pytest.raises(ValueError, match="now"):
        absence("day-ahead", SUNDAY, None, datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="now"):
        newest_due("day-ahead", datetime(2026, 1, 1))  # noqa: DTZ001
