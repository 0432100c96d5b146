"""What the transport tells `on_event`: small values, one for each thing that happens.

The callback runs in the event loop, between two steps of a request: keep it short. If it raises,
the error is logged and the request goes on; watching a request must not be able to break it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from energy_async.transport.request import Lane

__all__ = [
    "Event",
    "LimiterWaited",
    "RateSlowed",
    "RequestFinished",
    "RequestSent",
    "RetryScheduled",
    "SharedRateLost",
    "SharedRateRegained",
    "SubmissionChanged",
    "TokenRefused",
    "TokenRenewed",
]


class RequestSent(msgspec.Struct, frozen=True, gc=False):
    """An attempt goes to the backend. `path` is the template, without values."""

    operation: str
    method: str
    path: str
    attempt: int


class RequestFinished(msgspec.Struct, frozen=True, gc=False):
    """An attempt has ended, with a `status`, or with the name of an `error` and no status.

    `elapsed` is seconds in the backend, `size` the length of the decompressed body in bytes,
    `waited` seconds at the rate limiter before this attempt, `request_id` the server's own.
    """

    operation: str
    attempt: int
    status: int | None
    error: str | None
    elapsed: float
    size: int
    method: str = ""
    path: str = ""
    waited: float = 0.0
    request_id: str | None = None


class RetryScheduled(msgspec.Struct, frozen=True, gc=False):
    """The next attempt follows after `delay` seconds."""

    operation: str
    attempt: int
    delay: float
    reason: str


class LimiterWaited(msgspec.Struct, frozen=True, gc=False):
    """A request stood `seconds` in its lane before it could be sent."""

    operation: str
    lane: Lane
    seconds: float


class RateSlowed(msgspec.Struct, frozen=True, gc=False):
    """The server asked to slow down: nothing leaves for `pause` seconds, then `rate` a second."""

    operation: str
    rate: float
    pause: float


class SharedRateLost(msgspec.Struct, frozen=True, gc=False):
    """The shared rate `name` cannot be asked; this client goes on alone, at `rate` a second.

    `reason` is the name of an error, or says that other workers have been without contact.
    """

    name: str
    rate: float
    reason: str


class SharedRateRegained(msgspec.Struct, frozen=True, gc=False):
    """The shared rate `name` is kept together again, at `rate` a second for all `workers`."""

    name: str
    rate: float
    workers: int


class TokenRenewed(msgspec.Struct, frozen=True, gc=False):
    """A new token is in use. `lifetime` is seconds, if known.

    `source`: a `login`, the `store` that processes share, or the `refresh` of an earlier grant.
    """

    generation: int
    lifetime: float | None
    source: Literal["login", "store", "refresh"]


class TokenRefused(msgspec.Struct, frozen=True, gc=False):
    """The server answered 401 to the token of this generation."""

    operation: str
    generation: int


class SubmissionChanged(msgspec.Struct, frozen=True, gc=False):
    """What is known of a bid or a schedule has changed: it was sent, or looked up.

    `verdict` is what is known now, such as `in_force` or `unknown`; `path` the values in the path
    of its request, such as the ids of asset and block; `seconds_left` the time that was left until
    its gate or deadline, if one is known; `findings` the kinds of what the checks found.
    """

    operation: str
    submission: str
    verdict: str
    path: Mapping[str, str]
    seconds_left: float | None
    findings: tuple[str, ...]
    request_id: str | None


Event: TypeAlias = (
    RequestSent
    | RequestFinished
    | RetryScheduled
    | LimiterWaited
    | RateSlowed
    | SharedRateLost
    | SharedRateRegained
    | SubmissionChanged
    | TokenRenewed
    | TokenRefused
)
"""Anything that `on_event` may be called with."""
