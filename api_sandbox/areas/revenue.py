"""Revenue reporting: rows by stream, and data points. What has not ended yet has no revenue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api_sandbox.handling import Handler
from api_sandbox.problems import Refusal
from api_sandbox.reading import listed, period_of
from api_sandbox.world.calendar import Period, microseconds, stamp
from api_sandbox.world.categories import CATEGORIES
from api_sandbox.world.datapoints import data_points

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from api_sandbox.state.state import State
    from api_sandbox.validation import Call
    from api_sandbox.world.fleet import Battery
    from api_sandbox.world.rows import RevenueRow

MAX_POINTS = 1_000_000
_REVENUE = "/revenue-reporting"
_POINTS = "datapoints/{resolution}"
_BUCKETS_PER_DAY = {"raw": 96, "15-minute": 96, "hourly": 24, "daily": 1}


class Revenue:
    """The operations of `revenue_reporting`. What requests change does not change the past."""

    def __init__(self, state: State) -> None:
        self._state, self._world = state, state.world

    def handlers(self) -> Mapping[str, Handler]:
        """Give the handler of each route."""
        world = self._world
        asset = f"GET {_REVENUE}/{{virtualAssetID}}"
        return {
            f"GET {_REVENUE}/health": Handler(lambda _: None),
            f"{asset}/tolling": self._rows(world.tolling),
            f"{asset}/wholesale": self._rows(world.wholesale),
            f"{asset}/ancillary": self._rows(world.ancillary),
            f"{asset}/virtual-battery-auction": self._rows(world.auction),
            f"{asset}/{_POINTS}": self._points("virtualAssetID", lambda battery: battery.id),
            f"GET {_REVENUE}/portfolios/{{portfolioID}}/{_POINTS}": self._points(
                "portfolioID", lambda battery: battery.portfolio_id
            ),
            f"GET {_REVENUE}/fleets/{{fleetID}}/{_POINTS}": self._points(
                "fleetID", lambda battery: battery.fleet_id
            ),
            f"GET {_REVENUE}/physical-assets/{{physicalAssetID}}/{_POINTS}": self._points(
                "physicalAssetID", lambda battery: battery.physical_asset_id
            ),
        }

    def _past(self, call: Call) -> Period:
        """The time asked for, as far as it has passed."""
        asked = period_of(call)
        return Period(asked.start, min(asked.end, microseconds(self._state.now())))

    def _rows(self, stream: Callable[[Battery, Period], Sequence[RevenueRow]]) -> Handler:
        def answer(call: Call) -> object:
            ended = stamp(int(self._state.time))
            rows = stream(self._state.battery(call), self._past(call))
            return [one for one in rows if one.end_ts <= ended]

        return Handler(answer)

    def _points(self, parameter: str, belongs: Callable[[Battery], str]) -> Handler:
        def answer(call: Call) -> object:
            subject = str(call.path[parameter]).lower()
            batteries = self._world.members(belongs, subject)
            if not batteries:
                raise Refusal(404, f"no such {parameter.removesuffix('ID')}: {subject}")
            period, names = self._past(call), listed(call, "datapoints", list(CATEGORIES))
            resolution = str(call.path["resolution"])
            _check_size(period_of(call), resolution, len(names))
            ended = int(self._state.time)
            series = data_points(self._world, batteries, period, resolution, names, ended)
            metadata = [{"dataPointName": name, **_unit_of(name)} for name in series]
            return {"data": series, "metaData": metadata}

        return Handler(answer, slow=True)


def _unit_of(category: str) -> dict[str, str]:
    """The unit, where upstream states one."""
    unit = CATEGORIES[category].unit
    return {} if unit is None else {"unit": unit}


def _check_size(period: Period, resolution: str, categories: int) -> None:
    days = (period.end - period.start) / 86_400_000_000 + 1
    points = round(days * _BUCKETS_PER_DAY[resolution] * categories)
    if points > MAX_POINTS:
        raise Refusal(
            400,
            f"about {points} points asked for, at most {MAX_POINTS} are given: "
            "name fewer `datapoints` or ask for fewer days",
        )
