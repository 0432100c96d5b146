"""The terralayr API: one handler per operation, from a checked call to the value that is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

from api_sandbox.handling import Handler
from api_sandbox.problems import Refusal
from api_sandbox.world import products
from api_sandbox.world.calendar import QUARTER, Period
from api_sandbox.world.categories import CATEGORIES
from api_sandbox.world.datapoints import data_points

if TYPE_CHECKING:
    from api_sandbox.counters import Counters
    from api_sandbox.tokens import TokenBook
    from api_sandbox.validation import Call
    from api_sandbox.world.fleet import Battery
    from api_sandbox.world.world import World

MAX_RANGE = timedelta(days=400)
MAX_POINTS = 1_000_000
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_ASSETS = "/organisations/{organisationID}/virtual-assets"
_REVENUE = "/revenue-reporting"
_BUCKETS_PER_DAY = {"raw": 96, "15-minute": 96, "hourly": 24, "daily": 1}


class Terralayr:
    """Answers for every terralayr operation that the documents hold."""

    def __init__(
        self, world: World, tokens: TokenBook, counters: Counters, *,
        username: str, password: str, now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._world, self._tokens, self._counters, self._now = world, tokens, counters, now
        self._username, self._password = username, password

    def handlers(self) -> Mapping[str, Handler]:
        """Give the handler of each route."""
        world = self._world
        return {
            "POST /auth/public/authenticate": Handler(self._log_in),
            f"GET {_ASSETS}": Handler(self._virtual_assets),
            f"GET {_ASSETS}/{{virtualAssetID}}": Handler(self._virtual_asset),
            f"GET {_ASSETS}/{{virtualAssetID}}/energy-capacity": Handler(self._energy_capacity),
            f"GET {_REVENUE}/{{virtualAssetID}}/tolling": self._rows(world.tolling),
            f"GET {_REVENUE}/{{virtualAssetID}}/wholesale": self._rows(world.wholesale),
            f"GET {_REVENUE}/{{virtualAssetID}}/ancillary": self._rows(world.ancillary),
            f"GET {_REVENUE}/{{virtualAssetID}}/virtual-battery-auction": self._rows(world.auction),
            f"GET {_REVENUE}/{{virtualAssetID}}/datapoints/{{resolution}}": self._points(
                "virtualAssetID", lambda battery: battery.id
            ),
            f"GET {_REVENUE}/portfolios/{{portfolioID}}/datapoints/{{resolution}}": self._points(
                "portfolioID", lambda battery: battery.portfolio_id
            ),
            f"GET {_REVENUE}/fleets/{{fleetID}}/datapoints/{{resolution}}": self._points(
                "fleetID", lambda battery: battery.fleet_id
            ),
            f"GET {_REVENUE}/physical-assets/{{physicalAssetID}}/datapoints/{{resolution}}": (
                self._points("physicalAssetID", lambda battery: battery.physical_asset_id)
            ),
        }

    def authorise(self, authorization: str | None) -> None:
        """Let a request pass if its token is valid (see `TokenBook.check`)."""
        self._tokens.check(authorization)

    def _log_in(self, call: Call) -> object:
        body = call.body if isinstance(call.body, Mapping) else {}
        given = [body.get("username"), body.get("password")]
        if not all(isinstance(text, str) for text in given):
            raise Refusal(400, "request body: expected the texts `username` and `password`")
        wanted = [self._username, self._password]
        if not all(
            compare_digest(str(a).encode(), b.encode()) for a, b in zip(given, wanted, strict=True)
        ):
            self._counters.failed_logins += 1
            raise Refusal(401, "wrong username or password")
        self._counters.logins += 1
        return self._tokens.issue(self._username)

    def _virtual_assets(self, call: Call) -> object:
        self._own_organisation(call)
        period = self._life_period(call)
        return [
            self._describe(battery)
            for battery in self._world.fleet
            if self._start(battery) <= period[1] and period[0] <= self._end(battery)
        ]

    def _virtual_asset(self, call: Call) -> object:
        self._own_organisation(call)
        return self._describe(self._battery(call))

    def _energy_capacity(self, call: Call) -> object:
        self._own_organisation(call)
        points = self._world.energy_capacity(self._battery(call), period_of(call))
        return {"energyCapacityTimeseries": points}

    def _rows(self, stream: Callable[[Battery, Period], Sequence[object]]) -> Handler:
        return Handler(lambda call: stream(self._battery(call), period_of(call)))

    def _points(self, parameter: str, belongs: Callable[[Battery], str]) -> Handler:
        def answer(call: Call) -> object:
            subject = str(call.path[parameter]).lower()
            batteries = self._world.members(belongs, subject)
            if not batteries:
                raise Refusal(404, f"no such {parameter.removesuffix('ID')}: {subject}")
            period, names = period_of(call), _categories(call)
            resolution = str(call.path["resolution"])
            _check_size(period, resolution, len(names))
            series = data_points(self._world, batteries, period, resolution, names)
            metadata = [{"dataPointName": name, "unit": CATEGORIES[name].unit} for name in series]
            return {"data": series, "metaData": metadata}

        return Handler(answer, slow=True)

    def _battery(self, call: Call) -> Battery:
        asset_id = str(call.path["virtualAssetID"]).lower()
        battery = self._world.by_id.get(asset_id)
        if battery is None:
            raise Refusal(404, f"no such virtual asset: {asset_id}")
        return battery

    def _own_organisation(self, call: Call) -> None:
        organisation = str(call.path["organisationID"])
        if organisation.lower() != self._world.organisation_id:
            raise Refusal(403, f"no permission for organisation {organisation}")

    def _life_period(self, call: Call) -> tuple[datetime, datetime]:
        """Give the interval that a life must touch; by default yesterday to a year ahead."""
        query = call.query
        if "start" in query and "end" in query:
            return instants(query)
        for name in query:
            instant(name, query[name])
        local = self._now().astimezone(self._world.calendar.zone).date()
        midnight = datetime.combine(local - timedelta(days=1), time(), self._world.calendar.zone)
        return midnight, self._now() + timedelta(days=365)

    def _start(self, battery: Battery) -> datetime:
        return datetime.fromtimestamp(self._world.calendar.midnight(battery.born), UTC)

    def _end(self, battery: Battery) -> datetime:
        return datetime.fromtimestamp(self._world.calendar.midnight(battery.retired), UTC)

    def _describe(self, battery: Battery) -> dict[str, object]:
        noise, start, end = self._world.noise, self._start(battery), self._end(battery)
        cycles = {1: 730, 2: 620, 4: 500}[round(battery.hours)]
        blocks = [
            {
                "id": noise.uuid("block", battery.id, market),
                "market": market,
                "start": start,
                "end": end,
            }
            for market in (("WHOLESALE",) if battery.market else ())
        ]
        return {
            "annualCycleLimit": cycles,
            "availableEnergyCapacity": self._available(battery),
            "blockIDs": [block["id"] for block in blocks],
            "blockMetadata": blocks,
            "chargeEfficiency": battery.charge_efficiency,
            "createdAt": start - timedelta(days=30),
            "dailyCycleLimit": 2,
            "deliveryZone": battery.zone,
            "dischargeEfficiency": battery.discharge_efficiency,
            "dispatchGateClosureSeconds": 480,
            "eicCode": f"11W{noise.uuid('eic', battery.id).replace('-', '')[:12].upper()}A",
            "end": end,
            "endStateOfChargePercentage": 50,
            "energyCapacity": battery.energy_kwh,
            "feedback": "",
            "finalSoCTolerance": 0.01,
            "id": battery.id,
            "imbalanceCharge": 0,
            "imbalanceDischarge": 0,
            "portfolioID": battery.portfolio_id,
            "protectedDurationSeconds": 3600,
            "rampRate": round(battery.discharge_kw / 15, 1),
            "ratedChargePower": battery.charge_kw,
            "ratedDischargePower": battery.discharge_kw,
            "start": start,
            "totalAllowedCycles": cycles * 15,
            "unitsEnergy": "kWh",
            "unitsPower": "kW",
        }

    def _available(self, battery: Battery) -> float:
        """Give the usable energy (kWh) at this moment."""
        second = int(self._now().timestamp())
        day = self._world.calendar.day(self._world.calendar.date_at(second))
        parts = products.availability(self._world.noise, battery, day)
        part = parts[(second - day.first) // QUARTER] if parts else 1000
        return battery.energy_kwh * part / 1000


def instant(name: str, text: str) -> datetime:
    """Read one time of a query.

    Raises:
        Refusal: 400 unless it is RFC 3339 with an offset.
    """
    if _RFC3339.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise Refusal(
        400,
        f"query parameter {name!r}: {text!r} is not an RFC 3339 time with an offset, "
        "such as 2026-01-31T23:00:00Z",
    )


def instants(query: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """Read the range of a query.

    Raises:
        Refusal: 400 if a time is missing or wrong, or if the range is reversed.
    """
    for name in ("start", "end"):
        if name not in query:
            raise Refusal(400, f"missing query parameter {name!r}")
    start, end = instant("start", query["start"]), instant("end", query["end"])
    if end < start:
        raise Refusal(
            400, f"query parameter 'end' ({query['end']}) is before 'start' ({query['start']})"
        )
    return start, end


def period_of(call: Call) -> Period:
    """Read the range of a call, which may last 400 days.

    Raises:
        Refusal: 400.
    """
    start, end = instants(call.query)
    if end - start > MAX_RANGE:
        days = (end - start) / timedelta(days=1)
        raise Refusal(
            400, f"the range lasts {days:.1f} days; one request may ask for {MAX_RANGE.days} days"
        )
    return Period.of(start, end)


def _categories(call: Call) -> list[str]:
    """Give the categories asked for, without repeats; all of them by default."""
    asked = call.query.get("datapoints")
    names = (
        asked.split(",") if isinstance(asked, str) else list(CATEGORIES if asked is None else asked)
    )
    for name in names:
        if name not in CATEGORIES:
            raise Refusal(400, f"query parameter 'datapoints': unknown category {name!r}")
    return list(dict.fromkeys(names))


def _check_size(period: Period, resolution: str, categories: int) -> None:
    days = (period.end - period.start) / 86_400_000_000 + 1
    points = round(days * _BUCKETS_PER_DAY[resolution] * categories)
    if points > MAX_POINTS:
        raise Refusal(
            400,
            f"about {points} points asked for, at most {MAX_POINTS} are given: "
            "name fewer `datapoints` or ask for fewer days",
        )
