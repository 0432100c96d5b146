"""Submissions by a process that is killed at random instants, behind a proxy that fails at random.

    python -m tests.trading.restarts [--submissions 2000] [--seed 1]

Bids by each route, bids in auctions and schedules go through a journal; after each kill a new
process settles it first and goes on. The proxy counts what the sandbox has carried out, by a header
that is no part of any submission. In the end each verdict is held against that count.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import multiprocessing
import random
import sys
import tempfile
import time
import uuid
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

import energy_async.transport.backends.aiohttp_backend  # noqa: F401 - so that forks begin at once
from energy_async.delivery import BERLIN, delivery_day, delivery_day_of
from energy_async.transport.errors import EnergyApiError
from energy_sandbox import Sandbox
from tests.clock import TODAY
from trlyr_async import Trlyr, auctions, trading, virtual_assets

with contextlib.suppress(ImportError):
    import opentelemetry.metrics
    import opentelemetry.trace  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

MARK = "X-Submission"
KEPT = ("Content-Type", "Date", "X-Request-Id")
LATE = 1.0
WINDOW = timedelta(seconds=2)
PAGE = "<html><h1>504 Gateway Time-out</h1></html>"


class Proxy:
    """Passes requests on, or not, or answers for the server, or breaks off."""

    def __init__(self, target: str, draw: random.Random) -> None:
        self.target, self.draw = target, draw
        self.done: Counter[str] = Counter()
        self.methods: dict[str, str] = {}
        self.session: aiohttp.ClientSession
        self.late: set[asyncio.Task[Any]] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Do with a submission what chance says; reading and logins pass."""
        body, mark = await request.read(), request.headers.get(MARK)
        fate = "pass" if mark is None else self.draw.choices(FATES, WEIGHTS)[0]
        if fate == "late":
            task = asyncio.create_task(self.forward(request, body, self.draw.uniform(0, LATE)))
            self.late.add(task)
            task.add_done_callback(self.late.discard)
        if fate in {"late", "gateway"}:
            status = self.draw.choice([408, 499, 500, 502, 503, 504, 520, 524])
            return web.Response(status=status, text=PAGE, content_type="text/html")
        if fate != "cut":
            answer = await self.forward(request, body, 0.3 if fate == "slow" else 0.0)
            if fate in {"pass", "slow"}:
                return answer
            if fate == "page":
                return web.Response(status=self.draw.choice([200, 502, 504]), text=PAGE)
        if request.transport is not None:
            request.transport.close()
        return web.Response()

    async def forward(self, request: web.Request, body: bytes, delay: float) -> web.Response:
        """Let the server do it."""
        await asyncio.sleep(delay)
        names = ("Authorization", "Content-Type", "Accept")
        headers = {name: request.headers[name] for name in names if name in request.headers}
        url = f"{self.target}{request.rel_url}"
        async with self.session.request(request.method, url, data=body, headers=headers) as reply:
            said = await reply.read()
            mark = request.headers.get(MARK)
            if mark is not None and reply.status < 300:
                self.done[mark] += 1
                self.methods[mark] = request.method
            kept = {name: reply.headers[name] for name in KEPT if name in reply.headers}
            return web.Response(status=reply.status, body=said, headers=kept)


FATES = ("pass", "cut", "gateway", "lost answer", "page", "slow", "late")
WEIGHTS = (50, 8, 8, 10, 8, 8, 8)


@asynccontextmanager
async def proxy_for(target: str, draw: random.Random) -> AsyncIterator[tuple[Proxy, str]]:
    """Run a proxy on a free port."""
    proxy = Proxy(target, draw)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", proxy.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession(auto_decompress=True) as proxy.session:
        yield proxy, f"http://127.0.0.1:{runner.addresses[0][1]}"
        await asyncio.gather(*proxy.late)
        await runner.cleanup()


def desk(known: dict[str, Any], number: int, seed: int) -> None:
    """The process that is killed: settles, then submits until there are enough."""
    asyncio.run(_desk(known, number, random.Random(seed)))


async def _desk(known: dict[str, Any], number: int, draw: random.Random) -> None:
    shift = known["shift"]
    async with (
        trading.SqliteJournal(known["path"]) as journal,
        Trlyr(
            known["username"], known["password"], environment=known["url"], rate=math.inf,
            retries=1, wall=lambda: time.time() + shift,
        ) as client,
    ):  # fmt: skip
        await trading.settle(client, journal, seconds=0.0, late=WINDOW)

        async def work() -> None:
            for _ in range(number):
                with contextlib.suppress(EnergyApiError, trading.CheckFailed):
                    await _submit(client, journal, known, draw)

        await asyncio.gather(*(work() for _ in range(8)))


