"""An upstream in memory whose answers a test sets, feed by feed, and which counts its requests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from energy_async import WireReply, WireRequest
from energy_async.delivery import delivery_day, quarter_hours, steps
from nanocorp_async import Nanocorp

__all__ = ["Upstream", "capacity", "day_ahead", "energy", "hours", "moment", "prices"]

PARIS = ZoneInfo("Europe/Paris")
PATHS = {
    "day-ahead": "/api/day-ahead-prices",
    "fcr-capacity": "/api/fcr-capacity",
    "afrr-capacity": "/api/afrr-capacity",
    "mfrr-capacity": "/api/mfrr-capacity",
    "afrr-energy": "/api/afrr-energy",
    "mfrr-energy": "/api/mfrr-energy",
}


class Upstream:
    """A backend; a feed without an answer of its own has no rows."""

    def __init__(self, **answers: Any) -> None:
        self.answers: dict[str, Any] = {}
        self.etags = False
        self.asked: list[str] = []
        self.conditions: list[dict[str, str]] = []
        self.set(**answers)

    def set(self, **answers: Any) -> None:
        """Set answers: JSON values, `(status, text)` or `(status, text, headers)`.

        A function is asked for one of these with the number of the request, from 1.
        """
        for name, answer in answers.items():
            self.answers[name.replace("_", "-")] = answer

    async def send(self, request: WireRequest) -> WireReply:
        path = request.url.partition("://")[2].partition("/")[2]
        feed = next(name for name, one in PATHS.items() if one == f"/{path}")
        self.asked.append(feed)
        wanted = {k: v for k, v in request.headers.items() if k.startswith("If-")}
        self.conditions.append(wanted)
        answer = self.answers.get(feed, {"rows": []})
        if callable(answer):
            answer = answer(self.asked.count(feed))
        headers = {"content-type": "application/json"}
        if isinstance(answer, tuple):
            status, text, *more = answer
            return WireReply(status, {**headers, **(more[0] if more else {})}, text.encode())
        body = msgspec.json.encode(answer)
        if self.etags:
            headers["etag"] = f'"{hash(body)}"'
            if wanted.get("If-None-Match") == headers["etag"]:
                return WireReply(304, headers, b"")
        return WireReply(200, headers, body)

    async def aclose(self) -> None: ...

    def client(self, base_url: str = "https://feeds.example") -> Nanocorp:
        return Nanocorp("token", base_url=base_url, backend=self, rate=1e6, retries=0)


def moment(text: str) -> datetime:
    """A Paris time."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def day_ahead(first: date, last: date, **changes: Any) -> dict[str, Any]:
    """Whole days whose prices are the numbers of their quarter-hours."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    rows = [
        {
            "hour_start_utc": start.isoformat(),
            "hour_end_utc": end.isoformat(),
            "price_eur_mwh": float(number),
        }
        for day in days
        for number, (start, end) in enumerate(quarter_hours(day, "Europe/Paris"))
    ]
    dates = {"latestDate": str(last), "earliestDate": str(first)}
    return {"rows": rows, **dates, **changes}


def hours(day: date, price: float = 100.0) -> dict[str, Any]:
    """A day by the hour, at one price."""
    rows = [
        {
            "hour_start_utc": start.isoformat(),
            "hour_end_utc": end.isoformat(),
            "price_eur_mwh": price,
        }
        for start, end in steps(day, "Europe/Paris", timedelta(hours=1))
    ]
    return {"rows": rows}


def prices(answer: dict[str, Any], **changed: object) -> dict[str, Any]:
    """The same answer, with some prices changed: `r3=50.0` for row 3."""
    rows = [dict(row) for row in answer["rows"]]
    for name, price in changed.items():
        rows[int(name[1:])]["price_eur_mwh"] = price
    return {**answer, "rows": rows}


def capacity(day: date, directions: tuple[str, ...] = ("UPWARD", "DOWNWARD")) -> dict[str, Any]:
    """Hourly rows of a whole day."""
    rows = [
        {
            "period_start_utc": start.isoformat(),
            "period_end_utc": end.isoformat(),
            "direction": direction,
            "price": 10.0,
            "product_type": "aFRR",
            "time_horizon": "DAILY",
        }
        for start, end in steps(day, "Europe/Paris", timedelta(hours=1))
        for direction in directions
    ]
    return {"rows": rows, "latestFetchedAtUtc": "2026-05-23T14:35:24.755Z"}


def energy(day: date, *, every_step: bool = False) -> dict[str, Any]:
    """AFRR energy of a day: buckets, and the last or all 4-second steps, the newest first."""
    whole = delivery_day(day, "Europe/Paris")

    def rows(name: str, length: float) -> list[dict[str, Any]]:
        edges = steps(day, "Europe/Paris", timedelta(seconds=length))
        return [
            {
                f"{name}_start_utc": start.isoformat(),
                f"{name}_end_utc": end.isoformat(),
                "upward_price_eur_mwh": 80.5,
                "downward_price_eur_mwh": -3.0,
            }
            for start, end in edges
        ]

    recent = rows("period", 4)[::-1]
    return {
        "latestDeliveryDateParis": str(day),
        "latestPeriodEndUtc": whole.end.isoformat(),
        "latestRow": recent[0],
        "recentRows": recent if every_step else recent[:5],
        "chartRows": rows("bucket", 300),
    }
