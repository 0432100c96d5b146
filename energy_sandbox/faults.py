"""Faults on request: what a server may do wrong, when, and how often."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from energy_sandbox.world.noise import Noise

FaultKind = Literal[
    "status", "delay", "hold", "reset", "cut_body", "bad_json", "slow_drip", "wrong_schema", "html"
]
"""What an answer may be made to do wrong; `Fault` says how each is set."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One kind of misbehaviour and the requests that it strikes; `hits` counts these.

    Kinds:
        status: Answer `status` with an error body instead of doing the work; `retry_after` becomes
            the header (seconds, or any text).
        delay: Wait `delay` seconds, then go on (further faults may strike the same request).
        hold: Do the work, keep the answer for `delay` seconds, then deliver it.
        reset: Drop the connection before any work is done and without an answer.
        cut_body: Do the work, promise the whole body, send half of it and hang up.
        bad_json: Do the work and send a body that is not JSON.
        slow_drip: Do the work and send the body in small pieces over `delay` seconds.
        wrong_schema: Do the work and send JSON in which a value has a wrong type.
        html: Send an HTML page instead of doing the work, with status 200 unless `status` says
            otherwise.

    A fault strikes requests of operations whose name matches the pattern `operation`
    (`get_tolling_revenue`, `market_feeds.*`; None for all), after letting `skip` of them pass, each
    with `probability` (drawn from the sandbox's seed), until it has struck `times` times (None: for
    ever) or is removed.
    """

    kind: FaultKind
    operation: str | None = None
    times: int | None = 1
    skip: int = 0
    probability: float = 1.0
    status: int | None = None
    retry_after: float | str | None = None
    delay: float = 0.05
    message: str = "injected fault"
    hits: int = field(default=0, init=False)
    _seen: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Refuse values that could never work."""
        if self.kind not in get_args(FaultKind):
            raise ValueError(
                f"unknown fault {self.kind!r}; known: {', '.join(get_args(FaultKind))}"
            )
        if not 0 <= self.probability <= 1:
            raise ValueError(f"probability must lie between 0 and 1, got {self.probability}")
        if self.delay < 0 or self.skip < 0 or (self.times is not None and self.times < 0):
            raise ValueError("delay, skip and times must not be negative")
        if self.status is not None and not 100 <= self.status <= 599:  # noqa: PLR2004
            raise ValueError(f"status must lie between 100 and 599, got {self.status}")

    def remove(self) -> None:
        """Let the fault strike no more."""
        self.times = 0

    def strikes(self, operation: str, noise: Noise, number: int) -> bool:
        """Decide for one request, and count it. `number` tells the faults of a sandbox apart."""
        names = (operation, operation.partition(".")[2])
        if self.times is not None and self.hits >= self.times:
            return False
        if self.operation and not any(fnmatchcase(name, self.operation) for name in names):
            return False
        self._seen += 1
        is_struck = (
            self._seen > self.skip and noise.unit("fault", number, self._seen) < self.probability
        )
        self.hits += is_struck
        return is_struck


class FaultBook:
    """The faults of one sandbox, in the order in which they were injected."""

    def __init__(self, noise: Noise, faults: Iterable[Fault] = ()) -> None:
        self._noise = noise
        self._faults = [replace(fault) for fault in faults]

    def inject(self, fault: Fault) -> Fault:
        """Put a fault to work."""
        self._faults.append(fault)
        return fault

    def striking(self, operation: str) -> Iterator[Fault]:
        """Give the faults that strike one request: any delays, then at most one of another kind."""
        for number, fault in enumerate(self._faults, 1):
            if fault.strikes(operation, self._noise, number):
                yield fault
                if fault.kind != "delay":
                    return
