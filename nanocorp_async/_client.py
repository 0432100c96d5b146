"""The client of the French electricity market feeds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Self, Unpack

from energy_async.transport.client import ApiClient
from energy_async.transport.errors import NotSubscribed, StatusError
from energy_async.transport.token import StaticToken

if TYPE_CHECKING:
    from energy_async.transport.options import ClientOptions

__all__ = ["Nanocorp"]

_BASE_URL: Final = "https://co-c8jb.nanocorp.app"
_UNAUTHORIZED: Final = 401


class Nanocorp(ApiClient):
    """A client of the French market feeds. One for each event loop; share it between tasks.

    A 401 means that the token has no active subscription (or is wrong): `NotSubscribed`, at once.

    Args:
        token: From the "API" tab of the dashboard.
        base_url: Where the feeds are.
        options: `rate`, `burst`, `concurrency`, `retries`, `timeout`, `max_response_bytes`,
            `backend` and `on_event`, as `energy_async.ApiClient` has them. No limit is published,
            so the default rate of 5 a second is polite.
    """

    def __init__(
        self,
        token: str,
        *,
        base_url: str = _BASE_URL,
        **options: Unpack[ClientOptions],
    ) -> None:
        options.setdefault("rate", 5.0)
        super().__init__(base_url, auth=StaticToken(token), status_error=_status_error, **options)

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
