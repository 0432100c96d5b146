"""Structs of `trlyr_async.auth`."""

from trlyr_async._generated.auth.models import (
    LoginRequest,
    TokenResponse,
)

__all__ = ["LoginRequest", "TokenResponse"]
