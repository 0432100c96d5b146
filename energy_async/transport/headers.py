"""Headers: those that may come on several lines, and what a client calls itself."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["every", "http_date", "user_agent"]


def every(headers: Mapping[str, str], name: str) -> str:
    """All values of a header, joined by commas as RFC 9110 has it; empty if there is none.

    `get` of a multidict gives the first line alone, that of httpx gives them joined.
    """
    lines: Any = getattr(headers, "getall", None)
    return headers.get(name, "") if lines is None else ", ".join(lines(name, ()))


def http_date(text: str) -> datetime | None:
    """A date as HTTP writes it, aware; None if it is none."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - slow, rarely needed

    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


@cache
def user_agent() -> str:
    """What a client calls itself, before what the caller adds: distribution and version."""
    from importlib.metadata import (  # noqa: PLC0415 - slow, and not before there is a client
        PackageNotFoundError,
        version,
    )

    try:
        return f"trlyr-async/{version('trlyr-async')}"
    except PackageNotFoundError:  # run from a copied tree
        return "trlyr-async"
