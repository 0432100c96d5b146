"""What single parts cost: limiter, token, a long queue, imports."""

from __future__ import annotations

import asyncio
import gc
import math
import statistics
import subprocess
import sys
import time
import timeit
import tracemalloc
from typing import TYPE_CHECKING

from energy_async.transport.limiter.limiter import Limiter
from energy_async.transport.tokens.token import TokenCache
from energy_async.transport.tokens.token_life import Grant

if TYPE_CHECKING:
    from collections.abc import Callable

_CALLS = 50_000
_REPEATS = 7
_IMPORT_ROUNDS = 7


def limiter_microseconds() -> float:
    """A slot taken and given back."""
    limiter = Limiter(1e9)

    def once() -> None:
        limiter.try_acquire()
        limiter.release()

    return _microseconds(once)


def token_microseconds() -> float:
    """The token of a cache that holds a fresh one."""

    async def login() -> Grant:
        return Grant("bench", 3600)

    cache = TokenCache(login)
    asyncio.run(cache.token())
    return _microseconds(cache.token_now)


def _microseconds(call: Callable[[], object]) -> float:
    return min(timeit.repeat(call, number=_CALLS, repeat=_REPEATS)) / _CALLS * 1e6


def queue(waiting: int) -> tuple[float, float]:
    """Queue up tasks behind a single slot, then let them all through; bytes, microseconds each."""
    tracemalloc.start()
    size, _ = asyncio.run(_queued(waiting))
    tracemalloc.stop()
    return size, asyncio.run(_queued(waiting))[1]


async def _queued(waiting: int) -> tuple[float, float]:
    limiter = Limiter(math.inf, concurrency=1)

    async def wait() -> None:
        await limiter.acquire("bulk")
        limiter.release()

    assert limiter.try_acquire()
    gc.collect()
    before = _traced()
    tasks = [asyncio.create_task(wait()) for _ in range(waiting)]
    await asyncio.sleep(0)
    assert limiter.waiting == waiting
    size = (_traced() - before) / waiting
    began = time.perf_counter()
    limiter.release()
    await asyncio.gather(*tasks)
    return size, (time.perf_counter() - began) / waiting * 1e6


def _traced() -> int:
    return tracemalloc.get_traced_memory()[0] if tracemalloc.is_tracing() else 0


def import_milliseconds() -> dict[str, float]:
    """Median time of `import`, taken in turns in fresh interpreters."""
    times: dict[str, list[float]] = {"aiohttp": [], "trlyr_async": []}
    for _ in range(_IMPORT_ROUNDS):
        for module, values in times.items():
            values.append(_import(module))
    return {module: statistics.median(values) for module, values in times.items()}


def _import(module: str) -> float:
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(run.stdout) * 1000
