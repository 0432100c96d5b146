"""What the limiter asks of a pace, and how a rate is shared between clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable

    from energy_async.transport.events import Event
    from energy_async.transport.limiter import Limiter

__all__ = ["Membership", "Pacing", "SharedRate"]


class Pacing(Protocol):
    """When the next request may leave; see `Pace`, which is one without any company.

    Nothing here waits. Times are readings of the limiter's clock, rates are requests a second.
    """

    @property
    def burst(self) -> int:
        """How many may leave at once after a quiet time."""

    @property
    def rate(self) -> float:
        """The present rate."""

    @property
    def allowed(self) -> float:
        """What it may be, by the caller's choice and the server's word."""

    @property
    def is_slowed(self) -> bool:
        """Whether the rate is below what it was configured to."""

    def paused_for(self, now: float) -> float:
        """Seconds for which nothing leaves at all."""

    def wait(self, now: float) -> float:
        """Seconds until a request may leave, at the least; 0 for now."""

    def look_at(self, now: float) -> float:
        """The reading of the clock at which `take` is worth another try."""

    def want(self, now: float, count: int) -> None:
        """`count` requests wait that could leave if there were slots."""

    def least_wait(self, now: float, ahead: int) -> float:
        """Seconds until a request may leave with `ahead` others before it, if all goes well."""

    def take(self, now: float) -> bool:
        """Let one request leave now, if it may."""

    def give_back(self) -> None:
        """Undo one `take` whose request was not sent."""

    def pause(self, now: float, seconds: float) -> None:
        """Let nothing leave for `seconds`."""

    def rest(self, now: float, seconds: float) -> None:
        """Pause because a quota is used up."""

    def slow_down(self, now: float, sent_at: float) -> float | None:
        """Learn from a refusal; the seconds to pause, None for no news, or `UNRELATED`."""

    def share(self, now: float, rate: float, seconds: float) -> None:
        """Go no faster than `rate` for `seconds`, or until told otherwise."""

    def allow(self, now: float, rate: float) -> None:
        """The server's stated limit."""

    def succeed(self, now: float, sent_at: float) -> None:
        """A request that left at `sent_at` was not refused."""


class Membership(Protocol):
    """One client's part in a shared rate, from joining to leaving."""

    async def aclose(self) -> None:
        """Leave; short, and never an error."""


@runtime_checkable
class SharedRate(Protocol):
    """A rate that several clients keep together, wherever they run."""

    @property
    def rate(self) -> float:
        """Requests a second of all together."""

    @property
    def burst(self) -> int | None:
        """How many may leave at once after a quiet time; None for the usual."""

    def join(
        self, limiter: Limiter, *, clock: Callable[[], float], tell: Callable[[Event], None]
    ) -> Membership:
        """Let `limiter` take part: from now on its pace is one of this rate. Does no I/O."""
