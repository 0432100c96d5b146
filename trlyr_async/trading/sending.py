"""Submissions on their way: what stood there before, one request, and what is known if it is lost.

What may be repeated without harm (PUT) is repeated; what may not (POST) never is. Either way a
request that may have arrived ends in `SubmissionUnknown`, and only that.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, Unpack

import msgspec

from energy_async.transport.bodies import body_bytes
from energy_async.transport.errors import (
    DeadlineExceeded,
    EnergyApiError,
    OutcomeUnknown,
    StatusError,
)
from energy_async.transport.retry import may_have_acted
from energy_async.transport.urls import PathTemplate
from trlyr_async.trading.held import Held, inquire, read_held

if TYPE_CHECKING:
    from energy_async.transport.client import ApiClient
    from energy_async.transport.request import CallOptions, Operation, Request

__all__ = ["SubmissionUnknown", "may_be_lost", "read_before", "submit"]

T = TypeVar("T")

_NOT_NOW: Final = frozenset({408, 425, 503})
"""Statuses that say that nothing was done, and that it may be tried again."""
_LONGEST_READ: Final = 5.0
_SHARE_OF_TIME: Final = 0.25


class SubmissionUnknown(OutcomeUnknown):
    """A bid or a schedule may have reached upstream.

    `look_up` finds out. A schedule may also just be submitted again, to the same effect.

    Attributes:
        before: What upstream held in its place before, None where that could not be read.
    """

    def __init__(self, message: str, *, before: Held | None = None, **details: Any) -> None:  # noqa: ANN401
        super().__init__(message, **details)
        self.before = before

    @classmethod
    def of(cls, error: OutcomeUnknown, before: Held | None) -> Self:
        """Add to an error what is known of the time before."""
        return cls(
            error.message,
            before=before,
            method=error.method,
            path=error.path,
            body=error.body,
            sent_at=error.sent_at,
            operation=error.operation,
            attempts=error.attempts,
            request_id=error.request_id,
        )


async def read_before(
    client: ApiClient, request: Request[Any], deadline: datetime | None
) -> Held | None:
    """Give what upstream holds in the place of what a request will say; None if it cannot be read.

    It takes five seconds at most, and a quarter of the time until the deadline: submitting comes
    first.
    """
    seconds = _LONGEST_READ
    if deadline is not None:
        left = (deadline - datetime.now(UTC)).total_seconds()
        seconds = min(seconds, left * _SHARE_OF_TIME)
    if seconds <= 0:
        return None
    inquiry = inquire(request.operation.name, path_of(request), body_bytes(request.body))
    try:
        return await read_held(client, inquiry, timeout=seconds, retries=0)
    except EnergyApiError:
        return None


def path_of(request: Request[Any]) -> str:
    """Give the path that a request goes to, percent-encoded, without a base path."""
    return PathTemplate(request.operation.path).fill(request.path)


async def submit(
    client: ApiClient, request: Request[T], before: Held | None, **options: Unpack[CallOptions]
) -> T:
    """Send a submission, and again if that does no harm.

    Raises:
        SubmissionUnknown: It may have arrived.
        EnergyApiError: Anything else: it did not arrive, or was refused.
    """
    try:
        if request.operation.repeatable:
            return await _send_twice(client, request, options)
        return await client.send(request, **options)
    except OutcomeUnknown as error:
        raise SubmissionUnknown.of(error, before) from error


async def _send_twice(client: ApiClient, request: Request[T], options: CallOptions) -> T:
    """Send a request that may be repeated, and remember whether its first answer was lost.

    The transport repeats such a request silently, and an error in the end would not tell whether an
    earlier attempt got through. So it goes first as if it could not be repeated, for half of the
    time: a connection that hangs must not keep a schedule from its deadline.
    """
    once = msgspec.structs.replace(request, operation=_once(request.operation))
    try:
        return await client.send(once, **_for_half_the_time(options))
    except OutcomeUnknown as unknown:
        try:
            return await client.send(request, **options)
        except EnergyApiError as error:
            unknown.message = f"{unknown.message}; sent again, which ended in: {error}"
            raise unknown from error
    except StatusError as error:
        if error.status not in _NOT_NOW:
            raise
    except DeadlineExceeded:
        pass  # not sent within its half
    return await _send_patiently(client, request, options)


def _for_half_the_time(options: CallOptions) -> CallOptions:
    deadline = options.get("deadline")
    if not isinstance(deadline, datetime):
        return options
    left = (deadline - datetime.now(UTC)).total_seconds()
    return {**options, "timeout": left / 2} if left > 0 else options


async def _send_patiently(client: ApiClient, request: Request[T], options: CallOptions) -> T:
    """Send a request as often as the client would after the server has asked for patience."""
    sent_at = datetime.now(UTC)
    try:
        return await client.send(request, **options)
    except EnergyApiError as error:
        if not may_be_lost(error):
            raise
        raise OutcomeUnknown(
            f"{error.message}; an attempt may have been carried out",
            method=request.operation.method,
            path=path_of(request),
            body=body_bytes(request.body),
            sent_at=sent_at,
            operation=error.operation,
            attempts=error.attempts,
            request_id=error.request_id,
        ) from error


def may_be_lost(error: EnergyApiError) -> bool:
    """Whether any attempt behind a final error may have been carried out.

    What became of the earlier ones is not known, so that more than one is enough.
    """
    earlier = error.attempts - (0 if isinstance(error, DeadlineExceeded) else 1)
    return may_have_acted(error) or earlier > 0


_ONCE: Final[dict[str, Operation[Any]]] = {}


def _once(operation: Operation[T]) -> Operation[T]:
    """Give an operation as one that is not repeated; the same each time, as operations must be."""
    if operation.name not in _ONCE:
        _ONCE[operation.name] = msgspec.structs.replace(operation, repeatable=False)
    return _ONCE[operation.name]
