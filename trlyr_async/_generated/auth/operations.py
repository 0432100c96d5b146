# Do not edit: `python -m codegen build`, specs/trlyr/auth.json sha256:fe8c183b5a8e
"""Endpoint functions of terralayr authentication."""

from collections.abc import Mapping
from typing import Any, Final, Literal, Unpack

from energy_async.transport.client import ApiClient
from energy_async.transport.request import CallOptions, Operation, Request
from trlyr_async._generated.auth.models import LoginRequest, RefreshRequest, TokenResponse

__all__ = ["OPERATIONS", "authenticate", "refresh"]

_AUTHENTICATE: Final = Operation[TokenResponse](
    name="auth.authenticate",
    method="POST",
    path="/auth/public/authenticate",
    returns=TokenResponse,
    repeatable=True,
    authenticated=False,
    provenance="documented",
    client="Trlyr",
)
_REFRESH: Final = Operation[TokenResponse](
    name="auth.refresh",
    method="POST",
    path="/auth/public/refresh",
    returns=TokenResponse,
    repeatable=False,
    authenticated=False,
    provenance="provisional",
    client="Trlyr",
)

OPERATIONS: Final[Mapping[str, Operation[Any]]] = {
    "authenticate": _AUTHENTICATE,
    "refresh": _REFRESH,
}
"""Every operation of the area by the name of its function, for `send_raw` and for tools."""


async def authenticate(
    client: ApiClient[Literal["Trlyr"]], *, body: LoginRequest, **options: Unpack[CallOptions]
) -> TokenResponse:
    """Log in and get a set of tokens.

    The access token goes into the `Authorization` header of every other request; clients of this
    package do that by themselves, so calling this function is rarely needed.

    Known from its documentation page: path, parameters and answer were read there.

    Source: https://docs.trlyr.com/auth-api-reference/auth/authenticate-with-username-and-password
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(_AUTHENTICATE, body=body)
    return await client.send(request, **options)


async def refresh(
    client: ApiClient[Literal["Trlyr"]], *, body: RefreshRequest, **options: Unpack[CallOptions]
) -> TokenResponse:
    """Get a new set of tokens for a refresh token.

    No page of it is known: only that a login yields a refresh token. Clients of this package try it
    when they renew a token, and log in where it fails.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Source: https://docs.trlyr.com/
    """
    request = Request(_REFRESH, body=body)
    return await client.send(request, **options)
