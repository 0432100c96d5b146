"""By when a delivery day can be expected, and what it means if it is absent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanocorp_async.publication import absence, expected_by, newest_due
from nanocorp_async.tidy import FeedName

DAY = date(2026, 10, 25)
PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("feed", "moment"),
    [
        ("day-ahead", datetime(2026, 10, 24, 12, tzinfo=UTC)),  # 14:00 in summer
        ("fcr-capacity", datetime(2026, 10, 24, 16, tzinfo=UTC)),
        ("afrr-energy", datetime(2026, 10, 26, 2, tzinfo=UTC)),  # 03:00 in winter
        ("mfrr-energy", datetime(2026, 10, 26, 2, tzinfo=UTC)),
    ],
)
def test_days_are_expected_on_paris_clocks(feed: FeedName, moment: datetime) -> None:
    assert expected_by(feed, DAY) == moment
    just_before = moment.replace(hour=moment.hour - 1, minute=59)
    assert newest_due(feed, moment) == DAY
    assert newest_due(feed, just_before) == date(2026, 10, 24)


@pytest.mark.parametrize(
    ("feed", "hour", "ahead"),
    [
        ("day-ahead", 14, 1),
        ("fcr-capacity", 18, 1),
        ("afrr-capacity", 18, 1),
        ("mfrr-capacity", 18, 1),
        ("afrr-energy", 3, -1),
        ("mfrr-energy", 3, -1),
    ],
)
@given(minutes=st.integers(0, 400 * 24 * 60))
def test_the_newest_day_is_the_one_whose_hour_has_struck(
    feed: FeedName, hour: int, ahead: int, minutes: int
) -> None:
    """Told by clocks alone, over a year with both clock changes; in whichever zone it is asked."""
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    local = now.astimezone(PARIS)
    struck = local.date() if local.hour >= hour else local.date() - timedelta(days=1)
    day = struck + timedelta(days=ahead)
    assert newest_due(feed, now) == newest_due(feed, local) == day
    assert expected_by(feed, day) <= now < expected_by(feed, day + timedelta(days=1))
    assert expected_by(feed, day).tzinfo is UTC


HELD = (date(2026, 10, 20), date(2026, 10, 24))


@pytest.mark.parametrize(
    ("day", "held", "now", "state"),
    [
        (DAY, HELD, datetime(2026, 10, 24, 11, 59, tzinfo=UTC), "not published yet"),
        (DAY, HELD, datetime(2026, 10, 24, 12, 0, tzinfo=UTC), "late"),
        (DAY, None, datetime(2026, 10, 24, 11, 0, tzinfo=UTC), "not published yet"),
        (DAY, None, datetime(2026, 10, 25, 11, 0, tzinfo=UTC), "late"),
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
        absence("day-ahead", DAY, None, datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="now"):
        newest_due("day-ahead", datetime(2026, 1, 1))  # noqa: DTZ001
