"""Findings of one kind in one place, told once and counted. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from energy_async.bulk.reconcile import Finding

__all__ = ["Group", "grouped"]


class Group(NamedTuple):
    """Findings that differ by asset, time and figures alone; at least one.

    Attributes:
        severity: The one of all; so are the next four.
        kind: What it is.
        stream: Empty if they are about several.
        category: Empty if there is none.
        advice: What to do about it.
        found: In the order in which they came.
    """

    severity: str
    kind: str
    stream: str
    category: str
    advice: str
    found: Sequence[Finding]

    @property
    def assets(self) -> int:
        """How many assets they name."""
        return len({one.asset_id for one in self.found if one.asset_id})

    @property
    def start(self) -> datetime | None:
        """The earliest start; None if none is about a time."""
        return min((one.start for one in self.found if one.start), default=None)

    @property
    def end(self) -> datetime | None:
        """The latest end, which does not belong to them; None if none is about a time."""
        return max((one.end for one in self.found if one.end), default=None)


def grouped(findings: Iterable[Finding]) -> list[Group]:
    """Put findings of one severity, kind, place and advice together, where the first of them is."""
    groups: dict[tuple[str, str, str, str, str], list[Finding]] = {}
    for one in findings:
        key = (one.severity, one.kind, one.stream, one.category, one.advice)
        groups.setdefault(key, []).append(one)
    return [Group(*key, found) for key, found in groups.items()]
