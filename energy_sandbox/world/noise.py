"""Randomness that can be asked again: the answer depends on the seed and the labels only."""

from __future__ import annotations

import struct
from hashlib import shake_128
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
_STEPS = 65536


class Noise:
    """A source of reproducible values, addressed by labels instead of drawn in turn."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def data(self, length: int, *labels: object) -> bytes:
        """Give `length` bytes for these labels."""
        name = "\x1f".join(map(str, (self.seed, *labels)))
        return shake_128(name.encode()).digest(length)

    def steps(self, count: int, *labels: object) -> tuple[int, ...]:
        """Give `count` whole numbers in 0..65535."""
        return struct.unpack(f"<{count}H", self.data(2 * count, *labels))

    def units(self, count: int, *labels: object) -> list[float]:
        """Give `count` numbers in [0, 1)."""
        return [step / _STEPS for step in self.steps(count, *labels)]

    def unit(self, *labels: object) -> float:
        """Give one number in [0, 1)."""
        return self.units(1, *labels)[0]

    def between(self, low: float, high: float, *labels: object) -> float:
        """Give one number in [low, high)."""
        return low + (high - low) * self.unit(*labels)

    def choice(self, options: Sequence[T], *labels: object) -> T:
        """Pick one of the options."""
        return options[int(self.unit(*labels) * len(options))]

    def uuid(self, *labels: object) -> str:
        """Give a UUID (version 4 in form)."""
        return str(UUID(bytes=self.data(16, *labels), version=4))
