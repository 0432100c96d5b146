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
        self._waits = meter.create_histogram(
            "energy_async.limiter.wait.duration",
            unit="s",
            description="Time in the queue of the rate limit, of requests that had to wait.",
            explicit_bucket_boundaries_advisory=_WAIT_SECONDS,
        )
        self._retries = meter.create_counter(
            "energy_async.retries", unit="{retry}", description="Attempts that are repeated."
        )
        self._slowed = meter.create_counter(
            "energy_async.limiter.slowdowns",
            unit="{answer}",
            description="Answers by which the server asked to slow down.",
        )
        self._renewals = meter.create_counter(
            "energy_async.token.renewals", unit="{token}", description="Tokens taken into use."
        )
        self._refusals = meter.create_counter(
            "energy_async.token.refusals", unit="{answer}", description="Tokens answered with 401."
        )
        self._submissions = meter.create_counter(
            "energy_async.submissions",
            unit="{submission}",
            description="Bids and schedules that were sent or looked up, by what became of them.",
        )
        self._seconds_left = meter.create_histogram(
            "energy_async.submission.seconds_left",
            unit="s",
            description="Time left to the gate or deadline of a bid or a schedule.",
            explicit_bucket_boundaries_advisory=_WAIT_SECONDS,
        )

    def note(self, event: Event) -> None:
        """Count what an event tells."""
        match event:
            case LimiterWaited():
                self._waited(event)
            case RetryScheduled():
                self._retried(event)
            case RateSlowed():
                self._slowed.add(1, {"energy_async.operation": event.operation})
            case TokenRenewed():
                self._renewals.add(1, {"energy_async.token.source": event.source})
            case TokenRefused():
                self._refusals.add(1, {"energy_async.operation": event.operation})
            case SubmissionChanged():
                self._submitted(event)
            case _:  # an attempt: measured where it is made
                pass

    def _submitted(self, event: SubmissionChanged) -> None:
        said = {
            "energy_async.operation": event.operation,
            "energy_async.submission.verdict": event.verdict,
        }
        self._submissions.add(1, said)
        if event.seconds_left is not None:
            self._seconds_left.record(event.seconds_left, said)

    def _waited(self, event: LimiterWaited) -> None:
        self._waits.record(
            event.seconds,
            {"energy_async.lane": event.lane, "energy_async.operation": event.operation},
        )

    def _retried(self, event: RetryScheduled) -> None:
        self._retries.add(
            1,
            {"energy_async.operation": event.operation, "energy_async.retry.reason": event.reason},
        )
