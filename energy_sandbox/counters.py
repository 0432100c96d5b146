"""What a server has seen, for tests to read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

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

    def count(self, operation: str | None = None, status: int | None = None) -> int:
        """Count requests by operation (its area may be left out), status, or both."""
        return sum(
            number
            for (name, code), number in self.requests.items()
            if (operation is None or operation in (name, name.partition(".")[2]))
            and (status is None or status == code)
        )

    @property
    def refused(self) -> int:
        """Requests answered with a status of 400 to 499 other than 429."""
        return sum(n for (_, code), n in self.requests.items() if 400 <= code < 500 and code != 429)  # noqa: PLR2004

    @property
    def rate_limited(self) -> int:
        """Requests answered with 429."""
        return self.count(status=429)
