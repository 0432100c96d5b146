"""Monitoring: what physical assets have measured. Names and shapes are made up: none are published.

Timeseries are laid out as the data points of revenue. Nothing is measured ahead of the clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from api_sandbox.handling import Handler
from api_sandbox.problems import Refusal
from api_sandbox.reading import listed, period_of, quarters
from api_sandbox.state.measured import HOURS, POWERS, UNITS, measured
from api_sandbox.world.calendar import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api_sandbox.state.state import State
    from api_sandbox.validation import Call

    Series = dict[str, list[dict[str, Any]]]

MAX_BYTES: Final = 10_000_000
_POINT_BYTES: Final = 50
_POINTS: Final = "GET /{physicalAssetID}/datapoints"


class Monitoring:
    """The operations of monitoring."""

    def __init__(self, state: State) -> None:
        self._state = state

    def handlers(self) -> Mapping[str, Handler]:
        """Give the handler of each route."""
        return {
            _POINTS: Handler(self._timeseries, slow=True),
            f"{_POINTS}/names": Handler(self._names),
            f"{_POINTS}/sum": Handler(self._sums, slow=True),
            f"{_POINTS}/sum/detailed": Handler(self._detailed_sums, slow=True),
        }

    def _names(self, call: Call) -> object:
        asset = self._state.registry.find(str(call.path["physicalAssetID"]))
        return list(UNITS) if asset.battery else []

    def _timeseries(self, call: Call) -> object:
        series = self._series(call, limited=True)
        return {
            "data": series,
            "metaData": [{"dataPointName": name, "unit": UNITS[name]} for name in series],
        }

    def _sums(self, call: Call) -> object:
        return {name: _sum(points) for name, points in self._series(call).items()}

    def _detailed_sums(self, call: Call) -> object:
        """Give sums and, of powers, the energy in kWh: imported, exported, and the balance."""
        return {name: _details(name, points) for name, points in self._series(call).items()}

    def _series(self, call: Call, *, limited: bool = False) -> Series:
        asset = self._state.registry.find(str(call.path["physicalAssetID"]))
        names, period = listed(call, "datapoints", list(UNITS)), period_of(call)
        size = len(quarters(period)) * len(names) * _POINT_BYTES
        if limited and size > MAX_BYTES:
            raise Refusal(400, f"the answer would exceed {MAX_BYTES} bytes: ask for less")
        if asset.battery is None:
            return {}
        series: Series = {name: [] for name in names}
        for second, values in measured(self._state, asset.battery, period):
            time = stamp(second)
            for name in names:
                series[name].append({"time": time, "value": values[name]})
        return series


def _sum(points: list[dict[str, Any]]) -> float:
    return float(round(sum(point["value"] for point in points), 3))


def _details(name: str, points: list[dict[str, Any]]) -> dict[str, Any]:
    details: dict[str, Any] = {"unit": UNITS[name], "count": len(points), "sum": _sum(points)}
    if name in POWERS:
        values = [point["value"] * HOURS for point in points]
        details |= {
            "unitsEnergy": "kWh",
            "exportedEnergy": round(sum(value for value in values if value > 0), 3),
            "importedEnergy": round(-sum(value for value in values if value < 0), 3),
            "energy": round(sum(values), 3),
        }
    return details
