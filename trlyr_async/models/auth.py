"""Structs of `trlyr_async.auth`."""

from trlyr_async._generated.auth.models import (
    LoginRequest,
    RefreshRequest,
    TokenResponse,
)

__all__ = [
    "LoginRequest",
    "RefreshRequest",
    "TokenResponse",
]
