"""Thousands of bids and schedules through a gateway that passes on, and then answers anything.

The ledger of the server behind it is held against what the client says of each: a success must be
in it, an error that denies must not, and no bid may be in it twice. With `closing`, the client is
closed again and again while they are on their way, and another one takes over.

`python -m tests.faults.gateway 5000` runs it.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from uuid import UUID

import anyio

from energy_async import ApiClient, EnergyApiError, Request
from energy_async.transport.bodies import body_bytes
from tests.faults.clients import STACKS, client_of, loop_of
from tests.faults.server import Connection, Seen, answer, serve
from tests.faults.verdicts import API, BODIES
from trlyr_async import trading, virtual_assets

_AT_ONCE: Final = 20
_REFUSED: Final = (400, 403, 404, 409, 422, 429)
_BODIES: Final = {**BODIES, API: (b"{}", "application/json")}
_STATUSES: Final = tuple(set(range(200, 600)) - {204, 205, 304})
_POINTS: Final = {"schedule": [{"time": "2026-12-01T00:00:00Z", "power": 0}]}
_SCHEDULE: Final = virtual_assets.OPERATIONS["update_block_schedule"]
_NOBODY: Final = UUID(int=0)


@dataclass
class Tally:
    """What came of all of them: what was said and done how often, and what is not so."""

    said: Counter[str] = field(default_factory=Counter)
    ledger: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def note(self, number: int, error: Exception | None) -> None:
        """Hold what the client says of one against the ledger."""
        done, name = self.ledger[number], type(error).__name__ if error else "success"
        self.said[f"{name}, carried out {min(done, 1)}"] += 1
        if error is None:
            fits = done > 0
        elif isinstance(error, EnergyApiError):
            fits = error.may_have_acted or done == 0
            fits &= error.may_have_acted is isinstance(error, trading.SubmissionUnknown)
        else:
            fits = False
        if not fits or (_is_bid(number) and done > 1):
            self.wrong.append(f"{number}: the client says {error!r}, the ledger {done}")


def _is_bid(number: int) -> bool:
    return number % 2 == 0


class Gateway:
    """Passes on what it gets, and then answers anything; reads are answered."""

    def __init__(self, tally: Tally, chance: Random) -> None:
        self._tally = tally
        self._chance = chance

    async def handle(self, connection: Connection, seen: Seen) -> bool:
        """Answer one request; True if the connection ends with it."""
        if seen.method == "GET":
            await connection.send(answer(b"{}"))
            return False
        chance, number = self._chance, _number_in(seen.target)
        if chance.random() < 0.1:  # the API refuses
            await connection.send(answer({"message": "no"}, status=chance.choice(_REFUSED)))
            return False
        self._tally.ledger[number] += 1
        whole = self._answer()
        if chance.random() < 0.1:
            whole = whole[: chance.randrange(len(whole))]
            await connection.send(whole)
            if chance.random() < 0.5:
                connection.reset()
            return True
        await connection.send(whole)
        return False

    def _answer(self) -> bytes:
        chance = self._chance
        if chance.random() < 0.3:
            return answer(b"{}")
        status, body = chance.choice(_STATUSES), chance.choice([*_BODIES])
        if body == API and 400 <= status < 500:
            body = "text"  # in the API's own words it would be a refusal
        text, kind = _BODIES[body]
        if not text and status in {401, 429}:  # at the door
            status = 503
        return answer(text, status=status, kind=kind or "application/octet-stream")


def _number_in(target: str) -> int:
    return next(UUID(part).int for part in target.split("/") if len(part) == 36 and UUID(part).int)


class Service:
    """Sends bids and schedules; its client may be closed under it, and another one takes over."""

    def __init__(self, stack: str, url: str, chance: Random) -> None:
        self._stack = stack
        self._url = url
        self._chance = chance
        self._clients = [self._client()]
        self.said: dict[int, Exception | None] = {}

    def _client(self) -> ApiClient:
        options: dict[str, Any] = {"concurrency": _AT_ONCE, "retries": 2}
        return client_of(self._stack, self._url, **options)

    async def send_all(self, numbers: Iterator[int]) -> None:
        """Send one after the other, and remember what is said of each."""
        for number in numbers:
            try:
                await self._send(self._clients[-1], number)
                self.said[number] = None
            except Exception as error:  # noqa: BLE001 - held against the ledger
                self.said[number] = error

    async def _send(self, client: ApiClient, number: int) -> None:
        one = UUID(int=number)
        if _is_bid(number):
            await trading.submit_auction_bid(client, one, 5.0)
            return
        path = {"organisationID": "o", "virtualAssetID": _NOBODY, "blockID": one}
        request = Request(_SCHEDULE, path=path, body=body_bytes(_POINTS))
        await trading.Submission(client, request, "a schedule", {}).send()

    async def close_now_and_then(self) -> None:
        """Close the client at a moment that nobody chose."""
        while True:
            await anyio.sleep(0.02 + self._chance.random() * 0.1)
            self._clients.append(self._client())
            await self._clients[-2].aclose(grace=self._chance.choice((0, 0, 0.01, 0.05)))

    async def aclose(self) -> None:
        """Close all clients there have been."""
        for client in self._clients:
            await client.aclose()


async def place(stack: str, count: int, *, closing: bool = False, seed: int = 1) -> Tally:
    """Send `count` bids and schedules, and compare both sides."""
    chance, tally, numbers = Random(seed), Tally(), iter(range(2, count + 2))
    async with serve(Gateway(tally, chance).handle) as server:
        service = Service(stack, server.url, chance)
        async with anyio.create_task_group() as shutter:
            if closing:
                shutter.start_soon(service.close_now_and_then)
            async with anyio.create_task_group() as group:
                for _ in range(_AT_ONCE):
                    group.start_soon(service.send_all, numbers)
            shutter.cancel_scope.cancel()
        await service.aclose()
    for number, error in service.said.items():
        tally.note(number, error)
    return tally


def main() -> int:
    """Send them all, with each backend, without and with closing."""
    parser = argparse.ArgumentParser(description="Bids and schedules through a gateway.")
    parser.add_argument("count", type=int, nargs="?", default=5000)
    parser.add_argument("--stacks", nargs="*", default=["aiohttp", "httpx"], choices=STACKS)
    arguments = parser.parse_args()
    logging.disable()
    wrong = 0
    for stack in arguments.stacks:
        for closing in (False, True):
            found = anyio.run(_run, stack, arguments.count, closing, backend=loop_of(stack))
            wrong += len(found.wrong)
            how = ", the client closed at random moments" if closing else ""
            sys.stdout.write(f"{stack}{how}: {sum(found.said.values()):,} sent\n")
            for words, number in sorted(found.said.items()):
                sys.stdout.write(f"  {words}: {number:,}\n")
            sys.stdout.write(f"  wrong: {len(found.wrong)}\n")
            sys.stdout.writelines(f"    {text}\n" for text in found.wrong[:20])
    return int(wrong > 0)


async def _run(stack: str, count: int, closing: bool) -> Tally:
    return await place(stack, count, closing=closing)


if __name__ == "__main__":
    sys.exit(main())
