"""Submissions on their way: what stood there before, one request, and what is known if it is lost.

What may be repeated without harm (PUT) is repeated; what may not (POST) never is. Either way a
request that may have arrived ends in `SubmissionUnknown`, and only that.
"""

from __future__ import annotations

import functools
from datetime import datetime  # noqa: TC003 - read by msgspec
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, ParamSpec, Self, TypeVar

import anyio
import msgspec

from energy_async.transport.answers import request_id_of
from energy_async.transport.bodies import body_bytes
from energy_async.transport.errors import EnergyApiError, OutcomeUnknown, StatusError
from energy_async.transport.urls import PathTemplate
from trlyr_async.trading.deadlines import note_date, reading_time
from trlyr_async.trading.entries import OPEN, Record
from trlyr_async.trading.findings import Finding  # noqa: TC001 - read by msgspec
from trlyr_async.trading.held import Held, inquire, read_held
from trlyr_async.trading.intents import Intent, new_id
from trlyr_async.trading.limits import STANDING, LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

    from energy_async.transport.client import ApiClient
    from energy_async.transport.request import CallOptions, Reply, Request
    from trlyr_async.trading.entries import Verdict
    from trlyr_async.trading.journal import Journal

__all__ = [
    "Dossier",
    "Receipt",
    "Submission",
    "SubmissionUnknown",
    "log_record",
    "read_before",
    "sends",
]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class SubmissionUnknown(OutcomeUnknown):
    """A bid or a schedule may have reached upstream.

    `look_up` finds out. A schedule may also just be submitted again, to the same effect.

    Attributes:
        before: What upstream held in its place before, None where that could not be read.
        intent: The submission as plain data.
    """

    def __init__(
        self,
        message: str,
        *,
        before: Held | None = None,
        intent: Intent | None = None,
        **details: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(message, **details)
        self.before = before
        self.intent = intent

    @classmethod
    def of(cls, error: EnergyApiError, intent: Intent, sent_at: datetime) -> Self:
        """Add to an error what is known of its submission."""
        known = error.message
        if not isinstance(error, OutcomeUnknown):
            known = f"an attempt may have been carried out; the last one ended in: {known}"
        return cls(
            known,
            before=intent.before,
            intent=intent,
            method=intent.method,
            path=intent.path,
            body=intent.body,
            sent_at=getattr(error, "sent_at", None) or sent_at,
            operation=intent.operation,
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


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A submission that upstream has taken.

    Attributes:
        intent: What was sent.
        findings: What the checks before it found, errors apart.
        sent_at: When sending began, aware and in UTC.
        answered_at: When upstream's answer was there, aware and in UTC.
        status: Of the answer.
        request_id: Upstream's identifier of the request, if it gave one.
        answer: Upstream's answer, as it came; for bids its shape is not documented.
        attempts: How often the request was sent.
        unrecorded: Why the journal does not hold this answer; empty if it does, or there is none.
    """

    intent: Intent
    findings: tuple[Finding, ...]
    sent_at: datetime
    answered_at: datetime
    status: int
    request_id: str | None
    answer: bytes
    attempts: int
    unrecorded: str = ""


class Submission(Generic[T]):
    """A bid or a schedule that has passed its checks, ready to be sent; from `prepare_...`.

    `intent` is plain data: keep it before `send`, and `look_up` finds out what became of it after
    anything at all, in any process. A journal does so by itself.
    """

    def __init__(
        self,
        client: ApiClient,
        request: Request[T],
        intent: Intent,
        findings: tuple[Finding, ...],
        options: CallOptions,
        journal: Journal | None,
    ) -> None:
        self.client, self.request, self.intent, self.findings = client, request, intent, findings
        self._options, self._journal, self._used = options, journal, False

    async def send(self) -> Receipt:
        """Send it once, and again if that does no harm, until its deadline.

        Raises:
            SubmissionUnknown: It may have arrived.
            LimitExceeded: It is beyond the client's limits; nothing was sent.
            EnergyApiError: Anything else: it certainly did not arrive, or upstream refused it.
            OSError: The journal cannot be written; nothing was sent.
            RuntimeError: It was sent before.
        """
        return (await self.exchange())[1]

    async def exchange(self) -> tuple[T, Receipt]:
        """Do what `send` does, and give the decoded answer too."""
        if self._used:
            raise RuntimeError("a submission is sent once; prepare another one")
        self._used = True
        sent_at = self.client.now()
        await self._begin(sent_at)
        standing = STANDING.set(self.intent.before)
        try:
            value, reply = await self.client.exchange(self.request, **self._options)
        except BaseException as error:
            ours = self._ours(error, sent_at)
            ours.intent = self.intent  # type: ignore[attr-defined]
            await self._note(_verdict(ours), str(ours) or type(ours).__name__, ours)
            if ours is error:
                raise
            raise ours from error
        finally:
            STANDING.reset(standing)
        note_date(self.client, reply)
        return value, await self._receipt(reply, sent_at)

    async def _begin(self, sent_at: datetime) -> None:
        if self._journal is None:
            return
        try:
            await self._journal.begin(self.intent, self._record("sending", sent_at))
        except BaseException as error:  # cancelled: it may be in the journal, and will not be sent
            error.intent = self.intent  # type: ignore[attr-defined]
            await self._note("not_sent", "it ended before it could be sent", error)
            raise

    def _ours(self, error: BaseException, sent_at: datetime) -> BaseException:
        if isinstance(error, EnergyApiError) and error.may_have_acted:
            return SubmissionUnknown.of(error, self.intent, sent_at)
        return error

    async def _receipt(self, reply: Reply, sent_at: datetime) -> Receipt:
        request_id = request_id_of(reply)
        record = msgspec.structs.replace(
            self._record("in_force", self.client.now(), "upstream took it"),
            status=reply.status,
            request_id=request_id,
            answer=reply.body,
        )
        return Receipt(
            intent=self.intent,
            findings=self.findings,
            sent_at=sent_at,
            answered_at=record.at,
            status=reply.status,
            request_id=request_id,
            answer=reply.body,
            attempts=reply.attempts,
            unrecorded=await self._keep(record),
        )

    async def _note(self, verdict: Verdict, why: str, error: BaseException) -> None:
        record = self._record(verdict, self.client.now(), why)
        if isinstance(error, EnergyApiError):
            record = msgspec.structs.replace(
                record, status=getattr(error, "status", None), request_id=error.request_id
            )
        if complaint := await self._keep(record):
            error.add_note(complaint)

    async def _keep(self, record: Record) -> str:
        """Keep what happened, whatever befalls the caller; give the reason if it cannot be."""
        log_record(self.intent, record)
        if self._journal is None:
            return ""
        try:
            with anyio.CancelScope(shield=True):
                await self._journal.add(record)
        except Exception as exc:  # noqa: BLE001 - the submission is done; a journal of the caller's
            return f"the journal does not hold this: {exc}"
        return ""

    def _record(self, verdict: Verdict, at: datetime, why: str = "") -> Record:
        return Record(intent_id=self.intent.id, at=at, verdict=verdict, why=why)


def log_record(intent: Intent, record: Record) -> None:
    """Write a line to the log `trlyr_async.trading`, with ids, verdict and time left as fields."""
    import logging  # noqa: PLC0415 - kept out of the import of the package

    last = intent.last_moment
    fields = {
        "submission": intent.id,
        "operation": intent.operation,
        "verdict": record.verdict,
        "seconds_left": None if last is None else (last - record.at).total_seconds(),
        "request_id": record.request_id,
        **inquire(intent.operation, intent.path, intent.body).path,
    }
    logging.getLogger("trlyr_async.trading").log(
        logging.WARNING if record.verdict in OPEN else logging.INFO,
        "%s (%s): %s",
        intent.operation,
        intent.subject,
        record.verdict,
        extra=fields,
    )


def _verdict(error: BaseException) -> Verdict:
    """What an error that ended a submission says of it: refused, never sent, or unknown."""
    if isinstance(error, SubmissionUnknown):
        return "unknown"
    if isinstance(error, StatusError):
        return "refused"
    return "not_sent" if isinstance(error, EnergyApiError | LimitExceeded) else "unknown"


def sends(
    prepare: Callable[P, Awaitable[Submission[T]]],
) -> Callable[[Callable[[Submission[T]], Awaitable[R]]], Callable[P, Coroutine[Any, Any, R]]]:
    """Make a function that takes what `prepare` takes, and goes on with its submission."""

    def decorate(
        finish: Callable[[Submission[T]], Awaitable[R]],
    ) -> Callable[P, Coroutine[Any, Any, R]]:
        async def both(*args: P.args, **kwargs: P.kwargs) -> R:
            return await finish(await prepare(*args, **kwargs))

        functools.update_wrapper(both, finish)
        both.__wrapped__ = prepare  # type: ignore[attr-defined]  # its signature
        return both

    return decorate


class Dossier(NamedTuple):
    """What goes into an intent beside the request: the caller's words, and where to keep it."""

    subject: str
    reason: str = ""
    journal: Journal | None = None
    headers: Mapping[str, str] | None = None

    def submission(
        self,
        client: ApiClient,
        request: Request[T],
        before: Held | None,
        findings: tuple[Finding, ...],
        last_moment: datetime | None,
    ) -> Submission[T]:
        """Put a submission together."""
        options: CallOptions = {"lane": "urgent"}
        if last_moment is not None:
            options["deadline"] = last_moment
        if self.headers is not None:
            options["headers"] = self.headers
        intent = Intent(
            id=new_id(),
            operation=request.operation.name,
            method=request.operation.method,
            path=path_of(request),
            body=body_bytes(request.body),
            base_url=client.base_url,
            before=None if before is None else dict(before),
            prepared_at=client.now(),
            last_moment=last_moment,
            subject=self.subject,
            reason=self.reason,
        )
        return Submission(client, request, intent, findings, options, self.journal)
