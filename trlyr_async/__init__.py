"""Client of the terralayr API: virtual batteries and what they earn.

Areas (`auctions`, `auth`, `monitoring`, `physical_assets`, `revenue_reporting`, `virtual_assets`),
`models`, `api`, `bulk` and `trading` are loaded when they are first used.
"""

from __future__ import annotations

from energy_async._lazy import loader

TYPE_CHECKING = False  # so that a program needs not import typing before it can be interrupted
if TYPE_CHECKING:
    from energy_async.blocking import sync
    from energy_async.transport.aiohttp_backend import AiohttpBackend
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
    from energy_async.transport.httpx_backend import Httpx2Backend, HttpxBackend
    from energy_async.transport.options import Timeouts
    from energy_async.transport.provisional import ProvisionalEndpointWarning
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
    from trlyr_async._client import Trlyr

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
    "Httpx2Backend",
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

if not TYPE_CHECKING:  # a checker sees the names above, and no others
    __getattr__ = loader(
        __name__,
        {
            "energy_async.transport.redis_rate": ["RedisRateLimit"],
            "energy_async.transport.token_file": ["FileTokenStore"],
            "energy_async.transport.token_redis": ["RedisTokenStore"],
            "energy_async.transport.token_store": ["TokenStore"],
            "trlyr_async._client": ["Trlyr"],
        },
        [
            "api", "auctions", "auth", "bulk", "models", "monitoring", "physical_assets",
            "revenue_reporting", "trading", "virtual_assets",
        ],
    )  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)
