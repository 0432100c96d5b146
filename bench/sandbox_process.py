"""A sandbox in a process of its own, so that its work is not counted with the client's."""

from __future__ import annotations

import asyncio
import multiprocessing as mp
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self, TypeAlias

from api_sandbox import Fault, Sandbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection
    from types import TracebackType

Access: TypeAlias = tuple[str, str, str, list[str]]
"""What a client needs: base URL, username, password, and the ids of the virtual assets."""


def striking(share: float, *faults: Fault) -> list[Fault]:
    """Let a share of all requests for revenue fail, by each of the faults equally often."""
    return [
        replace(one, operation="revenue_reporting.*", times=None, probability=share / len(faults))
        for one in faults
    ]


class SandboxProcess:
    """Runs until the block ends; `logins` and `requests` then tell what it counted."""

    def __init__(self, faults: Sequence[Fault] = (), **options: float) -> None:
        self._door, there = mp.Pipe()
        self._process = mp.Process(target=_serve, args=(faults, options, there))
        self._process.start()
        self.access: Access = self._door.recv()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._door.send(None)
        self.logins, self.requests = self._door.recv()
        self._process.join()


def _serve(faults: Sequence[Fault], options: dict[str, float], door: Connection) -> None:
    """Tell who may come in; once told to end, tell what was counted."""

    async def run() -> None:
        now = datetime(2026, 11, 20, tzinfo=UTC)
        async with Sandbox(**options, faults=faults, clock=lambda: now) as box:
            door.send((box.url, box.username, box.password, box.virtual_asset_ids))
            await asyncio.to_thread(door.recv)
            door.send((box.counters.logins, sum(box.counters.requests.values())))

    asyncio.run(run())
