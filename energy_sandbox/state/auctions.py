"""Auctions of delivery windows: two a day, each open for a day, decided a quarter of an hour later.

An auction for delivery day D opens at 10:00 two days before and closes at 12:00 the day before,
local time. Up to four rivals bid, as the seed has it. What closed before the sandbox was made has
been bid for by the organisation, too, or not. The highest price wins; of equal ones, the earliest.
What a bid placed here has won becomes a virtual asset of its own, which lives on the delivery day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from energy_sandbox.problems import Refusal
from energy_sandbox.world.calendar import stamp
from energy_sandbox.world.fleet import build_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from energy_sandbox.world.fleet import Battery
    from energy_sandbox.world.world import World

MAX_PRICE = 10_000_000
_LOTS = 2
_DAY = timedelta(days=1)
_PROCESSING = 900
_SHOWN_BACK, _SHOWN_AHEAD = 7, 7
_POWERS = (1_000, 2_000, 5_000, 10_000)


@dataclass(frozen=True, slots=True)
class AuctionBid:
    """One bid; `at` is seconds since 1970."""

    price: float
    at: float
    own: bool = False


def winner(bids: Iterable[AuctionBid]) -> AuctionBid | None:
    """Give the highest bid, of equal ones the earliest; None where there is none."""
    return min(bids, key=lambda bid: (-bid.price, bid.at), default=None)


@dataclass(frozen=True, slots=True)
class Auction:
    """One auction; times are seconds since 1970."""

    id: str
    day: date
    lot: int
    opens_at: int
    closes_at: int

    def status(self, own: AuctionBid | None, rivals: Iterable[AuctionBid], now: float) -> str:
        """Say where it stands for the organisation, whose latest bid is `own`."""
        if now < self.opens_at:
            return "NOT_STARTED"
        if now < self.closes_at:
            return "RUNNING"
        if own is None:
            return "NO_BIDS_SUBMITTED"
        if now < self.closes_at + _PROCESSING:
            return "PENDING"
        return "WON" if winner((own, *rivals)) is own else "LOST"


class AuctionHouse:
    """Every auction that the organisation takes part in, and its bids."""

    def __init__(self, world: World, opened_at: float) -> None:
        self._world, self._opened_at = world, opened_at
        self._bids: dict[str, list[AuctionBid]] = {}

    def around(self, now: float) -> Iterator[Auction]:
        """Give the auctions of the delivery days from a week ago to a week ahead."""
        today = self._world.calendar.date_at(int(now))
        for offset in range(-_SHOWN_BACK, _SHOWN_AHEAD + 1):
            for lot in range(_LOTS):
                yield self._auction(today + offset * _DAY, lot)

    def find(self, known: str) -> Auction:
        """Give one auction."""
        try:
            day = date(int(known[:4]), int(known[4:6]), int(known[6:8]))
            found = [self._auction(day, lot) for lot in range(_LOTS)]
        except (ValueError, OverflowError):
            found = []
        for auction in found:
            if auction.id == known:
                return auction
        raise Refusal(404, f"no such auction: {known}")

    def bid(self, auction: Auction, price: float, now: float) -> dict[str, str]:
        """Take a bid."""
        if not 0 < price <= MAX_PRICE:
            raise Refusal(400, f"request body: price must be above 0, at most {MAX_PRICE} EUR")
        if not auction.opens_at <= now < auction.closes_at:
            status = auction.status(self._own(auction), (), now)
            raise Refusal(400, f"auction {auction.id} takes no bids: {status}")
        self._bids.setdefault(auction.id, []).append(AuctionBid(price, now, own=True))
        return _describe_bid(self._bids[auction.id][-1])

    def describe(self, auction: Auction, now: float) -> dict[str, Any]:
        """Give an auction as the organisation sees it."""
        own = self._own(auction)
        status = auction.status(own, self._rivals(auction), now)
        answer = {
            "end": stamp(auction.closes_at),
            "id": auction.id,
            "item": self._item(auction, won=status == "WON"),
            "start": stamp(auction.opens_at),
            "status": status,
        }
        if own is not None and now >= auction.opens_at:
            answer["currentBid"] = _describe_bid(own)
        return answer

    def won(self, now: float) -> Iterator[Battery]:
        """Give the virtual assets that bids placed here have won, once the result is known."""
        for known, bids in self._bids.items():
            auction = self.find(known)
            if auction.status(bids[-1], self._rivals(auction), now) == "WON":
                yield self._lot(auction)

    def _lot(self, auction: Auction) -> Battery:
        """Give the virtual asset that is on offer: a part of a battery, for the delivery day."""
        noise, power = self._world.noise, self._power(auction)
        known = noise.uuid("lot", auction.id)
        return replace(
            self._behind(auction), id=known, charge_kw=power, discharge_kw=power,
            energy_kwh=power * 2, tolled=0.0, auctioned=0.0, ancillary=0.0,
            blocks=build_blocks(noise, known, 1.0), born=auction.day, retired=auction.day + _DAY,
        )  # fmt: skip

    def _behind(self, auction: Auction) -> Battery:
        return self._world.noise.choice(self._world.fleet, "lot battery", auction.id)

    def _auction(self, day: date, lot: int) -> Auction:
        calendar = self._world.calendar
        return Auction(
            id=f"{day:%Y%m%d}{self._world.noise.uuid('auction', day, lot)[8:]}",
            day=day,
            lot=lot,
            opens_at=calendar.local(day - 2 * _DAY, time(10)),
            closes_at=calendar.local(day - _DAY, time(12)),
        )

    def _own(self, auction: Auction) -> AuctionBid | None:
        placed = self._bids.get(auction.id)
        if placed:
            return placed[-1]
        noise = self._world.noise
        if auction.closes_at > self._opened_at or noise.unit("took part", auction.id) < 1 / 3:
            return None
        return self._seeded_bid(auction, "own", own=True)

    def _rivals(self, auction: Auction) -> list[AuctionBid]:
        number = int(self._world.noise.between(0, 5, "rivals", auction.id))
        return [self._seeded_bid(auction, rival) for rival in range(number)]

    def _seeded_bid(self, auction: Auction, bidder: object, *, own: bool = False) -> AuctionBid:
        price, moment = self._world.noise.units(2, "auction bid", auction.id, bidder)
        megawatts = self._power(auction) / 1000
        length = auction.closes_at - auction.opens_at
        return AuctionBid(
            round(megawatts * (180 + 160 * price)), auction.opens_at + int(moment * length), own
        )

    def _power(self, auction: Auction) -> int:
        return self._world.noise.choice(_POWERS, "lot power", auction.day, auction.lot)

    def _item(self, auction: Auction, *, won: bool) -> dict[str, Any]:
        day, lot = self._world.calendar.day(auction.day), self._lot(auction)
        behind = self._behind(auction)
        return {
            "chargeEfficiency": lot.charge_efficiency,
            "dailyCycleLimit": 2,
            "deliveryZone": lot.zone,
            "dischargeEfficiency": lot.discharge_efficiency,
            "end": day.stamps[-1],
            "energyCapacity": lot.energy_kwh,
            "finalSoCTolerance": 0.01,
            "id": behind.id if won and auction.id not in self._bids else lot.id,
            "initialSoC": 50,
            "lastSoCTarget": 50,
            "ratedChargePower": lot.charge_kw,
            "ratedDischargePower": lot.discharge_kw,
            "start": day.stamps[0],
            "unitsEnergy": "kWh",
            "unitsPower": "kW",
        }


def _describe_bid(bid: AuctionBid) -> dict[str, str]:
    at = datetime.fromtimestamp(bid.at, UTC).isoformat().replace("+00:00", "Z")
    return {"price": f"{bid.price:.2f}", "timestamp": at}
