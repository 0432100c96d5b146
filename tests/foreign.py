"""A server that plays terralayr from the published facts alone, with surprises of its own.

A plain program: `python tests/foreign.py` prints its address. It knows nothing of the client, of
`specs/` or of the sandbox. What is read of the API stands here as it was read; where a page shows
no path or shape, this server has chosen one.
"""

# ruff: noqa: E501, PLR0911 - samples stand as they were read, one to a line

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from aiohttp import web

SURPRISES = (
    "paths", "half-open", "extra field", "renamed field", "kilowatts", "enum value",
    "milliseconds", "403", "500", "quota",
)  # fmt: skip
STREAMS = {
    "wholesale": "wholesale-revenue",
    "ancillary": "ancillary-services",
    "virtual-battery-auction": "vba/revenue",
}
PATHS = {
    f"revenue_reporting.get_{name.replace('-', '_')}_revenue": f"/revenue-reporting/{{virtualAssetID}}/{there}"
    for name, there in STREAMS.items()
}
DAY, QUARTER = timedelta(days=1), timedelta(minutes=15)
ID = "9b2f6c1e-0000-4000-8000-{:012}"
REVENUE = "/revenue-reporting/{virtualAssetID}"
ASSET = "/organisations/{organisationID}/virtual-assets/{virtualAssetID}"
NAMES = ["revenue_wholesale", "capacity_fcr", "sell_volume_wholesale"]
UNITS = {"revenue_wholesale": "EUR", "capacity_fcr": "MW", "sell_volume_wholesale": "MWh"}


