"""Revenue reporting: rows by stream, and data points. What has not ended yet has no revenue."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from energy_sandbox.handling import Handler
from energy_sandbox.problems import Refusal
from energy_sandbox.reading import listed, period_of
from energy_sandbox.world.calendar import Period, microseconds, stamp
from energy_sandbox.world.categories import CATEGORIES
from energy_sandbox.world.datapoints import data_points
from energy_sandbox.world.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from energy_sandbox.state.state import State
    from energy_sandbox.validation import Call
    from energy_sandbox.world.fleet import Battery
    from energy_sandbox.world.world import RevenueRow

MAX_POINTS = 1_000_000
_BUCKETS_PER_DAY = {"raw": 96, "15-minute": 96, "hourly": 24, "daily": 1}


def _past(state: State, call: Call) -> Period:
    """Give the time asked for, as far as it has passed."""
    asked = period_of(call)
    return Period(asked.start, min(asked.end, microseconds(state.now())))


def _rows(
    stream: Callable[[World, Battery, Period], Sequence[RevenueRow]], state: State, call: Call
) -> object:
    ended = stamp(int(state.time))
    rows = stream(state.world, state.battery(call), _past(state, call))
    return [one for one in rows if one.end_ts <= ended]


def _points(parameter: str, attribute: str, state: State, call: Call) -> object:
    """Give data points of the batteries whose attribute is what the path names."""
    subject = call.path[parameter].lower()
    batteries = [one for one in state.world.fleet if getattr(one, attribute) == subject]
    if not batteries:
        raise Refusal(404, f"no such {parameter.removesuffix('ID')}: {subject}")
    names, resolution = listed(call, "datapoints", list(CATEGORIES)), call.path["resolution"]
    _check_size(period_of(call), resolution, len(names))
    series = data_points(
        state.world, batteries, _past(state, call), resolution, names, int(state.time)
    )
    return {"data": series, "metaData": [_metadata(name) for name in series]}


def _metadata(category: str) -> dict[str, str]:
    """Give the name, and the unit where upstream states one."""
    unit = CATEGORIES[category].unit
    return {"dataPointName": category, **({} if unit is None else {"unit": unit})}


def _check_size(period: Period, resolution: str, categories: int) -> None:
    days = (period.end - period.start) / 86_400_000_000 + 1
    points = round(days * _BUCKETS_PER_DAY[resolution] * categories)
    if points > MAX_POINTS:
        raise Refusal(
            400,
            f"about {points} points asked for, at most {MAX_POINTS} are given: "
            "name fewer `datapoints` or ask for fewer days",
        )


HANDLERS: Final = {
    "revenue_reporting.get_health": Handler(lambda _, __: None),
    "revenue_reporting.get_tolling_revenue": Handler(partial(_rows, World.tolling)),
    "revenue_reporting.get_wholesale_revenue": Handler(partial(_rows, World.wholesale)),
    "revenue_reporting.get_ancillary_revenue": Handler(partial(_rows, World.ancillary)),
    "revenue_reporting.get_virtual_battery_auction_revenue": Handler(partial(_rows, World.auction)),
    **{
        f"revenue_reporting.get_{subject}_data_points": Handler(
            partial(_points, parameter, attribute), slow=True
        )
        for subject, parameter, attribute in (
            ("virtual_asset", "virtualAssetID", "id"),
            ("portfolio", "portfolioID", "portfolio_id"),
            ("fleet", "fleetID", "fleet_id"),
            ("physical_asset", "physicalAssetID", "physical_asset_id"),
        )
    },
}
