"""One sandbox's world: its fleet, its markets, and the rows that revenue reports consist of."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from energy_sandbox.world import products, trading
from energy_sandbox.world.calendar import QUARTER, Calendar, Day, Period
from energy_sandbox.world.fleet import Battery, build_fleet
from energy_sandbox.world.noise import Noise
from energy_sandbox.world.prices import GERMANY, PriceCurve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_KEPT_DAYS = 2048
"""Asset days kept in memory: about 40 MB when full."""


class RevenueRow(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Revenue (EUR) of one bucket, under its names on the wire."""

    start_ts: str
    end_ts: str
    revenue: float
    version_number: str
    virtual_asset_id: str = msgspec.field(name="virtualAssetID")


class TollingRow(RevenueRow, frozen=True, gc=False, rename="camel"):
    """Tolling revenue (EUR) of one delivery day, and 365 times it."""

    annual_price: float


class World:
    """Everything that the terralayr side of a sandbox can be asked about."""

    def __init__(self, seed: int, assets: int) -> None:
        self.noise: Noise = Noise(seed)
        self.calendar: Calendar = Calendar("Europe/Berlin")
        self.prices: PriceCurve = PriceCurve(self.noise, self.calendar, GERMANY)
        self.fleet: tuple[Battery, ...] = build_fleet(self.noise, assets)
        self.by_id: dict[str, Battery] = {battery.id: battery for battery in self.fleet}
        self.organisation_id: str = self.noise.uuid("organisation")
        self.portfolio_ids: list[str] = list(
            dict.fromkeys(each.portfolio_id for each in self.fleet)
        )
        self.fleet_ids: list[str] = list(dict.fromkeys(each.fleet_id for each in self.fleet))
        self.trades: Callable[[Battery, Day], trading.Trades] = lru_cache(maxsize=_KEPT_DAYS)(
            self._trades
        )
        self.blocks: Callable[[Battery, Day], tuple[products.Block, ...]] = lru_cache(
            maxsize=_KEPT_DAYS
        )(self._blocks)

    def _trades(self, battery: Battery, day: Day) -> trading.Trades:
        available = products.availability(self.noise, battery, day)
        return trading.trade_day(self.noise, battery, day, self.prices.day(day.date), available)

    def _blocks(self, battery: Battery, day: Day) -> tuple[products.Block, ...]:
        return products.sell_blocks(self.noise, battery, day)

    def days(self, battery: Battery, period: Period) -> Iterator[Day]:
        """Give the days of a period on which the battery is in service."""
        return (
            day for day in self.calendar.days(period) if battery.born <= day.date < battery.retired
        )

    def version(self, battery: Battery, day: Day) -> str:
        """Give the version of a day's figures; some days have been corrected."""
        return str(1 + self.noise.data(1, "version", battery.id, day.date)[0] // 200)

    def wholesale(self, battery: Battery, period: Period) -> list[RevenueRow]:
        """Give one row per quarter-hour; none if the battery trades nothing on its own."""
        rows: list[RevenueRow] = []
        if not battery.market:
            return rows
        for day in self.days(battery, period):
            cents, version = self.trades(battery, day)["wholesale"], self.version(battery, day)
            rows.extend(
                RevenueRow(day.stamps[i], day.stamps[i + 1], cents[i] / 100, version, battery.id)
                for i in period.within(day.first, day.quarters)
            )
        return rows

    def ancillary(self, battery: Battery, period: Period) -> list[RevenueRow]:
        """Give one row per 4-hour block of the local day."""
        rows: list[RevenueRow] = []
        for day in self.days(battery, period):
            version = self.version(battery, day)
            for index, block in enumerate(self.blocks(battery, day)):
                start, end = day.stamps[day.blocks[index]], day.stamps[day.blocks[index + 1]]
                if period.holds(day.first + QUARTER * day.blocks[index]):
                    euros = products.block_revenue(block) / 100
                    rows.append(RevenueRow(start, end, euros, version, battery.id))
        return rows

    def tolling(self, battery: Battery, period: Period) -> list[TollingRow]:
        """Give one row per delivery day; none for a battery that is not tolled."""
        lease = products.toll_day(battery)
        if lease is None:
            return []
        return [
            TollingRow(start, end, lease.cents / 100, version, battery.id, lease.price_cents / 100)
            for _, start, end, version in self._whole_days(battery, period)
        ]

    def auction(self, battery: Battery, period: Period) -> list[RevenueRow]:
        """Give one row per delivery day; none for a battery without an auctioned share."""
        return [
            RevenueRow(start, end, lease.cents / 100, version, battery.id)
            for day, start, end, version in self._whole_days(battery, period)
            if (lease := products.auction_day(self.noise, battery, day)) is not None
        ]

    def _whole_days(self, battery: Battery, period: Period) -> Iterator[tuple[Day, str, str, str]]:
        for day in self.days(battery, period):
            if period.holds(day.first):
                yield day, day.stamps[0], day.stamps[-1], self.version(battery, day)
