"""Those who wait for a slot: three lanes in order, and who of them is next.

`urgent` before `normal` before `bulk`. Within `urgent` the earliest deadline is first, and those
without one share every ninth slot with whoever came first; else it is first come first served. A
lane that others were preferred to eight times gets the next slot, so that it keeps a ninth at the
least; an urgent request lets only one such slot pass. Deadlines lie in a heap, those of `urgent`
also in a sorted list; all else takes the same time however many wait.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import OrderedDict
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any, Final, Literal

import anyio

from energy_async.transport.tokens.own_task import runs_asyncio

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from energy_async.transport.request import Lane

__all__ = ["Lanes", "Waiter", "new_waiter"]

_PATIENCE: Final[dict[Lane, int]] = {"urgent": 1, "normal": 8, "bulk": 8}
_OVERTAKEN: Final = 8
_FEW: Final = 64


class Waiter:
    """One request in the queue. `state` is why it was woken, or `waiting`.

    On a bare future of asyncio, which takes a tenth of the memory of an `anyio.Event`.
    """

    __slots__ = ("_event", "deadline", "lane", "state", "ticket")

    def __init__(self, lane: Lane, deadline: float) -> None:
        self.lane = lane
        self.deadline: float = deadline
        self.ticket: int = 0
        self.state: Literal["waiting", "granted", "expired", "closed"] = "waiting"
        self._event: Any
        self.renew()

    def is_waiting(self) -> bool:
        """Whether it has neither got a slot nor run out of time."""
        return self.state == "waiting"

    def renew(self) -> None:
        """Be ready to be woken another time."""
        import asyncio  # noqa: PLC0415 - kept out of the import of the package

        self._event = asyncio.get_running_loop().create_future()

    def wake(self) -> None:
        """Make `woken` and `nap` return; does nothing if they were woken already."""
        if not self._event.done():
            self._event.set_result(None)

    def woken(self) -> Awaitable[object]:
        """Wait for `wake`."""
        future: Awaitable[object] = self._event
        return future

    async def nap(self, seconds: float) -> None:
        """Wait for `wake`, but no longer than `seconds`."""
        if seconds == math.inf:
            await self._event
            return
        timer = self._event.get_loop().call_later(seconds, self.wake)
        try:
            await self._event
        finally:
            timer.cancel()


class _EventWaiter(Waiter):
    """On what anyio offers on every loop; used on trio."""

    __slots__ = ()

    def renew(self) -> None:
        self._event = anyio.Event()

    def wake(self) -> None:
        self._event.set()

    def woken(self) -> Awaitable[object]:
        return self._event.wait()  # type: ignore[no-any-return]

    async def nap(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await self._event.wait()


def new_waiter(lane: Lane, deadline: float) -> Waiter:
    """A waiter for the event loop that runs."""
    return (Waiter if runs_asyncio() else _EventWaiter)(lane, deadline)


class Lanes:
    """The queue. `size` is how many wait in all lanes together."""

    __slots__ = (
        "_deadlines", "_overtaken", "_passed_over", "_queues", "_ticket", "_timed", "_urgent",
        "size",
    )  # fmt: skip

    def __init__(self) -> None:
        self._queues: dict[Lane, OrderedDict[Waiter, None]] = {
            lane: OrderedDict() for lane in _PATIENCE
        }
        self._passed_over: dict[Lane, int] = dict.fromkeys(_PATIENCE, 0)
        self._deadlines: list[tuple[float, int, Waiter]] = []
        self._urgent: list[tuple[float, int, Waiter]] = []
        self._overtaken = 0  # how often in turn another than the first to come was taken
        self._ticket = 0
        self._timed = 0  # how many of those who wait have a deadline
        self.size: int = 0

    def counts(self) -> dict[Lane, int]:
        """How many wait in each lane."""
        return {lane: len(queue) for lane, queue in self._queues.items()}

    def add(self, waiter: Waiter) -> None:
        """Join at the end of the lane."""
        self._queues[waiter.lane][waiter] = None
        self.size += 1
        self._ticket += 1  # no two are equal, so waiters are never compared
        waiter.ticket = self._ticket
        entry = waiter.deadline, waiter.ticket, waiter
        if waiter.lane == "urgent":
            insort(self._urgent, entry)
        if waiter.deadline < math.inf:
            self._timed += 1
            heappush(self._deadlines, entry)

    def remove(self, waiter: Waiter) -> None:
        """Leave the queue, from wherever in it."""
        del self._queues[waiter.lane][waiter]
        if waiter.lane == "urgent":
            del self._urgent[bisect_left(self._urgent, (waiter.deadline, waiter.ticket))]
        self._left(waiter)

    def _left(self, waiter: Waiter) -> None:
        self.size -= 1
        if not self._queues[waiter.lane]:
            self._passed_over[waiter.lane] = 0
        if waiter.deadline < math.inf:
            self._timed -= 1
            if len(self._deadlines) > 2 * self._timed + _FEW:  # mostly of those who have left
                self._deadlines = [entry for entry in self._deadlines if self._holds(entry[2])]
                heapify(self._deadlines)

    def _holds(self, waiter: Waiter) -> bool:
        return waiter in self._queues[waiter.lane]

    @property
    def has_urgent(self) -> bool:
        """Whether an urgent request waits."""
        return bool(self._queues["urgent"])

    @property
    def is_unfair(self) -> bool:
        """Whether a lane below `urgent` was passed over as often as it may be."""
        return any(
            queue and lane != "urgent" and self._passed_over[lane] >= _PATIENCE[lane]
            for lane, queue in self._queues.items()
        )

    def pop(self, *, urgent_only: bool) -> Waiter:
        """Take out who is next, and count for the other lanes that they were not."""
        filled = [lane for lane, queue in self._queues.items() if queue]
        chosen: Lane = "urgent" if urgent_only else self._choose(filled)
        for lane in filled:
            self._passed_over[lane] += 1
        self._passed_over[chosen] = 0
        waiter = self._first(chosen)
        self.remove(waiter)
        return waiter

    def _first(self, lane: Lane) -> Waiter:
        oldest = next(iter(self._queues[lane]))
        if lane != "urgent":
            return oldest
        soonest = self._urgent[0][2]
        all_timed = self._urgent[-1][0] < math.inf
        self._overtaken = 0 if soonest is oldest or all_timed else self._overtaken + 1
        if self._overtaken <= _OVERTAKEN:
            return soonest
        self._overtaken = 0
        return oldest

    def _choose(self, filled: list[Lane]) -> Lane:
        due = [lane for lane in filled if self._passed_over[lane] >= _PATIENCE[lane]]
        if "urgent" in due or not due:
            return filled[0]
        return max(due, key=self._passed_over.__getitem__)

    def empty(self) -> list[Waiter]:
        """Take out all who wait."""
        waiters = [waiter for queue in self._queues.values() for waiter in queue]
        for waiter in waiters:
            self.remove(waiter)
        return waiters

    def last(self) -> Waiter | None:
        """Whoever will wait longest, as far as one can tell."""
        for lane, queue in reversed(self._queues.items()):
            if queue:
                return self._urgent[-1][2] if lane == "urgent" else next(reversed(queue))
        return None

    def ahead(self, lane: Lane, deadline: float = math.inf) -> int:
        """How many slots go to others, at the least, before one who joins `lane` now."""
        own = len(self._queues[lane])
        if lane == "urgent" and deadline < math.inf:
            own = bisect_left(self._urgent, (deadline, math.inf))
        higher = 0
        for other, queue in self._queues.items():
            if other == lane:
                break
            higher += len(queue)
        turn = _PATIENCE[lane] * (own + 1) - self._passed_over[lane]
        return own + min(higher, max(0, turn))

    def next_deadline(self) -> float:
        """The earliest deadline of those who wait; infinity if nobody has one."""
        heap = self._deadlines
        while heap and not self._holds(heap[0][2]):
            heappop(heap)
        return heap[0][0] if heap else math.inf

    def pop_expired(self, until: float) -> Waiter | None:
        """Take out one whose deadline is not after `until`."""
        if self.next_deadline() > until or not self._deadlines:
            return None
        waiter = self._deadlines[0][2]
        self.remove(waiter)
        return waiter
