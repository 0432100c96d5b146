"""One sandbox's world: its fleet, its markets, and the rows that revenue reports consist of."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from api_sandbox.world import products, trading
from api_sandbox.world.calendar import QUARTER, Calendar, Day, Period
from api_sandbox.world.fleet import Battery, build_fleet, unique
from api_sandbox.world.noise import Noise
from api_sandbox.world.prices import GERMANY, PriceCurve
from api_sandbox.world.rows import CapacityPoint, EnergyCapacity, RevenueRow, TollingRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_KEPT_DAYS = 2048
"""Asset days kept in memory: about 30 MB when full."""


class World:
    """Everything that the terralayr side of a sandbox can be asked about."""

    def __init__(self, seed: int, assets: int) -> None:
        self.noise = Noise(seed)
        self.calendar = Calendar("Europe/Berlin")
        self.prices = PriceCurve(self.noise, self.calendar, GERMANY)
        self.fleet = build_fleet(self.noise, assets)
        self.by_id = {battery.id: battery for battery in self.fleet}
        self.organisation_id = self.noise.uuid("organisation")
        self.portfolio_ids = unique([battery.portfolio_id for battery in self.fleet])
        self.fleet_ids = unique([battery.fleet_id for battery in self.fleet])
        self.trades = lru_cache(maxsize=_KEPT_DAYS)(self._trades)
        self.blocks = lru_cache(maxsize=_KEPT_DAYS)(self._blocks)

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
            cents, version = self.trades(battery, day).revenue, self.version(battery, day)
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
                begin, end = day.blocks[index], day.blocks[index + 1]
                if period.holds(day.first + 900 * begin):
                    rows.append(
                        RevenueRow(
                            day.stamps[begin],
                            day.stamps[end],
                            block.revenue / 100,
                            version,
                            battery.id,
                        )
                    )
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

    def energy_capacity(
        self, battery: Battery, period: Period, usable: Callable[[int], float] | None = None
    ) -> list[CapacityPoint]:
        """Give rated and usable energy (kWh) per quarter-hour.

        `usable` knows the latter for the quarter-hour that starts at a second; the seed does so
        where it is left out.
        """
        rated = battery.energy_kwh
        points: list[CapacityPoint] = []
        for day in self.days(battery, period):
            parts = products.availability(self.noise, battery, day)
            points.extend(
                CapacityPoint(
                    EnergyCapacity(
                        float(usable(day.first + QUARTER * i))
                        if usable
                        else rated * parts[i] / 1000
                        if parts
                        else float(rated),
                        float(rated),
                    ),
                    day.stamps[i],
                )
                for i in period.within(day.first, day.quarters)
            )
        return points

    def members(self, belongs: Callable[[Battery], str], group_id: str) -> list[Battery]:
        """Give the batteries whose group (portfolio, fleet, physical asset) has this id."""
        return [battery for battery in self.fleet if belongs(battery) == group_id]
