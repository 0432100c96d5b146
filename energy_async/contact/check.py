"""The first contact with a real server: every reading operation once or a few times, slowly."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import anyio
import msgspec
from msgspec.structs import replace

from energy_async.contact import measures
from energy_async.contact.asking import Asker, reading
from energy_async.contact.differences import Finding, differences
from energy_async.contact.documents import Documented, compared
from energy_async.contact.interface import (
    Api,
    Function,
    Missing,
    Pool,
    functions_of,
    request_for,
)
from energy_async.contact.measures import (
    Period,
    bucket_of,
    meaning_of,
    periods_in,
    questions_of,
)
from energy_async.contact.report import Contact, Seen, Verdict
from energy_async.contact.scales import Figure, figures, off_by_thousand, stated_otherwise
from energy_async.contact.shapes import NOTHING, json_of, shape_of
from energy_async.transport.errors import EnergyApiError, StatusError
from energy_async.transport.headers import user_agent
from energy_async.transport.request import Request
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
    every = functions_of(api, reading=False)
    run = _Run(Asker(client, pause, sleep), api, every)
    functions = functions_of(api)
    names = {name for one in functions for name, _ in one.required}
    if wrong := sorted({*(known or ())} - names):
        message = f"no operation takes {wrong[0]!r}; identifiers are {', '.join(sorted(names))}"
        raise ValueError(message)
    await run.documents()
    if login is not None:
        await run.log_in(login)
    if known is None:
        for one in functions:
            run.note_document(one)
    else:
        await run.operations(functions, Pool(names, known))
    return run.contact()


@dataclass
class _Run:
    asker: Asker
    api: Api
    every: list[Function]
    seen: dict[str, Seen] = field(default_factory=dict)
    documented: dict[str, Documented] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)  # what became of each document
    figures: list[Figure] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    general: dict[str, str] = field(default_factory=dict)

    # What is asked

    async def documents(self) -> None:
        for area, path in self.api.documents.items():
            here = [
                one._replace(operation=self.asker.corrected(one))
                for one in self.every
                if one.area == area
            ]
            document = reading(f"{area}.document", path, authenticated=False)
            try:
                if path:
                    value = await self.asker.value(Request(document))
                    self.documented[area], self.found[area] = compared(value, here), "was read"
            except (EnergyApiError, ValueError, AttributeError, TypeError) as error:
                why = f"{type(error).__name__}: {error}"
                if isinstance(error, StatusError):
                    why = f"HTTP {error.status}"
                self.found[area] = f"could not be had: {why}"
        self.asker.replies.clear()

    async def log_in(self, login: Request[Any]) -> None:
        one = next(one for one in self.every if one.operation.name == login.operation.name)
        value = await self.asker.value(login)
        facts, general = measures.of_token(value)
        self.facts |= facts
        self.general |= general
        self.judge(one, 200, value)

    async def operations(self, functions: list[Function], pool: Pool) -> None:
        """Ask whatever can be asked, until nothing new becomes known."""
        left: list[Function] = []
        waiting = functions
        while len(left) != len(waiting):
            left, waiting = waiting, []
            for one in left:
                try:
                    await self.attempt(one, pool)
                except Missing as missing:
                    why = f"no {missing} is known; --id {missing}=... or known= gives it"
                    self.note(one, "not tried", why=why)
                    waiting.append(one)
        for off in off_by_thousand(self.figures, self.api.most):
            name, _, where = off.where.partition("$")
            if any(one.kind == "unit" for one in self.seen[name].findings):
                continue  # it says so itself
            findings = (*self.seen[name].findings, Finding("scale", f"${where}", (off.unit,)))
            self.seen[name] = replace(self.seen[name], verdict="differs", findings=findings)

    async def attempt(self, one: Function, pool: Pool) -> None:
        """With a few identifiers, until something came."""
        midnight = self.asker.client.now().replace(hour=0, minute=0, second=0, microsecond=0)
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
                reply = await self.asker.ask(request)
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
                self.judge(one, reply.status, value, ranges=ranges, bucket=bucket_of(periods))
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
                answers.append(periods_in(await self.asker.value(request)))
            except (EnergyApiError, ValueError):
                return ""
        return meaning_of(periods, answers) if answers else ""

    async def refused(self, one: Function, request: Request[Any], error: StatusError) -> Verdict:
        verdict, moved = _VERDICTS.get(error.status, "fails"), ""
        findings = (Finding("request", text=error.message),) if verdict == "differs" else ()
        if verdict == "not there" and not await self.asker.is_absent(one, request, error):
            verdict = "unclear"
        elif verdict == "not there" and (known := self.documented.get(one.area)):
            moved = known.moved.get(one.operation.name, "")
        try:
            answer = shape_of(json_of(error.body))
        except ValueError:
            answer = NOTHING
        self.note(one, verdict, why=error.message, status=error.status, answer=answer,
                  findings=findings, moved=moved)  # fmt: skip
        if moved:
            await self.ask_there(one, request, moved)
        return verdict

    async def ask_there(self, one: Function, request: Request[Any], path: str) -> None:
        """Ask at the path that the document has."""
        names = {name.lower(): value for name, value in request.path.items()}
        there = {name: names[name.lower()] for name in PathTemplate(path).names}
        operation = replace(one.operation, path=path, provenance="published")
        try:
            value = await self.asker.value(replace(request, operation=operation, path=there))
        except (EnergyApiError, ValueError):
            return
        name = one.operation.name
        self.judge(one, 200, value, why=self.seen[name].why, moved=path)
        self.seen[name] = replace(self.seen[name], verdict="not there")

    # What is noted of it

    def judge(self, one: Function, status: int, value: Any, **more: str) -> None:  # noqa: ANN401
        shape = shape_of(value)
        found = {*differences(one.returns, shape)}
        for name, stated, unit in stated_otherwise(value, one.categories):
            found.add(Finding("unit", f"$.{name}", (stated, unit)))
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
        name, path = one.operation.name, self.asker.corrected(one).path
        is_corrected = name in self.asker.client.paths
        self.seen[name] = Seen(
            operation=name, verdict=verdict, path=path, is_corrected=is_corrected, **more
        )

    def note_document(self, one: Function) -> None:
        """Note what the document alone says."""
        known, name = self.documented.get(one.area), one.operation.name
        if known is None:
            why = f"its document {self.found.get(one.area, 'does not exist')}"
            return self.note(one, "not tried", why=why)
        findings = known.findings.get(name, ())
        verdict: Verdict = "differs" if findings else "works"
        verdict = "not there" if name in known.absent else verdict
        return self.note(one, verdict, moved=known.moved.get(name, ""), findings=findings)

    def contact(self) -> Contact:
        for known in self.documented.values():
            for name in known.findings.keys() & self.seen.keys():
                more = [one for one in known.findings[name] if one.kind == "parameter"]
                findings = tuple(dict.fromkeys([*self.seen[name].findings, *more]))
                self.seen[name] = replace(self.seen[name], findings=findings)
        facts, general = measures.of_replies(self.asker.replies, self.asker.offsets)
        return Contact(
            api=self.api.name,
            version=user_agent().partition("/")[2],
            asked=self.asker.client.base_url,
            made=self.asker.client.now().date().isoformat(),
            operations=tuple(self.seen[name] for name in sorted(self.seen)),
            measures=self.facts | facts,
            general=self.general | general,
            documents=self.found,
            fresh=tuple(one for known in self.documented.values() for one in known.fresh),
            requests=self.asker.requests,
        )
