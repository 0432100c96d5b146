"""Which operations a server does not have, where their paths were not certain.

A 404 may mean that the resource is not there, or that the path is not. It is the path if the
resource is known: another operation of the same identifiers was answered, or a sibling is when it
is asked; and if the answer does not speak of the resource itself.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import anyio
from msgspec import structs

from energy_async.transport.errors import EnergyApiError, OperationNotFound, StatusError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container

    from energy_async.transport.call import Call
    from energy_async.transport.request import Operation, Request

__all__ = ["Offered"]

R = TypeVar("R")
Run: TypeAlias = "Callable[[Call], Awaitable[R]]"
Send: TypeAlias = "Callable[..., Awaitable[Any]]"

_NOWHERE: Final = 404
_ABSENT: Final = frozenset({_NOWHERE, 405})
_ROUTED: Final = frozenset({400, 403, 405, 409, 422})
"""What only a path that is there is answered with."""
_PATIENCE: Final = 3.0
_FORMS: Final = frozenset({"resolution"})
"""Parameters of a path that choose a form of the answer and name no resource."""


class Offered:
    """What a client has learned of operations whose paths are not certain.

    `probe` gives a request of a documented sibling for the same resource, if there is one, and for
    what changes something a request that reads at the same path. `stated` are operations whose
    path the user has set.
    """

    def __init__(
        self,
        probe: Callable[[Request[Any]], Request[Any] | None] | None = None,
        stated: Container[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.resources: set[tuple[str, Any]] = set()  # that were answered for: they are there
        self._probe = probe or (lambda _: None)
        self._stated = stated
        self._clock = clock
        self._routed: set[str] = set()
        self._answered: set[Operation[Any]] = set()
        self._absent: dict[str, tuple[str, int]] = {}
        self._first: dict[Operation[Any] | str, anyio.Lock] = {}

    async def run(self, request: Request[Any], call: Call, run: Run[R], send: Send) -> R:
        """Carry a call out, or raise at once if its path is known not to be there.

        In bulk, one request goes ahead until the operation has been answered.
        """
        operation, template = request.operation, call.operation.path
        if not call.reads and operation.provenance == "provisional":
            async with self._first.setdefault(template, anyio.Lock()):
                await self._look(request, call, send)
        is_first = call.lane == "bulk" and operation not in self._answered
        lock = self._first.setdefault(operation, anyio.Lock()) if is_first else nullcontext()
        async with lock:
            if template in self._absent:
                raise self._error(call, attempts=0)
            try:
                reply = await run(call)
            except StatusError as error:
                if not await self._is_absent(request, call, error, send):
                    raise
                self._absent[template] = error.message, error.status
                ended = self._error(call, attempts=error.attempts)
                ended.may_have_acted = error.may_have_acted
                raise ended from error
        self._answered.add(operation)
        return reply

    async def _look(self, request: Request[Any], call: Call, send: Send) -> None:
        """Ask at a path that is a guess before anything is sent there that changes something.

        Only a 404 for a resource that is there holds the call back; whatever else is wrong, and
        whatever comes too late, says nothing of the path.
        """
        template = call.operation.path
        if request.operation.name in self._stated or template in self._routed | {*self._absent}:
            return
        reading = self._probe(request)
        patience = min(_PATIENCE, (call.deadline - self._clock()) / 4)
        if reading is None or patience <= 0:
            return
        try:
            await send(reading, lane=call.lane, timeout=patience, retries=0)
        except StatusError as error:
            if error.status == _NOWHERE and await self._is_absent(request, call, error, send):
                self._absent[template] = error.message, error.status
            elif error.status not in _ROUTED:
                return
        except EnergyApiError:
            return
        self._routed.add(template)

    def _error(self, call: Call, attempts: int) -> OperationNotFound:
        operation = call.operation
        said, status = self._absent[operation.path]
        sent = "" if attempts else "; nothing was sent"
        return OperationNotFound(
            f"HTTP {status}: the server has no {operation.method} {operation.path},"
            " though what it is asked of is there; the path is a guess, or has moved. Correct it:"
            f" paths={{{operation.name!r}: '/...'}}, or the same as JSON in the file that"
            f" TRLYR_PATHS names{sent}",
            status=status,
            detail=said,
            operation=operation.name,
            attempts=attempts,
        )

    async def _is_absent(
        self, request: Request[Any], call: Call, error: StatusError, send: Send
    ) -> bool:
        if error.status not in _ABSENT or request.operation in self._answered:
            return False
        named = {(k, str(v)) for k, v in request.path.items() if k not in _FORMS}
        about = error.body.decode("utf-8", "replace").replace(call.path, "")
        if any(value in about for _, value in named):
            return False  # it is the resource that the server speaks of
        if self._is_known(named):
            return True
        sibling = self._probe(
            structs.replace(request, operation=structs.replace(request.operation, method="GET"))
        )
        if sibling is None:
            return False
        try:
            await send(sibling, lane=call.lane)
        except EnergyApiError:
            return False
        return self._is_known(named)

    def _is_known(self, named: set[tuple[str, str]]) -> bool:
        return named <= {(name, str(value)) for name, value in self.resources}
