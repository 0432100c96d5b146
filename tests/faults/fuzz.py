"""Answers that nobody thought of, through single calls and through a pull.

Whatever comes, a call gives a value or one of our errors, and a pull goes on to its last window.

`python -m tests.faults.fuzz 100000` asks that many times: 60 % through pulls, in memory, 30 % and
10 % in single calls over the sockets of aiohttp and of httpx. A 401 is left out of the pulls: an
account that is refused ends one at once, as it should.
"""

from __future__ import annotations

import argparse
import gzip
import logging
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

import anyio

from energy_async import ApiClient, EnergyApiError, Request, WireReply, WireRequest
from energy_async.transport.request import Operation
from tests.faults.clients import client_of
from tests.faults.server import Connection, Seen, serve
from trlyr_async import auctions, bulk, revenue_reporting, virtual_assets

_ROW: Final = (
    b'{"startTs":"2026-01-01T00:00:00Z","endTs":"2026-01-01T01:00:00Z","revenue":1.5,'
    b'"virtualAssetID":"00000000-0000-0000-0000-000000000001","versionNumber":1}'
)
_TYPES: Final = (
    "application/json", "application/json; charset=utf-16", "application/problem+json", "text/html",
    "text/plain", "", "application/json, text/html", "APPLICATION/JSON", "\x80", "multipart/mixed",
)  # fmt: skip
_NUMBERS: Final = (
    "0", "1", "-1", "1e300", "nan", "inf", "99999999999999999", "2, 2", "0x10", "\u0661", "1_0", "",
    "30000000", "Sun, 99 Jun 2025 15:07:00 GMT", "Sat, 01 Jan 0001 00:00:00 GMT", '"x";q=1;w=60',
    '"a";r=0;t=1e9', '";;;', '"a";q=10;qu="content-bytes"', "\xff\xfe", "Thu, 1 Jan 1970", "5;w=0",
)  # fmt: skip
_LOCATIONS: Final = (
    "http://[::1", "http://[bad]/", "http://a:99999/", "http://a:abc/", "/x?a=b c HTTP/1.1", "//",
    "/things", "?", "#", "\x01", "http://[::1]:80:80/", "///", "http:", "/\xfc", "file:///", "..",
    "https://elsewhere.invalid/", "http://user:pass@[v1.a]/", "/%zz", "http://\u2100/",
)  # fmt: skip
_NAMES: Final = (
    "Retry-After", "RateLimit", "RateLimit-Policy", "RateLimit-Remaining", "RateLimit-Reset",
    "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Date", "X-Request-Id",
    "ETag", "Set-Cookie", "WWW-Authenticate", "Content-Range", "Content-Language", "Age",
)  # fmt: skip
_ENCODINGS: Final = ("gzip", "deflate", "br", "zstd", "gzip, gzip", "identity", "x", "gzip;q=0", "")


@dataclass(frozen=True)
class Answer:
    """A made-up answer; `wire` may not even be HTTP."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def reply(self) -> WireReply:
        """As a backend would give it, where it could."""
        return WireReply(
            self.status, {name.lower(): text for name, text in self.headers}, self.body
        )

    def wire(self, chance: Random) -> tuple[bytes, bool]:
        """As it comes over a socket, now and then cut, damaged or of another length.

        Then it says so: the connection has to end, or the client would wait for the rest.
        """
        is_odd = chance.random() < 0.1
        length = chance.choice((-1, 0, 3, 10**20)) if is_odd else len(self.body)
        lines = [f"HTTP/1.1 {self.status} {chance.choice(('OK', '', 'ü', 'A' * 50))}"]
        lines += [f"{name}: {text}" for name, text in (*self.headers, ("Content-Length", length))]
        whole = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + self.body
        if is_odd and chance.random() < 0.5:
            at = chance.randrange(len(whole))
            whole = whole[:at] + chance.choice((b"", chance.randbytes(3) + whole[at + 3 :]))
        return whole, is_odd


class Fuzzer:
    """Makes answers up, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)

    def answer(self, *, without: frozenset[int] = frozenset()) -> Answer:
        """Any answer, but none with a status of `without`."""
        chance = self.chance
        status = 200 if chance.random() < 0.5 else chance.choice((*range(200, 600), 600, 999))
        if status in without:
            status = 403
        headers = [("Content-Type", chance.choice(_TYPES))] if chance.random() < 0.9 else []
        for name in chance.sample(_NAMES, chance.choice((0, 0, 1, 3))):
            headers += [(name, chance.choice(_NUMBERS))] * chance.choice((1, 1, 2))
        if chance.random() < 0.2:
            headers.append(("Location", chance.choice(_LOCATIONS)))
        body = self._body()
        if chance.random() < 0.1:
            headers.append(("Content-Encoding", chance.choice(_ENCODINGS)))
            body = gzip.compress(body, 1) if chance.random() < 0.5 else body
        return Answer(status, headers, body)

    def _body(self) -> bytes:
        chance = self.chance
        make: Callable[[], bytes] = chance.choice((
            lambda: b"[" + b",".join([_ROW] * chance.randrange(4)) + b"]",
            lambda: self._damaged(b"[" + _ROW + b"," + _ROW + b"]"),
            lambda: self._damaged(_ROW),
            lambda: b"[" * chance.choice((50, 900, 1100, 4000)) + b"]" * 50,
            lambda: b'{"a":' * chance.choice((50, 1100, 4000)) + b"1" + b"}" * 4000,
            lambda: chance.randbytes(chance.randrange(200)),
            lambda: chance.choice((b"", b" ", b"null", b"{}", b"[]", b"[null]", b'"x"', b"1e999")),
            lambda: chance.choice((b"<html>", b"\xef\xbb\xbf<!-- -->", b"\xff\xfe<\x00", b"error")),
            lambda: b'{"detail":' + chance.choice((b"[[[1]]]", b'{"a":{}}', b"null", b"1")) + b"}",
        ))  # fmt: skip
        return make()

    def _damaged(self, text: bytes) -> bytes:
        chance, raw = self.chance, bytearray(text)
        for _ in range(chance.randrange(4)):
            raw[chance.randrange(len(raw))] = chance.choice(b'{}[]",:0-9eE.nullT\\\x00\xff+')
        for old, new in ((b"2026", b"9999"), (b"2026", b"0000"), (b"1.5", b"1e308"), (b"Z", b"")):
            if chance.random() < 0.1:
                raw = raw.replace(old, new)
        return bytes(raw)


