"""Credentials of an API that has several kinds: each request carries those that it asks for."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeVar

import msgspec

from energy_async.transport.redact import SecretText
from energy_async.transport.tokens.token import StaticToken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from energy_async.transport.request import Operation, Request

__all__ = ["ApiKey", "BasicAuth", "Credentials", "Place"]

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


class ApiKey(NamedTuple):
    """An API key: the part of a request that carries it, its name there, and its value if any."""

    place: Place
    name: str
    value: str | None

    def __repr__(self) -> str:
        return f"ApiKey({self.place!r}, {self.name!r}, ***)"


class Credentials:
    """What a client has of the credentials that the operations of its API ask for by name.

    An operation may name several ways to be let in. The first that the client has all of is taken,
    and nothing else is sent; a way that asks for nothing is taken where there is no other.
    """

    def __init__(self, keys: Mapping[str, ApiKey], *, has_token: bool) -> None:
        """Take the API keys by the names of their schemes; every other name is the token's."""
        self._keys = keys
        self._has_token = has_token
        self._plans: dict[Operation[Any], tuple[Operation[Any], tuple[ApiKey, ...]]] = {}

    def added_to(self, request: Request[T]) -> Request[T]:
        """The request with what its operation asks for; what it sets itself counts before that."""
        if not request.operation.security:
            return request
        operation, keys = self._plans.get(request.operation) or self._plan(request.operation)
        changes: dict[str, Any] = {
            place: {one.name: one.value for one in keys if one.place == place}
            | {name: value for name, value in getattr(request, place).items() if value is not None}
            for place in _PLACES
            if any(one.place == place for one in keys)
        }
        if operation is request.operation and not changes:
            return request
        return msgspec.structs.replace(request, operation=operation, **changes)

    def _plan(self, operation: Operation[Any]) -> tuple[Operation[Any], tuple[ApiKey, ...]]:
        had = [[name for name in way if self._has(name)] for way in operation.security]
        ranks = [
            (len(own) == len(way), len(own))
            for own, way in zip(had, operation.security, strict=True)
        ]
        names = had[ranks.index(max(ranks))]
        keys = tuple(self._keys[name] for name in names if name in self._keys)
        authenticated = operation.authenticated and len(keys) < len(names)
        wanted = operation
        if authenticated != operation.authenticated:
            wanted = msgspec.structs.replace(operation, authenticated=authenticated)
        self._plans[operation] = (wanted, keys)
        return self._plans[operation]

    def _has(self, name: str) -> bool:
        key = self._keys.get(name)
        return self._has_token if key is None else key.value is not None

    def secrets(self) -> tuple[str, ...]:
        """The keys."""
        return tuple(key.value for key in self._keys.values() if key.value is not None)

    def __repr__(self) -> str:
        return "Credentials(***)"
