"""Client of the French electricity market feeds.

Everything but `Nanocorp` and the errors is loaded when it is first used.
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
    from nanocorp_async import api, live, market_feeds, models, publication, sheet, tidy, tolerant
    from nanocorp_async._client import Nanocorp
    from nanocorp_async.archiving.read import archive_files, archive_gaps, read_archive
    from nanocorp_async.archiving.repair import repair_archive
    from nanocorp_async.archiving.run import ArchiveReport, archive
    from nanocorp_async.sheet import day_sheet
    from nanocorp_async.watch_events import (
        DayPublished,
        FeedLate,
        FeedRecovered,
        GapFound,
        OddAnswer,
        PollFailed,
        PriceCorrected,
        RowsStored,
        describe,
    )
    from nanocorp_async.watch_times import Publication, Rhythm
    from nanocorp_async.watch_timing import Timing
    from nanocorp_async.watching import watch

__all__ = [
    "AiohttpBackend",
    "ArchiveReport",
    "BadRequest",
    "ClientClosed",
    "Conflict",
    "ConnectError",
    "ConnectionBroken",
    "DayPublished",
    "DeadlineExceeded",
    "DecodeFailed",
    "EnergyApiError",
    "FeedLate",
    "FeedRecovered",
    "Forbidden",
    "GapFound",
    "Httpx2Backend",
    "HttpxBackend",
    "LoginFailed",
    "Nanocorp",
    "NotFound",
    "NotSubscribed",
    "OddAnswer",
    "OperationNotFound",
    "OutcomeUnknown",
    "PollFailed",
    "PriceCorrected",
    "ProvisionalEndpointWarning",
    "Publication",
    "RateLimited",
    "RequestTimeout",
    "ResponseTooLarge",
    "Rhythm",
    "RowsStored",
    "ServerError",
    "StatusError",
    "Timeouts",
    "Timing",
    "TransportError",
    "Unauthorized",
    "api",
    "archive",
    "archive_files",
    "archive_gaps",
    "day_sheet",
    "describe",
    "live",
    "market_feeds",
    "models",
    "publication",
    "read_archive",
    "repair_archive",
    "sheet",
    "sync",
    "tidy",
    "tolerant",
    "watch",
]

if not TYPE_CHECKING:  # a checker sees the names above, and no others
    __getattr__ = loader(
        __name__,
        {
            "nanocorp_async._client": ["Nanocorp"],
            "nanocorp_async.archiving.read": ["archive_files", "archive_gaps", "read_archive"],
            "nanocorp_async.archiving.repair": ["repair_archive"],
            "nanocorp_async.archiving.run": ["ArchiveReport", "archive"],
            "nanocorp_async.sheet": ["day_sheet"],
            "nanocorp_async.watch_events": [
                "DayPublished", "FeedLate", "FeedRecovered", "GapFound", "OddAnswer", "PollFailed",
                "PriceCorrected", "RowsStored", "describe",
            ],
            "nanocorp_async.watch_times": ["Publication", "Rhythm"],
            "nanocorp_async.watch_timing": ["Timing"],
            "nanocorp_async.watching": ["watch"],
        },
        ["api", "live", "market_feeds", "models", "publication", "sheet", "tidy", "tolerant"],
    )  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)
