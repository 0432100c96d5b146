"""Calls from code that cannot await: `sync` runs a client in a thread of its own."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar

from anyio import CancelScope
from anyio.from_thread import start_blocking_portal

from energy_async.transport.client import ApiClient

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from concurrent.futures import Future

    from anyio.from_thread import BlockingPortal

__all__ = ["BlockingCall", "sync"]

C = TypeVar("C", bound=ApiClient)
P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def sync(client: C) -> Iterator[BlockingCall[C]]:
    """Give a function that calls endpoint functions of `client` and waits for their results.

    ```python
    with sync(Trlyr.from_env()) as call:
        rows = call(revenue_reporting.get_tolling_revenue, asset_id, start=start, end=end)
    ```

    The client must be new. It runs in an event loop of its own, in a thread of its own, so it does
    not matter whether the present thread runs a loop already; one that does stands still while it
    waits. Several threads may call at once. At the end of the block the client is closed and the
    thread ends.
    """
    with start_blocking_portal("asyncio", name="energy_async.sync") as portal:
        try:
            yield BlockingCall(client, portal)
        finally:
            portal.call(client.aclose)


class BlockingCall(Generic[C]):
    """Calls an async function with the client and waits; made by `sync`."""

    __slots__ = ("_client", "_portal")

    def __init__(self, client: C, portal: BlockingPortal) -> None:
        self._client = client
        self._portal = portal

    def __call__(
        self,
        function: Callable[Concatenate[C, P], Coroutine[Any, Any, T]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What `await function(client, *args, **kwargs)` gives; its errors come through.

        Ctrl-C while it waits cancels the request.

        Raises:
            RuntimeError: The block of `sync` is over.
        """
        bound = partial(function, self._client, *args, **kwargs)
        scopes: list[CancelScope] = []
        try:
            future: Future[T] = self._portal.start_task_soon(_within_reach, bound, scopes)
            return future.result()
        except Exception:
            raise
        except BaseException:
            # An interruption, perhaps even before there was a future to cancel. What was started
            # has had its first step when this runs, since the loop keeps the order.
            self._portal.start_task_soon(_cancel, scopes)
            raise


async def _within_reach(
    bound: Callable[[], Coroutine[Any, Any, T]], scopes: list[CancelScope]
) -> T:
    with CancelScope() as scope:
        scopes.append(scope)
        return await bound()
    raise RuntimeError("cancelled by an interruption")


async def _cancel(scopes: list[CancelScope]) -> None:
    for scope in scopes:
        scope.cancel()
