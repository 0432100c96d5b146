"""Keeps a board fresh: asks for each group of feeds in its time, and outlives whatever fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import anyio

from energy_async.delivery import PARIS, by_day
from energy_async.transport.errors import EnergyApiError
from nanocorp_async import tidy
from nanocorp_async.feeds import GROUPS, fetch, read
from nanocorp_async.live.board import Board, FeedStatus
from nanocorp_async.publication import Rhythm, Timing
from nanocorp_async.tolerant import in_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from nanocorp_async._client import Nanocorp

RHYTHM: Final = Rhythm(near=300.0, overdue=900.0, quiet=900.0)
"""Every five minutes around the usual times of publication, else every quarter of an hour."""
_TICK: Final = 1.0


async def watch(
    client: Nanocorp,
    show: Callable[[Board, datetime], None],
    *,
    price_period: tidy.PricePeriod | None = None,
    timing: Timing | None = None,
) -> None:
    """Ask the feeds again and again, and show the board each second, until cancelled.

    A request that fails leaves the last values where they are; `FeedStatus.error` has the reason.

    Args:
        client: Of the feeds.
        show: Called each second, from the event loop: it must not take long.
        price_period: The time that a capacity price is for, which is not documented.
        timing: The clock, and how often to ask; by default every 5 to 15 minutes.
    """
    board, timing = Board(), timing or Timing(now=client.now, rhythm=RHYTHM)
    async with anyio.create_task_group() as group:
        while True:
            now = timing.now()
            for name, status in board.statuses.items():
                if not status.asking and (status.next_at is None or status.next_at <= now):
                    status.asking = True
                    group.start_soon(_ask, client, name, status, price_period, timing)
            show(board, now)
            await timing.sleep(_TICK)


async def ask_once(
    client: Nanocorp,
    *,
    price_period: tidy.PricePeriod | None = None,
    timing: Timing | None = None,
) -> Board:
    """Ask for all feeds once, in three requests at the same time; errors are on the board."""
    board, timing = Board(), timing or Timing(now=client.now, rhythm=RHYTHM)
    async with anyio.create_task_group() as group:
        for name, status in board.statuses.items():
            group.start_soon(_ask, client, name, status, price_period, timing)
    return board


async def _ask(
    client: Nanocorp,
    name: str,
    status: FeedStatus,
    price_period: tidy.PricePeriod | None,
    timing: Timing,
) -> None:
    operation, feeds = GROUPS[name]
    error: EnergyApiError | None = None
    try:
        reply, validators = await fetch(client, operation, status.validators)
        if reply is not None:
            reading = read(operation, reply)
            answer = reading.answer
            status.rows = tidy.per_hour_where_known(tidy.rows(answer, price_period=price_period))
            status.newest = tidy.rows(answer, detail="latest")
            status.fetched_at = {
                feed: getattr(part, "latest_fetched_at_utc", None)
                for feed, part in tidy.parts(answer).items()
            }
            status.unreadable = in_words(reading.left_out)
        status.validators, status.answered_at = validators, timing.now()
        status.failures, status.error = 0, status.unreadable
    except (EnergyApiError, ValueError) as exc:  # the latter for a period that a row contradicts
        error = exc if isinstance(exc, EnergyApiError) else None
        status.failures += 1
        status.error = " ".join(str(exc).split())
    finally:
        status.asking = False
    newest = max(by_day(status.rows, PARIS), default=None)
    status.next_at = timing.next_poll(feeds[0], newest, failures=status.failures, error=error)