def _submit(
    client: Trlyr, journal: trading.Journal, known: dict[str, Any], draw: random.Random
) -> Coroutine[Any, Any, object]:
    mark = uuid.uuid4().hex
    rest: dict[str, Any] = {"journal": journal, "reason": mark, "headers": {MARK: mark}}
    price = draw.choice([draw.randrange(1, 900_000) / 100, float(draw.randrange(1, 4))])
    if draw.random() < 0.15:
        return trading.submit_auction_bid(client, draw.choice(known["auctions"]), price, **rest)
    asset, block = draw.choice(known["assets"])
    if draw.random() < 0.4:
        start = delivery_day(known["day"], BERLIN).start
        first = draw.randrange(90)
        power = price % 400
        times = [start + timedelta(minutes=15 * (first + index)) for index in range(2)]
        place = client, known["organisation"], asset, block
        return trading.submit_schedule(*place, dict.fromkeys(times, power), **rest)
    blocks = ["00_04", "04_08", "08_12", "12_16", "16_20", "20_24"]
    direction = draw.choice(["NEGPOS", "POS", "NEG"])
    bid = trading.Bid(
        product=f"{direction}_{draw.choice(blocks)}", delivery_day=known["day"],
        offered_capacity=1000, capacity_price=price,
        energy_price=None if direction == "NEGPOS" else price,
    )  # fmt: skip
    route: Any = draw.choice(["ancillary", "create", "update"])
    return trading.submit_bids(client, known["organisation"], asset, [bid], route=route, **rest)


async def _known(sandbox: Sandbox, url: str, path: Path, shift: float) -> dict[str, Any]:
    async with Trlyr(sandbox.username, sandbox.password, environment=sandbox.url) as client:
        found = await virtual_assets.get_virtual_assets(client, sandbox.organisation_id)
        listed = await auctions.get_auctions(client)
    day: date = delivery_day_of(TODAY, BERLIN) + timedelta(days=3)
    large = [one for one in found if (one.rated_discharge_power or 0) >= 2000]
    return {
        "username": sandbox.username, "password": sandbox.password, "url": url, "path": path,
        "organisation": sandbox.organisation_id, "shift": shift, "day": day,
        "auctions": [one.id for one in listed if one.status == "RUNNING"],
        "assets": [(one.id, ids[0]) for one in large if (ids := trading.wholesale_blocks(one))],
    }  # fmt: skip


async def trial(submissions: int, seed: int, path: Path) -> dict[str, Any]:
    """Submit, kill, restart; give what was counted."""
    draw, shift = random.Random(seed), TODAY.timestamp() - time.time()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.trading.restarts"])
    lives = 0

    def now() -> datetime:
        return datetime.fromtimestamp(time.time() + shift, UTC)

    async with (
        Sandbox(assets=20, clock=now) as sandbox,
        proxy_for(sandbox.url, draw) as (proxy, url),
        trading.SqliteJournal(path) as journal,
    ):
        known = await _known(sandbox, url, path, shift)
        while len(entries := await journal.entries()) < submissions:
            left = -(-(submissions - len(entries)) // 8)
            process = context.Process(target=desk, args=(known, left, draw.randrange(10**9)))
            process.start()
            lives += 1
            await asyncio.sleep(draw.uniform(1.0, 8.0))
            process.kill()
            await asyncio.to_thread(process.join)
        who = sandbox.username, sandbox.password
        async with Trlyr(
            *who, environment=url, rate=math.inf, wall=lambda: time.time() + shift
        ) as client:
            while any(one.is_open for one in await journal.entries()):
                await trading.settle(client, journal, seconds=0.0, late=WINDOW)
                await asyncio.sleep(0.5)
        entries = await journal.entries()
        return counted(entries, proxy) | {"killed": lives}


def counted(entries: list[trading.Entry], proxy: Proxy) -> dict[str, Any]:
    """Hold each verdict against what was carried out."""
    verdicts = Counter(one.verdict for one in entries)
    wrong = [
        (one.verdict, proxy.done[one.intent.reason], one.intent.operation, one.last.why)
        for one in entries
        if one.verdict != "cannot_tell"
        and (one.verdict in {"in_force", "superseded"}) != bool(proxy.done[one.intent.reason])
    ]
    known = {one.intent.reason for one in entries}
    whys = Counter(one.last.why[:60] for one in entries if one.verdict == "cannot_tell")
    return {
        "submissions": len(entries),
        "by operation": dict(Counter(one.intent.operation for one in entries)),
        "carried out": sum(bool(proxy.done[mark]) for mark in known),
        "verdicts": dict(verdicts),
        "wrong": wrong,
        "sent twice": sum(n > 1 and proxy.methods[m] == "POST" for m, n in proxy.done.items()),
        "lost": sum(mark not in known for mark in proxy.done),
        "cannot tell": verdicts["cannot_tell"] / max(1, len(entries)),
        "why": dict(whys),
    }


def main() -> None:
    """Print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--submissions", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(trial(options.submissions, options.seed, Path(folder) / "desk.sqlite"))
    for name, value in found.items():
        sys.stdout.write(f"{name}: {value}\n")


if __name__ == "__main__":
    main()
