"""The data-point categories: their names, their units, and each one's value from what was measured.

A category gives no value where there is none: no price without a volume, no revenue from a product
that the asset does not sell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Bin = dict[str, int]
"""Measures added up over one bucket of time."""
Grid = Literal["quarter", "block", "day"]
"""The periods that a category comes in by nature, which is what `raw` answers."""


@dataclass(frozen=True, slots=True)
class Category:
    """One data-point category: a sum of measures, less `minus`, over `divisor`.

    `weight` is a measure to divide by as well; `per_mw` over the mean power is a factor.
    """

    name: str
    unit: str | None
    grid: Grid
    measures: tuple[str, ...]
    divisor: float
    weight: str = ""
    minus: str = ""
    per_mw: int = 0

    def value(self, bin_: Bin, mean_mw: float) -> float | None:
        """Give the value over one bucket; `mean_mw` is the power behind it."""
        present = [bin_[name] for name in self.measures if name in bin_]
        weight = bin_.get(self.weight) if self.weight else 1
        if not present or not weight:
            return None
        total = sum(present) - (bin_[self.minus] if self.minus else 0)
        value = total / weight / self.divisor
        return value * (self.per_mw / mean_mw) if self.per_mw else value


_REVENUES: dict[str, tuple[Grid, tuple[str, ...]]] = {
    "total": (
        "quarter",
        ("wholesale", "fcr", "afrr_capacity", "afrr_pos", "afrr_neg", "tolling", "auction"),
    ),
    "wholesale": ("quarter", ("wholesale",)),
    "fcr": ("block", ("fcr",)),
    "afrr_capacity": ("block", ("afrr_capacity",)),
    "afrr_energy": ("block", ("afrr_pos", "afrr_neg")),
    "afrr_energy_pos": ("block", ("afrr_pos",)),
    "afrr_energy_neg": ("block", ("afrr_neg",)),
    "vba": ("day", ("auction",)),
    "tolling": ("day", ("tolling",)),
}


def _revenues(suffix: str, grid: Grid, names: tuple[str, ...]) -> tuple[Category, ...]:
    plain = "revenue_total_revenue" if suffix == "total" else f"revenue_{suffix}"
    by_mw, by_year = f"revenue_normalised_{suffix}", f"revenue_normalised_per_year_{suffix}"
    return (
        Category(plain, "EUR", grid, names, 100),
        Category(by_mw, "EUR/MW", grid, names, 100, per_mw=1),
        Category(by_year, "EUR/MW/year", grid, names, 100, per_mw=365),
    )


_VWAP = 1e-4
"""Cents per Wh to EUR per MWh, as a divisor."""
_PRICE = "EUR/MW per hour"
_FCR, _BY_KW = "fcr_quarters", "fcr_kw"
_OTHERS = (
    Category("buy_vwap_wholesale", "EUR/MWh", "quarter", ("cost",), _VWAP, "bought"),
    Category("sell_vwap_wholesale", "EUR/MWh", "quarter", ("proceeds",), _VWAP, "sold"),
    Category("buy_volume_wholesale", "MWh", "quarter", ("bought",), 1e6),
    Category("sell_volume_wholesale", "MWh", "quarter", ("sold",), 1e6),
    Category("net_volume_wholesale", "MWh", "quarter", ("sold",), 1e6, minus="bought"),
    Category("net_off_volume_wholesale", "MWh", "quarter", ("netted",), 1e6),
    Category("capacity_fcr", "MW", "block", ("fcr_kw",), 1e3, _FCR),
    Category("settlement_price_fcr", _PRICE, "block", ("fcr_price",), 100, _FCR),
    Category("weighted_capacity_fcr", "MW h", "block", ("fcr_kw",), 4e3),
    Category("weighted_settlement_price_fcr", "EUR/MW", "block", ("fcr_price",), 400),
    Category("delivery_hours_fcr", "h", "block", ("fcr_quarters",), 4),
    Category("capacity_fcr_weighted_avg", "MW", "block", ("fcr_kw",), 1e3, _FCR),
    Category("settlement_price_fcr_weighted_avg", _PRICE, "block", ("fcr_kw_price",), 100, _BY_KW),
    Category("settlement_price_afrr_energy_pos", None, "block", ("pos_price",), 100, _FCR),
    Category("settlement_price_afrr_energy_neg", None, "block", ("neg_price",), 100, _FCR),
    Category("total_volume_afrr_energy_pos", None, "block", ("pos_wh",), 1e6),
    Category("total_volume_afrr_energy_neg", None, "block", ("neg_wh",), 1e6),
    Category("annual_price_tolling", None, "day", ("tolling_price",), 100, "tolling_quarters"),
    Category("hurdle_price_vba", None, "day", ("auction_price",), 100, "auction_quarters"),
)

CATEGORIES = {
    category.name: category
    for family in (*(_revenues(key, *which) for key, which in _REVENUES.items()), _OTHERS)
    for category in family
}
