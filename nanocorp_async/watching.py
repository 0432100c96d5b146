"""A feed watched: new delivery days, corrections, and days that are late."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from energy_async.transport.errors import EnergyApiError, NotSubscribed
from nanocorp_async.watch_fetch import Validators, fetch, read
from nanocorp_async.watch_state import Watched
from nanocorp_async.watch_times import FEEDS
from nanocorp_async.watch_timing import Failures, Timing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from nanocorp_async._client import Nanocorp
    from nanocorp_async._market_row import FeedName
    from nanocorp_async.watch_events import WatchEvent

__all__ = ["watch"]

_logger = logging.getLogger("energy_async.feeds")


async def watch(
    client: Nanocorp,
    feed: FeedName,
    *,
    timing: Timing | None = None,
) -> AsyncIterator[WatchEvent]:
    """Give what happens in a feed, as it is noticed, for as long as it is asked for.

    The first event tells the newest delivery day that is there already. A day that is not published
    yet is no error, and neither is an outage: both end in `FeedLate` once the day is overdue, and
    in `FeedRecovered`. Between two events nothing is open: it may be cancelled or left at any time.

    Args:
        client: Sends the requests; not closed.
        feed: One of the six single feeds. Energy feeds are watched by their evenly spaced rows. A
            row that cannot be read is left out, and the log (`energy_async.feeds`) says so.
        timing: The clock, and how often to ask: often around the usual time, else rarely.

    Yields:
        `DayPublished`, `PriceCorrected`, `FeedLate` and `FeedRecovered`.

    Raises:
        NotSubscribed: The token has no active subscription.
        ValueError: There is no such feed.
    """
    if feed not in FEEDS:
        raise ValueError(f"unknown feed {feed!r}; there are {', '.join(FEEDS)}")
    timing = timing or Timing(now=client.now)
    watched = Watched(feed, timing.publications[feed], timing.rhythm)
    validators, failures = Validators(), 0
    while True:
        events: list[WatchEvent] = []
        try:
            fetched = await fetch(client, feed, validators)
            reading = None if fetched.reply is None else read(feed, fetched.reply)
        except NotSubscribed:
            raise
        except EnergyApiError as exc:
            failures += 1
            events += watched.looked(timing.now(), str(exc))
            moment = timing.after(Failures(failures, exc))
        else:
            failures, validators, now = 0, fetched.validators, timing.now()
            if reading is not None:
                for path, why in reading.left_out:
                    _logger.warning("%s: %s left out: %s", feed, path, why)
                events += watched.answered(reading.answer, now)
            events += watched.looked(now)
            moment = timing.next_poll(feed, watched.newest)
        for event in events:
            yield event
        await timing.until(moment)
