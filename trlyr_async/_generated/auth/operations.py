# Do not edit: `python -m codegen build`, specs/trlyr/auth.json sha256:5e3790b6e595
"""Endpoint functions of terralayr authentication."""

from collections.abc import Mapping
from typing import Any, Final, Unpack

from energy_async.transport.client import ApiClient
from energy_async.transport.request import CallOptions, Operation, Request
from trlyr_async._generated.auth.models import LoginRequest, TokenResponse

__all__ = ["OPERATIONS", "authenticate"]

_AUTHENTICATE: Final = Operation[TokenResponse](
    name="auth.authenticate",
    method="POST",
    path="/auth/public/authenticate",
    returns=TokenResponse,
    repeatable=True,
    authenticated=False,
    provenance="documented",
)

OPERATIONS: Final[Mapping[str, Operation[Any]]] = {
    "authenticate": _AUTHENTICATE,
}
"""Every operation of the area by the name of its function, for `send_raw` and for tools."""


async def authenticate(
    client: ApiClient, *, body: LoginRequest, **options: Unpack[CallOptions]
) -> TokenResponse:
    """Log in and get a set of tokens.

    The access token goes into the `Authorization` header of every other request; clients of this
    package do that by themselves, so calling this function is rarely needed.

    Known from its documentation page: path, parameters and answer were read there.

    Source: https://docs.trlyr.com/auth-api-reference/auth/authenticate-with-username-and-password
    (read 2026-06-30)
    """
    request = Request(_AUTHENTICATE, body=body)
    return await client.send(request, **options)
