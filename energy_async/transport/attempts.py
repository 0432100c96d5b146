"""The one loop: a call is tried until there is a good answer or a reason to stop.

An attempt goes deadline -> rate limiter -> token (all `admission`) -> backend -> status.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

import msgspec

from energy_async.transport.answers import StatusClassifier, status_error
from energy_async.transport.call import words
from energy_async.transport.errors import (
    ConnectError,
    DeadlineExceeded,
    EnergyApiError,
    OutcomeUnknown,
    RequestTimeout,
    TransportError,
)
from energy_async.transport.events import (
    RateSlowed,
    RetryScheduled,
    TokenRefused,
)
from energy_async.transport.quota import has_quota, quota_from, retry_after_from
from energy_async.transport.redact import redact_bytes
from energy_async.transport.retry import (
    Again,
    RetryBudget,
    RetryPolicy,
    Stop,
    decide,
    may_have_acted,
)
from energy_async.transport.urls import same_origin

if TYPE_CHECKING:
    from energy_async.transport.admission import Admission, Clocks
    from energy_async.transport.backend import Backend
    from energy_async.transport.call import Call
    from energy_async.transport.request import WireReply, WireRequest
    from energy_async.transport.watch import Watch

__all__ = ["Attempts"]

_MOST_REDIRECTS: Final = 3
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_OK: Final = 200
_NOT_OK: Final = 300
_UNAUTHORIZED: Final = 401
_TOO_MANY: Final = 429
_UNAVAILABLE: Final = 503
_PUNCTUAL: Final = 0.005


class Attempts:
    """Carries calls through; holds what all calls of a client share."""

    def __init__(
        self,
        *,
        backend: Backend,
        admission: Admission,
        policy: RetryPolicy,
        classify: StatusClassifier | None,
        watch: Watch,
        clocks: Clocks,
        secrets: tuple[str, ...] = (),
    ) -> None:
        self._backend = backend
        self._admission = admission
        self._auth = admission.auth
        self._limiter = admission.limiter
        self._policy = policy
        self._budget = RetryBudget()
        self._classify = classify
        self._watch = watch
        self._clocks = clocks
        self._now = clocks.now
        self._secrets = secrets
        self._troubled = False  # slowed down, or retries taken from the budget

    @property
    def used(self) -> bool:
        """Whether anything was ever sent."""
        return self._admission.used

    def secrets(self, call: Call) -> tuple[str, ...]:
        """Texts that must not be shown, with every token that `call` was sent with."""
        present = self._auth.secrets() if self._auth is not None else ()
        own = (call.token.value,) if call.token is not None else ()
        return (*self._secrets, *present, *own, *call.refused)

    async def run(self, call: Call) -> WireReply:
        """The first good answer to `call`."""
        try:
            while True:
                call.attempts += 1
                wire = self._admission.at_once(call) or await self._admission.in_turn(call)
                try:
                    if self._watch.is_on:
                        reply = await self._watch.send(call, wire, self._backend)
                    else:
                        reply = await self._backend.send(wire)
                except TransportError as error:
                    call.note(error)
                    verdict = self._delay(call, self._on_time(call, wire, error), None)
                else:
                    if _OK <= reply.status < _NOT_OK:
                        self._succeeded(call, reply)
                        return reply
                    verdict = self._judge(call, wire, reply)
                finally:
                    self._limiter.release(call.lane)
                if verdict:
                    await self._clocks.sleep(verdict)
        except EnergyApiError as error:
            call.explain(error)
            raise

    # After it

    def _succeeded(self, call: Call, reply: WireReply) -> None:
        if has_quota(reply.headers):
            self._told(reply)
        if self._troubled or self._limiter.is_troubled:  # the latter also by other processes
            self._recover(call)

    def _told(self, reply: WireReply) -> None:
        self._limiter.told(quota_from(reply.headers, now=self._clocks.wall()))
        self._troubled = True

    def _recover(self, call: Call) -> None:
        """Give back what trouble has taken: rate and budget. Not on the path of a quiet day."""
        self._limiter.succeeded(sent_at=call.sent_at)
        self._budget.give_back(call.spent or 1)
        self._troubled = self._limiter.is_troubled or not self._budget.is_full

    def _judge(self, call: Call, wire: WireRequest, reply: WireReply) -> float:
        """Seconds until the next attempt; raises if there is to be none."""
        self._troubled = True
        if has_quota(reply.headers):
            self._told(reply)
        if reply.status != _UNAUTHORIZED:
            call.renewed = False  # the token is good: a later 401 is another one's end
        elif self._may_renew(call):
            return 0.0
        if reply.status in _REDIRECTS and self._may_follow(call, wire, reply):
            return 0.0
        retry_after = self._heed(call, reply)
        failure = status_error(
            call.operation,
            reply,
            attempts=call.attempts,
            retry_after=retry_after,
            classify=self._classify,
            secrets=self.secrets(call),
        )
        call.note(failure)
        return self._delay(call, failure, retry_after)

    def _may_renew(self, call: Call) -> bool:
        """Drop the refused token; True if this call may try with another one."""
        if call.token is None or self._auth is None:
            return False
        another = self._auth.refused(call.token)
        call.refused = (*call.refused, call.token.value)
        self._watch.tell(TokenRefused(call.operation.name, call.token.generation))
        if call.renewed or not another:
            return False
        call.renewed = True
        call.attempts -= 1  # not a retry
        return True

    def _may_follow(self, call: Call, wire: WireRequest, reply: WireReply) -> bool:
        """Follow a few redirects of reading requests, within the same scheme, host and port."""
        location = reply.headers.get("location")
        if wire.method not in {"GET", "HEAD"} or not location or call.redirects >= _MOST_REDIRECTS:
            return False
        target = urljoin(wire.url, location).partition("#")[0]
        if not same_origin(target, wire.url):
            return False
        call.url = target
        call.redirects += 1
        call.attempts -= 1
        return True

    def _heed(self, call: Call, reply: WireReply) -> float | None:
        """What the answer says about waiting; slows all tasks down if it is a complaint."""
        headers = reply.headers
        retry_after = retry_after_from(headers, now=self._clocks.wall())
        throttled = reply.status == _TOO_MANY
        if throttled or (reply.status == _UNAVAILABLE and retry_after is not None):
            pause = self._limiter.complained(
                sent_at=call.sent_at, retry_after=retry_after, throttled=throttled
            )
            self._watch.tell(RateSlowed(call.operation.name, self._limiter.pace.rate, pause))
        return retry_after

    def _delay(self, call: Call, failure: EnergyApiError, retry_after: float | None) -> float:
        """Seconds until the next attempt; raises the failure if there is to be none."""
        failure.operation, failure.attempts = call.operation.name, call.attempts
        if isinstance(failure, ConnectError) and failure.crowded:
            self._limiter.crowded()
        verdict = decide(
            failure,
            attempt=call.attempts,
            repeatable=call.operation.repeatable,
            policy=msgspec.structs.replace(self._policy, retries=call.retries),
            jitter=self._clocks.draw(),
            remaining=call.deadline - self._now(),
            retry_after=retry_after,
            lasting=call.lasting,
        )
        self._troubled = True
        if isinstance(verdict, Again) and not (call.lasting or self._budget.spend(verdict.cost)):
            verdict = Stop("the client's retry budget is used up; the server fails too often")
        if isinstance(verdict, Stop):
            raise self._final(call, failure, verdict)
        call.spent = 0 if call.lasting else verdict.cost
        call.trouble = words(failure)
        name = call.operation.name
        self._watch.tell(RetryScheduled(name, call.attempts, verdict.delay, verdict.reason))
        return verdict.delay

    # Errors

    def _final(self, call: Call, failure: EnergyApiError, stop: Stop) -> EnergyApiError:
        if not call.operation.repeatable and may_have_acted(failure):
            return self.unknown(call, failure)
        failure.add_note(f"not repeated: {stop.reason}")
        return failure

    def unknown(
        self, call: Call, failure: EnergyApiError, fate: str = "may have been carried out"
    ) -> OutcomeUnknown:
        """The error for a request that must not be sent twice and whose fate nobody knows."""
        error = OutcomeUnknown(
            f"{failure.message}; the request {fate} and was not repeated:"
            " look the result up before sending it again",
            method=call.operation.method,
            path=call.path,
            body=redact_bytes(call.body or b"", self.secrets(call)),
            sent_at=self._moment(call.sent_at),
            operation=call.operation.name,
            attempts=call.attempts,
            request_id=failure.request_id,
        )
        error.__cause__ = failure
        return error

    def _moment(self, reading: float) -> datetime:
        """The time of day that belongs to a reading of the clock."""
        return datetime.fromtimestamp(self._clocks.wall() + reading - self._now(), UTC)

    def _on_time(self, call: Call, wire: WireRequest, error: TransportError) -> TransportError:
        """`error`, unless it is the caller's deadline that ended the attempt."""
        if not (wire.exact and isinstance(error, RequestTimeout)):
            return error
        if call.sent_at + wire.total_timeout < call.deadline - _PUNCTUAL:
            return error  # the attempt had only a share of the time
        connecting = error.phase == "connect" and wire.connect_timeout >= wire.total_timeout
        if not connecting and self._now() < call.deadline - _PUNCTUAL:
            return error
        if not call.operation.repeatable and may_have_acted(error):
            raise self.unknown(call, error) from error
        raise DeadlineExceeded(
            f"the deadline passed before the answer was there: {error.message}",
            operation=call.operation.name,
            attempts=call.attempts,
        ) from error
