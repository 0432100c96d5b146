"""Tokens: handed out at login, any number valid at once, until they expire or are revoked."""

from __future__ import annotations

import hmac
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from energy_sandbox.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable


class TokenBook:
    """Who may come in on the terralayr side."""

    def __init__(self, key: bytes, lifetime: float, clock: Callable[[], float] = time.time) -> None:
        self.lifetime = lifetime
        self._key, self._clock = key, clock
        self._ends: dict[str, float] = {}
        self._revoked: set[str] = set()
        self._refreshers: dict[str, str] = {}
        self._issued = 0

    def issue(self, username: str) -> dict[str, object]:
        """Make a token and give the whole answer to a login."""
        self._issued += 1
        now, token = self._clock(), self._jwt(username, "access")
        self._ends[token] = now + self.lifetime
        refresher = hmac.new(self._key, f"refresh {self._issued}".encode(), sha256).hexdigest()
        self._refreshers[refresher] = username
        return {
            "access_token": token,
            "expires_in": int(self.lifetime),
            "id_token": self._jwt(username, "id"),
            "refresh_token": refresher,
            "scope": "openid profile",
            "token_type": "Bearer",
        }

    def renew(self, refresher: str) -> dict[str, object]:
        """Make a token for a refresh token, which works once."""
        username = self._refreshers.pop(refresher, None)
        if username is None:
            raise Refusal(401, "the refresh token is unknown, used or revoked")
        return self.issue(username)

    def check(self, authorization: str | None) -> None:
        """Let a request pass or not."""
        token = bearer_token(authorization)
        if token is None:
            raise _unauthorised("this path needs the header `Authorization: Bearer <token>`")
        if token in self._revoked:
            raise _unauthorised("the token has been revoked")
        if token not in self._ends:
            raise _unauthorised("the token is unknown")
        if self._clock() >= self._ends[token]:
            raise _unauthorised("the token has expired")

    def revoke_all(self) -> int:
        """End every valid token, refresh tokens too, and give the number of the former."""
        now = self._clock()
        ended = {token for token, end in self._ends.items() if now < end} - self._revoked
        self._revoked |= ended
        self._refreshers.clear()
        return len(ended)

    def _jwt(self, username: str, use: str) -> str:
        now = self._clock()
        claims = {
            "sub": username, "use": use, "iat": int(now), "exp": int(now + self.lifetime),
            "jti": str(self._issued),
        }  # fmt: skip
        signed = f"{_base64({'alg': 'HS256', 'typ': 'JWT'})}.{_base64(claims)}"
        signature = hmac.new(self._key, signed.encode(), sha256).digest()
        return f"{signed}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def bearer_token(authorization: str | None) -> str | None:
    """Read the token from an `Authorization` header, None if it holds no bearer token."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _base64(value: object) -> str:
    return urlsafe_b64encode(msgspec.json.encode(value)).rstrip(b"=").decode()


def _unauthorised(message: str) -> Refusal:
    return Refusal(401, message, {"WWW-Authenticate": "Bearer"})
