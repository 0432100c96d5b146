"""Numbers of callers (int, float, Decimal, numpy) as numbers that JSON carries exactly. Pure."""

from __future__ import annotations

import math
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

__all__ = ["exact", "is_endless", "number_of"]


def number_of(value: Any) -> int | float | Decimal | None:  # noqa: ANN401 - a caller's
    """Give a finite number as a plain one of the same value; None if it is something else.

    A bool is none, and neither is a text.
    """
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        return None
    if isinstance(value, Integral):
        return int(value)
    plain: float | Decimal = value if isinstance(value, Decimal) else float(value)
    return plain if math.isfinite(plain) else None


def is_endless(value: object) -> bool:
    """Whether this is a number that is not finite: NaN, or infinity."""
    return isinstance(value, float | Decimal) and not math.isfinite(value)


def exact(value: float | Decimal) -> float:
    """Give the number that JSON writes with the digits of `value`.

    A float is written with the fewest digits that mean it, so that a Decimal of up to 15 digits
    arrives as it is.

    Raises:
        ValueError: It is no finite number, or has more digits than a float can carry.
    """
    number = number_of(value)
    if number is None:
        raise ValueError(f"expected a finite number, got {value!r}")
    if isinstance(number, Decimal):
        plain = float(number)
        if Decimal(repr(plain)) != number:
            raise ValueError(f"{value} has more digits than can be sent exactly; round it")
        return int(plain) if number == number.to_integral_value() else plain
    return number
