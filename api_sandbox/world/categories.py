"""The data-point categories: their names, their units, and each one's value from what was measured.

A category gives no value where there is none: no price without a volume, no revenue from a product
that the asset does not sell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Bin = dict[str, int]
"""Measures added up over one bucket of time."""
Grid = Literal["quarter", "block", "day"]
"""The periods that a category comes in by nature, which is what `raw` answers."""


@dataclass(frozen=True, slots=True)
class Category:
    """One data-point category; `value` gets a bucket's measures and the mean power in MW."""

    name: str
    unit: str | None
    grid: Grid
    value: Callable[[Bin, float], float | None]


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


def _revenue_categories() -> list[Category]:
    categories = []
    for suffix, (grid, names) in _REVENUES.items():
        plain = "revenue_total_revenue" if suffix == "total" else f"revenue_{suffix}"
        categories += [
            Category(plain, "EUR", grid, _revenue(names, lambda _: 1)),
            Category(
                f"revenue_normalised_{suffix}", "EUR/MW", grid, _revenue(names, lambda mw: 1 / mw)
            ),
            Category(
                f"revenue_normalised_per_year_{suffix}", "EUR/MW/year", grid,
                _revenue(names, lambda mw: 365 / mw),
            ),
        ]  # fmt: skip
    return categories


def _revenue(
    names: tuple[str, ...], scale: Callable[[float], float]
) -> Callable[[Bin, float], float | None]:
    """Cents of these measures as EUR, times a factor that depends on the power."""

    def value(bin_: Bin, mean_mw: float) -> float | None:
        present = [bin_[name] for name in names if name in bin_]
        if not present:
            return None
        factor = scale(mean_mw)
        euros = sum(present) / 100
        return euros if factor == 1 else euros * factor

    return value


def _amount(
    name: str, divisor: float, minus: str | None = None
) -> Callable[[Bin, float], float | None]:
    """A measure in a larger unit, less another one if given."""

    def value(bin_: Bin, _: float) -> float | None:
        if name not in bin_:
            return None
        return (bin_[name] - (bin_[minus] if minus else 0)) / divisor

    return value


def _ratio(top: str, bottom: str, divisor: float) -> Callable[[Bin, float], float | None]:
    """One measure divided by another, none where that is zero."""

    def value(bin_: Bin, _: float) -> float | None:
        weight = bin_.get(bottom)
        return bin_[top] / weight / divisor if weight else None

    return value


_VWAP = 1e-4
"""Cents per Wh to EUR per MWh, as a divisor."""

_PRICE = "EUR/MW per hour"
_OTHERS = (
    Category("buy_vwap_wholesale", "EUR/MWh", "quarter", _ratio("cost", "bought", _VWAP)),
    Category("sell_vwap_wholesale", "EUR/MWh", "quarter", _ratio("proceeds", "sold", _VWAP)),
    Category("buy_volume_wholesale", "MWh", "quarter", _amount("bought", 1e6)),
    Category("sell_volume_wholesale", "MWh", "quarter", _amount("sold", 1e6)),
    Category("net_volume_wholesale", "MWh", "quarter", _amount("sold", 1e6, minus="bought")),
    Category("net_off_volume_wholesale", "MWh", "quarter", _amount("netted", 1e6)),
    Category("capacity_fcr", "MW", "block", _ratio("fcr_kw", "fcr_quarters", 1e3)),
    Category("settlement_price_fcr", _PRICE, "block", _ratio("fcr_price", "fcr_quarters", 100)),
    Category("weighted_capacity_fcr", "MW h", "block", _amount("fcr_kw", 4e3)),
    Category("weighted_settlement_price_fcr", "EUR/MW", "block", _amount("fcr_price", 400)),
    Category("delivery_hours_fcr", "h", "block", _amount("fcr_quarters", 4)),
    Category("capacity_fcr_weighted_avg", "MW", "block", _ratio("fcr_kw", "fcr_quarters", 1e3)),
    Category(
        "settlement_price_fcr_weighted_avg", _PRICE, "block", _ratio("fcr_kw_price", "fcr_kw", 100)
    ),
    Category(
        "settlement_price_afrr_energy_pos",
        None,
        "block",
        _ratio("pos_price", "fcr_quarters", 100),
    ),
    Category(
        "settlement_price_afrr_energy_neg",
        None,
        "block",
        _ratio("neg_price", "fcr_quarters", 100),
    ),
    Category("total_volume_afrr_energy_pos", None, "block", _amount("pos_wh", 1e6)),
    Category("total_volume_afrr_energy_neg", None, "block", _amount("neg_wh", 1e6)),
    Category("annual_price_tolling", None, "day", _ratio("tolling_price", "tolling_quarters", 100)),
    Category("hurdle_price_vba", None, "day", _ratio("auction_price", "auction_quarters", 100)),
)

CATEGORIES = {category.name: category for category in (*_revenue_categories(), *_OTHERS)}
