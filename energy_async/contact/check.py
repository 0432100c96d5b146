"""The first contact with a real server: every reading operation once or a few times, slowly."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import anyio
import msgspec
from msgspec.structs import replace

from energy_async.contact import measures
from energy_async.contact.differences import Finding, differences
from energy_async.contact.documents import Told, compared
from energy_async.contact.interface import (
    Api,
    Function,
    Missing,
    Pool,
    functions_of,
    request_for,
)
from energy_async.contact.ranges import Period, bucket_of, meaning_of, periods_in, questions_of
from energy_async.contact.report import Contact, Seen, Verdict
from energy_async.contact.scales import Figure, figures, off_by_thousand, stated_otherwise
from energy_async.contact.shapes import NOTHING, json_of, shape_of
from energy_async.transport.errors import EnergyApiError, OperationNotFound, StatusError
from energy_async.transport.headers import user_agent
from energy_async.transport.request import Operation, Reply, Request
from energy_async.transport.urls import PathTemplate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from energy_async.transport.client import ApiClient

__all__ = ["check"]

_DAYS: Final = 4
_TRIES: Final = 3
_VERDICTS: Final[dict[int, Verdict]] = {
    400: "differs", 401: "refused", 403: "refused", 404: "not there", 405: "not there",
    422: "differs",
}  # fmt: skip
_NOWHERE: Final = "nowhere"
_INCLUDED: Final = "both ends included"


async def check(
    client: ApiClient,
    api: Api,
    *,
    known: Mapping[str, Sequence[str]] | None,
    login: Request[Any] | None = None,
    pause: float = 0.0,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> Contact:
    """Ask every reading operation, and say what it did.

    Args:
        client: Sends the requests, one after the other.
        api: What is checked.
        known: Identifiers by the names of arguments, such as `organisation_id`; others are taken
            from the answers. None compares upstream's documents alone.
        login: The request that gives a token, to look at its answer.
        pause: Seconds between requests.
        sleep: Waits.

    Raises:
        ValueError: No argument of an operation has a name that `known` gives.
    """
    run = _Run(client, api, functions_of(api), pause, sleep)
    names = {name for one in run.functions for name, _ in one.required}
    if wrong := sorted({*(known or ())} - names):
        message = f"no operation takes {wrong[0]!r}; identifiers are {', '.join(sorted(names))}"
        raise ValueError(message)
    await run.documents()
    if login is not None:
        await run.log_in(login)
    if known is None:
        for one in run.functions:
            run.note_told(one)
    else:
        await run.operations(Pool(names, known))
    return run.contact()


@dataclass
class _Run:
    client: ApiClient
    api: Api
    functions: list[Function]
    pause: float
    sleep: Callable[[float], Awaitable[None]]
    seen: dict[str, Seen] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)  # of the documents
    replies: list[Reply] = field(default_factory=list)
    offsets: list[float] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    controls: dict[str, tuple[int, str]] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)
    requests: int = 0

    # What is asked

    async def ask(self, request: Request[Any]) -> Reply:
        if self.requests and self.pause:
            await self.sleep(self.pause)
        self.requests += 1
        before = self.client.now()
        reply = await self.client.send_raw(request, lane="bulk", retries=1)
        self.replies.append(reply)
        ahead = measures.offset(reply.headers, before, self.client.now())
        self.offsets += [] if ahead is None else [ahead]
        return reply

    async def documents(self) -> None:
        every = functions_of(self.api, reading=False)
        for area, path in self.api.documents.items():
            here = [
                one._replace(operation=self.corrected(one)) for one in every if one.area == area
            ]
            document = replace(_reading(f"{area}.document", path), authenticated=False)
            try:
                if path:
                    self.told[area] = compared(await self.value(Request(document)), here)
                    self.found[area] = "was read"
            except StatusError as error:
                self.found[area] = f"could not be had: HTTP {error.status}"
            except (EnergyApiError, ValueError, AttributeError, TypeError) as error:
                self.found[area] = f"could not be had: {type(error).__name__}: {error}"
        self.replies.clear()

    async def value(self, request: Request[Any]) -> Any:  # noqa: ANN401 - any JSON
        return json_of((await self.ask(request)).body)

    def corrected(self, one: Function) -> Operation[Any]:
        path = self.client.paths.get(one.operation.name, one.operation.path)
        return replace(one.operation, path=path)

    async def log_in(self, login: Request[Any]) -> None:
        every = functions_of(self.api, reading=False)
        one = next(one for one in every if one.operation.name == login.operation.name)
        value = await self.value(login)
        facts, beside = measures.of_token(value)
        self.facts |= facts
        self.beside |= beside
        self.keep(one, 200, value)

    async def operations(self, pool: Pool) -> None:
        """Ask whatever can be asked, until nothing new becomes known."""
        left: list[Function] = []
        waiting = self.functions
        while len(left) != len(waiting):
            left, waiting = waiting, []
            for one in left:
                try:
                    await self.attempt(one, pool)
                except Missing as missing:
                    self.note(
                        one,
                        "not tried",
                        why=f"no {missing} is known; --id {missing}=... or known= gives it",
                    )
                    waiting.append(one)
        for off in off_by_thousand(self.figures, self.api.most):
            name, _, where = off.where.partition("$")
            if any(one.kind == "unit" for one in self.seen[name].findings):
                continue  # it says so itself
            findings = (*self.seen[name].findings, Finding("scale", f"${where}", (off.unit,)))
            self.seen[name] = replace(self.seen[name], verdict="differs", findings=findings)

    async def attempt(self, one: Function, pool: Pool) -> None:
        """With a few identifiers, until something came."""
        midnight = self.client.now().replace(hour=0, minute=0, second=0, microsecond=0)
        window = midnight - timedelta(days=_DAYS + 1), midnight - timedelta(days=1)
        misfit, is_asked = "", False
        for _, arguments in zip(range(_TRIES), pool.choices(one, window), strict=False):
            try:
                request = await request_for(one, arguments)
            except ValueError:  # an identifier of something else that goes by the same name
                misfit = list(arguments)[-1]
                continue
            is_asked = True
            try:
                reply = await self.ask(request)
                if not one.operation.wants_json:
                    return self.note(one, "works", status=reply.status)
                value = json_of(reply.body)
            except StatusError as error:
                if await self.refused(one, request, error) != "unclear":
                    return None
            except (EnergyApiError, ValueError) as error:
                return self.note(one, "fails", why=str(error))
            else:
                pool.learn(one, arguments, value)
                where = f"{one.operation.name}$"
                self.figures += figures(one.returns, value, one.categories, where)
                periods = periods_in(value)
                ranges = await self.measure(one, arguments, periods)
                self.keep(one, reply.status, value, ranges=ranges, bucket=bucket_of(periods))
                if value:
                    return None
        if misfit and not is_asked:
            raise Missing(misfit)
        return None

    async def measure(
        self, one: Function, arguments: Mapping[str, Any], periods: Sequence[Period]
    ) -> str:
        """Ask from edge to edge of rows, and from middle to middle."""
        answers = []
        for start, end in questions_of(periods) if "start" in arguments else ():
            request = await request_for(one, {**arguments, "start": start, "end": end})
            try:
                answers.append(periods_in(await self.value(request)))
            except (EnergyApiError, ValueError):
                return ""
        return meaning_of(periods, answers) if answers else ""

    async def refused(self, one: Function, request: Request[Any], error: StatusError) -> Verdict:
        verdict, moved = _VERDICTS.get(error.status, "fails"), ""
        findings = (Finding("request", text=error.message),) if verdict == "differs" else ()
        if verdict == "not there" and not await self.is_absent(one, request, error):
            verdict = "unclear"
        elif verdict == "not there" and (told := self.told.get(one.area)):
            moved = told.moved.get(one.operation.name, "")
        try:
            answer = shape_of(json_of(error.body))
        except ValueError:
            answer = NOTHING
        self.note(one, verdict, why=error.message, status=error.status, answer=answer,
                  findings=findings, moved=moved)  # fmt: skip
        if moved:
            await self.ask_there(one, request, moved)
        return verdict

    async def is_absent(self, one: Function, request: Request[Any], error: StatusError) -> bool:
        """Whether the answer is that of a path which surely is not there."""
        if isinstance(error, OperationNotFound) and not error.attempts:
            return True
        cause = error.__cause__ if isinstance(error, OperationNotFound) else error
        path = self.corrected(one).path
        if one.area not in self.controls:
            nowhere = f"{path}/{_NOWHERE}" if path.endswith("}") else f"{path}-{_NOWHERE}"
            self.controls[one.area] = 0, ""
            try:
                await self.ask(Request(_reading("contact.control", nowhere), path=request.path))
            except StatusError as control:
                self.controls[one.area] = control.status, _said(control, nowhere, request)
            except EnergyApiError:
                pass
        said = _said(cause, path, request) if isinstance(cause, StatusError) else ""
        return (error.status, said) == self.controls[one.area] or error.status == 405  # noqa: PLR2004

    async def ask_there(self, one: Function, request: Request[Any], path: str) -> None:
        """Ask at the place that the document has."""
        names = {name.lower(): value for name, value in request.path.items()}
        there = {name: names[name.lower()] for name in PathTemplate(path).names}
        operation = replace(one.operation, path=path, provenance="published")
        try:
            value = await self.value(replace(request, operation=operation, path=there))
        except (EnergyApiError, ValueError):
            return
        before = self.seen[one.operation.name]
        self.keep(one, 200, value, why=before.why, moved=path)
        self.seen[one.operation.name] = replace(self.seen[one.operation.name], verdict="not there")

    # What is kept of it

    def keep(self, one: Function, status: int, value: Any, **more: str) -> None:  # noqa: ANN401
        shape = shape_of(value)
        found = {*differences(one.returns, shape)}
        for name, said, unit in stated_otherwise(value, one.categories):
            found.add(Finding("unit", f"$.{name}", (said, unit)))
        ends = more.get("ranges", "").partition("; ")[0]
        if ends not in {"", _INCLUDED}:
            found.add(Finding("range", names=(ends,)))
        if all(finding.is_note for finding in found):  # what the client itself says
            try:
                msgspec.convert(value, one.operation.returns, strict=not one.operation.tolerant)
            except msgspec.ValidationError as error:
                found.add(Finding("decode", text=str(error)))
        verdict: Verdict = "works" if all(finding.is_note for finding in found) else "differs"
        self.note(one, verdict, status=status, answer=shape, findings=tuple(sorted(found)), **more)

    def note(self, one: Function, verdict: Verdict, **more: Any) -> None:  # noqa: ANN401
        name = one.operation.name
        is_corrected, path = name in self.client.paths, self.corrected(one).path
        self.seen[name] = Seen(
            operation=name, verdict=verdict, path=path, is_corrected=is_corrected, **more
        )

    def note_told(self, one: Function) -> None:
        """Note what the document alone says."""
        told, name = self.told.get(one.area), one.operation.name
        if told is None:
            why = f"its document {self.found.get(one.area, 'does not exist')}"
            return self.note(one, "not tried", why=why)
        findings = told.findings.get(name, ())
        verdict: Verdict = "differs" if findings else "works"
        verdict = "not there" if name in told.absent else verdict
        return self.note(one, verdict, moved=told.moved.get(name, ""), findings=findings)

    def contact(self) -> Contact:
        for name, findings in (
            (n, f) for told in self.told.values() for n, f in told.findings.items()
        ):
            if seen := self.seen.get(name):
                more = [one for one in findings if one.kind == "parameter"]
                kept = dict.fromkeys([*seen.findings, *more])
                self.seen[name] = replace(seen, findings=tuple(kept))
        facts, beside = measures.of_replies(self.replies, self.offsets)
        return Contact(
            api=self.api.name,
            version=user_agent().partition("/")[2],
            asked=self.client.base_url,
            made=self.client.now().date().isoformat(),
            operations=tuple(self.seen[name] for name in sorted(self.seen)),
            measures=self.facts | facts,
            beside=self.beside | beside,
            documents=self.found,
            fresh=tuple(one for told in self.told.values() for one in told.fresh),
            requests=self.requests,
        )


def _reading(name: str, path: str) -> Operation[bytes]:
    return Operation[bytes](name=name, method="GET", path=path, returns=bytes, repeatable=True)


def _said(error: StatusError, path: str, request: Request[Any]) -> str:
    """The body of an error, what it repeats of the request taken out."""
    text = error.body.decode("utf-8", "replace")
    repeated = PathTemplate(path).fill(request.path), *map(str, request.path.values()), _NOWHERE
    for one in repeated:
        text = text.replace(one, "")
    return text
