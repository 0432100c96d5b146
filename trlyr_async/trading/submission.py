"""A submission on its way to upstream: the one path that bids and schedules take.

What may be repeated without harm (PUT) is repeated; what may not (POST) never is. Either way a
request that may have arrived ends in `SubmissionUnknown`, and only that.
"""

from __future__ import annotations

import logging
from datetime import datetime  # noqa: TC003 - read by msgspec
from typing import TYPE_CHECKING, Any, Final, Generic, TypedDict, TypeVar
from uuid import uuid4

import anyio
import msgspec

from energy_async.transport.answers import request_id_of
from energy_async.transport.bodies import body_bytes
from energy_async.transport.errors import EnergyApiError, OutcomeUnknown, StatusError
from energy_async.transport.events import SubmissionChanged
from energy_async.transport.provisional import warn_once
from energy_async.transport.urls import PathTemplate
from trlyr_async.trading.deadlines import earliest, moment_of, note_date, reading_time
from trlyr_async.trading.findings import Finding  # noqa: TC001 - read by msgspec
from trlyr_async.trading.journal import OPEN, Intent, Record
from trlyr_async.trading.limits import STANDING, LimitExceeded
from trlyr_async.trading.standing import Standing, inquire, read_standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from energy_async.transport.client import ApiClient
    from energy_async.transport.request import CallOptions, Reply, Request
    from trlyr_async.trading.journal import Journal, Verdict

__all__ = ["Receipt", "Submission", "SubmissionOptions", "SubmissionUnknown"]

T = TypeVar("T")

_OF_INTENT: Final = ("operation", "method", "path", "body")


class SubmissionOptions(TypedDict, total=False):
    """What every `prepare_...` and `submit_...` takes by name.

    Attributes:
        deadline: Aware time, or seconds from now, by which upstream must have it. A gate that is
            known counts in any case: of a schedule, of FCR, the end of an auction.
        journal: Where the submission is recorded before it is sent, and what becomes of it.
        reason: Why, and who wants it, for the journal.
        headers: Further request headers.
    """

    deadline: datetime | float | None
    journal: Journal | None
    reason: str
    headers: Mapping[str, str] | None


class SubmissionUnknown(OutcomeUnknown):
    """A bid or a schedule may have reached upstream.

    `look_up` finds out. A schedule may also just be submitted again, to the same effect.

    Attributes:
        intent: The submission as plain data.
    """

    def __init__(self, message: str, *, intent: Intent | None = None, **details: Any) -> None:  # noqa: ANN401
        if intent is not None:
            details |= {name: getattr(intent, name) for name in _OF_INTENT}
        super().__init__(message, **details)
        self.intent = intent

    @property
    def before(self) -> Standing | None:
        """What stood in its place at upstream before, None where that could not be read."""
        return None if self.intent is None else self.intent.before


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
        unrecorded: Why the journal does not have this answer; empty if it does, or there is none.
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


async def read_before(
    client: ApiClient, request: Request[Any], deadline: datetime | None
) -> Standing | None:
    """Read what stands in the place of what a request says; None if that cannot be read in time."""
    seconds = reading_time(deadline, client.now())
    if seconds <= 0:
        return None
    inquiry = inquire(request.operation.name, _path_of(request), body_bytes(request.body))
    try:
        return await read_standing(client, inquiry, timeout=seconds, retries=0)
    except EnergyApiError:
        return None


def _path_of(request: Request[Any]) -> str:
    return PathTemplate(request.operation.path).fill(request.path)


