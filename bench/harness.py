"""Contenders in turns within one run, so that a slow machine slows all of them alike."""

from __future__ import annotations

import asyncio
import gc
import itertools
import multiprocessing
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from contenders import TARGETS, Fetch, Make

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
Job: TypeAlias = Callable[[], Awaitable[object]]


class Rate(NamedTuple):
    """Requests a second: by the clock, and by the processor time that the client took.

    A client that is busy all the time has the same of both on a machine of its own. Where others
    want the processor too, the second is the steadier one.
    """

    wall: float
    cpu: float


Rates: TypeAlias = dict[str, list[Rate]]

_SLICE = 0.12
"""Seconds that one contender runs before the next has its turn."""


async def requests_in_turns(
    makes: Mapping[str, Make], url: str, in_flight: int, rounds: int
) -> Rates:
    """Requests a second of each contender in each round.

    Every other round runs backwards, so that nobody always follows the same neighbour.
    """
    async with AsyncExitStack() as stack:
        fetches = {name: await make(stack, url, in_flight) for name, make in makes.items()}
        counts = {name: await _warm_up(fetch, in_flight) for name, fetch in fetches.items()}
        rates: Rates = {name: [] for name in fetches}
        gc.collect()
        gc.freeze()  # what the others keep shall not be walked through in our time
        for index in range(rounds):
            for name in list(fetches)[:: 1 if index % 2 else -1]:
                rates[name].append(await _rate(fetches[name], in_flight, counts[name]))
        gc.unfreeze()
        return rates


async def _warm_up(fetch: Fetch, in_flight: int) -> int:
    """How many requests make a slice; connections, caches and tokens are there afterwards."""
    await _rate(fetch, in_flight, in_flight * 2)
    rate = await _rate(fetch, in_flight, max(in_flight * 2, 100))
    return max(in_flight * 2, int(rate.wall * _SLICE))


async def _rate(fetch: Fetch, in_flight: int, requests: int) -> Rate:
    targets = itertools.islice(itertools.cycle(TARGETS), requests)

    async def worker() -> None:
        for target in targets:
            await fetch(target)

    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    return Rate(requests / (time.perf_counter() - wall), requests / (time.process_time() - cpu))


def request_ratio(rates: Rates, ours: str, other: str) -> Rate:
    """The medians of the ratios in each round: neighbours in time shared the machine's mood."""
    pairs = list(zip(rates[ours], rates[other], strict=True))
    return Rate(
        ratio([mine.wall for mine, _ in pairs], [theirs.wall for _, theirs in pairs]),
        ratio([mine.cpu for mine, _ in pairs], [theirs.cpu for _, theirs in pairs]),
    )


async def seconds_in_turns(jobs: Mapping[str, Job], rounds: int) -> dict[str, list[float]]:
    """Processor time of each job in each round, garbage of the others swept away before.

    Each round begins with another job. Other programs on the machine count for none.
    """
    times: dict[str, list[float]] = {name: [] for name in jobs}
    names = list(jobs)
    for index in range(rounds):
        first = index % len(names)
        for name in names[first:] + names[:first]:
            gc.collect()
            began = time.process_time()
            kept = await jobs[name]()
            times[name].append(time.process_time() - began)
            del kept
    return times


def ratio(ours: Sequence[float], other: Sequence[float]) -> float:
    """The median of the ratios in each round."""
    return statistics.median(mine / theirs for mine, theirs in zip(ours, other, strict=True))


def in_fresh_process(call: Callable[..., T], *arguments: object) -> T:
    """What a function gives in a new process: its memory is that of nobody else."""
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=spawning) as pool:
        return pool.submit(call, *arguments).result()
