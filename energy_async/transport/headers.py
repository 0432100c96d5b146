"""Headers that may come on several lines, which libraries hand out in different ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["every"]


def every(headers: Mapping[str, str], name: str) -> str:
    """All values of a header, joined by commas as RFC 9110 has it; empty if there is none.

    `get` of a multidict gives the first line alone, that of httpx gives them joined.
    """
    lines: Any = getattr(headers, "getall", None)
    return headers.get(name, "") if lines is None else ", ".join(lines(name, ()))
