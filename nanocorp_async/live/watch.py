"""Keeps a board fresh: asks each feed at its own pace, and outlives whatever fails."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import anyio

from energy_async.transport.errors import EnergyApiError
from nanocorp_async import market_feeds, tidy
from nanocorp_async.live.board import Board, FeedStatus
from nanocorp_async.live.pace import next_ask

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from nanocorp_async._client import Nanocorp

__all__ = ["PACES", "Clock", "ask_once", "watch"]

_TICK: Final = 1.0
PACES: Final = {
    "day_ahead": timedelta(minutes=10),
    "capacity": timedelta(minutes=15),
    "energy": timedelta(minutes=5),
}
"""How often each is asked while all is well. Their own pace is a day, as far as is known."""
_CALLS: Final[dict[str, Callable[..., Awaitable[Any]]]] = {
    "day_ahead": market_feeds.get_day_ahead_prices,
    "capacity": market_feeds.get_balancing_capacity,
    "energy": market_feeds.get_balancing_energy,
}


def _wall_clock() -> datetime:
    return datetime.now(UTC)


class Clock(NamedTuple):
    """Time and chance, for tests to take in hand.

    Attributes:
        now: The time, aware.
        sleep: Waits so many seconds.
        jitter: A number from 0 up to 1.
    """

    now: Callable[[], datetime] = _wall_clock
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    jitter: Callable[[], float] = random.random


async def watch(
    client: Nanocorp,
    show: Callable[[Board, datetime], None],
    *,
    price_period: tidy.PricePeriod | None = None,
    clock: Clock = Clock(),  # noqa: B008 - a value
) -> None:
    """Ask the feeds again and again, and show the board each second, until cancelled.

    A request that fails leaves the last values where they are and is told by `FeedStatus.error`.

    Args:
        client: Of the feeds.
        show: Called each second, from the event loop: it must not take long.
        price_period: The time that a capacity price is for, which is not documented.
        clock: Time and chance.
    """
    board = Board()
    async with anyio.create_task_group() as group:
        while True:
            now = clock.now()
            for name in PACES:
                status: FeedStatus = getattr(board, name)
                if not status.asking and (status.next_at is None or status.next_at <= now):
                    status.asking = True
                    group.start_soon(_ask, client, name, status, price_period, clock)
            show(board, now)
            await clock.sleep(_TICK)


async def ask_once(
    client: Nanocorp,
    *,
    price_period: tidy.PricePeriod | None = None,
    clock: Clock = Clock(),  # noqa: B008
) -> Board:
    """Ask each feed once, all at the same time; errors are on the board."""
    board = Board()
    async with anyio.create_task_group() as group:
        for name in PACES:
            group.start_soon(_ask, client, name, getattr(board, name), price_period, clock)
    return board


async def _ask(
    client: Nanocorp,
    name: str,
    status: FeedStatus,
    price_period: tidy.PricePeriod | None,
    clock: Clock,
) -> None:
    error: EnergyApiError | None = None
    try:
        _take(status, await _CALLS[name](client), price_period, clock.now())
    except (EnergyApiError, ValueError) as exc:  # the latter for a period that a row contradicts
        error = exc if isinstance(exc, EnergyApiError) else None
        status.failures += 1
        status.error = " ".join(str(exc).split())
    finally:
        status.asking = False
    status.next_at = next_ask(
        clock.now(), PACES[name], clock.jitter(), failures=status.failures, error=error
    )


def _take(
    status: FeedStatus, answer: tidy.Answer, price_period: tidy.PricePeriod | None, now: datetime
) -> None:
    status.rows = [
        row if row.price_period_s is None else tidy.per_hour([row])[0]
        for row in tidy.rows(answer, price_period=price_period)
    ]
    status.newest = tidy.rows(answer, detail="latest")
    feeds: tuple[tidy.FeedName, ...] = (
        "fcr-capacity", "afrr-capacity", "mfrr-capacity", "afrr-energy", "mfrr-energy",
    )  # fmt: skip
    status.fetched_at = {
        feed: part.latest_fetched_at_utc
        for feed in feeds
        if (part := getattr(answer, feed.partition("-")[0], None)) is not None
    }
    status.answered_at, status.failures, status.error = now, 0, ""
