"""Client of the French electricity market feeds.

`live`, `market_feeds`, `models`, `publication`, `sheet`, `tidy` and `tolerant` are loaded when they
are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from energy_async.transport.errors import (
    BadRequest,
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
from nanocorp_async._client import Nanocorp

if TYPE_CHECKING:
    from energy_async.blocking import sync
    from energy_async.transport.aiohttp_backend import AiohttpBackend
    from energy_async.transport.httpx_backend import HttpxBackend
    from nanocorp_async import live, market_feeds, models, publication, sheet, tidy, tolerant
    from nanocorp_async.sheet import day_sheet

__all__ = [
    "AiohttpBackend",
    "BadRequest",
    "Conflict",
    "ConnectError",
    "ConnectionBroken",
    "DeadlineExceeded",
    "DecodeFailed",
    "EnergyApiError",
    "Forbidden",
    "HttpxBackend",
    "LoginFailed",
    "Nanocorp",
    "NotFound",
    "NotSubscribed",
    "OutcomeUnknown",
    "ProvisionalEndpointWarning",
    "RateLimited",
    "RequestTimeout",
    "ResponseTooLarge",
    "ServerError",
    "StatusError",
    "Timeouts",
    "TransportError",
    "Unauthorized",
    "day_sheet",
    "live",
    "market_feeds",
    "models",
    "publication",
    "sheet",
    "sync",
    "tidy",
    "tolerant",
]

_AREAS = frozenset({"live", "market_feeds", "models", "publication", "sheet", "tidy", "tolerant"})
_LAZY = {
    "AiohttpBackend": "energy_async.transport.aiohttp_backend",
    "HttpxBackend": "energy_async.transport.httpx_backend",
    "day_sheet": "nanocorp_async.sheet",
    "sync": "energy_async.blocking",
}


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