class Submission(Generic[T]):
    """A bid or a schedule that has passed its checks, ready to be sent; from `prepare_...`.

    `intent` is plain data: store it before `send`, and `look_up` finds out what became of it after
    anything at all, in any process. A journal does so by itself.

    Raises:
        ValueError: What became of such a request could not be found out.
    """

    def __init__(
        self,
        client: ApiClient,
        request: Request[T],
        subject: str,
        options: SubmissionOptions,
        *,
        before: Standing | None = None,
        findings: tuple[Finding, ...] = (),
        gate: datetime | None = None,
    ) -> None:
        if request.operation.provenance == "provisional":
            warn_once(request.operation, for_caller=True)
        self.client: ApiClient
        self.findings: tuple[Finding, ...]
        self.request: Request[T]
        self.client, self.request, self.findings = client, request, findings
        self.intent: Intent = Intent(
            id=uuid4().hex,
            operation=request.operation.name,
            method=request.operation.method,
            path=_path_of(request),
            body=body_bytes(request.body),
            base_url=client.base_url,
            before=None if before is None else dict(before),
            prepared_at=client.now(),
            last_moment=earliest(moment_of(options.get("deadline"), client.now()), gate),
            subject=subject,
            reason=options.get("reason", ""),
        )
        inquire(self.intent.operation, self.intent.path, self.intent.body)  # it can be looked up
        self._journal, self._headers = options.get("journal"), options.get("headers")
        self._used = False

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
        with self.client.span("trlyr_async.submit"):
            sent_at = self.client.now()
            await self._begin(sent_at)
            return await self._exchange(sent_at)

    async def _begin(self, sent_at: datetime) -> None:
        if self._journal is None:
            return
        try:
            await self._journal.begin(self.intent, self._record("sending", sent_at))
        except BaseException as error:  # cancelled: it may be in the journal, and will not be sent
            error.intent = self.intent  # type: ignore[attr-defined]
            await self._fail("not_sent", "it ended before it could be sent", error)
            raise

    async def _exchange(self, sent_at: datetime) -> tuple[T, Receipt]:
        options: CallOptions = {"lane": "urgent"}
        if self.intent.last_moment is not None:
            options["deadline"] = self.intent.last_moment
        if self._headers is not None:
            options["headers"] = self._headers
        standing = STANDING.set(self.intent.before)
        try:
            value, reply = await self.client.exchange(self.request, **options)
        except BaseException as error:
            ours = self._ours(error, sent_at)
            ours.intent = self.intent  # type: ignore[attr-defined]
            await self._fail(_verdict(ours), str(ours) or type(ours).__name__, ours)
            if ours is error:
                raise
            raise ours from error
        finally:
            STANDING.reset(standing)
        note_date(self.client, reply)
        return value, await self._receipt(reply, sent_at)

    def _ours(self, error: BaseException, sent_at: datetime) -> BaseException:
        """Give the error to raise: what may have been carried out is unknown, whatever came."""
        if not isinstance(error, EnergyApiError) or not error.may_have_acted:
            return error
        known, sent_at = error.message, getattr(error, "sent_at", None) or sent_at
        if not isinstance(error, OutcomeUnknown):
            known = f"an attempt may have been carried out; the last one ended in: {known}"
        details = {"sent_at": sent_at, "attempts": error.attempts, "request_id": error.request_id}
        return SubmissionUnknown(known, intent=self.intent, **details)

    async def _receipt(self, reply: Reply, sent_at: datetime) -> Receipt:
        known: dict[str, Any] = {"request_id": request_id_of(reply), "answer": reply.body}
        known["status"] = reply.status
        record = self._record("in_force", self.client.now(), "upstream took it", **known)
        return Receipt(
            intent=self.intent,
            findings=self.findings,
            sent_at=sent_at,
            answered_at=record.at,
            attempts=reply.attempts,
            unrecorded=await self._write(record),
            **known,
        )

    async def _fail(self, verdict: Verdict, why: str, error: BaseException) -> None:
        details: dict[str, Any] = {}
        if isinstance(error, EnergyApiError):
            details = {"status": getattr(error, "status", None), "request_id": error.request_id}
        if verdict == "refused":  # upstream may mean what was only a warning here
            for one in self.findings:
                if one.severity == "warning":
                    error.add_note(str(one))
        if why_not := await self._write(self._record(verdict, self.client.now(), why, **details)):
            error.add_note(why_not)

    async def _write(self, record: Record) -> str:
        """Report what happened, and record it whatever befalls the caller; say why if it failed."""
        report(self.client, self.intent, record, self.findings)
        if self._journal is None:
            return ""
        try:
            with anyio.CancelScope(shield=True):
                await self._journal.add(record)
        except Exception as exc:  # noqa: BLE001 - the submission is done; a journal of the caller's
            return f"the journal does not have this: {exc}"
        return ""

    def _record(self, verdict: Verdict, at: datetime, why: str = "", **details: Any) -> Record:  # noqa: ANN401
        return Record(intent_id=self.intent.id, at=at, verdict=verdict, why=why, **details)


def report(
    client: ApiClient, intent: Intent, record: Record, findings: Sequence[Finding] = ()
) -> None:
    """Report what is known of a submission: to `on_event`, the span around it, and the log."""
    last = intent.last_moment
    event = SubmissionChanged(
        operation=intent.operation,
        submission=intent.id,
        verdict=record.verdict,
        path=inquire(intent.operation, intent.path, intent.body).path,
        seconds_left=None if last is None else (last - record.at).total_seconds(),
        findings=tuple(one.kind for one in findings if one.severity != "info"),
        request_id=record.request_id,
    )
    client.tell(event)
    fields = msgspec.structs.asdict(event)
    logging.getLogger("trlyr_async.trading").log(
        logging.WARNING if record.verdict in OPEN else logging.INFO,
        "%s (%s): %s",
        intent.operation,
        intent.subject,
        record.verdict,
        extra={**fields.pop("path"), **fields},
    )


def _verdict(error: BaseException) -> Verdict:
    """What an error that ended a submission says of it: refused, never sent, or unknown."""
    if isinstance(error, SubmissionUnknown):
        return "unknown"
    if isinstance(error, StatusError):
        return "refused"
    return "not_sent" if isinstance(error, EnergyApiError | LimitExceeded) else "unknown"
