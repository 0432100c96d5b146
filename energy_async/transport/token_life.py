"""How long a token lasts and when to renew it: plain arithmetic."""

from __future__ import annotations

import base64
import binascii
import math
from typing import Any, Final, Self

import msgspec

from energy_async.transport.redact import Discreet

__all__ = ["Grant", "Life", "lifetime_of"]

_ADVISORY: Final = 120.0
_MANDATORY: Final = 30.0


class Grant(Discreet, msgspec.Struct, frozen=True):
    """What a login gave. `expires_in` is in seconds, as far as the server says anything."""

    token: str
    expires_in: float | None = None

    def _shown(self) -> str:
        return f"***, expires_in={self.expires_in}"


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """The times that matter in the life of a token, on both clocks; infinity where unknown.

    Between `renew_at` and `usable_until` one caller renews while the others go on; after that all
    wait. The windows are 120 and 30 seconds, less for short lives (a fifth, a twentieth), so that
    a token of two seconds still serves for most of them.
    """

    lifetime: float | None = None
    renew_at: float = math.inf
    renew_at_wall: float = math.inf
    usable_until: float = math.inf
    usable_until_wall: float = math.inf
    ends_at_wall: float | None = None
    patience: float = math.inf

    @classmethod
    def starting(
        cls, now: float, wall: float, left: float | None, lifetime: float | None = None
    ) -> Self:
        """The life of a token that ends in `left` seconds, of a `lifetime` that may be longer."""
        if left is None:
            return cls()
        whole = max(left, lifetime or 0.0)
        advisory = min(_ADVISORY, whole / 5)
        mandatory = min(_MANDATORY, whole / 20)
        return cls(
            lifetime=whole,
            renew_at=now + left - advisory,
            renew_at_wall=wall + left - advisory,
            usable_until=now + left - mandatory,
            usable_until_wall=wall + left - mandatory,
            ends_at_wall=wall + left,
            patience=advisory / 10,
        )


def lifetime_of(grant: Grant, *, wall: float) -> float | None:
    """Seconds that the token will be good for, or None if nothing tells.

    The earlier of `expires_in` (taken as seconds: the unit is not documented) and the end written
    into the token itself, if it is a JWT. A value that is not positive says nothing: the token is
    then kept until it is refused.
    """
    found = [grant.expires_in, _jwt_lifetime(grant.token, wall)]
    usable = [seconds for seconds in found if seconds is not None and 0 < seconds < math.inf]
    return min(usable, default=None)


def _jwt_lifetime(token: str, wall: float) -> float | None:
    """From the claims `exp` and, so that a wrong clock here does no harm, `iat`."""
    claims = _jwt_claims(token)
    exp, iat = _number(claims.get("exp")), _number(claims.get("iat"))
    if exp is None:
        return None
    return exp - iat if iat is not None and iat < exp else exp - wall


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None  # type: ignore[arg-type]


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
