"""A chart of a simulation: power with its limits above the energy stored.

Needs the extra `[plot]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from energy_async.delivery import BERLIN, QUARTER_HOUR, Interval
from energy_async.plot import Panel, draw_panels

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from matplotlib.figure import Figure

    from trlyr_async.trading.simulation import Simulation

__all__ = ["draw_simulation"]

_Line = list[tuple["datetime", "datetime", float | None]]


def draw_simulation(simulation: Simulation, *, name: str, zone: str = BERLIN) -> Figure:
    """Draw power (kW), its limits, and the energy (kWh) by quarter-hour; `plot.save` writes it.

    Args:
        simulation: What to draw; it has at least one quarter-hour.
        name: Of the battery, for the title.
        zone: The zone of the time axis.

    Raises:
        ValueError: The simulation is empty.
        ImportError: matplotlib is not installed.
    """
    found = simulation
    if not found.times:
        raise ValueError("the simulation has no quarter-hour to draw")
    panels = [
        Panel(
            f"Power of {name}",
            "all blocks, discharge is positive",
            "kW",
            _lines(found.times, scheduled=found.power, deliverable=found.delivered,
                   most=found.upper, least=found.lower),
        )
    ]  # fmt: skip
    if found.stored is not None:
        energy = _lines(found.times, stored=found.stored, usable=found.capacity)
        panels.append(Panel("Energy", "at the end of each quarter-hour", "kWh", energy))
    whole = Interval(found.times[0], found.times[-1] + QUARTER_HOUR)
    return draw_panels(panels, whole, zone, source=_in_short(found))


def _lines(times: Sequence[datetime], **columns: Sequence[float] | None) -> dict[str, _Line]:
    return {
        name: [(at, at + QUARTER_HOUR, value) for at, value in zip(times, values, strict=True)]
        for name, values in columns.items()
        if values is not None
    }


def _in_short(found: Simulation) -> str:
    wrong = [one for one in found.findings if one.severity != "info"]
    unchecked = len(found.findings) - len(wrong)
    said = f"{len(wrong)} findings" if wrong else "no violation found"
    end = found.end_state_of_charge
    left = "energy not followed" if end is None else f"ends at {end:.1f}% of the rated capacity"
    return f"{said}, {unchecked} checks not made  ·  {left}"
