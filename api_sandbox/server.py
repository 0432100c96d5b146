"""One API on one port: every request takes the same steps, from the route to the bytes.

Order: rate limit, route, fault, token, parameters and body, handler. A request that the rate limit
turns away strikes no fault, and a fault strikes whether or not the token is good.
"""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from api_sandbox import sending, surprising
from api_sandbox.counters import BROKEN, UNROUTED, Counters
from api_sandbox.documents import Document, Operation, operations
from api_sandbox.problems import PortInUse, Refusal, SandboxError
from api_sandbox.routing import Router
from api_sandbox.sending import Answer
from api_sandbox.validation import Call, Schemas, check_body, check_parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from api_sandbox.faults import Fault, FaultBook
    from api_sandbox.handling import Api
    from api_sandbox.limiter import SlidingWindow

_MAX_BODY = 16 * 1024 * 1024
_SHUTDOWN = 0.1
_NOT_MODIFIED = 304
_ADDRESS_IN_USE = (48, 98, 10048)  # macOS, Linux, Windows


def wall_clock() -> datetime:
    """Give the present time, aware."""
    return datetime.now(UTC)


class ApiServer:
    """Serves one API. `url` is known once it has started."""

    def __init__(
        self, api: Api, documents: Iterable[Document], *, faults: FaultBook, counters: Counters,
        limiter: SlidingWindow | None, clock: Callable[[], datetime] = wall_clock,
        is_surprising: bool = False,
    ) -> None:  # fmt: skip
        documents = tuple(documents)
        described = [operation for document in documents for operation in operations(document)]
        self._api, self._handlers = api, api.handlers()
        missing = [
            operation.route for operation in described if operation.route not in self._handlers
        ]
        if missing:
            raise SandboxError(f"no handler for {', '.join(missing)}")
        self.operations: Mapping[str, Operation] = {
            operation.name: operation for operation in described
        }
        self.schemas = Schemas(documents)
        self._router = Router(described)
        self._faults, self._counters, self._limiter = faults, counters, limiter
        self._clock, self._is_surprising = clock, is_surprising
        self._numbers = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self, host: str, port: int) -> None:
        """Listen.

        Raises:
            PortInUse: Another program listens on this port.
        """
        app = web.Application(client_max_size=_MAX_BODY)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as exc:
            await self.aclose()
            if exc.errno in _ADDRESS_IN_USE:
                raise PortInUse(host, port) from exc
            raise SandboxError(f"cannot listen on {host}:{port}: {exc}") from exc
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._runner.addresses[0][1]}"

    async def aclose(self) -> None:
        """Stop listening and drop what is under way; doing so twice does nothing."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        number = next(self._numbers)
        with self._counters.flight():
            return await self._serve(request, f"{id(self) & 0xFFFFFF:06x}-{number:06d}")

    async def _serve(self, request: web.Request, request_id: str) -> web.StreamResponse:
        name, headers, fault = UNROUTED, {}, None
        try:
            headers = self._limiter.admit() if self._limiter else {}
            raw = request.rel_url.raw_path
            raw = surprising.path(raw) if self._is_surprising else raw
            operation, path = self._router.find(request.method, raw)
            name = operation.name
            fault = await self._strike(name)
            if fault is not None and fault.kind == "reset":
                self._count(name)(BROKEN)
                sending.reset(request)
                return web.Response()
            answer = (fault and sending.instead(fault)) or await self._work(
                request, operation, path
            )
        except Refusal as refusal:
            if name == UNROUTED:
                name = self._probable_name(request)
            answer = Answer.refusing(refusal)
        if self._is_surprising:
            answer = surprising.answer(name, request.query, answer)
        answer = sending.spoiled(fault, answer)
        headers = headers | {"Date": format_datetime(self._clock().astimezone(UTC), usegmt=True)}
        answer.headers.update(
            {key: text for key, text in headers.items() if key not in answer.headers}
        )
        return await sending.send(request, answer, request_id, fault, self._count(name))

    def _probable_name(self, request: web.Request) -> str:
        """Give the operation that a rate-limited request was meant for, if it fits one."""
        try:
            return self._router.find(request.method, request.rel_url.raw_path)[0].name
        except Refusal:
            return UNROUTED

    async def _strike(self, name: str) -> Fault | None:
        """Sit out the delays that strike a request and give the fault that decides its fate."""
        for fault in self._faults.striking(name):
            self._counters.faults += 1
            if fault.kind != "delay":
                return fault
            await asyncio.sleep(fault.delay)
        return None

    async def _work(
        self, request: web.Request, operation: Operation, path: Mapping[str, str]
    ) -> Answer:
        if not operation.public:
            self._api.authorise(request.headers.get("Authorization"))
        checked = check_parameters(
            self.schemas, operation, path, list(request.query.items()), request.headers
        )
        sent = check_body(self.schemas, operation, request.content_type, await _read(request))
        call = Call(operation, checked.path, checked.query, sent)
        handler = self._handlers[operation.route]
        headers = dict(handler.headers())
        if sending.is_held(request.headers, headers):
            return Answer(_NOT_MODIFIED, b"", headers=headers)

        def encoded() -> bytes:
            answer = handler.answer(call)
            return b"" if answer is None else msgspec.json.encode(answer)

        body = await asyncio.to_thread(encoded) if handler.slow else encoded()
        return Answer(operation.status, body, headers=headers)

    def _count(self, name: str) -> Callable[[int], None]:
        def count(status: int) -> None:
            self._counters.requests[name, status] += 1

        return count


async def _read(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as exc:
        raise Refusal(413, f"the request body is larger than {_MAX_BODY} bytes") from exc
