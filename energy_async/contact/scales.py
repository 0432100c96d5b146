"""Units that look a factor of 1000 off: as they are stated, and as the figures have it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import inspect as kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "Figure",
    "figures",
    "flattened",
    "is_another_scale",
    "off_by_thousand",
    "stated_otherwise",
    "unit_of",
]

_SCALES: Final = {
    "W": ("power", 1e-3), "kW": ("power", 1.0), "MW": ("power", 1e3), "GW": ("power", 1e6),
    "Wh": ("energy", 1e-3), "kWh": ("energy", 1.0), "MWh": ("energy", 1e3), "GWh": ("energy", 1e6),
    "EUR/MWh": ("price", 1.0), "EUR/kWh": ("price", 1e3), "ct/kWh": ("price", 10.0),
    "ms": ("time", 1e-3), "s": ("time", 1.0),
}  # fmt: skip
_FAR: Final = 300.0
_LEAST_KW: Final = 50.0
"""A virtual battery below this power is rather one in other units."""
_SIZES: Final = ("rated", "capacity")
"""What members are called that are as large as the asset, and not only at most so."""


class Figure(msgspec.Struct, frozen=True):
    """The largest absolute value at one place, in the unit that is declared for it."""

    where: str
    unit: str
    most: float


def flattened(expected: kinds.Type) -> list[kinds.Type]:
    """The members of a union, notes and None taken off."""
    match expected:
        case kinds.Metadata():
            return flattened(expected.type)
        case kinds.UnionType():
            return [one for part in expected.types for one in flattened(part)]
        case kinds.NoneType():
            return []
        case _:
            return [expected]


def unit_of(expected: kinds.Type) -> str:
    """The unit that a field is declared in; empty where there is none."""
    extra: dict[str, Any] = getattr(expected, "extra", None) or {}
    return str(extra.get("unit", ""))


def is_another_scale(said: str, units: Iterable[str]) -> Iterator[str]:
    """Those units that measure the same as `said`, and not in the same steps."""
    dimension = _SCALES.get(said)
    for unit in units:
        other = _SCALES.get(unit)
        if dimension and other and dimension[0] == other[0] and dimension[1] != other[1]:
            yield unit


def figures(
    expected: kinds.Type,
    value: Any,  # noqa: ANN401 - any JSON
    categories: Mapping[str, str],
    where: str = "$",
    unit: str = "",
) -> Iterator[Figure]:
    """Each number that has a unit, declared for its field or for its category."""
    unit = unit_of(expected) or unit
    if isinstance(value, int | float) and not isinstance(value, bool):
        if unit in _SCALES and value:
            yield Figure(where, unit, abs(value))
        return
    for one in flattened(expected):
        if isinstance(one, kinds.ListType) and isinstance(value, list):
            for item in value:
                yield from figures(one.item_type, item, categories, f"{where}[]", unit)
        elif isinstance(one, kinds.StructType) and isinstance(value, dict):
            for field in one.fields:
                name, inside = field.encode_name, value.get(field.encode_name)
                yield from figures(field.type, inside, categories, f"{where}.{name}", unit)
        elif isinstance(one, kinds.DictType) and isinstance(value, dict):
            for name, inside in value.items():
                of_category = categories.get(name, unit)
                where_ = f"{where}.{name}" if name in categories else f"{where}{{}}"
                yield from figures(one.value_type, inside, categories, where_, of_category)


def stated_otherwise(value: Any, categories: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:  # noqa: ANN401
    """Categories that an answer states another unit of: name, unit that came, unit declared."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        yield from stated_otherwise(one, categories)
    if isinstance(value, dict) and isinstance(said := value.get("unit"), str):
        for name in value.values():
            if isinstance(name, str) and any(is_another_scale(said, [categories.get(name, "")])):
                yield name, said, categories[name]


def off_by_thousand(found: Iterable[Figure], most: Mapping[str, float]) -> Iterator[Figure]:
    """Figures that can hardly be in their unit.

    They are held against the rated power among them, else against the `most` of each unit.
    """
    largest: dict[tuple[str, str], float] = {}
    for one in found:
        key = one.where, one.unit
        largest[key] = max(one.most, largest.get(key, 0.0))
    rated = [
        value * _SCALES[unit][1]
        for (where, unit), value in largest.items()
        if _SCALES[unit][0] == "power" and "rated" in where.lower()
    ]
    reference = max(rated, default=0.0)
    is_small = 0 < reference < _LEAST_KW
    for (where, unit), value in sorted(largest.items()):
        dimension, factor = _SCALES[unit]
        is_far = value > most.get(unit, float("inf"))
        if reference and dimension in {"power", "energy"}:
            share = value * factor / (reference * (1000 if is_small else 1))
            is_size = any(word in where.rpartition(".")[2].lower() for word in _SIZES)
            is_far |= share > _FAR or (is_size and share < 1 / _FAR)
        if is_far:
            yield Figure(where, unit, value)
