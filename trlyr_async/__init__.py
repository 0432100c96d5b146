"""Client of the terralayr API: virtual batteries and what they earn.

Areas (`auctions`, `auth`, `monitoring`, `physical_assets`, `revenue_reporting`, `virtual_assets`),
`models`, `api`, `bulk` and `trading` are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from energy_async.transport.errors import (
    BadRequest,
    ClientClosed,
    Conflict,
    ConnectError,
    ConnectionBroken,
    DeadlineExceeded,
    DecodeFailed,
    EnergyApiError,
    Forbidden,
    LoginFailed,
    NotFound,
    NotSubscribed,
    OperationNotFound,
    OutcomeUnknown,
    RateLimited,
    RequestTimeout,
    ResponseTooLarge,
    ServerError,
    StatusError,
    TransportError,
    Unauthorized,
)
from energy_async.transport.options import Timeouts
from energy_async.transport.provisional import ProvisionalEndpointWarning
from trlyr_async._client import Trlyr

if TYPE_CHECKING:
    from energy_async.blocking import sync
    from energy_async.transport.aiohttp_backend import AiohttpBackend
    from energy_async.transport.httpx_backend import HttpxBackend
    from energy_async.transport.redis_rate import RedisRateLimit
    from energy_async.transport.token_file import FileTokenStore
    from energy_async.transport.token_redis import RedisTokenStore
    from energy_async.transport.token_store import TokenStore
    from trlyr_async import (
        api,
        auctions,
        auth,
        bulk,
        models,
        monitoring,
        physical_assets,
        revenue_reporting,
        trading,
        virtual_assets,
    )

__all__ = [
    "AiohttpBackend",
    "BadRequest",
    "ClientClosed",
    "Conflict",
    "ConnectError",
    "ConnectionBroken",
    "DeadlineExceeded",
    "DecodeFailed",
    "EnergyApiError",
    "FileTokenStore",
    "Forbidden",
    "HttpxBackend",
    "LoginFailed",
    "NotFound",
    "NotSubscribed",
    "OperationNotFound",
    "OutcomeUnknown",
    "ProvisionalEndpointWarning",
    "RateLimited",
    "RedisRateLimit",
    "RedisTokenStore",
    "RequestTimeout",
    "ResponseTooLarge",
    "ServerError",
    "StatusError",
    "Timeouts",
    "TokenStore",
    "TransportError",
    "Trlyr",
    "Unauthorized",
    "api",
    "auctions",
    "auth",
    "bulk",
    "models",
    "monitoring",
    "physical_assets",
    "revenue_reporting",
    "sync",
    "trading",
    "virtual_assets",
]

_AREAS = frozenset(
    {
        "api",
        "auctions",
        "auth",
        "bulk",
        "models",
        "monitoring",
        "physical_assets",
        "revenue_reporting",
        "trading",
        "virtual_assets",
    }
)
_LAZY = {
    "AiohttpBackend": "energy_async.transport.aiohttp_backend",
    "FileTokenStore": "energy_async.transport.token_file",
    "HttpxBackend": "energy_async.transport.httpx_backend",
    "RedisRateLimit": "energy_async.transport.redis_rate",
    "RedisTokenStore": "energy_async.transport.token_redis",
    "TokenStore": "energy_async.transport.token_store",
    "sync": "energy_async.blocking",
}


if not TYPE_CHECKING:  # a checker sees the names above, and no others

    def __getattr__(name: str) -> object:
        if name in _AREAS:
            return import_module(f"{__name__}.{name}")
        if name in _LAZY:
            value: object = getattr(import_module(_LAZY[name]), name)
            globals()[name] = value
            return value
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted(__all__)
