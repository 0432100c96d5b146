# Do not edit: `python -m codegen build`, specs/trlyr/auth.json sha256:fe8c183b5a8e
"""Structs of terralayr authentication."""

from typing import Annotated, Final

from msgspec import Meta

from energy_async.model import Model

__all__ = ["LoginRequest", "RefreshRequest", "TokenResponse"]

SECRET: Final = Meta(extra={"secret": True})


class LoginRequest(Model, kw_only=True):
    """Username and password of a terralayr account.

    Attributes:
        password: Password of the account.
        username: Name of the account.
    """

    password: Annotated[str, SECRET]
    username: str


class RefreshRequest(Model, kw_only=True):
    """The refresh token of an earlier login.

    Attributes:
        refresh_token: Token for renewal.
    """

    refresh_token: Annotated[str, SECRET]


class TokenResponse(Model, kw_only=True):
    """Tokens that a login yields.

    Attributes:
        access_token: Token for the `Authorization` header.
        expires_in: Lifetime of the access token. The unit is not documented; seconds are usual in
            OAuth.
        id_token: Token that describes the user.
        refresh_token: Token for renewal; no endpoint that takes it is documented.
        scope: What the access token is good for.
        token_type: Scheme of the access token.
    """

    access_token: Annotated[str | None, SECRET] = None
    expires_in: int | None = None
    id_token: Annotated[str | None, SECRET] = None
    refresh_token: Annotated[str | None, SECRET] = None
    scope: str | None = None
    token_type: str | None = None
