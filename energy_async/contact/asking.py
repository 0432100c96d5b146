"""Requests of a check, one after the other, and what a refusal proves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import anyio
from msgspec.structs import replace

from energy_async.contact import measures
from energy_async.contact.shapes import json_of
from energy_async.transport.errors import EnergyApiError, OperationNotFound, StatusError
from energy_async.transport.request import Operation, Reply, Request
from energy_async.transport.urls import PathTemplate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from energy_async.contact.interface import Function
    from energy_async.transport.client import ApiClient

__all__ = ["Asker", "reading"]

_NOWHERE: Final = "nowhere"
_METHOD_NOT_ALLOWED: Final = 405


class Asker:
    """Sends requests `pause` seconds apart; `replies` and `offsets` are what is measured."""

    def __init__(
        self,
        client: ApiClient,
        pause: float,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self.client = client
        self.replies: list[Reply] = []
        self.offsets: list[float] = []
        self.requests: int = 0
        self._pause, self._sleep = pause, sleep
        self._controls: dict[str, tuple[int, str]] = {}

    async def ask(self, request: Request[Any]) -> Reply:
        """Send a request and give its answer as it came."""
        if self.requests and self._pause:
            await self._sleep(self._pause)
        self.requests += 1
        before = self.client.now()
        reply = await self.client.send_raw(request, lane="bulk", retries=1)
        self.replies.append(reply)
        ahead = measures.offset(reply.headers, before, self.client.now())
        self.offsets += [] if ahead is None else [ahead]
        return reply

    async def value(self, request: Request[Any]) -> Any:  # noqa: ANN401 - any JSON
        """Send a request and give the JSON of its answer."""
        return json_of((await self.ask(request)).body)

    def corrected(self, one: Function) -> Operation[Any]:
        """The operation at the path that the user has set, if any."""
        path = self.client.paths.get(one.operation.name, one.operation.path)
        return replace(one.operation, path=path)

    async def is_absent(self, one: Function, request: Request[Any], error: StatusError) -> bool:
        """Whether the answer is that of a path which surely is not there."""
        if isinstance(error, OperationNotFound) and not error.attempts:
            return True
        cause = error.__cause__ if isinstance(error, OperationNotFound) else error
        path = self.corrected(one).path
        if one.area not in self._controls:
            nowhere = f"{path}/{_NOWHERE}" if path.endswith("}") else f"{path}-{_NOWHERE}"
            self._controls[one.area] = 0, ""
            try:
                await self.ask(Request(reading("contact.control", nowhere), path=request.path))
            except StatusError as control:
                self._controls[one.area] = control.status, _own_words(control, nowhere, request)
            except EnergyApiError:
                pass
        words = _own_words(cause, path, request) if isinstance(cause, StatusError) else ""
        is_known = (error.status, words) == self._controls[one.area]
        return is_known or error.status == _METHOD_NOT_ALLOWED


def reading(name: str, path: str, *, authenticated: bool = True) -> Operation[bytes]:
    """An operation that reads at a path, whatever is there."""
    return Operation[bytes](
        name=name, method="GET", path=path, returns=bytes, repeatable=True,
        authenticated=authenticated,
    )  # fmt: skip


def _own_words(error: StatusError, path: str, request: Request[Any]) -> str:
    """The body of an error, what it repeats of the request taken out."""
    text = error.body.decode("utf-8", "replace")
    repeated = PathTemplate(path).fill(request.path), *map(str, request.path.values()), _NOWHERE
    for one in repeated:
        text = text.replace(one, "")
    return text
