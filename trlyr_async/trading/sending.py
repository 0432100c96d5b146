"""Submissions on their way: what stood there before, one request, and what is known if it is lost.

What may be repeated without harm (PUT) is repeated; what may not (POST) never is. Either way a
request that may have arrived ends in `SubmissionUnknown`, and only that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

from energy_async.transport.bodies import body_bytes
from energy_async.transport.errors import EnergyApiError, OutcomeUnknown
from energy_async.transport.urls import PathTemplate
from trlyr_async.trading.deadlines import reading_time
from trlyr_async.trading.held import Held, inquire, read_held

if TYPE_CHECKING:
    from datetime import datetime

    from energy_async.transport.client import ApiClient
    from energy_async.transport.request import CallOptions, Request

__all__ = ["SubmissionUnknown", "read_before", "submit"]

T = TypeVar("T")


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
    seconds = reading_time(deadline, client.now())
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
    """Send a submission, and again if that does no harm, until its deadline.

    Raises:
        SubmissionUnknown: It may have arrived.
        EnergyApiError: Anything else: it certainly did not arrive, or upstream refused it.
    """
    sent_at = client.now()
    try:
        return await client.send(request, **options)
    except OutcomeUnknown as error:
        raise SubmissionUnknown.of(error, before) from error
    except EnergyApiError as error:
        if not error.may_have_acted:
            raise
        raise _lost(error, request, sent_at, before) from error


def _lost(
    error: EnergyApiError, request: Request[Any], sent_at: datetime, before: Held | None
) -> SubmissionUnknown:
    return SubmissionUnknown(
        f"an attempt may have been carried out; the last one ended in: {error.message}",
        before=before,
        method=request.operation.method,
        path=path_of(request),
        body=body_bytes(request.body),
        sent_at=sent_at,
        operation=error.operation,
        attempts=error.attempts,
        request_id=error.request_id,
    )
