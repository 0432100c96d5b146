"""Schedules: power (kW) by quarter-hour, discharge positive; zero until someone says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from energy_sandbox.problems import Refusal
from energy_sandbox.reading import moment
from energy_sandbox.world.calendar import QUARTER, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

GATE_SECONDS = 480
"""Time before a quarter-hour at which its schedule closes."""
Points = dict[int, float]


class Schedules:
    """Accepted points by block or physical asset. `version` grows with each change.

    Points are replaced, never changed: handlers in other threads may be reading them.
    """

    def __init__(self) -> None:
        self._points: dict[str, Points] = {}
        self.version: int = 0

    def of(self, key: str) -> Points:
        """Give the points that were accepted."""
        return self._points.get(key, {})

    def update(self, key: str, points: Points) -> None:
        """Put new points over the old ones."""
        self.version += 1
        self._points[key] = {**self.of(key), **points}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a schedule may hold; `power` gives most charge and most discharge (kW) at a time."""

    start: int
    end: int
    power: Callable[[int], tuple[float, float]]


def check_points(listed: Iterable[Mapping[str, Any]], limits: Limits, now: datetime) -> Points:
    """Read the points of a schedule."""
    points: Points = {}
    for index, point in enumerate(listed):
        where = f"request body: schedule[{index}]"
        second = _second(f"{where}.time", point.get("time"), limits)
        if second in points:
            raise Refusal(400, f"{where}.time: {stamp(second)} stands twice")
        if now.timestamp() >= second - GATE_SECONDS:
            raise Refusal(400, f"{where}.time: the gate of {stamp(second)} has closed")
        points[second] = _power(f"{where}.power", point.get("power"), limits.power(second))
    return points


def _second(where: str, text: object, limits: Limits) -> int:
    at = moment(where, text)
    second = int(at.timestamp())
    if at.microsecond or second % QUARTER:
        raise Refusal(400, f"{where}: {text} is not the start of a quarter-hour")
    if not limits.start <= second < limits.end:
        raise Refusal(400, f"{where}: the schedule does not have {text}")
    return second


def _power(where: str, power: object, limits: tuple[float, float]) -> float:
    charge, discharge = limits
    if isinstance(power, bool) or not isinstance(power, int | float):
        raise Refusal(400, f"{where}: {power!r} is not a number")
    if not -charge <= power <= discharge:
        raise Refusal(
            400, f"{where}: {power:g} kW is not available, only {-charge:g} to {discharge:g} kW"
        )
    return power
