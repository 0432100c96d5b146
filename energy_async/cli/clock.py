"""The clock that a command goes by: this machine's, unless `run` was given another."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Clock", "going_by", "now", "wall"]

Clock: TypeAlias = "Callable[[], datetime]"
"""Gives the present time, aware."""

_CLOCK: Final[ContextVar[Clock | None]] = ContextVar("clock", default=None)


def now() -> datetime:
    """Give the present time, aware and in UTC."""
    clock = _CLOCK.get()
    return datetime.now(UTC) if clock is None else clock().astimezone(UTC)


def wall() -> float:
    """Give the present time in seconds since the epoch."""
    return now().timestamp()


@contextmanager
def going_by(clock: Clock | None) -> Iterator[None]:
    """Let the commands within the block go by this clock; None for this machine's."""
    token = _CLOCK.set(clock)
    try:
        yield
    finally:
        _CLOCK.reset(token)
