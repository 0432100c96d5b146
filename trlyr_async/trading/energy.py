"""The energy in a battery, followed through a schedule by quarter-hour. Pure arithmetic.

Charging stores power times the charge efficiency, discharging takes power over the discharge
efficiency. What a full or an empty battery cannot do is not done; what comes after goes on from
there. In an outage a part of the energy is frozen, in proportion to the capacity that is lost, for
as long as the outage lasts; upstream documents that there is a frozen part, not how large it is.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__: list[str] = []

HOURS: Final = 0.25
TOLERANCE_KWH: Final = 1e-6


class Store(NamedTuple):
    """A battery at the start of a schedule.

    Attributes:
        stored: Energy in it that can be used, kWh.
        rated: Its energy capacity, kWh.
        charge_efficiency: Share of imported energy that is stored, above 0.
        discharge_efficiency: Share of stored energy that is exported, above 0.
    """

    stored: float
    rated: float
    charge_efficiency: float
    discharge_efficiency: float


class Course(NamedTuple):
    """What becomes of a schedule, by quarter-hour.

    Attributes:
        delivered: kW that the battery can deliver of what is scheduled, discharge positive.
        stored: kWh at the end of the quarter-hour, frozen energy included.
    """

    delivered: Sequence[float]
    stored: Sequence[float]


def follow(powers: Sequence[float], store: Store, capacity: Sequence[float]) -> Course:
    """Follow a battery through powers (kW, discharge positive), with the kWh usable in each."""
    gain, loss = HOURS * store.charge_efficiency, HOURS / store.discharge_efficiency
    changes = [-power * (loss if power > 0 else gain) for power in powers]
    stored = list(accumulate(changes, initial=store.stored))
    if not changes:
        return Course(powers, [])
    is_constant = capacity.count(capacity[0]) == len(capacity)
    least, most = min(stored[1:]), max(stored[1:])
    if is_constant and least >= -TOLERANCE_KWH and most <= capacity[0] + TOLERANCE_KWH:
        return Course(powers, stored[1:])
    return _step_by_step(powers, changes, store, capacity)


def _step_by_step(
    powers: Sequence[float], changes: Sequence[float], store: Store, capacity: Sequence[float]
) -> Course:
    total, frozen, last = store.stored, 0.0, capacity[0]
    delivered, stored = list(powers), list[float]()
    for index, (change, limit) in enumerate(zip(changes, capacity, strict=True)):
        if limit != last:
            share = limit / store.rated if store.rated else 1.0
            last, frozen = limit, total * max(0.0, 1.0 - share)
        usable, possible = total - frozen, change
        if change > 0 and usable + change > limit:
            possible = max(0.0, limit - usable)
        elif change < 0 and usable + change < 0:
            possible = -max(0.0, usable)
        total += possible
        stored.append(total)
        if abs(possible - change) > TOLERANCE_KWH:
            delivered[index] = powers[index] * possible / change
    return Course(delivered, stored)
