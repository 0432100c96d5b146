"""An hour of traffic on a virtual clock, against servers whose limit changes.

The client is set to 100 requests a second and is kept busy; the server allows 50, then 20, then 5,
then 50 again, a quarter of an hour each. The table shows how many requests were refused, and how
many were answered in relation to what the server allowed. Nothing here is random but for a seed.

    python -m tests.transport.simulated_traffic [--minutes N]
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from energy_async import (
    ApiClient,
    EnergyApiError,
    Operation,
    Request,
    WireReply,
    WireRequest,
)
from tests.virtual_loop import run_virtual

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = (50.0, 20.0, 5.0, 50.0)
CONFIGURED = 100.0
IN_FLIGHT = 16
TRIP = (0.04, 0.12)
EPOCH = 1_800_000_000.0
READ = Operation[list[int]](
    name="things.get", method="GET", path="/things", returns=list[int], repeatable=True, lane="bulk"
)

Headers = dict[str, str]


class Bucket:
    """A token bucket that holds one second's worth; says nothing but 429."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._tokens, self._at = limit, 0.0

    def admit(self, now: float) -> tuple[bool, Headers]:
        """Whether a request passes, and what the answer's headers tell."""
        filled = self._tokens + (now - self._at) * self.limit
        self._tokens, self._at = min(max(1.0, self.limit), filled), now
        passed = self._tokens >= 1
        if passed:
            self._tokens -= 1
        return passed, self._headers(passed=passed)

    def _headers(self, *, passed: bool) -> Headers:  # noqa: ARG002 - others tell more
        return {}

    def _empty_for(self) -> int:
        return math.ceil(max(0.0, 1 - self._tokens) / self.limit)


class BucketWithRetryAfter(Bucket):
    """The same, with `Retry-After` on a refusal."""

    def _headers(self, *, passed: bool) -> Headers:
        return {} if passed else {"retry-after": str(max(1, self._empty_for()))}


class BucketWithRateLimit(Bucket):
    """The same, with `RateLimit` and `RateLimit-Policy` on every answer."""

    def _headers(self, *, passed: bool) -> Headers:
        found = {
            "ratelimit-policy": f'"default";q={self.limit:.0f};w=1',
            "ratelimit": f'"default";r={int(self._tokens)};t={self._empty_for()}',
        }
        return found if passed else {**found, "retry-after": str(max(1, self._empty_for()))}


class Window:
    """So many requests in each minute by the clock; `headers` tells what is left, or nothing."""

    def __init__(self, limit: float, *, headers: bool) -> None:
        self.limit = limit
        self._tells = headers
        self._minute, self._used = -1, 0

    def admit(self, now: float) -> tuple[bool, Headers]:
        """Whether a request passes, and what the answer's headers tell."""
        minute = int(now // 60)
        if minute != self._minute:
            self._minute, self._used = minute, 0
        quota = int(self.limit * 60)
        passed = self._used < quota
        self._used += passed
        if not self._tells:
            return passed, {}
        return passed, {
            "x-ratelimit-limit": str(quota),
            "x-ratelimit-remaining": str(max(0, quota - self._used)),
            "x-ratelimit-reset": str(int(EPOCH) + (minute + 1) * 60),
        }


SERVERS: dict[str, Callable[[float], Bucket | Window]] = {
    "token bucket, RateLimit headers": BucketWithRateLimit,
    "window of a minute, X-RateLimit headers": lambda limit: Window(limit, headers=True),
    "token bucket, Retry-After": BucketWithRetryAfter,
    "token bucket, no headers": Bucket,
    "window of a minute, no headers": lambda limit: Window(limit, headers=False),
}


@dataclass
class Phase:
    """What came of one stretch with one limit."""

    limit: float
    seconds: float
    answered: int = 0
    refused: int = 0

    @property
    def use(self) -> float:
        """Requests answered, as a share of those that the limit allowed."""
        return self.answered / (self.limit * self.seconds)


@dataclass
class Report:
    """What came of all phases; `failed` calls ended in an error in spite of retries."""

    phases: list[Phase]
    failed: int = 0

    @property
    def refused(self) -> float:
        """Refused requests, as a share of all that were sent."""
        refused = sum(phase.refused for phase in self.phases)
        return refused / (refused + sum(phase.answered for phase in self.phases))

    @property
    def use(self) -> float:
        """Requests answered, as a share of those that the limits allowed."""
        allowed = sum(phase.limit * phase.seconds for phase in self.phases)
        return sum(phase.answered for phase in self.phases) / allowed


class Remote:
    """A backend that answers like a server behind a line with some delay."""

    def __init__(self, server: Bucket | Window, phases: list[Phase]) -> None:
        self._server, self._phases = server, phases
        self._draw = random.Random(1).uniform
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._loop.time() - self._began

    async def send(self, request: WireRequest) -> WireReply:
        """There, judged, and back."""
        del request
        trip = self._draw(*TRIP)
        await asyncio.sleep(trip / 2)
        now = self.elapsed
        phase = self._phases[min(int(now / self._phases[0].seconds), len(self._phases) - 1)]
        self._server.limit = phase.limit
        passed, headers = self._server.admit(now)
        if passed:
            phase.answered += 1
        else:
            phase.refused += 1
        await asyncio.sleep(trip / 2)
        return WireReply(200 if passed else 429, headers, b"[]")

    async def aclose(self) -> None:
        """Nothing to close."""


async def _traffic(make: Callable[[float], Bucket | Window], minutes: float) -> Report:
    loop = asyncio.get_running_loop()
    report = Report([Phase(limit, minutes * 60 / len(LIMITS)) for limit in LIMITS])
    remote = Remote(make(LIMITS[0]), report.phases)

    async def worker(client: ApiClient) -> None:
        while remote.elapsed < minutes * 60:
            try:
                await client.send(Request(READ))
            except EnergyApiError:
                report.failed += 1

    async with ApiClient(
        "https://api.example",
        auth=None,
        backend=remote,
        rate=CONFIGURED,
        concurrency=IN_FLIGHT,
        clock=loop.time,
        wall=lambda: EPOCH + remote.elapsed,
        draw=random.Random(2).random,
    ) as client:
        await asyncio.gather(*(worker(client) for _ in range(2 * IN_FLIGHT)))
    return report


def simulate(kind: str, minutes: float = 60.0) -> Report:
    """Run the traffic against one of `SERVERS`."""
    return run_virtual(_traffic(SERVERS[kind], minutes))


def main() -> None:
    """Run all kinds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    minutes = parser.parse_args().minutes
    head = "".join(f"{limit:>9.0f}/s" for limit in LIMITS)
    print(f"{minutes:g} minutes; answered in relation to the limit, by limit{'':>14}of all")
    print(f"{'server':<42}{head}{'answered':>11}{'refused':>9}{'failed':>8}")
    for kind in SERVERS:
        report = simulate(kind, minutes)
        uses = "".join(f"{phase.use:>10.1%} " for phase in report.phases)
        print(f"{kind:<42}{uses}{report.use:>10.1%}{report.refused:>9.2%}{report.failed:>8}")


if __name__ == "__main__":
    main()
