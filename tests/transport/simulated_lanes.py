"""How long urgent requests wait among thousands of bulk ones, and what bulk keeps; virtual clock.

5,000 bulk requests are queued at 20 a second and 8 at once; 100 urgent ones come at random moments
while they are served. Then the same with bulk reads that take a minute each, so that all 8 slots
are held most of the time; then with so many urgent ones that there is always a queue of them.

    python -m tests.transport.simulated_lanes
"""

from __future__ import annotations

import asyncio
import math
import random
from dataclasses import dataclass, field

from energy_async.transport.limiter.limiter import Limiter
from tests.virtual_loop import run_virtual

RATE = 20.0


@dataclass
class Result:
    """Seconds that each urgent request waited, and who got the slots until the last of them."""

    waits: list[float] = field(default_factory=list)
    bulk: int = 0
    seconds: float = 0.0

    def percentile(self, share: float) -> float:
        """The wait that `share` of the urgent requests did not exceed."""
        return sorted(self.waits)[math.ceil(share * len(self.waits)) - 1]

    @property
    def bulk_share(self) -> float:
        """Share of the slots that bulk got."""
        return self.bulk / (self.bulk + len(self.waits))


async def _run(*, bulk: int, urgent: int, spread: float, read: float) -> Result:
    loop = asyncio.get_running_loop()
    limiter = Limiter(RATE, concurrency=8, clock=loop.time)
    result = Result()
    draw = random.Random(1).uniform
    began = loop.time()

    async def bulk_request() -> None:
        await limiter.acquire("bulk")
        if len(result.waits) < urgent:
            result.bulk += 1
        await asyncio.sleep(read)
        limiter.release("bulk")

    async def urgent_request() -> None:
        await asyncio.sleep(draw(0, spread))
        asked = loop.time()
        await limiter.acquire("urgent")
        result.waits.append(loop.time() - asked)
        result.seconds = loop.time() - began
        await asyncio.sleep(0.1)
        limiter.release("urgent")

    crowd = [asyncio.create_task(bulk_request()) for _ in range(bulk)]
    await asyncio.gather(*(urgent_request() for _ in range(urgent)))
    for task in crowd:
        task.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    return result


def simulate(
    *, bulk: int = 5000, urgent: int = 100, spread: float = 200.0, read: float = 0.1
) -> Result:
    """Queue `bulk` requests, let `urgent` ones come within `spread` seconds; reads take `read`."""
    return run_virtual(_run(bulk=bulk, urgent=urgent, spread=spread, read=read))


def main() -> None:
    """Run the three cases and print the table."""
    cases = {
        "100 urgent in 200 s, reads of 0.1 s": simulate(),
        "the same, bulk reads of 60 s": simulate(read=60.0),
        "2,000 urgent at once": simulate(urgent=2000, spread=0.0),
    }
    print(f"5,000 bulk requests queued at {RATE:g}/s; one slot is {1 / RATE / 0.975:.3f} s")
    print(f"{'urgent wait, s':<38}{'median':>9}{'90 %':>9}{'99 %':>9}{'most':>9}{'bulk share':>12}")
    for name, result in cases.items():
        waits = "".join(f"{result.percentile(share):>9.3f}" for share in (0.5, 0.9, 0.99, 1.0))
        print(f"{name:<38}{waits}{result.bulk_share:>12.1%}")


if __name__ == "__main__":
    main()
