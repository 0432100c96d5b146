"""Many windows at a time, by a fixed number of workers.

Whatever is wrong with an answer is the failure of its window and leaves the others alone. The pull
ends at once where going on is pointless: no login, no subscription, an account that is refused, a
client that is closed, a full disk, or a mistake in the program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import anyio

from energy_async.bulk.report import Batch, failed
from energy_async.bulk.rows import settle
from energy_async.transport.errors import (
    ClientClosed,
    EnergyApiError,
    LoginFailed,
    NotSubscribed,
    RequestTimeout,
    ResponseTooLarge,
    StatusError,
    Unauthorized,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from energy_async.bulk.ledger import Ledger
    from energy_async.bulk.progress import OnProgress
    from energy_async.bulk.source import Source
    from energy_async.bulk.windows import Window

R = TypeVar("R")

_POINTLESS = (LoginFailed, NotSubscribed, ClientClosed)
_TOO_LARGE = frozenset({413, 504})


"""What is called after each answered window; what it returns is ignored."""


def check_concurrency(concurrency: int) -> None:
    """Refuse a pull that could never ask anything."""
    if concurrency < 1:
        raise ValueError(f"concurrency must be at least 1, got {concurrency}")


class Refusals:
    """Tells a refused account (401) from a refused asset.

    After a 401 the client has already logged in anew. Two assets refused in a row, with no answer
    in between, or the only one there is, mean the account: going on would be a login per window.
    """

    def __init__(self, assets: int) -> None:
        self._limit = min(assets, 2)
        self._refused: set[str] = set()

    def is_account(self, asset_id: str, error: EnergyApiError | None) -> bool:
        """Note how a window ended, and tell whether the account is refused."""
        if isinstance(error, Unauthorized):
            self._refused.add(asset_id)
        else:
            self._refused.clear()
        return len(self._refused) >= self._limit


async def run(
    ledger: Ledger,
    source: Source[R],
    fetch: Callable[[Window], Awaitable[list[R]]],
    deliver: Callable[[Batch[R]], Awaitable[None]],
    *,
    concurrency: int,
    on_progress: OnProgress | None = None,
) -> None:
    """Fetch what is missing in `ledger` and deliver it in the order of completion.

    A window whose answer is too large or too slow is split in two. `fetch` may give rows of
    neighbouring windows as well; what `deliver` does not return from holds its worker back.

    Raises what ends the pull early, bare and not in a group; the ledger says so too.
    """
    refusals = Refusals(len({one.asset_id for one in ledger.missing}))

    async def work() -> None:
        while (window := ledger.take()) is not None:
            batch = await _attempt(window, source, fetch)
            if batch.error is not None and _is_too_large(batch.error) and ledger.split(window):
                continue
            ledger.enter(batch.report)
            # The rows are out of the worker's hands before anyone is told that they are there.
            await deliver(batch)
            progress = ledger.delivered(batch.report)
            if on_progress is not None:
                on_progress(progress)
            account = refusals.is_account(window.asset_id, batch.error)
            if batch.error is not None and (account or isinstance(batch.error, _POINTLESS)):
                raise batch.error

    try:
        # A window that is split late gives work to those who would have gone home.
        while not ledger.is_done:
            async with anyio.create_task_group() as group:
                for _ in range(concurrency):
                    group.start_soon(work)
    except BaseException as exc:
        cause = _first(exc)
        ledger.stop(cause)
        if cause is exc:
            raise
        raise cause from cause.__cause__


async def _attempt(
    window: Window, source: Source[R], fetch: Callable[[Window], Awaitable[list[R]]]
) -> Batch[R]:
    try:
        return settle(window, await fetch(window), source)
    except EnergyApiError as exc:
        return failed(window, exc)


def _is_too_large(error: EnergyApiError) -> bool:
    """Whether a shorter range may be answered where this one was not."""
    if isinstance(error, StatusError):
        return error.status in _TOO_LARGE
    if isinstance(error, RequestTimeout):
        return error.phase != "connect"
    return isinstance(error, ResponseTooLarge)


def _first(exc: BaseException) -> BaseException:
    """Give the error that made the workers stop, without the group around it."""
    while isinstance(exc, BaseExceptionGroup):
        exc = exc.exceptions[0]
    return exc
