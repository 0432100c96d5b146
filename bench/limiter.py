"""What the limiter costs: a request that need not wait, and a queue of up to 100,000.

python bench/limiter.py [--most N]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import math
import statistics
import time
import timeit
import tracemalloc
from dataclasses import dataclass

from energy_async.transport.limiter import Limiter

ROUNDS = 100_000
SAMPLE = 500


@dataclass
class Queue:
    """Costs with `waiting` requests queued: bytes for each, microseconds for each operation.

    `per_task` is what any task costs that waits for a future of its own; `per_waiter` is on top.
    """

    waiting: int
    per_task: float
    per_waiter: float
    join: float
    admit: float
    cancel: float


def fast_path(rate: float) -> float:
    """Microseconds of `try_acquire` and `release`, the best of seven rounds."""
    limiter = Limiter(rate, burst=10 * ROUNDS)

    def once() -> None:
        limiter.try_acquire()
        limiter.release()

    return min(timeit.repeat(once, number=ROUNDS, repeat=7)) / ROUNDS * 1e6


async def _bytes_each(waiting: int, *, deadline: float | None) -> float:
    """Bytes for each task that waits for the limiter; for a bare future, if `deadline` is None."""
    loop = asyncio.get_running_loop()
    limiter = Limiter(math.inf, concurrency=1)
    limiter.try_acquire()

    async def bare() -> None:
        await loop.create_future()

    async def wait() -> None:
        await (bare() if deadline is None else limiter.acquire("bulk", deadline=deadline))

    first = asyncio.create_task(wait())  # what it sets up, all others share
    await asyncio.sleep(0)
    await _drop([first])
    gc.collect()
    tracemalloc.start()
    queued = [asyncio.create_task(wait()) for _ in range(waiting)]
    await asyncio.sleep(0)
    found = tracemalloc.get_traced_memory()[0] / waiting
    tracemalloc.stop()
    await _drop(queued)
    return found


async def _drop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _times(waiting: int, *, deadline: float) -> tuple[float, float, float]:
    """Microseconds to join, to be admitted and to be cancelled, task switches included."""
    limiter = Limiter(math.inf, concurrency=1)
    limiter.try_acquire()
    gc.collect()
    gc.disable()  # its passes over all tasks would be charged to whoever is at it
    try:
        began = time.perf_counter()
        queued = [
            asyncio.create_task(limiter.acquire("bulk", deadline=deadline)) for _ in range(waiting)
        ]
        await asyncio.sleep(0)
        join = (time.perf_counter() - began) / waiting
        admit = [await _admit(limiter) for _ in range(SAMPLE)]
        middle = queued[waiting // 2 - SAMPLE // 4 :][: SAMPLE // 2]
        cancel = [await _cancel(task) for task in middle]
    finally:
        gc.enable()
    await _drop(queued)
    return join * 1e6, statistics.median(admit) * 1e6, statistics.median(cancel) * 1e6


async def _admit(limiter: Limiter) -> float:
    began = time.perf_counter()
    limiter.release()
    await asyncio.sleep(0)
    return time.perf_counter() - began


async def _cancel(task: asyncio.Task[None]) -> float:
    began = time.perf_counter()
    task.cancel()
    await asyncio.sleep(0)
    return time.perf_counter() - began


def queue(waiting: int, *, deadline: float = math.inf) -> Queue:
    """Measure a queue of that length; `deadline` is a reading of the monotonic clock."""
    bare = asyncio.run(_bytes_each(waiting, deadline=None))
    whole = asyncio.run(_bytes_each(waiting, deadline=deadline))
    return Queue(waiting, bare, whole - bare, *asyncio.run(_times(waiting, deadline=deadline)))


def main(most: int = 100_000) -> None:
    """Measure and print."""
    print(f"try_acquire and release, no limit:     {fast_path(math.inf):.2f} µs")
    print(f"try_acquire and release, 1 million/s:  {fast_path(1e6):.2f} µs")
    print("\nB and µs for each; a bare waiting task is what asyncio itself takes")
    head = ("waiting", "bare task, B", "limiter, B", "join, µs", "admit, µs", "cancel, µs")
    print("".join(f"{title:>14}" for title in head))
    for waiting in (1_000, 10_000, 100_000):
        if waiting > most:
            break
        for deadline in (math.inf, time.monotonic() + 3600):
            row = queue(waiting, deadline=deadline)
            sizes = f"{row.waiting:>14,}{row.per_task:>14.0f}{row.per_waiter:>14.0f}"
            times = "".join(f"{value:>14.1f}" for value in (row.join, row.admit, row.cancel))
            print(sizes + times + ("  with a deadline" if deadline < math.inf else ""))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--most", type=int, default=100_000)
    main(parser.parse_args().most)
