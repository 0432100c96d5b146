"""Thousands of bids through a server that drops connections wherever it can.

Whatever happens, the server must hold each bid once or not at all, and no client may believe that
a bid was not sent which the server holds. `python -m tests.faults --bids 10000` runs it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import anyio
import msgspec

from energy_async import EnergyApiError, Operation, Request, Timeouts
from tests.faults.clients import client_of, spelled
from tests.faults.server import Connection, Seen, Server, answer, serve

_BID: Final = Operation[int](
    name="bids.place", method="POST", path="/bids", returns=int, repeatable=False, lane="urgent"
)
_AT_ONCE: Final = 40
_LARGE: Final = 1_200_000
_OPEN: Final = frozenset({"OutcomeUnknown", "cancelled"})


@dataclass
class Tally:
    """What came of all bids.

    Attributes:
        answers: How often the client said what.
        held: How often the server carried out each bid.
        wrong: Bids of which the client said something that is not so.
    """

    answers: Counter[str] = field(default_factory=Counter)
    held: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def note(self, number: int, said: str) -> None:
        """Compare what the client was told with what the server did."""
        held = self.held[number]
        self.answers[f"{said}, held {held}"] += 1
        fits = held == 1 if said == "ok" else held in {0, 1} if said in _OPEN else held == 0
        if not fits:
            self.wrong.append(f"bid {number}: the client says {said}, the server holds {held}")


class Dropping:
    """A server's behaviour: carries bids out, and drops connections at random."""

    def __init__(self, tally: Tally, chance: Random) -> None:
        self._tally = tally
        self._chance = chance

    async def greet(self, connection: Connection) -> bool:
        """Serve a whole connection."""
        if self._chance.random() < 0.05:  # before anything is read
            await connection.something()
            self._drop(connection)
            return True
        while True:
            if self._chance.random() < 0.05:  # when a part is read
                await connection.read()
                self._drop(connection)
                return True
            if await self._answered(connection, await connection.request()):
                return True

    async def _answered(self, connection: Connection, seen: Seen) -> bool:
        kind = self._chance.choices(
            ("good", "refuse", "fail", "gone", "silent", "cut", "leave", "leave late"),
            (60, 6, 3, 8, 2, 6, 10, 5),
        )[0]
        if kind == "refuse":
            await connection.send(answer(status=self._chance.choice((429, 503))))
            return False
        self._tally.held[msgspec.json.decode(seen.body)["bid"]] += 1
        if kind == "silent":
            await connection.until_hung_up()
            return True
        whole = answer(status=500) if kind == "fail" else answer(1)
        if kind == "cut":
            whole = whole[: self._chance.randrange(1, len(whole))]
        if kind != "gone":
            await connection.send(whole)
        if kind in {"good", "fail"}:
            return False
        if kind == "leave late":
            await connection.something()
        self._drop(connection)
        return True

    def _drop(self, connection: Connection) -> None:
        if self._chance.random() < 0.5:
            connection.reset()
        else:
            connection.close()


async def _never(connection: Connection, seen: Seen) -> None:
    raise AssertionError


async def place_bids(stack: str, count: int, *, seed: int = 1) -> Tally:
    """Send `count` bids, some large, some cancelled on their way, and compare both sides."""
    chance = Random(seed)
    tally = Tally()
    numbers = iter(range(count))
    said: dict[int, str] = {}
    options: dict[str, Any] = {
        "static": True,
        "retries": 3,
        "concurrency": _AT_ONCE,
        "timeout": Timeouts(connect=5, read=0.3, total=5),
    }

    async def work() -> None:
        for number in numbers:
            said[number] = "cancelled"
            patience = chance.random() * 0.01 if chance.random() < 0.03 else None
            with anyio.move_on_after(patience):
                said[number] = await bid(number)

    async def bid(number: int) -> str:
        size = _LARGE if chance.random() < 0.002 else 100
        try:
            await client.send(Request(_BID, body={"bid": number, "padding": "x" * size}))
        except EnergyApiError as error:
            return spelled(error)
        return "ok"

    async with serve(_never, greet=Dropping(tally, chance).greet) as server:
        async with (
            client_of(stack, server.url, **options) as client,
            anyio.create_task_group() as shutter,
        ):
            shutter.start_soon(_shut_now_and_then, server, chance)
            async with anyio.create_task_group() as group:
                for _ in range(_AT_ONCE):
                    group.start_soon(work)
            shutter.cancel_scope.cancel()
        await server.all_hung_up()
    for number, words in said.items():
        tally.note(number, words)
    return tally


async def _shut_now_and_then(server: Server, chance: Random) -> None:
    """Nobody listens for a moment; connections that nobody accepted yet are lost."""
    while True:
        await anyio.sleep(0.2 + chance.random() * 0.4)
        server.shut()
        await anyio.sleep(0.002)
        server.open_again()
