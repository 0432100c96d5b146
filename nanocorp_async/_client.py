"""The client of the French electricity market feeds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Self, TypedDict, Unpack

from energy_async.transport.client import ApiClient
from energy_async.transport.errors import NotSubscribed, StatusError
from energy_async.transport.options import Timeouts
from energy_async.transport.token import StaticToken

if TYPE_CHECKING:
    from collections.abc import Callable

    from energy_async.transport.backend import Backend
    from energy_async.transport.events import Event

__all__ = ["ClientOptions", "Nanocorp"]

_BASE_URL: Final = "https://co-c8jb.nanocorp.app"
_UNAUTHORIZED: Final = 401


class ClientOptions(TypedDict, total=False):
    """Keywords of `Nanocorp` and `Nanocorp.from_env`; see there."""

    backend: Backend | None
    rate: float
    burst: int | None
    concurrency: int
    retries: int
    timeout: float | Timeouts
    max_response_bytes: int
    on_event: Callable[[Event], None] | None


class Nanocorp(ApiClient):
    """A client of the French market feeds. One for each event loop; share it between tasks.

    A 401 means that the token has no active subscription (or is wrong): `NotSubscribed`, at once.

    Args:
        token: From the "API" tab of the dashboard.
        base_url: Where the feeds are.
        rate: Requests a second. No limit is published, so the default is polite.
        backend, burst, concurrency, retries, timeout, max_response_bytes, on_event: See
            `energy_async.ApiClient`.
    """

    def __init__(
        self,
        token: str,
        *,
        base_url: str = _BASE_URL,
        backend: Backend | None = None,
        rate: float = 5.0,
        burst: int | None = None,
        concurrency: int = 8,
        retries: int = 3,
        timeout: float | Timeouts = Timeouts(),  # noqa: B008 - frozen
        max_response_bytes: int = 64 * 1024 * 1024,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        super().__init__(
            base_url,
            auth=StaticToken(token),
            backend=backend,
            rate=rate,
            burst=burst,
            concurrency=concurrency,
            retries=retries,
            timeout=timeout,
            max_response_bytes=max_response_bytes,
            on_event=on_event,
            status_error=_status_error,
        )

    @classmethod
    def from_env(cls, *, base_url: str | None = None, **options: Unpack[ClientOptions]) -> Self:
        """A client for `NANOCORP_TOKEN` and, if set, `NANOCORP_BASE_URL`.

        Raises:
            ValueError: `NANOCORP_TOKEN` is missing.
        """
        token = os.environ.get("NANOCORP_TOKEN")
        if not token:
            message = "set the environment variable NANOCORP_TOKEN"
            raise ValueError(message)
        chosen = base_url or os.environ.get("NANOCORP_BASE_URL") or _BASE_URL
        return cls(token, base_url=chosen, **options)


def _status_error(status: int) -> type[StatusError] | None:
    return NotSubscribed if status == _UNAUTHORIZED else None
