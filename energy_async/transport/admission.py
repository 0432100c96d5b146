"""What an attempt needs before it may leave: time, a slot at the rate limiter, a token.

What need not wait does not: `at_once` is a plain function, and only where it has no answer is
`in_turn` awaited. The slot is held while a request is under way, never during a login.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping  # noqa: TC003 - of a struct's fields
from typing import TYPE_CHECKING, Final

import msgspec

from energy_async.transport.errors import ClientClosed, DeadlineExceeded
from energy_async.transport.events import LimiterWaited
from energy_async.transport.request import WireRequest

if TYPE_CHECKING:
    from energy_async.transport.answers import StatusClassifier
    from energy_async.transport.backends.backend import Backend
    from energy_async.transport.call import Call
    from energy_async.transport.closing import Closing
    from energy_async.transport.limiter.limiter import Limiter
    from energy_async.transport.telemetry.watch import Watch
    from energy_async.transport.timeouts import Timeouts
    from energy_async.transport.tokens.token import Auth, Token

__all__ = ["Admission", "Clocks", "Shared"]

_LEAST: Final = 0.001
_NOTICEABLE: Final = 0.0005
_FAIR_TRY: Final = 10.0
_LAST_TRY: Final = 1.0


class Clocks(msgspec.Struct, frozen=True):
    """Time, sleep and chance, so that tests can bring their own."""

    now: Callable[[], float]
    wall: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    draw: Callable[[], float]


class Shared(msgspec.Struct, kw_only=True):
    """What all calls of a client share; the arguments of `ApiClient`, ready for use."""

    backend: Backend
    auth: Auth | None
    limiter: Limiter
    limits: Timeouts
    max_bytes: int
    headers: Mapping[str, str]
    watch: Watch
    clocks: Clocks
    closing: Closing
    check_stop: Callable[[], None] | None
    classify: StatusClassifier | None
    secrets: tuple[str, ...]


class Admission:
    """Makes attempts ready to leave; shared by all calls of a client."""

    def __init__(self, shared: Shared) -> None:
        self.used: bool = False
        self._shared = shared
        self._auth = shared.auth
        self._limiter = shared.limiter
        self._limits = shared.limits
        self._token_headers: tuple[Token | None, Mapping[str, str]] = (None, shared.headers)
        self._now = shared.clocks.now

    def at_once(self, call: Call) -> WireRequest | None:
        """The request to send, with a slot taken for it; None if that takes waiting."""
        now = call.sent_at = self._now()
        if now >= call.deadline:
            raise DeadlineExceeded(
                "the deadline passed before the request could be sent",
                operation=call.operation.name,
                attempts=call.attempts - 1,
            )
        if not self._limiter.try_acquire(now, call.lane):
            return None
        token = None
        if self._auth is not None and call.operation.authenticated:
            token = self._auth.token_now()
            if token is None:
                self._limiter.give_back(call.lane)
                return None
        return self._wire(call, token)

    async def in_turn(self, call: Call) -> WireRequest:
        """Wait for a slot and a token; the slot is not kept while a login is under way."""
        auth = self._auth if call.operation.authenticated else None
        token: Token | None = None
        while True:
            await self._slot(call)
            if auth is not None:
                token = auth.token_now() or token
            if auth is None or token is not None:
                return self._wire(call, token)
            self._limiter.give_back(call.lane)
            token = await self._shared.closing.unless_closed(self._fetched(auth, call))

    async def _slot(self, call: Call) -> None:
        started = self._now()
        try:
            await self._limiter.acquire(call.lane, deadline=call.deadline)
        except (DeadlineExceeded, ClientClosed) as error:
            error.operation, error.attempts = call.operation.name, call.attempts - 1
            raise
        call.sent_at = self._now()
        waited = call.sent_at - started
        call.waited += waited
        if waited > _NOTICEABLE:
            self._shared.watch.report(LimiterWaited(call.operation.name, call.lane, waited))

    async def _fetched(self, auth: Auth, call: Call) -> Token:
        """A token. Until its deadline, a call that may retry bears any number of failed logins."""
        is_patient = call.deadline < math.inf and call.retries > 0
        try:
            return await auth.token(
                within=call.deadline - self._now(),
                tries=math.inf if is_patient else call.retries + 1,
            )
        except DeadlineExceeded as error:
            error.operation, error.attempts = call.operation.name, call.attempts - 1
            raise

    def _wire(self, call: Call, token: Token | None) -> WireRequest:
        if call.guarded and self._shared.check_stop is not None:
            try:
                self._shared.check_stop()
            except BaseException:
                self._limiter.give_back(call.lane)
                raise
        call.token = token
        self.used = True
        last, headers = self._token_headers
        if token is not last:
            headers = self._shared.headers
            if token is not None:
                headers = {**headers, "Authorization": token.header}
                self._token_headers = (token, headers)
        if call.headers is not None:
            headers = {**headers, **call.headers}
        limits = call.limits or self._limits
        total, is_exact = limits.total, False
        if call.deadline < math.inf:
            share = _share(call)
            if share < total:
                total, is_exact = max(_LEAST, share), True
        return WireRequest(
            call.operation.method,
            call.url,
            headers,
            call.body,
            limits.connect,
            limits.read,
            total,
            self._shared.max_bytes,
            is_exact,
            call.streaming,
        )


def _share(call: Call) -> float:
    """Seconds for the next attempt: what is left, or half of it where another may follow.

    So a connection that hangs does not use up all the time of a schedule. Ten seconds are enough
    for a slow server, where there are that many; near the end halves go down to one second.
    """
    left = call.deadline - call.sent_at
    if call.lasting and call.operation.repeatable:
        fair = _FAIR_TRY if left > _FAIR_TRY else _LAST_TRY
        return min(left, max(fair, left / 2))
    return left
