"""The pace of a rate that many workers share: slots reserved elsewhere, used here. No I/O.

A worker says what it wants and what the server's answers have taught it (`Ask`), and is given
moments at which its next requests may leave, and how the shared rate stands (`Answer`).
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Final

import msgspec

from energy_async.transport.pace import burst_for
from energy_async.transport.recovery import UNRELATED, Refusals

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Answer", "Ask", "SharedPace"]

_LATE: Final = 0.05
"""Seconds that a slot stays good for. Later, several could leave at once; with 5 % of the rate
unused, no second holds more than the rate as long as nothing is later than this."""

_BACKSTOP: Final = 1.0
_REMINDED: Final = 10.0
"""Seconds after which the server's limit is told again, so that it does not lapse."""


class Ask(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a worker tells and wants. Moments are told as seconds ago, rates as requests a second.

    Attributes:
        me: Tells workers apart.
        rate: What this worker takes the shared rate to be; the lowest that anybody names holds.
        burst: How many may leave at once after a quiet time.
        wanted: How many slots it can use.
        alone: It has been without contact, and may have been sending at its own share.
        leave: It wants no more.
        refused: When the latest request that was refused had left.
        answered: When the latest request that was not refused had left.
        pause: Seconds for which nothing is to leave.
        hold: The pause is for a quota: refusals of what is under way are no news.
        allow: The server's stated limit.
        share: The rate to keep for `share_for` seconds, so that a quota lasts.
        share_for: See `share`.
    """

    me: str
    rate: float
    burst: int
    wanted: int = 0
    alone: bool = False
    leave: bool = False
    refused: float | None = None
    answered: float | None = None
    pause: float | None = None
    hold: bool = False
    allow: float | None = None
    share: float | None = None
    share_for: float | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """How the shared rate stands, and what this worker was given.

    Attributes:
        rate: The present rate of all together.
        allowed: What it may be.
        paused: Seconds for which nothing leaves.
        rest: Seconds to pause after the next refusal, if the server names none.
        workers: How many take part, as far as is known; at least 1.
        alone: Seconds for which each worker is to keep to its own share.
        slots: In how many seconds each of the reserved slots is, in order.
        slowed: How many seconds ago the rate was last cut.
    """

    rate: float
    allowed: float
    paused: float
    rest: float
    workers: int
    alone: float
    slots: list[float] = []
    slowed: float | None = None


class SharedPace:
    """A `Pacing` over reserved slots.

    Args:
        me: Tells this worker from the others.
        rate: Requests a second of all workers together.
        burst: How many may leave at once after a quiet time.
        ask: Called when it is time for an exchange; must see to it that `news` is fetched and
            `accept` called, or that another pace takes over. More calls before that are harmless.
    """

    def __init__(self, me: str, rate: float, burst: int | None, ask: Callable[[], None]) -> None:
        self._me = me
        self.allowed: float
        self.rate: float
        self._configured = self.rate = self.allowed = rate
        self.burst: int = burst_for(rate) if burst is None else burst
        self._ask = ask
        self._slots: deque[float] = deque()
        self._last_taken = -math.inf
        self._given = self._wanted = self._left = 0
        self._refusals = Refusals()
        self._allowed_at = -math.inf
        self._paused_until = self._slowed_at = -math.inf
        self._rest = 1.0
        self._refused_at = self._answered_at = self._pause_until = -math.inf
        self._news = self._blank()

    def _blank(self) -> Ask:
        return Ask(me=self._me, rate=self._configured, burst=self.burst)

    # Exchanges

    @property
    def has_news(self) -> bool:
        """Whether there is something that the others should know at once."""
        told = self._refused_at, self._pause_until
        return max(told) > -math.inf or self._news.allow is not None

    def news(self, now: float) -> Ask:
        """What there is to tell and to ask for; told once."""
        news, self._news = self._news, self._blank()
        news.wanted, self._wanted = self._wanted, 0
        if self._refused_at > -math.inf:
            news.refused = now - self._refused_at
        if self._answered_at > -math.inf:
            news.answered = now - self._answered_at
        if self._pause_until > now:
            news.pause = self._pause_until - now
        self._refused_at = self._answered_at = self._pause_until = -math.inf
        return news

    def accept(self, now: float, answer: Answer) -> None:
        """Go by what the others and this worker have told."""
        self._wanted = 0  # `want` says it anew, knowing the slots below
        self.rate, self.allowed, self._rest = answer.rate, answer.allowed, answer.rest
        paused_until = now + answer.paused if answer.paused else -math.inf
        if paused_until > now:
            self._slots.clear()
        if self._pause_until <= now:  # else there is news that the answer does not know yet
            self._paused_until = paused_until
        if answer.slowed is not None:
            self._slowed_at = max(self._slowed_at, now - answer.slowed)
        if now >= self._paused_until:
            self._slots.extend(now + seconds for seconds in answer.slots)
            self._given = len(answer.slots)

    # Slots

    @property
    def is_slowed(self) -> bool:
        """Whether the rate is below what it was configured to."""
        return self.rate < self._configured

    def paused_for(self, now: float) -> float:
        """Seconds for which nothing leaves at all."""
        return max(0.0, self._paused_until - now)

    def _drop_late(self, now: float) -> None:
        slots = self._slots
        while slots and slots[0] < now - _LATE:
            slots.popleft()

    def take(self, now: float) -> bool:
        """Use a slot whose time has come."""
        self._drop_late(now)
        if not self._slots or self._slots[0] > now or now < self._paused_until:
            return False
        self._last_taken = self._slots.popleft()
        self._left += 1
        return True

    def give_back(self) -> None:
        """Undo one `take`; the slot may still be of use."""
        self._slots.appendleft(self._last_taken)
        self._left -= 1

    def wait(self, now: float) -> float:
        """Seconds until the next slot, at the least: 0 where none is reserved yet."""
        self._drop_late(now)
        slot = self._slots[0] if self._slots else now
        return max(0.0, slot - now, self._paused_until - now)

    def least_wait(self, now: float, ahead: int) -> float:
        """Seconds until a request may leave with `ahead` others before it, if all goes well."""
        wait, slots = self.wait(now), self._slots
        if ahead < len(slots):
            return max(wait, slots[ahead] - now)
        if not slots:
            return wait + ahead / self.allowed
        return max(wait, slots[-1] - now) + (ahead - len(slots) + 1) / self.allowed

    def look_at(self, now: float) -> float:
        """When the next slot is; where one has been asked for, the answer will tell earlier."""
        if self._paused_until > now:
            return self._paused_until
        return self._slots[0] if self._slots else now + _BACKSTOP

    def want(self, now: float, count: int) -> None:
        """Ask for more as soon as half of what was given last is used up."""
        self._drop_late(now)
        left = len(self._slots)
        if now < self._paused_until or count <= left or left > self._given // 2:
            return
        self._wanted = count - left
        self._ask()

    # What answers teach

    def pause(self, now: float, seconds: float) -> None:
        """Let nothing leave for `seconds`, here or from any other worker."""
        until = now + seconds
        self._pause_until = max(self._pause_until, until)
        self._paused_until = max(self._paused_until, until)
        self._slots.clear()
        self._ask()

    def rest(self, now: float, seconds: float) -> None:
        """Pause because a quota is used up."""
        self._slowed_at = now
        self._news.hold = True
        self.pause(now, seconds)

    def slow_down(self, now: float, sent_at: float) -> float | None:
        """Have the rate of all cut, unless what was refused had left before the last cut.

        A single refusal among many requests that passed is told to nobody.
        """
        if self._refusals.is_single(self._left):
            return UNRELATED
        if sent_at < self._slowed_at:
            return None
        self._refusals.begin(self._left)
        self._slowed_at = now
        self._refused_at = max(self._refused_at, sent_at)
        self._ask()
        return self._rest

    def share(self, now: float, rate: float, seconds: float) -> None:  # noqa: ARG002 - see Pacing
        """Have all keep to `rate` for `seconds`; told with the next exchange."""
        self._news.share, self._news.share_for = rate, seconds

    def allow(self, now: float, rate: float) -> None:
        """The server's stated limit; told at once if it is news."""
        allowed = min(self._configured, rate)
        if allowed != self.allowed or (
            allowed < self._configured and now >= self._allowed_at + _REMINDED
        ):
            self._allowed_at = now
            if allowed < self.rate:
                self._slowed_at = now
            self.allowed, self.rate = allowed, min(self.rate, allowed)
            self._news.allow = rate
            self._ask()

    def succeed(self, now: float, sent_at: float) -> None:  # noqa: ARG002 - see Pacing
        """A request was not refused; told with the next exchange."""
        self._answered_at = max(self._answered_at, sent_at)
