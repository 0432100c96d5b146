"""The batteries: what each one is and how its power is sold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from energy_sandbox.world.noise import Noise

ZONES = ("50Hertz", "Amprion", "TenneT", "TransnetBW")
_POWERS_KW = (1_000, 2_000, 2_500, 5_000, 5_000, 7_500, 10_000, 10_000, 12_500, 15_000, 20_000)
_HOURS = (2, 2, 2, 2, 2, 2, 2, 1, 4, 4)
_PER_PORTFOLIO, _PER_FLEET = 8, 20
_RETIRED = date(2100, 1, 1)
_SPLIT = 10
"""Every so many-th battery has two wholesale blocks."""
CYCLES_A_DAY: Final = 2

# Which part of its power an asset sells by tolling and by virtual battery auction; the rest trades
# on the markets. The list repeats over the fleet: the first asset shows every revenue stream.
_SALES = ((0.3, 0.2), (0, 0), (0, 0.25), (1, 0), (0, 0), (0, 0), (0, 0.25), (0, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """One virtual asset. Power in kW, energy in kWh, shares of power between 0 and 1."""

    id: str
    physical_asset_id: str
    portfolio_id: str
    fleet_id: str
    zone: str
    charge_kw: int
    discharge_kw: int
    energy_kwh: int
    charge_efficiency: float
    discharge_efficiency: float
    tolled: float
    auctioned: float
    ancillary: float
    """Part of the market power that is kept for ancillary services."""
    toll_cents_per_mw_year: int
    blocks: tuple[tuple[str, float], ...]
    """Its wholesale blocks: the id and the part of the power of each."""
    born: date
    retired: date = _RETIRED

    @property
    def mean_mw(self) -> float:
        """Mean of rated charge and discharge power in MW: what normalised revenue divides by."""
        return (self.charge_kw + self.discharge_kw) / 2000

    @property
    def hours(self) -> float:
        """Hours of discharge at rated power."""
        return self.energy_kwh / self.discharge_kw

    @property
    def market(self) -> float:
        """Part of the power that trades on the markets."""
        return 1 - self.tolled - self.auctioned

    @property
    def block(self) -> float:
        """Part of the power that the wholesale blocks hold."""
        return sum(share for _, share in self.blocks)

    @property
    def cycles_a_year(self) -> int:
        """Energy that may be discharged in a year, over the rated capacity."""
        return {1: 730, 2: 620, 4: 500}[round(self.hours)]

    @property
    def ramp_rate(self) -> float:
        """Most change of power, kW a minute: nine minutes for all of it."""
        return math.ceil(self.discharge_kw / 9 * 10) / 10


def build_fleet(noise: Noise, size: int) -> tuple[Battery, ...]:
    """Build `size` batteries; a larger fleet starts with the same batteries as a smaller one."""
    return tuple(_battery(noise, index) for index in range(size))


def _battery(noise: Noise, index: int) -> Battery:
    discharge = noise.choice(_POWERS_KW, "power", index)
    tolled, auctioned = _SALES[index % len(_SALES)]
    toll = noise.between(96_000, 128_000, "toll", index)
    known = noise.uuid("virtual asset", index)
    shares = (0.6, 0.4) if index % _SPLIT == _SPLIT - 1 else (1.0,)
    return Battery(
        id=known,
        physical_asset_id=noise.uuid("physical asset", index),
        portfolio_id=noise.uuid("portfolio", index // _PER_PORTFOLIO),
        fleet_id=noise.uuid("fleet", index // _PER_FLEET),
        zone=noise.choice(ZONES, "zone", index),
        charge_kw=discharge if noise.unit("slow", index) < 0.8 else discharge * 9 // 10,  # noqa: PLR2004
        discharge_kw=discharge,
        energy_kwh=discharge * noise.choice(_HOURS, "hours", index),
        charge_efficiency=round(noise.between(0.925, 0.965, "charge", index), 3),
        discharge_efficiency=round(noise.between(0.925, 0.965, "discharge", index), 3),
        tolled=tolled,
        auctioned=auctioned,
        ancillary=round(noise.between(0.2, 0.4, "ancillary", index), 2),
        toll_cents_per_mw_year=int(toll) * 100,
        blocks=build_blocks(noise, known, 1 - tolled - auctioned, shares),
        born=date(2020 + int(noise.between(0, 4, "year", index)), 1 + 3 * (index % 4), 1),
    )


def build_blocks(
    noise: Noise, known: str, market: float, shares: Sequence[float] = (1.0,)
) -> tuple[tuple[str, float], ...]:
    """Divide the market power of an asset into wholesale blocks; none if it has no such power."""
    keys = [(), *((number,) for number in range(2, len(shares) + 1))]
    return tuple(
        (noise.uuid("block", known, "WHOLESALE", *key), round(market * share, 9))
        for key, share in zip(keys, shares, strict=True)
        if market
    )
