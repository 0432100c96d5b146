"""Every status with every body: whether what the client says of a request is so.

Between the client and the API stands a gateway that has the API act first and then answers what it
likes. Only where the API itself refuses, in its own words, has it not acted. So there are three
ways to be wrong: to deny what was carried out, to take a page for a success, and to give up what
may be repeated while the next answer would be a good one.

`python -m tests.faults.verdicts` asks over sockets through all backends; the suite does so for some
statuses, and for all of them without sockets.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import anyio

from energy_async import ApiClient, EnergyApiError, Operation, Request, WireReply, WireRequest
from tests.faults.clients import STACKS, client_of, loop_of
from tests.faults.server import Connection, Seen, answer, serve

STATUSES: Final = range(200, 600)
FEW: Final = (200, 204, 206, 302, 401, 403, 408, 429, 503, 524)
SOME: Final = (*FEW, 201, 205, 304, 400, 404, 409, 421, 425, 460, 499, 500, 502, 504, 598)
API: Final = "the API's JSON"
TEXT: Final = "text"
EMPTY: Final = "empty"
PAGES: Final = {
    "doctype": b"<!DOCTYPE html><html>Sign in</html>",
    "html": b"<html>Sign in</html>",
    "comment": b"<!-- sso --><html>Sign in</html>",
    "byte order mark": b"\xef\xbb\xbf<html>Sign in</html>",
    "script": b"<script>location='/login'</script>",
    "head": b"<head><title>Sign in</title></head>",
    "center": b"<center><h1>Maintenance</h1></center>",
    "blanks": b" " * 100 + b"<html>Sign in</html>",
    "a sentence": b"Request blocked. Support ID: 1234567890",
    "a number": b"1 moment please",
    "a word": b"null and void",
    "in JSON's clothes": b'{"page": </html>',
}
BODIES: Final = {
    API: (b"[1]", "application/json"),
    **{name: (body, "text/html; charset=utf-8") for name, body in PAGES.items()},
    TEXT: (b"upstream connect error or disconnect/reset before headers", "text/plain"),
    EMPTY: (b"", ""),
}
_NO_BODY: Final = frozenset({204, 205, 304})
_TURNED_AWAY: Final = frozenset({401, 429})
_TRY_AGAIN: Final = frozenset({408, 421, 425, 429})
_REFUSALS: Final = {one.value for one in HTTPStatus if 400 <= one < 500} - {408, 421, 425, 407}


def _operation(method: str, returns: Any) -> Operation[Any]:
    return Operation(
        name="things.thing",
        method=method,
        path="/things/{thing_id}",
        returns=returns,
        repeatable=method != "POST",
    )


ASKED: Final = {
    "GET": _operation("GET", list[int]),
    "PUT": _operation("PUT", list[int]),
    "PUT, no value": _operation("PUT", None),
    "POST": _operation("POST", None),
    "POST, a value": _operation("POST", list[int]),
}


@dataclass(frozen=True)
class Case:
    """An answer to what was asked; `number` tells it from the others."""

    number: int
    asked: str
    status: int
    body: str

    @property
    def is_page(self) -> bool:
        """Whether something that is certainly not the API answers."""
        return self.body in PAGES and self.status not in _NO_BODY

    @property
    def acts(self) -> bool:
        """Whether the API acts before the gateway answers: unless it is the API that refuses."""
        if self.body == EMPTY:
            return self.status not in _TURNED_AWAY
        return not (self.body == API and self.status in _REFUSALS)

    @property
    def proves_success(self) -> bool:
        """Whether nobody but the API can have answered so, and to say that all is well."""
        if not 200 <= self.status <= 205:
            return False
        wants_value = ASKED[self.asked].returns is not None
        if self.status in _NO_BODY or self.body == EMPTY:
            return not wants_value
        return self.body == API

    @property
    def passes(self) -> bool:
        """Whether the trouble is one that passes."""
        if self.is_page or self.status >= 500 or self.status in _TRY_AGAIN:
            return True
        if self.status >= 400:
            return self.status not in {one.value for one in HTTPStatus}
        return self.status < 300 and self.status not in _NO_BODY and not self.proves_success

    @property
    def answer(self) -> tuple[bytes, str]:
        """Body and content type."""
        return (b"", "") if self.status in _NO_BODY else BODIES[self.body]


def cases(statuses: Iterable[int] = STATUSES) -> list[Case]:
    """All there are for some statuses."""
    found = [(asked, status, body) for status in statuses for body in BODIES for asked in ASKED]
    return [Case(number, *one) for number, one in enumerate(found)]


@dataclass
class Count:
    """How many cases were asked, and what was wrong."""

    asked: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def judge(self, case: Case, error: EnergyApiError | None, carried_out: int, sent: int) -> None:
        """Hold what the client says against what the server did."""
        self.asked += 1
        self.verdicts[type(error).__name__ if error else "success"] += 1
        operation = ASKED[case.asked]
        for is_wrong, what in (
            (
                error is not None
                and carried_out > 0
                and operation.method != "GET"
                and not error.may_have_acted,
                "denied",
            ),
            (error is None and sent == 1 and not case.proves_success, "taken for success"),
            (
                error is not None and operation.repeatable and case.passes,
                "given up with time left",
            ),
            (error is not None and case.proves_success, "success not seen"),
            (carried_out > 1 and not operation.repeatable, "carried out twice"),
        ):
            if is_wrong:
                self.wrong.append(f"{case}: {what} ({error!r})")


class _Ledger:
    """What the API has carried out, and the next answer to each case."""

    def __init__(self, asked: list[Case]) -> None:
        self._cases = asked
        self.carried_out: Counter[int] = Counter()
        self.sent: Counter[int] = Counter()

    def answer(self, number: int) -> tuple[int, bytes, str]:
        """The case's own answer to the first request, then a good one."""
        case = self._cases[number]
        self.sent[number] += 1
        if self.sent[number] == 1:
            self.carried_out[number] += case.acts
            return (case.status, *case.answer)
        self.carried_out[number] += 1
        return (200, b"[1]", "application/json")


