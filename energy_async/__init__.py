"""The base that the clients stand on: transport, errors, times, tables, bulk work."""

from __future__ import annotations

from energy_async._lazy import loader

TYPE_CHECKING = False  # so that a program needs not import typing before it can be interrupted
if TYPE_CHECKING:
    from energy_async.blocking import sync
    from energy_async.forms import File
    from energy_async.model import Model, Unknown
    from energy_async.transport.aiohttp_backend import AiohttpBackend
    from energy_async.transport.client import ApiClient
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
    from energy_async.transport.events import (
        Event,
        LimiterWaited,
        RateSlowed,
        RequestFinished,
        RequestSent,
        RetryScheduled,
        SharedRateLost,
        SharedRateRegained,
        SubmissionChanged,
        TokenRefused,
        TokenRenewed,
    )
    from energy_async.transport.httpx_backend import Httpx2Backend, HttpxBackend
    from energy_async.transport.options import ClientOptions, Timeouts
    from energy_async.transport.pacing import SharedRate
    from energy_async.transport.provisional import ProvisionalEndpointWarning
    from energy_async.transport.redis_rate import RedisRateLimit
    from energy_async.transport.request import (
        CallOptions,
        Operation,
        Reply,
        Request,
        WireReply,
        WireRequest,
    )
    from energy_async.transport.snapshot import RateLimitSnapshot
    from energy_async.transport.streaming import ServerSentEvent, Stream
    from energy_async.transport.token_file import FileTokenStore
    from energy_async.transport.token_redis import RedisTokenStore
    from energy_async.transport.token_store import TokenStore
    from energy_async.units import units_of

__all__ = [
    "AiohttpBackend",
    "ApiClient",
    "BadRequest",
    "CallOptions",
    "ClientClosed",
    "ClientOptions",
    "Conflict",
    "ConnectError",
    "ConnectionBroken",
    "DeadlineExceeded",
    "DecodeFailed",
    "EnergyApiError",
    "Event",
    "File",
    "FileTokenStore",
    "Forbidden",
    "Httpx2Backend",
    "HttpxBackend",
    "LimiterWaited",
    "LoginFailed",
    "Model",
    "NotFound",
    "NotSubscribed",
    "Operation",
    "OperationNotFound",
    "OutcomeUnknown",
    "ProvisionalEndpointWarning",
    "RateLimitSnapshot",
    "RateLimited",
    "RateSlowed",
    "RedisRateLimit",
    "RedisTokenStore",
    "Reply",
    "Request",
    "RequestFinished",
    "RequestSent",
    "RequestTimeout",
    "ResponseTooLarge",
    "RetryScheduled",
    "ServerError",
    "ServerSentEvent",
    "SharedRate",
    "SharedRateLost",
    "SharedRateRegained",
    "StatusError",
    "Stream",
    "SubmissionChanged",
    "Timeouts",
    "TokenRefused",
    "TokenRenewed",
    "TokenStore",
    "TransportError",
    "Unauthorized",
    "Unknown",
    "WireReply",
    "WireRequest",
    "sync",
    "units_of",
]

if not TYPE_CHECKING:  # a checker sees the names above, and no others
    __getattr__ = loader(
        __name__,
        {
            "energy_async.forms": ["File"],
            "energy_async.model": ["Model", "Unknown"],
            "energy_async.transport.client": ["ApiClient"],
            "energy_async.transport.events": [
                "Event", "LimiterWaited", "RateSlowed", "RequestFinished", "RequestSent",
                "RetryScheduled", "SharedRateLost", "SharedRateRegained", "SubmissionChanged",
                "TokenRefused", "TokenRenewed",
            ],
            "energy_async.transport.options": ["ClientOptions", "Timeouts"],
            "energy_async.transport.pacing": ["SharedRate"],
            "energy_async.transport.redis_rate": ["RedisRateLimit"],
            "energy_async.transport.request": [
                "CallOptions", "Operation", "Reply", "Request", "WireReply", "WireRequest",
            ],
            "energy_async.transport.snapshot": ["RateLimitSnapshot"],
            "energy_async.transport.streaming": ["ServerSentEvent", "Stream"],
            "energy_async.transport.token_file": ["FileTokenStore"],
            "energy_async.transport.token_redis": ["RedisTokenStore"],
            "energy_async.transport.token_store": ["TokenStore"],
            "energy_async.units": ["units_of"],
        },
    )  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)
