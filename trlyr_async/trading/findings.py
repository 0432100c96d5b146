"""What a check of a schedule or of bids finds, and the error that carries all of it at once."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - read by msgspec where findings become a table
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CheckFailed", "Finding", "Kind", "Severity", "require"]

Severity: TypeAlias = Literal["error", "warning", "info"]
"""`error`: upstream says that it refuses this, or it cannot be meant. `warning`: look at it.
`info`: a check that could not be made."""

Kind: TypeAlias = Literal[
    "nothing",
    "no_time_zone",
    "no_such_time",
    "no_number",
    "unit",
    "alignment",
    "duplicate",
    "incomplete",
    "outside",
    "market",
    "power_limit",
    "gate_closure",
    "looks_like_mw",
    "sign",
    "adjusted",
    "energy_limit",
    "final_state",
    "cycle_limit",
    "ramp",
    "not_checked",
    "product",
    "capacity",
    "price",
    "mixed_markets",
    "one_product",
    "auction",
    "clock",
]
"""What is wrong, for programs; `Finding.message` says it in words."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that a check has found.

    Attributes:
        kind: What is wrong, for programs.
        message: What is wrong, in words.
        advice: What to do about it.
        severity: `error`, `warning` or `info`.
        time: The quarter-hour or delivery start that it is about, aware and in UTC.
        value: The value that it is about, in its own unit: kW for power and capacity, EUR/MW/h,
            EUR/MWh or EUR for prices, kWh for energy.
        product: The product date code that it is about, for bids.
    """

    kind: Kind
    message: str
    advice: str
    severity: Severity = "error"
    time: datetime | None = None
    value: float | None = None
    product: str | None = None

    def __str__(self) -> str:
        where = self.product or (f"{self.time:%Y-%m-%dT%H:%M:%SZ}" if self.time else "")
        text = f"{self.message}; {self.advice}"
        return f"{where}: {text}" if where else text


class CheckFailed(ValueError):
    """A schedule or bids have errors; nothing was sent.

    Attributes:
        findings: Everything that was found, warnings too.
    """

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(findings)
        self.findings = findings

    def __str__(self) -> str:
        found = [one for one in self.findings if one.severity == "error"]
        if len(found) == 1:
            return str(found[0])
        return "\n".join([f"{len(found)} errors:", *(f"- {one}" for one in found)])


def require(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Give the findings, if there is no error among them.

    Raises:
        CheckFailed: There are errors; it carries every finding.
    """
    found = tuple(findings)
    if any(one.severity == "error" for one in found):
        raise CheckFailed(found)
    return found
