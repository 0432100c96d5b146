"""The client of the French electricity market feeds."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Self, TypeVar, Unpack, cast

import msgspec

from energy_async.transport.answers import unreadable
from energy_async.transport.client import ApiClient
from energy_async.transport.errors import DecodeFailed, NotSubscribed, StatusError
from energy_async.transport.request import Operation, WireReply
from energy_async.transport.tokens.token import StaticToken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from energy_async.transport.options import ClientOptions
    from energy_async.transport.request import CallOptions, Reply, Request

__all__ = ["Nanocorp"]

T = TypeVar("T")

_BASE_URL: Final = "https://co-c8jb.nanocorp.app"
_UNAUTHORIZED: Final = 401
_REDIRECTS: Final = range(300, 400)
_JSON: Final = {"content-type": "application/json"}
_DAY_AHEAD: Final = Operation[bytes](
    name="ping", method="GET", path="/api/day-ahead-prices", returns=bytes, repeatable=True,
    lane="urgent", provenance="documented",
)  # fmt: skip
"""A feed, since nobody knows what the root of the host answers."""


class Nanocorp(ApiClient[Literal["Nanocorp"]]):
    """A client of the French market feeds. One for each event loop; share it between tasks.

    A 401 means that the token has no active subscription (or is wrong): `NotSubscribed`, at once.

    Answers are decoded strictly, and those that are refused once more with the patience of
    `nanocorp_async.tolerant`: `Invalid` in place of a price is None. The log counts such values at
    level INFO (`energy_async.feeds`).

    Args:
        token: From the "API" tab of the dashboard.
        base_url: Where the feeds are.
        options: `rate`, `burst`, `concurrency`, `retries`, `timeout`, `max_response_bytes`,
            `backend`, `on_event`, `headers`, `user_agent` and `wall`, as `energy_async.ApiClient`
            has them. No limit is published, so the default rate of 5 a second is polite.
    """

    api: ClassVar[str] = "Nanocorp"
    _ping: ClassVar[Operation[Any]] = _DAY_AHEAD

    def __init__(
        self,
        token: str,
        *,
        base_url: str = _BASE_URL,
        **options: Unpack[ClientOptions],
    ) -> None:
        options.setdefault("rate", 5.0)
        self._token = StaticToken(token)
        super().__init__(base_url, auth=self._token, status_error=_status_error, **options)

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

    async def send(self, request: Request[T], **options: Unpack[CallOptions]) -> T:
        """Send a request and decode its answer, tolerantly where it has to be.

        Raises:
            EnergyApiError: See `energy_async.transport.errors` for the tree.
        """
        try:
            with _explaining_redirects():
                return await super().send(request, **options)
        except DecodeFailed as exc:
            if not exc.path:  # not JSON at all
                raise
            return self._mended(request, exc)

    async def send_raw(self, request: Request[Any], **options: Unpack[CallOptions]) -> Reply:
        """Send a request and return the answer as it came, undecoded.

        A status of 300 or above is an error here too.
        """
        with _explaining_redirects():
            return await super().send_raw(request, **options)

    def _mended(self, request: Request[T], refusal: DecodeFailed) -> T:
        import logging  # noqa: PLC0415 - rarely needed, as is the next one

        from nanocorp_async import tolerant  # noqa: PLC0415

        operation, body = request.operation, refusal.body
        try:
            value, count = tolerant.decode_mended(body, operation.returns)
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            error = unreadable(
                operation,
                WireReply(200, _JSON, body),
                exc,
                attempts=refusal.attempts,
                secrets=self._token.secrets(),
            )
            error.request_id = refusal.request_id
            raise error from exc
        logging.getLogger("energy_async.feeds").info(
            "%s: %d values were of another type and could be read (see nanocorp_async.tolerant)",
            operation.name,
            count,
        )
        return cast("T", value)


@contextmanager
def _explaining_redirects() -> Iterator[None]:
    """Say what a redirect of this service most likely means."""
    try:
        yield
    except StatusError as exc:
        if exc.status in _REDIRECTS:
            exc.message += "; a login page or dashboard there means that the token is not accepted"
            exc.args = (exc.message,)
        raise


def _status_error(status: int) -> type[StatusError] | None:
    return NotSubscribed if status == _UNAUTHORIZED else None