async def _ask_all(client: ApiClient, asked: list[Case], ledger: _Ledger, count: Count) -> None:
    waiting = iter(asked)

    async def work() -> None:
        for case in waiting:
            error: EnergyApiError | None = None
            try:
                await client.send(Request(ASKED[case.asked], path={"thing_id": str(case.number)}))
            except EnergyApiError as exc:
                error = exc
            count.judge(case, error, ledger.carried_out[case.number], ledger.sent[case.number])

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(work)


class _InMemory:
    """A backend that answers from the ledger, without a socket."""

    def __init__(self, ledger: _Ledger) -> None:
        self._ledger = ledger

    async def send(self, request: WireRequest) -> WireReply:
        status, body, kind = self._ledger.answer(int(request.url.rpartition("/")[2]))
        return WireReply(status, {"content-type": kind} if kind else {}, body)

    async def aclose(self) -> None:
        pass


_QUIET: Final[dict[str, Any]] = {"static": True, "retries": 3}


async def ask_in_memory(statuses: Iterable[int] = STATUSES) -> Count:
    """Ask without sockets: what the transport makes of each answer."""
    asked, count = cases(statuses), Count()
    ledger = _Ledger(asked)
    async with client_of("aiohttp", "http://api.test", backend=_InMemory(ledger), **_QUIET) as one:
        await _ask_all(one, asked, ledger, count)
    return count


async def ask(stack: str, statuses: Iterable[int] = STATUSES) -> Count:
    """Ask a server, through a backend."""
    asked, count = cases(statuses), Count()
    ledger = _Ledger(asked)

    async def handler(connection: Connection, seen: Seen) -> None:
        status, body, kind = ledger.answer(int(seen.target.rpartition("/")[2]))
        await connection.send(_wire(status, body, kind))

    async with serve(handler) as server, client_of(stack, server.url, **_QUIET) as client:
        await _ask_all(client, asked, ledger, count)
    return count


def _wire(status: int, body: bytes, kind: str) -> bytes:
    if status in {204, 304}:  # which have no body, and no length of one
        return f"HTTP/1.1 {status} Whatever\r\n\r\n".encode()
    whole = answer(body, status=status, kind=kind)
    return whole if kind else whole.replace(b"Content-Type: \r\n", b"")


def _lines(name: str, count: Count) -> Iterator[str]:
    verdicts = ", ".join(f"{name} {number:,}" for name, number in count.verdicts.most_common())
    yield f"{name}: {count.asked:,} answers; {verdicts}"
    for what in (
        "denied",
        "taken for success",
        "given up with time left",
        "success not seen",
        "carried out twice",
    ):
        yield f"  {what}: {sum(f': {what} (' in text for text in count.wrong)}"
    yield from (f"    {text}" for text in count.wrong[:20])


def main() -> int:
    """Ask it all."""
    parser = argparse.ArgumentParser(description="Every status with every body.")
    parser.add_argument("--stacks", nargs="*", default=list(STACKS), choices=STACKS)
    arguments = parser.parse_args()
    logging.disable()
    counts = {"in memory": anyio.run(ask_in_memory)}
    for stack in arguments.stacks:
        counts[stack] = anyio.run(ask, stack, backend=loop_of(stack))
    for name, count in counts.items():
        for line in _lines(name, count):
            sys.stdout.write(f"{line}\n")
    return int(any(count.wrong for count in counts.values()))


if __name__ == "__main__":
    sys.exit(main())