@dataclass
class Found:
    """How many answers there were, what became of them, and errors that are not ours."""

    answers: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    foreign: list[str] = field(default_factory=list)
    ended: int = 0

    def note(self, error: Exception | None) -> None:
        """Note how a call has ended."""
        self.outcomes[type(error).__name__ if error else "value"] += 1
        if error is not None and not isinstance(error, EnergyApiError):
            self.foreign.append("".join(traceback.format_exception(error))[-2000:])


_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
_WINDOW: Final = timedelta(minutes=5)
_ASSET: Final = UUID(int=1)


def _requests() -> list[Request[Any]]:
    """Requests of every kind: rows, a struct, nothing, a bid, a schedule."""
    asked: list[tuple[Operation[Any], dict[str, Any]]] = [
        (revenue_reporting.OPERATIONS["get_tolling_revenue"], {"virtualAssetID": _ASSET}),
        (auctions.OPERATIONS["get_auction"], {"auctionID": _ASSET}),
        (auctions.OPERATIONS["submit_bid"], {"auctionID": _ASSET}),
        (
            virtual_assets.OPERATIONS["update_block_schedule"],
            {"organisationID": "o", "virtualAssetID": _ASSET, "blockID": _ASSET},
        ),
    ]
    return [Request(one, path=path) for one, path in asked]


async def single_calls(stack: str, count: int, seed: int = 1) -> Found:
    """One call after the other over a socket; not all answers are HTTP."""
    found, fuzzer, asked = Found(), Fuzzer(seed), _requests()

    async def handler(connection: Connection, seen: Seen) -> bool:
        found.answers += 1
        whole, is_odd = fuzzer.answer().wire(fuzzer.chance)
        await connection.send(whole)
        return is_odd

    async def work(client: ApiClient) -> None:
        while found.answers < count:
            try:
                await client.send(fuzzer.chance.choice(asked))
            except Exception as error:  # noqa: BLE001 - held against the tree
                found.note(error)
            else:
                found.note(None)

    async with (
        serve(handler) as server,
        client_of(stack, server.url, retries=1, timeout=5) as client,
        anyio.create_task_group() as group,
    ):
        for _ in range(8):
            group.start_soon(work, client)
    return found


class _Made:
    """A backend whose login works and whose other answers are made up."""

    def __init__(self, fuzzer: Fuzzer, found: Found) -> None:
        self._fuzzer = fuzzer
        self._found = found

    async def send(self, request: WireRequest) -> WireReply:
        if "authenticate" in request.url:
            return WireReply(200, {}, b'{"access_token":"token","expires_in":1e9}')
        self._found.answers += 1
        return self._fuzzer.answer(without=frozenset({401})).reply

    async def aclose(self) -> None:
        pass


async def pulls(count: int, seed: int = 1) -> Found:
    """Pull after pull, until so many answers have come."""
    found, fuzzer = Found(), Fuzzer(seed)
    while found.answers < count:
        made = _Made(fuzzer, found)
        async with client_of("aiohttp", "http://api.test", backend=made, retries=1) as client:
            pull = bulk.pull_revenue(
                client, [UUID(int=1), UUID(int=2)], start=_DAY[0], end=_DAY[1], window=_WINDOW
            )
            try:
                async for batch in pull:
                    found.note(batch.error)
            except Exception as error:  # noqa: BLE001 - held against the tree
                found.ended += 1
                found.foreign.append("".join(traceback.format_exception(error))[-2000:])
    return found


def main() -> int:
    """Ask so many times."""
    parser = argparse.ArgumentParser(description="Answers that nobody thought of.")
    parser.add_argument("answers", type=int, nargs="?", default=100_000)
    count = parser.parse_args().answers
    logging.disable()
    results = {
        "pulls": anyio.run(pulls, count * 6 // 10),
        "single calls, aiohttp": anyio.run(single_calls, "aiohttp", count * 3 // 10),
        "single calls, httpx": anyio.run(single_calls, "httpx", count // 10),
    }
    for name, found in results.items():
        outcomes = ", ".join(f"{what} {number:,}" for what, number in found.outcomes.most_common())
        sys.stdout.write(
            f"{name}: {found.answers:,} answers; {outcomes}\n  errors outside the tree:"
            f" {len(found.foreign)}; pulls ended: {found.ended}\n"
        )
        sys.stdout.writelines(f"{text}\n" for text in found.foreign[:5])
    return int(any(found.foreign for found in results.values()))


if __name__ == "__main__":
    sys.exit(main())
