"""The one loop: a call is tried until there is a good answer or a reason to stop.

An attempt goes deadline -> rate limiter -> token (all `admission`) -> backend -> status.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from energy_async.transport.admission import Admission
from energy_async.transport.answers import (
    is_page,
    refuses,
    status_error,
    unreadable,
    value_in,
)
from energy_async.transport.backends.backend import CLOSED_UNDER_WAY, WrongLoop
from energy_async.transport.call import words
from energy_async.transport.errors import (
    ClientClosed,
    ConnectError,
    DeadlineExceeded,
    EnergyApiError,
    OutcomeUnknown,
    RequestTimeout,
    StatusError,
    TransportError,
)
from energy_async.transport.events import RateSlowed, RetryScheduled, TokenRefused
from energy_async.transport.headers import http_date
from energy_async.transport.limiter.quota import has_quota, quota_from, retry_after_from
from energy_async.transport.redact import (
    SEARCHED,
    SecretText,
    disclose_nothing,
    redact,
    redact_bytes,
)
from energy_async.transport.retry import Again, RetryBudget, Stop, decide
from energy_async.transport.urls import redirected

if TYPE_CHECKING:
    from energy_async.transport.admission import Shared
    from energy_async.transport.call import Call
    from energy_async.transport.request import WireReply, WireRequest

__all__ = ["Attempts"]

_MOST_REDIRECTS: Final = 3
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_OK: Final = 200
_NOT_OK: Final = 300
_UNAUTHORIZED: Final = 401
_TOO_MANY: Final = 429
_UNAVAILABLE: Final = 503
_PUNCTUAL: Final = 0.005
_SERVER_FAILED: Final = 500
_CLOSE: Final = 60.0
"""Seconds by which clocks may differ without being worth a word."""
_CLOSING: Final = Stop("the client is being closed")


class Attempts:
    """Carries calls through; holds what all calls of a client share."""

    def __init__(self, shared: Shared) -> None:
        self._admission = Admission(shared)
        self._backend, self._auth, self._limiter = shared.backend, shared.auth, shared.limiter
        self._watch, self._clocks, self._closing = shared.watch, shared.clocks, shared.closing
        self._now = shared.clocks.now
        self._classify = shared.classify
        self._secrets = tuple(map(SecretText, shared.secrets))
        self._budget = RetryBudget()
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
        """The first good answer to `call`, whose value is then in `call.value`.

        Whatever is raised once sending has begun, by whatever code, becomes one of our errors.
        """
        has_begun = False
        try:
            while True:
                call.attempts += 1
                has_begun = has_begun and (call.acted or not call.guarded)  # a stop says so itself
                wire = self._admission.at_once(call) or await self._admission.in_turn(call)
                has_begun = True
                reply = None
                try:
                    if call.watched:
                        reply = await self._watch.send(call, wire, self._backend)
                    else:
                        reply = await self._backend.send(wire)
                    if _OK <= reply.status < _NOT_OK:
                        self._take(call, reply)
                        return reply
                except Exception as error:  # noqa: BLE001 - whatever it is, it is judged
                    pause = self._failed(call, wire, reply, error)
                else:
                    pause = self._judge(call, wire, reply)
                finally:
                    self._limiter.release(call.lane)
                if pause:
                    await self._closing.unless_closed(self._clocks.sleep(pause))
        except BaseException as error:
            disclose_nothing(error, self.secrets(call))
            if not isinstance(error, Exception):
                raise
            ended = self._ended(call, error, has_begun=has_begun)
            if ended is error:
                raise
        raise ended  # type: ignore[possibly-undefined]  # there is no other way out of the loop

    def _ended(self, call: Call, error: Exception, *, has_begun: bool) -> Exception:
        ended = error
        if isinstance(error, ClientClosed) and call.acted:
            ended = self.unknown(call, error)
        elif not isinstance(error, EnergyApiError | WrongLoop) and has_begun:
            failure = self._unforeseen(call, error)
            call.note(failure)
            ended = self._final(call, failure, Stop("the error was not foreseen"))
        if isinstance(ended, EnergyApiError):
            call.explain(ended)
        return ended

    # After it

    def _take(self, call: Call, reply: WireReply) -> None:
        if call.quick is not None and reply.status == _OK:
            try:
                call.value = call.quick(reply.body)
            except msgspec.DecodeError:
                if not reply.body.startswith(BOM_UTF8):
                    raise
                call.value = call.quick(reply.body.removeprefix(BOM_UTF8))
        elif reply.chunks is None:  # else it is still to come
            decode = None if call.raw else call.plan.decode
            call.value = value_in(call.operation, reply, decode, is_part=call.wants_part)
        identity = call.plan.identity
        if identity is not None and not call.raw:
            identity.check(call.value, call.asked)
        if has_quota(reply.headers):
            self._told(reply)
        if self._troubled or self._limiter.pace.is_slowed:  # the latter by other processes too
            self._recover(call)

    def _told(self, reply: WireReply) -> None:
        self._limiter.told(quota_from(reply.headers, now=self._clocks.wall()))
        self._troubled = True

    def _recover(self, call: Call) -> None:
        """Give back what trouble has taken: rate and budget. Not on the path of a quiet day."""
        self._limiter.succeeded(sent_at=call.sent_at)
        self._budget.give_back(call.spent or 1)
        self._troubled = self._limiter.is_troubled or not self._budget.is_full

    def _failed(
        self, call: Call, wire: WireRequest, reply: WireReply | None, error: Exception
    ) -> float:
        """Seconds until the next attempt after an error; raises if there is to be none."""
        if isinstance(error, WrongLoop):
            raise error
        if isinstance(error, TransportError):
            call.note(error)
            return self._delay(call, self._on_time(call, wire, error), None)
        if isinstance(error, ClientClosed):
            return self._delay(call, error, None)
        if reply is None:
            failure: EnergyApiError = self._unforeseen(call, error)
        else:
            failure = unreadable(
                call.operation, reply, error, attempts=call.attempts, secrets=self.secrets(call)
            )
            failure.__cause__ = error
        call.note(failure)
        return self._delay(call, failure, None)

    def _judge(self, call: Call, wire: WireRequest, reply: WireReply) -> float:
        """Seconds until the next attempt after an answer; raises if there is to be none."""
        self._troubled = True
        if has_quota(reply.headers):
            self._told(reply)
        if reply.status != _UNAUTHORIZED:
            call.renewed = False  # the token is good: a later 401 is another one's end
        elif self._may_renew(call, reply):
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
        self._compare_clocks(failure, reply)
        return self._delay(call, failure, retry_after)

    def _compare_clocks(self, failure: StatusError, reply: WireReply) -> None:
        """Say so if a refusal may come from clocks that differ: gates are judged by them."""
        date = http_date(reply.headers.get("date", ""))
        ahead = 0.0 if date is None else date.timestamp() - self._clocks.wall()
        if reply.status < _SERVER_FAILED and abs(ahead) > _CLOSE:
            way = "ahead of" if ahead > 0 else "behind"
            failure.add_note(f"the server's clock is {abs(ahead):.0f} s {way} this machine's")

    def _may_renew(self, call: Call, reply: WireReply) -> bool:
        """Drop the refused token; True if this call may try with another one."""
        if call.token is None or self._auth is None or self._closing.has_begun:
            return False
        if is_page(reply) or not (call.operation.repeatable or refuses(reply)):
            return False  # it is not the API that refuses
        another = self._auth.refused(call.token)
        call.refused = (*call.refused, call.token.value)
        self._watch.report(TokenRefused(call.operation.name, call.token.generation))
        if call.renewed or not another:
            return False
        call.renewed = True
        call.attempts -= 1  # not a retry
        call.acted = call.acted or not (call.reads or refuses(reply))
        return True

    def _may_follow(self, call: Call, wire: WireRequest, reply: WireReply) -> bool:
        """Follow a few redirects of reading requests, within the same scheme, host and port."""
        location = reply.headers.get("location")
        if not call.reads or not location or call.redirects >= _MOST_REDIRECTS:
            return False
        target = redirected(wire.url, location)
        if target is None:
            return False
        call.home = call.home or call.url
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
            self._watch.report(RateSlowed(call.operation.name, self._limiter.pace.rate, pause))
        return retry_after

    def _delay(self, call: Call, failure: EnergyApiError, retry_after: float | None) -> float:
        """Seconds until the next attempt; raises the failure if there is to be none."""
        failure.operation, failure.attempts = call.operation.name, call.attempts
        if isinstance(failure, ConnectError) and failure.crowded:
            self._troubled = True
            if self._limiter.crowded():  # then it waits for its turn again, which is no retry
                call.attempts -= 1
                return 0.0
        verdict = decide(
            failure,
            attempt=call.attempts,
            repeatable=call.operation.repeatable,
            retries=call.retries,
            jitter=self._clocks.draw(),
            remaining=call.deadline - self._now(),
            retry_after=retry_after,
            lasting=call.lasting,
        )
        self._troubled = True
        if isinstance(verdict, Again) and not (call.lasting or self._budget.spend(verdict.cost)):
            verdict = Stop("the client's retry budget is used up; the server fails too often")
        if self._closing.has_begun:
            verdict = _CLOSING
        if isinstance(verdict, Stop):
            raise self._final(call, failure, verdict)
        if call.home:
            call.url, call.home, call.redirects = call.home, "", 0
        call.spent = 0 if call.lasting else verdict.cost
        call.trouble = words(failure)
        name = call.operation.name
        self._watch.report(RetryScheduled(name, call.attempts, verdict.delay, verdict.reason))
        return verdict.delay

    # Errors

    def _final(self, call: Call, failure: EnergyApiError, stop: Stop) -> EnergyApiError:
        if call.acted and (stop is _CLOSING or not call.operation.repeatable):
            return self.unknown(call, failure)
        if stop is _CLOSING and isinstance(failure, TransportError):
            closed = ClientClosed(
                CLOSED_UNDER_WAY, operation=failure.operation, attempts=call.attempts
            )
            closed.__cause__ = failure
            return closed
        failure.add_note(f"not repeated: {stop.reason}")
        return failure

    def unknown(self, call: Call, failure: EnergyApiError) -> OutcomeUnknown:
        """The error for a request whose fate nobody knows, and that is not sent again."""
        error = OutcomeUnknown(
            f"{failure.message}; the request may or may not have been carried out, and was not"
            " repeated: look the result up before sending it again",
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

    def _unforeseen(self, call: Call, error: Exception) -> EnergyApiError:
        """The error for one that no part of this library raises, which is not passed on.

        It may show a secret, and so may its frames.
        """
        said = redact(f"{type(error).__name__}: {str(error)[:SEARCHED]}", self.secrets(call))[:200]
        failure = TransportError(
            f"the request ended in an error that was not foreseen ({said})",
            operation=call.operation.name,
            attempts=call.attempts,
        )
        failure.__suppress_context__ = True
        return failure

    def _moment(self, reading: float) -> datetime:
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
        if not call.operation.repeatable and call.acted:
            raise self.unknown(call, error) from error
        raise DeadlineExceeded(
            f"the deadline passed before the answer was there: {error.message}",
            operation=call.operation.name,
            attempts=call.attempts,
        ) from error
