"""What a server has seen, for tests to read."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BROKEN = 0
"""Stands for the status where a fault broke the connection before any status was sent."""
UNROUTED = "-"
"""Stands for the operation where a request fits none."""


@dataclass
class Counters:
    """Counts since the sandbox began, both APIs together.

    `requests` counts finished requests by operation (`revenue_reporting.get_tolling_revenue`) and
    status.
    """

    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    logins: int = 0
    failed_logins: int = 0
    faults: int = 0
    in_flight: int = 0
    peak_in_flight: int = 0

    def count(self, operation: str | None = None, status: int | None = None) -> int:
        """Count requests by operation (its area may be left out), status, or both."""
        return sum(
            number
            for (name, code), number in self.requests.items()
            if (operation is None or operation in (name, name.partition(".")[2]))
            and (status is None or status == code)
        )

    @property
    def total(self) -> int:
        """All finished requests."""
        return self.requests.total()

    @property
    def refused(self) -> int:
        """Requests answered with a status of 400 to 499 other than 429."""
        return sum(n for (_, code), n in self.requests.items() if 400 <= code < 500 and code != 429)  # noqa: PLR2004

    @property
    def rate_limited(self) -> int:
        """Requests answered with 429."""
        return self.count(status=429)

    @contextmanager
    def flight(self) -> Iterator[None]:
        """Count a request as under way."""
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        try:
            yield
        finally:
            self.in_flight -= 1