class Foreign:
    """Answers by path; `asked` counts requests by route, `absent` lists those of no route."""

    def __init__(self, surprises: tuple[str, ...] = SURPRISES, assets: int = 3) -> None:
        self.surprises = frozenset(surprises)
        self.assets = [f"VA-{number:04}" for number in range(assets)]  # no UUIDs
        self.asked: Counter[str] = Counter()
        self.absent: list[str] = []
        self.sent: list[tuple[str, str, bytes]] = []
        self.url = ""
        self.has_documents = True
        self.changed: Callable[[str, Any], Any] | None = None
        self.routes = [
            (re.compile(re.sub(r"\{[^}]*\}", "([^/]+)", path)), path, answer)
            for path, answer in self._answers().items()
        ]
        self.app = web.Application()
        self.app.router.add_post("/auth/public/authenticate", self._login)
        self.app.router.add_route("*", "/{tail:.*}", self._any)

    def _is(self, surprise: str) -> bool:
        return surprise in self.surprises

    async def _login(self, _: web.Request) -> web.Response:
        life = 3_600_000 if self._is("milliseconds") else 3600
        token = {"access_token": "t0k3n", "expires_in": life, "id_token": "i", "refresh_token": "r",
                 "scope": "openid", "token_type": "Bearer"}  # fmt: skip
        return web.json_response(token)

    async def _any(self, request: web.Request) -> web.Response:
        self.sent.append((request.method, request.path, await request.read()))
        reply = self._reply(request)
        if self.changed and reply.status == 200:
            reply = web.json_response(self.changed(request.path, json.loads(reply.text or "")))
        if self._is("quota"):
            reply.headers.update(
                {"X-RateLimit-Limit": "600", "X-RateLimit-Remaining": "599",
                 "X-RateLimit-Reset": "60"}
            )  # fmt: skip
        return reply

    def _reply(self, request: web.Request) -> web.Response:
        if self.has_documents and request.path == "/revenue-reporting/docs/doc.json":
            return web.json_response(self.document())
        if request.headers.get("Authorization") != "Bearer t0k3n" and "health" not in request.path:
            return web.json_response({"message": "Unauthorized"}, status=401)
        for pattern, path, answer in self.routes if request.method == "GET" else ():
            if match := pattern.fullmatch(request.path):
                self.asked[path] += 1
                if self._is("403") and path.startswith("/{physicalAssetID}"):
                    return web.json_response({"message": "Forbidden"}, status=403)
                if self._is("500") and path.startswith("/auctions"):
                    return web.json_response({"message": "Internal Server Error"}, status=500)
                values = dict(zip(re.findall(r"\{(.*?)\}", path), match.groups(), strict=True))
                if values.get("virtualAssetID", self.assets[0]) not in self.assets:
                    return web.json_response({"message": "no such asset"}, status=404)
                return web.json_response(answer(values, request.query))
        self.absent.append(request.path)
        return web.Response(status=404, text="404 page not found")

    # Ranges and rows

    def _range(self, query: Any) -> tuple[datetime, datetime]:
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        start, end = (query.get(name) for name in ("start", "end"))
        return (
            datetime.fromisoformat(start) if start else now - DAY,
            datetime.fromisoformat(end) if end else now,
        )

    def _days(self, query: Any) -> list[tuple[str, str]]:
        """Days in UTC: by containment where ranges are half-open, by their start where not."""
        start, end = self._range(query)
        day = start.replace(hour=0, minute=0, second=0, microsecond=0)
        day += DAY * (day < start)
        found = []
        while (day + DAY <= end) if self._is("half-open") else (day <= end):
            found.append((_text(day), _text(day + DAY)))
            day += DAY
        return found

    def _points(self, query: Any, step: timedelta = QUARTER) -> list[str]:
        start, end = self._range(query)
        at = datetime.fromtimestamp(
            -(-start.timestamp() // step.total_seconds()) * step.total_seconds(), UTC
        )
        found = []
        while at < end or (at == end and not self._is("half-open")):
            found.append(_text(at))
            at += step
        return found

    def _revenue(self, stream: str) -> Any:
        def answer(values: Any, query: Any) -> Any:
            version = (
                "version" if self._is("renamed field") and stream == "tolling" else "versionNumber"
            )
            extra: dict[str, Any] = {"annualPrice": 80_000.0} if stream == "tolling" else {}
            if self._is("extra field") and stream == "tolling":
                extra["settlementStatus"] = "PRELIMINARY"
            return [
                {"startTs": start, "endTs": end, "revenue": float(int(start[8:10])), version: "1",
                 "virtualAssetID": values["virtualAssetID"], **extra}
                for start, end in self._days(query)
            ]  # fmt: skip

        return answer

    def _data_points(self, values: Any, query: Any) -> Any:
        step = {"daily": DAY, "hourly": timedelta(hours=1)}.get(values["resolution"], QUARTER)
        kilo = 1000 if self._is("kilowatts") else 1
        size = {
            "revenue_wholesale": 120.5,
            "capacity_fcr": 8.0 * kilo,
            "sell_volume_wholesale": 9.5,
        }
        names = query["datapoints"].split(",") if "datapoints" in query else NAMES
        return {
            "data": {
                name: [{"time": at, "value": size[name]} for at in self._points(query, step)]
                for name in names
            },
            "metaData": [{"dataPointName": name, "unit": UNITS[name]} for name in names],
        }

    def _asset(self, name: str) -> dict[str, Any]:
        return {
            "annualCycleLimit": 730, "availableEnergyCapacity": 19_000, "blockIDs": [ID.format(5)],
            "blockMetadata": [{"id": ID.format(5), "market": "WHOLESALE", "start": "2026-01-01T00:00:00Z",
                               "end": "2027-01-01T00:00:00Z"}],
            "chargeEfficiency": 0.943, "createdAt": "2025-12-01T00:00:00Z", "dailyCycleLimit": 2,
            "deliveryZone": "50Hertz", "dischargeEfficiency": 0.943, "dispatchGateClosureSeconds": 480,
            "eicCode": "EIC1234567890", "end": "2036-01-01T00:00:00Z",
            "endStateOfChargePercentage": 50, "energyCapacity": 20_000, "feedback": "",
            "finalSoCTolerance": 0.01, "id": name, "imbalanceCharge": 0, "imbalanceDischarge": 0,
            "portfolioID": ID.format(9), "protectedDurationSeconds": 3600, "rampRate": 66,
            "ratedChargePower": 10_000, "ratedDischargePower": 10_000, "start": "2026-01-01T00:00:00Z",
            "totalAllowedCycles": 7300, "unitsEnergy": "kWh", "unitsPower": "kW",
        }  # fmt: skip

    def _block(self, query: Any) -> dict[str, Any]:
        points = self._points(query)
        return {
            "id": ID.format(5), "start": "2026-01-01T00:00:00Z", "end": "2027-01-01T00:00:00Z",
            "ratedChargePower": 10_000, "ratedDischargePower": 10_000, "unitsPower": "kW",
            "schedule": [{"power": 5000, "time": at} for at in points],
            "powerCapacity": [
                {"chargePowerCapacity": 10_000, "dischargePowerCapacity": 10_000,
                 "ratedChargePowerCapacity": 10_000, "ratedDischargePowerCapacity": 10_000, "time": at}
                for at in points
            ],
        }  # fmt: skip

    def _bids(self, market: str, what: str) -> dict[str, Any]:
        """Bids or results of one product, with the fields that the page of each one names."""
        product = {"fcr": "NEGPOS_00_04", "afrr": "POS_00_04", "ancillary": "NEGPOS_00_04"}[market]
        one: dict[str, Any] = {"offeredCapacity": 5000, "capacityPrice": 21.5}
        if what == "results":
            one |= {"accepted": True, "acceptedCapacity": 5000}
        if market == "afrr" or (market == "ancillary" and what == "bids"):
            one["energyPrice"] = 90.0
        if market != "ancillary" and what == "results":
            one |= {"settlementPrice": 22.0, "energyPrice": 90.0}
        found = {"product": product, "deliveryDay": "2026-11-01", what: [one]}
        if market == "ancillary":
            one["bidID"] = ID.format(6)
            found["market"] = "FCR"
        elif what == "bids":
            found["productDateCode"] = f"2026-11-01_{product}"
        return found

    def _answers(self) -> dict[str, Any]:
        """Each path that can be read, and what it answers to path values and query."""
        reason = "GRID_OPERATOR_REQUEST" if self._is("enum value") else "AVAILABILITY"
        auction = {
            "id": ID.format(3), "status": "RUNNING", "start": "2026-11-01T00:00:00Z",
            "end": "2026-11-30T00:00:00Z", "currentBid": {"price": "100.0", "timestamp": "2026-11-02T00:00:00Z"},
            "item": {"chargeEfficiency": 0.9, "dailyCycleLimit": 2, "deliveryZone": "50Hertz",
                     "dischargeEfficiency": 0.9, "end": "2028-01-01T00:00:00Z", "energyCapacity": 20_000,
                     "finalSoCTolerance": 0.01, "id": ID.format(4), "initialSoC": 50, "lastSoCTarget": 50,
                     "ratedChargePower": 10_000, "ratedDischargePower": 10_000,
                     "start": "2027-01-01T00:00:00Z", "unitsEnergy": "kWh", "unitsPower": "kW"},
        }  # fmt: skip
        physical, base = "/physical-assets/{physicalAssetID}", "/physical-assets"
        outage = {"id": ID.format(8), "start": "2026-11-01T00:00:00Z", "end": "2026-11-02T00:00:00Z",
                  "reason": "planned maintenance",
                  "volumes": [{"power": 500, "time": "2026-11-01T00:00:00Z"}]}  # fmt: skip
        moved = STREAMS if self._is("paths") else {name: name for name in STREAMS}
        found: dict[str, Any] = {
            "/organisations/{organisationID}/virtual-assets": lambda *_: [
                self._asset(name) for name in self.assets
            ],
            ASSET: lambda values, _: self._asset(values["virtualAssetID"]),
            f"{ASSET}/energy-capacity": lambda _, query: {
                "energyCapacityTimeseries": [
                    {"energyCapacity": {"available": 19_000, "rated": 20_000}, "time": at}
                    for at in self._points(query)
                ]
            },
            f"{ASSET}/adjustments": lambda _, query: {
                "adjustments": [
                    {
                        "acceptedSchedule": 4800,
                        "adjustedSchedule": 3800,
                        "reason": reason,
                        "timestamp": at,
                    }
                    for at in self._points(query)
                ]
            },
            f"{ASSET}/blocks": lambda _, query: [self._block(query)],
            f"{ASSET}/blocks/{{blockID}}": lambda _, query: self._block(query),
            f"{ASSET}/state-of-energy/latest": lambda *_: {
                "soe": 50,
                "time": "2026-11-01T00:00:00Z",
            },
            f"{ASSET}/state-of-charge/projected": lambda _, query: {
                "stateOfChargePercentageTimeseries": [
                    {"boundaries": {"lower": 0, "upper": 100}, "soc": 50, "time": at}
                    for at in self._points(query)
                ]
            },
            "/auctions": lambda *_: [auction],
            "/auctions/{auctionID}": lambda *_: auction,
            f"{REVENUE}/tolling": self._revenue("tolling"),
            "/revenue-reporting/health": lambda *_: "ok",
            "/physical-assets/health": lambda *_: "ok",
            base: lambda *_: [{"id": ID.format(7), "name": "Nauen I"}],
            physical: lambda *_: {"id": ID.format(7), "name": "Nauen I"},
            f"{physical}/unavailability": lambda *_: [],
        }
        for name, path in moved.items():
            found[f"{REVENUE}/{path}"] = self._revenue(name)
        for subject in (REVENUE, "/revenue-reporting/portfolios/{portfolioID}",
                        "/revenue-reporting/physical-assets/{physicalAssetID}"):  # fmt: skip
            found[f"{subject}/datapoints/{{resolution}}"] = self._data_points
        open_ones = ["state-of-charge", "state-of-charge/latest", "state-of-energy/projected",
                     "operational", "operational/latest", "blocks/{blockID}/operational",
                     "blocks/{blockID}/operational/latest"]  # fmt: skip
        for name in open_ones:
            found[f"{ASSET}/{name}"] = lambda _, query: {
                "series": [{"time": at, "soe": 40} for at in self._points(query)]
            }
        for what in ("bids", "results"):
            for market in ("fcr", "afrr") if not self._is("bids") else ("afrr",):
                one = self._bids(market, what)
                found[f"{ASSET}/{market}/{what}"] = lambda *_, one=one: [one]
                found[f"{ASSET}/{market}/{what}/{{productDateCode}}"] = lambda *_, one=one: one
            two = self._bids("ancillary", what)
            found[f"{ASSET}/ancillary/{what}"] = lambda *_, two=two: [two]
            found[f"{physical}/ancillary/{what}"] = lambda *_: []
        found[f"{physical}/ancillary/bids-by-product-keys"] = lambda *_: []
        for name in ("schedule", "metadata/{category}", "unavailability/{unavailabilityID}"):
            found[f"{physical}/{name}"] = lambda *_: outage
        for name in ("logbook", "eex-notifications"):
            found[f"{physical}/{name}"] = lambda *_: []
        for name in ("", "/names", "/sum", "/sum/detailed"):
            found[f"/{{physicalAssetID}}/datapoints{name}"] = lambda *_, name=name: (
                [] if name == "/names" else {}
            )
        return found

    def document(self) -> dict[str, Any]:
        """What it publishes of revenue reporting, in the form of the published excerpt."""
        paths: dict[str, Any] = {}
        for path in self._answers():
            if path.startswith("/revenue-reporting"):
                names = re.findall(r"\{(.*?)\}", path)
                words = "virtual battery auction" if "vba" in path else path.rpartition("/")[2]
                paths[path] = {"get": {
                    "summary": f"Get {words} revenue",
                    "parameters": [{"in": "path", "name": n, "required": True, "schema": {"type": "string"}} for n in names],
                    "responses": {"200": {"description": "OK"}},
                }}  # fmt: skip
        return {
            "openapi": "3.1.0",
            "info": {"title": "Revenue", "version": "1.0.0"},
            "paths": paths,
        }

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self.app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


async def main() -> None:
    """Serve until stopped."""
    async with Foreign() as server:
        print(json.dumps({"url": server.url}), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
