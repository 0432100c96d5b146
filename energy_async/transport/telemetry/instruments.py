"""Measurements for OpenTelemetry: HTTP's own by its conventions, ours under `energy_async.`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from energy_async.transport.events import (
    LimiterWaited,
    RateSlowed,
    RetryScheduled,
    SubmissionChanged,
    TokenRefused,
    TokenRenewed,
)

if TYPE_CHECKING:
    from energy_async.transport.events import Event

__all__ = ["Instruments"]

_REQUEST_SECONDS: Final = (
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75),
    *(1, 2.5, 5, 7.5, 10),
)
"""The boundaries that the conventions recommend for `http.client.request.duration`."""
_WAIT_SECONDS: Final = (0.001, 0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600)
_OPERATION: Final = {"operation": "operation"}
_SUBMITTED: Final = {"operation": "operation", "verdict": "submission.verdict"}
_COUNTED: Final[dict[type, tuple[str, dict[str, str]]]] = {
    RetryScheduled: ("retries", {"operation": "operation", "reason": "retry.reason"}),
    RateSlowed: ("limiter.slowdowns", _OPERATION),
    TokenRenewed: ("token.renewals", {"source": "token.source"}),
    TokenRefused: ("token.refusals", _OPERATION),
    SubmissionChanged: ("submissions", _SUBMITTED),
}
"""What counts an event, and its attributes by field."""
_TIMED: Final[dict[type, tuple[str, str, dict[str, str]]]] = {
    LimiterWaited: (
        *("limiter.wait.duration", "seconds"),
        {"lane": "lane", "operation": "operation"},
    ),
    SubmissionChanged: ("submission.seconds_left", "seconds_left", _SUBMITTED),
}
"""What takes seconds of an event, in which field, and its attributes."""


class Instruments:
    """What is measured; made once for each client, of a `Meter`."""

    def __init__(self, meter: Any) -> None:  # noqa: ANN401 - of a package that may be missing
        self.duration: Any = meter.create_histogram(
            "http.client.request.duration",
            unit="s",
            description="Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=_REQUEST_SECONDS,
        )
        self.active: Any = meter.create_up_down_counter(
            "http.client.active_requests",
            unit="{request}",
            description="Number of active HTTP requests.",
        )
        self._counters = {
            kind: meter.create_counter(f"energy_async.{name}")
            for kind, (name, _) in _COUNTED.items()
        }
        self._histograms = {
            kind: meter.create_histogram(
                f"energy_async.{name}",
                unit="s",
                explicit_bucket_boundaries_advisory=_WAIT_SECONDS,
            )
            for kind, (name, *_) in _TIMED.items()
        }

    def note(self, event: Event) -> None:
        """Count what an event says; an attempt is measured where it is made."""
        kind = type(event)
        if kind in _COUNTED:
            self._counters[kind].add(1, _attributes(event, _COUNTED[kind][1]))
        if kind in _TIMED:
            _, field, names = _TIMED[kind]
            if (seconds := getattr(event, field)) is not None:
                self._histograms[kind].record(seconds, _attributes(event, names))


def _attributes(event: Event, names: dict[str, str]) -> dict[str, Any]:
    return {f"energy_async.{name}": getattr(event, field) for field, name in names.items()}
