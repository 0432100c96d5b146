"""Numbers of callers (int, float, Decimal, numpy) as numbers that JSON carries exactly. Pure."""

from __future__ import annotations

from decimal import Decimal
from numbers import Integral, Real
from typing import Any, Final

__all__: list[str] = []

_LARGEST: Final = 2**53
"""Beyond it a float does not have every whole number."""


def number_of(value: Any) -> int | float | Decimal | None:  # noqa: ANN401 - a caller's
    """Give a finite number as a plain one of the same value; None if it is something else.

    A bool is none, nor is a text, nor a number that no quantity of this world has.
    """
    if type(value) is float or type(value) is int:
        return value if -_LARGEST <= value <= _LARGEST else None
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        return None
    if isinstance(value, Decimal):
        return value if value.is_finite() and -_LARGEST <= value <= _LARGEST else None
    plain = int(value) if isinstance(value, Integral) else float(value)
    return plain if -_LARGEST <= plain <= _LARGEST else None


def exact(value: float | Decimal) -> float:
    """Give the number that JSON writes with the digits of `value`.

    A float is written with the fewest digits that mean it, so that a Decimal of up to 15 digits
    arrives as it is.

    Raises:
        ValueError: It is no finite number, or has more digits than a float can carry.
    """
    number = number_of(value)
    if number is None:
        raise ValueError(f"expected a finite number, got {value!r:.40}")
    if isinstance(number, Decimal):
        plain = float(number)
        if Decimal(repr(plain)) != number:
            raise ValueError(f"{value} has more digits than can be sent exactly; round it")
        return int(plain) if number == number.to_integral_value() else plain
    return number
