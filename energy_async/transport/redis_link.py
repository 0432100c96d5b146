"""Connections to Redis through `redis.asyncio`, which runs on asyncio and on no other loop.

Nothing here waits long: a Redis that is away is a fact to work around, not one to wait for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["check_library", "connect", "shown"]


def check_library(purpose: str) -> None:
    """ImportError, saying what for and which extra brings it, if `redis` is not installed."""
    try:
        import redis.asyncio  # noqa: F401, PLC0415 - an extra, loaded when first needed
    except ImportError as exc:
        raise ImportError(f"{purpose} needs redis: pip install trlyr-async[redis]") from exc


def connect(url: str, limit: float) -> Redis:
    """A client whose every wait ends after `limit` seconds; opens nothing, and tries once."""
    from redis.asyncio import Redis  # noqa: PLC0415
    from redis.asyncio.retry import Retry  # noqa: PLC0415
    from redis.backoff import NoBackoff  # noqa: PLC0415

    options: dict[str, Any] = {
        "socket_timeout": limit,
        "socket_connect_timeout": limit,
        "retry": Retry(NoBackoff(), 0),  # the library's own tries would take seconds
        "decode_responses": False,
    }
    return Redis.from_url(url, **options)


def shown(url: str) -> str:
    """A URL without user, password and query, for logs and reprs.

    Raises:
        ValueError: It is no URL of a Redis. The message does not quote it.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("url must begin with redis://, rediss:// (TLS) or unix://")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
