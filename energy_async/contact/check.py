"""The first contact with a real server: every reading operation once or a few times, slowly."""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

import anyio
import msgspec

from energy_async.contact import measures
from energy_async.contact.differences import Finding, differences
from energy_async.contact.documents import Told, compared
from energy_async.contact.interface import (
    Api,
    Function,
    Missing,
    Pool,
    choices,
    functions_of,
    request_for,
)
from energy_async.contact.ranges import bucket_of, meaning_of, periods_in, questions_of
from energy_async.contact.report import Contact, Seen, Verdict
from energy_async.contact.scales import Figure, figures, off_by_thousand, stated_otherwise
from energy_async.contact.shapes import NOTHING, Shape, json_of, shape_of
from energy_async.transport.errors import EnergyApiError, OperationNotFound, StatusError
from energy_async.transport.request import Operation, Request
from energy_async.transport.urls import PathTemplate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from energy_async.transport.client import ApiClient
    from energy_async.transport.request import Reply

__all__ = ["check", "check_documents"]

_DAYS: Final = 4
_TRIES: Final = 3
_ABSENT: Final = frozenset({404, 405})
_REFUSED: Final = frozenset({401, 403})
_NOWHERE: Final = "nowhere"
_INCLUDED: Final = "both ends included"


async def check(
    client: ApiClient,
    api: Api,
    *,
    known: Mapping[str, Sequence[str]],
    login: Request[Any] | None = None,
    pause: float = 0.5,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> Contact:
    """Ask every reading operation, and say what it did.

    Args:
        client: Sends the requests, one after the other.
        api: What is checked.
        known: Identifiers by the names of arguments, such as `organisation_id`; others are taken
            from the answers.
        login: The request that gives a token, to look at its answer.
        pause: Seconds between requests.
        sleep: Waits.
    """
    run = _Run(client, api, known, pause, sleep)
    await run.documents()
    if login is not None:
        await run.log_in(login)
    await run.operations()
    return run.contact()


async def check_documents(client: ApiClient, api: Api) -> Contact:
    """Hold upstream's own documents against the installed interface; needs no credentials."""
    run = _Run(client, api, {}, 0.0, anyio.sleep)
    await run.documents()
    for one in run.functions:
        run.seen[one.operation.name] = run.as_told(one)
    return run.contact()


class _Run:
    def __init__(
        self,
        client: ApiClient,
        api: Api,
        known: Mapping[str, Sequence[str]],
        pause: float,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.client, self.api = client, api
        self.functions = functions_of(api)
        self.seen: dict[str, Seen] = {}
        self.told: dict[str, Told] = {}
        self._pause, self._sleep = pause, sleep
        names = {name for one in self.functions for name, _ in one.required}
        self._pool = Pool(names, known)
        self._found: dict[str, str] = {}
        self._replies: list[Reply] = []
        self._figures: list[tuple[str, Figure]] = []
        self._controls: dict[str, tuple[int, str]] = {}
        self._requests = 0
        self._offsets: list[float] = []
        self._measures: dict[str, str] = {}
        self._beside: dict[str, str] = {}
        now = client.now().replace(hour=0, minute=0, second=0, microsecond=0)
        self._window = now - timedelta(days=_DAYS + 1), now - timedelta(days=1)

    # What is asked

    async def _ask(self, request: Request[Any]) -> Reply:
        if self._requests and self._pause:
            await self._sleep(self._pause)
        self._requests += 1
        before = self.client.now()
        reply = await self.client.send_raw(request, lane="bulk", retries=1)
        self._replies.append(reply)
        ahead = measures.offset(reply.headers, before, self.client.now())
        self._offsets += [] if ahead is None else [ahead]
        return reply

    async def documents(self) -> None:
        """Fetch each document that upstream publishes, and compare it."""
        every = functions_of(self.api, reading=False)
        for area, path in self.api.documents.items():
            if not path:
                continue
            operation = _reading(f"{area}.document", path, authenticated=False)
            try:
                document = json_of((await self._ask(Request(operation))).body)
                here = [self._corrected(one) for one in every if one.area == area]
                self.told[area] = compared(document, here)
            except (EnergyApiError, ValueError, AttributeError, TypeError) as error:
                status = getattr(error, "status", 0)
                said = f"HTTP {status}" if status else f"{type(error).__name__}: {error}"
                self._found[area] = f"could not be had: {said}"
            else:
                self._found[area] = "was read"
        self._replies.clear()

    def _corrected(self, one: Function) -> Function:
        path = self.client.paths.get(one.operation.name, one.operation.path)
        return one._replace(operation=msgspec.structs.replace(one.operation, path=path))

    async def log_in(self, login: Request[Any]) -> None:
        """Look at the answer to a login."""
        every = functions_of(self.api, reading=False)
        one = next(one for one in every if one.operation.name == login.operation.name)
        reply = await self._ask(login)
        value = json_of(reply.body)
        for kept, found in zip(
            (self._measures, self._beside), measures.of_token(value), strict=True
        ):
            kept.update(found)
        self._keep(one, reply.status, value)

    async def operations(self) -> None:
        """Ask whatever can be asked, until nothing new becomes known."""
        left = list(self.functions)
        while left:
            waiting: list[Function] = []
            for one in left:
                try:
                    await self._try(one)
                except Missing as missing:
                    why = f"no {missing} is known"
                    self._note(one, "not tried", why)
                    waiting.append(one)
            if len(waiting) == len(left):
                break
            left = waiting
        self._look_at_figures()

    async def _try(self, one: Function) -> None:
        """With a few identifiers, until something came."""
        for count, arguments in enumerate(choices(one, self._pool, self._window), 1):
            request = await request_for(one, arguments)
            try:
                reply = await self._ask(request)
            except StatusError as error:
                await self._refused(one, request, error)
                if (
                    error.status not in _ABSENT
                    or self.seen[one.operation.name].verdict != "unclear"
                ):
                    return
                continue
            except EnergyApiError as error:
                self._note(one, "fails", error.message)
                return
            value = await self._answered(one, arguments, reply)
            if value or count == _TRIES:
                return

    async def _answered(self, one: Function, arguments: Mapping[str, Any], reply: Reply) -> Any:  # noqa: ANN401
        if not one.operation.wants_json:
            self._note(one, "works", status=reply.status)
            return True
        value = json_of(reply.body)
        self._pool.learn(one, arguments, value)
        self._figures += [
            (one.operation.name, found) for found in figures(one.returns, value, one.categories)
        ]
        periods = periods_in(value)
        ranges = await self._measure(one, arguments, periods) if "start" in arguments else ""
        self._keep(one, reply.status, value, ranges, bucket_of(periods))
        return value

    async def _measure(
        self, one: Function, arguments: Mapping[str, Any], periods: Sequence[Any]
    ) -> str:
        """Ask from edge to edge of rows, and from middle to middle."""
        answers = []
        for start, end in questions_of(periods):
            request = await request_for(one, {**arguments, "start": start, "end": end})
            try:
                answers.append(periods_in(json_of((await self._ask(request)).body)))
            except EnergyApiError:
                return ""
        return meaning_of(periods, answers) if answers else ""

    async def _refused(self, one: Function, request: Request[Any], error: StatusError) -> None:
        verdict: Verdict = "refused" if error.status in _REFUSED else "fails"
        findings: tuple[Finding, ...] = ()
        moved, why = "", error.message
        if error.status in _ABSENT:
            verdict = await self._absent(one, request, error)
            moved = self._moved(one) if verdict == "not there" else ""
        elif 400 <= error.status < 500 and verdict == "fails":  # noqa: PLR2004 - a client's mistake
            verdict = "differs"
            findings = (Finding("request", text=error.message),)
        self._note(one, verdict, why, error.status, _shape(error.body), findings, moved=moved)
        if moved:
            await self._ask_there(one, request, moved)

    async def _absent(self, one: Function, request: Request[Any], error: StatusError) -> Verdict:
        """Whether the path is not there, or what was asked for at it.

        It is the path if the answer is that of a path which surely is not there.
        """
        cause = error.__cause__ if isinstance(error, OperationNotFound) else None
        body = cause.body if isinstance(cause, StatusError) else error.body
        path = self._corrected(one).operation.path
        if one.area not in self._controls:
            nowhere = f"{path}/{_NOWHERE}" if path.endswith("}") else f"{path}-{_NOWHERE}"
            operation = _reading("contact.control", nowhere)
            self._controls[one.area] = 0, ""
            try:
                await self._ask(Request(operation, path=request.path))
            except StatusError as control:
                filled = PathTemplate(nowhere).fill(request.path)
                self._controls[one.area] = control.status, _said(control.body, filled, request)
            except EnergyApiError:
                pass
        said = error.status, _said(body, PathTemplate(path).fill(request.path), request)
        return "not there" if said in {self._controls[one.area], (405, said[1])} else "unclear"

    def _moved(self, one: Function) -> str:
        told = self.told.get(one.area)
        return told.moved.get(one.operation.name, "") if told else ""

    async def _ask_there(self, one: Function, request: Request[Any], path: str) -> None:
        """Ask at the place that the document has."""
        operation = msgspec.structs.replace(one.operation, path=path, provenance="published")
        names = {name.lower(): value for name, value in request.path.items()}
        there = {name: names[name.lower()] for name in PathTemplate(path).names}
        try:
            reply = await self._ask(
                msgspec.structs.replace(request, operation=operation, path=there)
            )
        except EnergyApiError:
            return
        before = self.seen[one.operation.name]
        self._keep(one, reply.status, json_of(reply.body))
        now = self.seen[one.operation.name]
        self.seen[one.operation.name] = msgspec.structs.replace(
            before, answer=now.answer, findings=now.findings, status=now.status
        )

    # What is kept of it

    def _keep(
        self,
        one: Function,
        status: int,
        value: Any,  # noqa: ANN401 - any JSON
        ranges: str = "",
        bucket: str = "",
    ) -> None:
        shape = shape_of(value)
        found = set(differences(one.returns, shape))
        for name, said, unit in stated_otherwise(value, one.categories):
            found.add(Finding("unit", f"$.{name}", (said, unit)))
        ends = ranges.partition("; ")[0]
        if ends and ends != _INCLUDED:
            found.add(Finding("range", names=(ends,)))
        if all(finding.is_note for finding in found):
            found |= {*_undecodable(one, value)}
        findings = tuple(sorted(found))
        verdict: Verdict = "works" if all(one.is_note for one in findings) else "differs"
        self._note(one, verdict, "", status, shape, findings, ranges=ranges, bucket=bucket)

    def _note(
        self,
        one: Function,
        verdict: Verdict,
        why: str = "",
        status: int = 0,
        answer: Shape = NOTHING,
        findings: tuple[Finding, ...] = (),
        **more: str,
    ) -> None:
        name = one.operation.name
        corrected = self.client.paths.get(name, "")
        self.seen[name] = Seen(
            operation=name, verdict=verdict, why=why, path=corrected or one.operation.path,
            is_corrected=bool(corrected), status=status, answer=answer, findings=findings, **more,
        )  # fmt: skip

    def _look_at_figures(self) -> None:
        found = [one for _, one in self._figures]
        for off in off_by_thousand(found, self.api.most):
            for operation in {op for op, one in self._figures if one.where == off.where}:
                seen = self.seen[operation]
                finding = Finding("scale", off.where, (off.unit,))
                self.seen[operation] = msgspec.structs.replace(
                    seen, verdict="differs", findings=(*seen.findings, finding)
                )

    def as_told(self, one: Function) -> Seen:
        """What the document alone says of an operation."""
        told, name = self.told.get(one.area), one.operation.name
        if told is None:
            why = f"its document {self._found.get(one.area, 'does not exist')}"
            return Seen(operation=name, verdict="not tried", path=one.operation.path, why=why)
        findings = told.findings.get(name, ())
        is_gone = name in told.absent
        verdict: Verdict = "not there" if is_gone else "differs" if findings else "works"
        return Seen(operation=name, verdict=verdict, path=one.operation.path,
                    moved=told.moved.get(name, ""), findings=findings)  # fmt: skip

    def contact(self) -> Contact:
        """The whole."""
        for told in self.told.values():
            for name, findings in told.findings.items():
                if seen := self.seen.get(name):
                    kept = (*seen.findings, *(one for one in findings if one.kind == "parameter"))
                    self.seen[name] = msgspec.structs.replace(
                        seen, findings=tuple(dict.fromkeys(kept))
                    )
        measured, beside = measures.of_replies(self._replies, self._offsets)
        return Contact(
            api=self.api.name,
            version=_version(),
            asked=self.client.base_url,
            made=self.client.now().date().isoformat(),
            operations=tuple(sorted(self.seen.values(), key=lambda one: one.operation)),
            measures={**self._measures, **measured},
            beside={**self._beside, **beside},
            documents=self._found,
            fresh=tuple(one for told in self.told.values() for one in told.fresh),
            requests=self._requests,
        )


def _reading(name: str, path: str, *, authenticated: bool = True) -> Operation[bytes]:
    return Operation[bytes](
        name=name, method="GET", path=path, returns=bytes, repeatable=True,
        authenticated=authenticated,
    )  # fmt: skip


def _undecodable(one: Function, value: Any) -> Iterator[Finding]:  # noqa: ANN401 - any JSON
    """What the client itself says, where nothing else was found."""
    try:
        msgspec.convert(value, one.operation.returns, strict=not one.operation.tolerant)
    except msgspec.ValidationError as error:
        yield Finding("decode", text=str(error))


def _shape(body: bytes) -> Shape:
    try:
        return shape_of(json_of(body))
    except ValueError:
        return NOTHING


def _said(body: bytes, path: str, request: Request[Any]) -> str:
    """The body of an error, what it repeats of the request taken out."""
    text = body.decode("utf-8", "replace").replace(path, "")
    for value in request.path.values():
        text = text.replace(str(value), "")
    return text.replace(_NOWHERE, "")


def _version() -> str:
    try:
        return version("trlyr-async")
    except PackageNotFoundError:
        return ""
