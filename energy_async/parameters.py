"""Values of request parameters that need more than plain text."""

from collections.abc import Iterable

__all__ = ["comma_separated"]


def comma_separated(values: Iterable[str] | str | None) -> str | None:
    """One text for a parameter that takes a list as `a,b,c`. Text is taken as it is, None stays."""
    return values if values is None or isinstance(values, str) else ",".join(values)
