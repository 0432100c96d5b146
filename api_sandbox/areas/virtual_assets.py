"""Virtual assets: what they are, what is left of them, and the energy in them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from api_sandbox.areas.owned import ASSET, ASSETS, owned
from api_sandbox.handling import Handler
from api_sandbox.reading import instant, instants, period_around, period_of
from api_sandbox.state.schedules import GATE_SECONDS
from api_sandbox.world.calendar import QUARTER, stamp
from api_sandbox.world.fleet import CYCLES_A_DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api_sandbox.state.state import State
    from api_sandbox.state.storage import Level
    from api_sandbox.validation import Call
    from api_sandbox.world.fleet import Battery


class VirtualAssets:
    """The operations of virtual assets but for blocks, bids and operational data."""

    def __init__(self, state: State) -> None:
        self._state, self._world = state, state.world

    def handlers(self) -> Mapping[str, Handler]:
        """Give the handler of each route."""
        answers = {
            "": self._virtual_asset,
            "/adjustments": self._adjustments,
            "/energy-capacity": self._energy_capacity,
            "/state-of-charge": self._right_aligned_charge,
            "/state-of-charge/latest": self._latest_charge,
            "/state-of-charge/projected": self._projected_charge,
            "/state-of-energy/latest": self._latest_energy,
            "/state-of-energy/projected": self._projected_energy,
        }
        return {
            f"GET {ASSETS}": Handler(self._virtual_assets),
            **{
                f"GET {ASSET}{path}": owned(self._state, do, slow=True)
                for path, do in answers.items()
            },
        }

    def _virtual_assets(self, call: Call) -> object:
        self._state.check_organisation(call)
        start, end = self._life_period(call)
        known = [*self._world.fleet, *self._state.won().values()]
        lives = ((battery, *self._state.life(battery)) for battery in known)
        return [
            self._describe(battery)
            for battery, born, retired in lives
            if born <= end and start <= retired
        ]

    def _virtual_asset(self, _: Call, battery: Battery) -> object:
        return self._describe(battery)

    def _life_period(self, call: Call) -> tuple[datetime, datetime]:
        """Give the interval that a life must touch; by default yesterday to a year ahead."""
        query = call.query
        if "start" in query and "end" in query:
            return instants(query)
        for name in query:
            instant(name, query[name])
        now, zone = self._state.now(), self._world.calendar.zone
        yesterday = now.astimezone(zone).date() - timedelta(days=1)
        return datetime.combine(yesterday, time(), zone), now + timedelta(days=365)

    def _energy_capacity(self, call: Call, battery: Battery) -> object:
        def usable(second: int) -> float:
            return self._state.outages.available(battery, second).energy

        points = self._world.energy_capacity(battery, period_of(call), usable)
        return {"energyCapacityTimeseries": points}

    def _level(self, battery: Battery, second: int) -> Level:
        return self._state.storage.level(battery, second)

    def _right_aligned_charge(self, call: Call, battery: Battery) -> object:
        """Give by quarter-hour the state at its end; by default three days back and four ahead."""
        period = period_around(
            call, self._state.now(), back=timedelta(days=3), ahead=timedelta(days=4)
        )
        points = [
            {
                "time": stamp(second),
                "stateOfChargePercentage": self._level(battery, second + QUARTER).percent,
            }
            for second in self._state.quarters(battery, period)
        ]
        return {"stateOfChargePercentageTimeseries": points}

    def _latest_charge(self, _: Call, battery: Battery) -> object:
        second = self._state.quarter
        return {"soc": self._level(battery, second).percent, "time": stamp(second)}

    def _projected_charge(self, call: Call, battery: Battery) -> object:
        points = [
            {
                "boundaries": {"lower": 0, "upper": 100},
                "soc": self._level(battery, second).percent,
                "time": stamp(second),
            }
            for second in self._state.quarters(battery, period_of(call))
        ]
        return {"stateOfChargePercentageTimeseries": points}

    def _latest_energy(self, _: Call, battery: Battery) -> object:
        second = self._state.quarter
        return {"soe": self._level(battery, second).energy, "time": stamp(second)}

    def _projected_energy(self, call: Call, battery: Battery) -> object:
        levels = [
            (self._level(battery, second), second)
            for second in self._state.quarters(battery, period_of(call))
        ]
        points = [
            {
                "boundaries": {"lower": 0, "upper": level.capacity},
                "soe": level.energy,
                "time": stamp(second),
            }
            for level, second in levels
        ]
        return {"stateOfEnergyTimeseries": points}

    def _adjustments(self, call: Call, battery: Battery) -> object:
        period = period_of(call)
        flows = self._state.storage.flows(battery)
        return {
            "adjustments": [
                {
                    "acceptedSchedule": flow.accepted,
                    "adjustedSchedule": flow.delivered,
                    "reason": flow.reason,
                    "timestamp": stamp(flow.second),
                }
                for flow in flows
                if flow.reason and period.holds(flow.second)
            ]
        }

    def _describe(self, battery: Battery) -> dict[str, object]:
        state, noise = self._state, self._world.noise
        start, end = state.life(battery)
        imbalance = state.storage.imbalance(battery)
        cycles = battery.cycles_a_year
        blocks = [
            {"id": block_id, "market": "WHOLESALE", "start": start, "end": end}
            for block_id, _ in battery.blocks
        ]
        return {
            "annualCycleLimit": cycles,
            "availableEnergyCapacity": state.outages.available(battery, state.quarter).energy,
            "blockIDs": [block["id"] for block in blocks],
            "blockMetadata": blocks,
            "chargeEfficiency": battery.charge_efficiency,
            "createdAt": start - timedelta(days=30),
            "dailyCycleLimit": CYCLES_A_DAY,
            "deliveryZone": battery.zone,
            "dischargeEfficiency": battery.discharge_efficiency,
            "dispatchGateClosureSeconds": GATE_SECONDS,
            "eicCode": f"11W{noise.uuid('eic', battery.id).replace('-', '')[:12].upper()}A",
            "end": end,
            "endStateOfChargePercentage": imbalance.percent,
            "energyCapacity": battery.energy_kwh,
            "feedback": imbalance.feedback,
            "finalSoCTolerance": 0.01,
            "id": battery.id,
            "imbalanceCharge": imbalance.charge,
            "imbalanceDischarge": imbalance.discharge,
            "portfolioID": battery.portfolio_id,
            "protectedDurationSeconds": 3600,
            "rampRate": battery.ramp_rate,
            "ratedChargePower": battery.charge_kw,
            "ratedDischargePower": battery.discharge_kw,
            "start": start,
            "totalAllowedCycles": cycles * 15,
            "unitsEnergy": "kWh",
            "unitsPower": "kW",
        }
