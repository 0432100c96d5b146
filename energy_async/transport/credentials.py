"""Credentials that travel as they are: API keys, and a user name with its password."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final, Literal, TypeVar

import msgspec

from energy_async.transport.secret import SecretText
from energy_async.transport.token import StaticToken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from energy_async.transport.request import Request

__all__ = ["ApiKeys", "BasicAuth", "Place"]

T = TypeVar("T")

Place = Literal["headers", "query", "cookies"]

_PLACES: Final[tuple[Place, ...]] = ("headers", "query", "cookies")


class BasicAuth(StaticToken):
    """A user name and a password, sent with every request (RFC 7617)."""

    def __init__(self, username: str, password: str) -> None:
        if ":" in username:
            message = "a user name with a colon cannot be sent"
            raise ValueError(message)
        self._password = password = SecretText(password)
        super().__init__(b64encode(f"{username}:{password}".encode()).decode())
        self._token.header = SecretText(f"Basic {self._token.value}")

    def secrets(self) -> tuple[str, ...]:
        """The password, and both as they are sent."""
        return (self._token.value, self._password)

    def __repr__(self) -> str:
        return "BasicAuth(***)"


class ApiKeys:
    """Keys that are sent with every request that asks for credentials.

    Each is a place, the name that it has there, and its value; None leaves it out.
    """

    def __init__(self, keys: Iterable[tuple[Place, str, str | None]]) -> None:
        self._keys = [(place, name, value) for place, name, value in keys if value is not None]

    def added_to(self, request: Request[T]) -> Request[T]:
        """The request with the keys; what it sets itself counts before them."""
        if not self._keys or not request.operation.authenticated:
            return request
        changes = {
            place: {name: value for at, name, value in self._keys if at == place}
            | {name: value for name, value in getattr(request, place).items() if value is not None}
            for place in _PLACES
        }
        return msgspec.structs.replace(request, **changes)

    def secrets(self) -> tuple[str, ...]:
        """The keys."""
        return tuple(value for _, _, value in self._keys)

    def __repr__(self) -> str:
        return "ApiKeys(***)"
