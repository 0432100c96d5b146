"""How long a token lasts, when to renew it, how often to log in: plain arithmetic."""

from __future__ import annotations

import base64
import binascii
import math
from typing import Any, Final, Self

import msgspec

from energy_async.transport.errors import DeadlineExceeded, EnergyApiError
from energy_async.transport.redact import Discreet

__all__ = [
    "Allowance",
    "Grant",
    "Life",
    "Rest",
    "StoredToken",
    "is_sendable",
    "lifetime_of",
    "seconds_from",
]

_WINDOW: Final = 120.0
_SHORTEST_REST: Final = 0.5
_LONGEST_REST: Final = 5.0
_BETWEEN: Final = 1.0
_LAST_CHANCE: Final = 2.0
_LONGEST_WAIT: Final = 120.0
_SHORTEST: Final = 1.0
_SHORTEST_BY_OUR_CLOCK: Final = 60.0
_LONGEST: Final = 366 * 86_400.0


class Grant(Discreet, msgspec.Struct, frozen=True):
    """What a login gave, or a renewal. `expires_in` is in seconds, as far as the server says it."""

    token: str
    expires_in: float | None = None
    refresh_token: str | None = None

    def _shown(self) -> str:
        return f"***, expires_in={self.expires_in}"


class StoredToken(Discreet, msgspec.Struct, frozen=True, kw_only=True):
    """A token as others find it. `ends_at` is seconds since the epoch, `lifetime` seconds."""

    token: str
    ends_at: float | None = None
    lifetime: float | None = None
    refresh_token: str | None = None
    version: int = 0

    def _shown(self) -> str:
        return f"***, ends_at={self.ends_at}, lifetime={self.lifetime}"


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """The times that matter in the life of a token, on both clocks; infinity where unknown.

    From `renew_at` on it is renewed while requests go on with it, until it ends. The window is 120
    seconds, or a fifth of a shorter life. `patience` is how long a renewal that failed is left.
    """

    lifetime: float | None = None
    renew_at: float = math.inf
    renew_at_wall: float = math.inf
    ends_at: float = math.inf
    ends_at_wall: float = math.inf
    patience: float = math.inf

    @classmethod
    def starting(
        cls, now: float, wall: float, left: float | None, lifetime: float | None = None
    ) -> Self:
        """The life of a token that ends in `left` seconds, of a `lifetime` that may be longer."""
        if left is None:
            return cls()
        whole = max(left, lifetime or 0.0)
        window = min(_WINDOW, whole / 5)
        return cls(
            lifetime=whole,
            renew_at=now + left - window,
            renew_at_wall=wall + left - window,
            ends_at=now + left,
            ends_at_wall=wall + left,
            patience=window / 10,
        )


class Allowance:
    """Leave for `size` things at once, and one more every `every` seconds up to that."""

    def __init__(self, size: int, every: float) -> None:
        self._size = size
        self._every = every
        self._left = float(size)
        self._counted_at = -math.inf

    def spend(self, now: float) -> bool:
        """Take one if there is one."""
        gained = (now - self._counted_at) / self._every
        self._left, self._counted_at = min(self._size, self._left + gained), now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Rest:
    """When a login that has failed is tried again; holds no clock of its own.

    `counts` is 0 where the last try did not get as far as the server. Rests grow from half a second
    to five, at random lengths; a server's `Retry-After` is obeyed.
    """

    def __init__(self) -> None:
        self.tries: int = 0
        self.counts: int = 1
        self._error: Exception | None = None
        self._began_at = self._not_before = self._again_at = -math.inf

    def began(self, now: float) -> None:
        """A try begins."""
        self._began_at = now

    def failed(self, error: Exception, now: float, jitter: float) -> None:
        """It has failed; `jitter` is a number from 0 to 1, drawn by the caller."""
        self.counts = 0 if isinstance(error, DeadlineExceeded) else 1
        self.tries += self.counts
        if self.tries > 1 and isinstance(error, EnergyApiError):
            error.attempts = self.tries
        self._error = error
        asked = getattr(error, "retry_after", None)
        longest = min(_LONGEST_REST, _SHORTEST_REST * 2.0 ** min(self.tries - 1, 30))
        self._not_before = self._began_at + _BETWEEN
        self._again_at = now + jitter * longest
        if asked is not None:
            self._not_before = now + asked
            self._again_at = self._not_before + jitter * min(5.0, max(0.1, asked * 0.1))

    def left(self, now: float) -> float:
        """Seconds until the next try."""
        return self._again_at - now

    def is_too_long(self, deadline: float) -> bool:
        """Whether a caller with that deadline cannot wait, or one without must not."""
        wait = self._not_before - self._began_at
        return self._again_at >= deadline or (deadline == math.inf and wait > _LONGEST_WAIT)

    def hurry(self, deadline: float) -> bool:
        """Try sooner for a caller with that deadline, if one may; True if that changes anything."""
        soonest = max(self._not_before, deadline - _LAST_CHANCE)
        if soonest >= self._again_at:
            return False
        self._again_at = soonest
        return True

    def described(self, what: str) -> str:
        """`what` has happened, and how the login fares."""
        if self._error is None:
            return f"{what}: the login was still under way"
        times = "once" if self.tries == 1 else f"{self.tries} times"
        return f"{what}: the login has failed {times}, last with {self._error}"


def lifetime_of(grant: Grant, *, wall: float) -> float | None:
    """Seconds that the token will be good for, or None if nothing tells.

    The shorter of `expires_in` (taken as seconds: the unit is not documented) and the life that a
    JWT states by its claims `iat` and `exp`. A JWT's `exp` alone is held against our clock `wall`,
    which may be wrong, so that is asked last and not believed below a minute. What is no number,
    shorter than a second or longer than a year says nothing: the token is kept until it is refused.
    """
    claims = _jwt_claims(grant.token)
    exp, iat = seconds_from(claims.get("exp")), seconds_from(claims.get("iat"))
    stated = None if exp is None or iat is None else exp - iat
    known = [one for one in (grant.expires_in, stated) if one and _SHORTEST <= one <= _LONGEST]
    if known or exp is None or iat is not None:
        return min(known, default=None)
    return exp - wall if _SHORTEST_BY_OUR_CLOCK <= exp - wall <= _LONGEST else None


def seconds_from(value: object) -> float | None:
    """A number of seconds from JSON, where it may stand as a text; None if it is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) else None


def _jwt_claims(token: str) -> dict[str, Any]:
    """The claims, unverified (the token is our own); empty if it is not a JWT."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, claims, signature
        return {}
    try:
        raw = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (binascii.Error, ValueError):
        return {}


def is_sendable(token: str) -> bool:
    """Whether a header can carry the token."""
    return bool(token) and token.isascii() and token.isprintable() and " " not in token
