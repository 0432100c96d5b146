"""Answered windows that wait to be written."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from energy_async.bulk.answers import Piece

__all__ = ["Buffer", "FlushPolicy"]


class FlushPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """When buffered windows are written: whichever comes first, looked at after each window.

    What is buffered is lost if the process is killed, and fetched again by the next run.

    Attributes:
        rows: How many rows may be buffered.
        windows: How many windows may be buffered.
        seconds: How long a window may be buffered.
        part_rows: At the end of a run, files of a stream and month that hold fewer rows are merged
            until they hold this many; 0 leaves them as they are.
    """

    rows: int = 500_000
    windows: int = 1_000
    seconds: float = 60.0
    part_rows: int = 200_000


class Buffer:
    """Collects pieces until a policy says that it is time to write."""

    def __init__(self, policy: FlushPolicy, clock: Callable[[], float] = time.monotonic) -> None:
        self._policy = policy
        self._clock = clock
        self._pieces: list[Piece] = []
        self._rows = self._windows = 0
        self._since = 0.0

    def add(self, pieces: Iterable[Piece]) -> None:
        """Buffer one answered window. Ask `due` afterwards."""
        if not self._pieces:
            self._since = self._clock()
        for one in pieces:
            self._pieces.append(one)
            self._rows += one.answer.rows
        self._windows += 1

    @property
    def due(self) -> bool:
        """Whether enough is buffered, or it has been for long enough."""
        policy = self._policy
        old = bool(self._pieces) and self._clock() - self._since >= policy.seconds
        return old or self._rows >= policy.rows or self._windows >= policy.windows

    def take(self) -> list[Piece]:
        """Take what is buffered, to write it in another thread."""
        pieces, self._pieces = self._pieces, []
        self._rows = self._windows = 0
        return pieces
