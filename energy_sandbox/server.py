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

from energy_sandbox import sending, surprising
from energy_sandbox.counters import BROKEN, UNROUTED, Counters
from energy_sandbox.documents import Document, Operation, Router, operations
from energy_sandbox.problems import Refusal, SandboxError
from energy_sandbox.sending import Answer
from energy_sandbox.validation import Call, Schemas, check_body, check_query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from energy_sandbox.faults import Fault, FaultBook
    from energy_sandbox.handling import Handler
    from energy_sandbox.limiter import SlidingWindow

HOST = "127.0.0.1"
_MAX_BODY = 16 * 1024 * 1024
_SHUTDOWN = 0.1
_NOT_MODIFIED = 304
_ADDRESS_IN_USE = (48, 98, 10048)  # macOS, Linux, Windows


def wall_clock() -> datetime:
    """Give the present time, aware."""
    return datetime.now(UTC)


class ApiServer:
    """Serves one API on this machine. `url` is known once it has started.

    `handlers` go by the names of operations (`auctions.get_auction`); `authorise` gets the
    `Authorization` header and raises `Refusal` unless it opens the door.
    """

    def __init__(
        self, handlers: Mapping[str, Handler], documents: Iterable[Document], *,
        authorise: Callable[[str | None], None], faults: FaultBook, counters: Counters,
        limiter: SlidingWindow | None, clock: Callable[[], datetime] = wall_clock,
        is_surprising: bool = False,
    ) -> None:  # fmt: skip
        documents = tuple(documents)
        described = [operation for document in documents for operation in operations(document)]
        self.handlers: Mapping[str, Handler]
        self.handlers, self._authorise = handlers, authorise
        missing = [one.name for one in described if one.name not in self.handlers]
        if missing:
            raise SandboxError(f"no handler for {', '.join(missing)}")
        self.operations: dict[str, Operation] = {
            operation.name: operation for operation in described
        }
        self.schemas: Schemas = Schemas(documents)
        self._router = Router(described)
        self._faults, self._counters, self._limiter = faults, counters, limiter
        self._clock, self._is_surprising = clock, is_surprising
        self._numbers = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self.url: str = ""

    async def start(self, port: int) -> None:
        """Listen, or raise `SandboxError`."""
        app = web.Application(client_max_size=_MAX_BODY)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, HOST, port).start()
        except OSError as exc:
            await self.aclose()
            message = f"cannot listen on {HOST}:{port}: {exc}"
            if exc.errno in _ADDRESS_IN_USE:
                message = f"port {port} on {HOST} is in use; choose another, or 0 for a free one"
            raise SandboxError(message) from exc
        self.url = f"http://{HOST}:{self._runner.addresses[0][1]}"

    async def aclose(self) -> None:
        """Stop listening and drop what is under way; doing so twice does nothing."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        request_id = f"{id(self) & 0xFFFFFF:06x}-{next(self._numbers):06d}"
        name, fault, answer = await self._answered(request)
        if answer is None:
            self._counters.requests[name, BROKEN] += 1
            sending.reset(request)
            return web.Response()
        if self._is_surprising:
            answer = surprising.answer(name, request.query, answer)
        answer = sending.spoiled(fault, answer)
        answer.headers["X-Request-Id"] = request_id
        date = format_datetime(self._clock().astimezone(UTC), usegmt=True)
        answer.headers.setdefault("Date", date)

        def count(status: int) -> None:
            self._counters.requests[name, status] += 1

        return await sending.send(request, answer, fault, count)

    async def _answered(self, request: web.Request) -> tuple[str, Fault | None, Answer | None]:
        """Give the operation, the fault that strikes, and the answer, None for a reset."""
        name, headers, fault = UNROUTED, {}, None
        answer: Answer | None = None
        try:
            headers = self._limiter.admit() if self._limiter else {}
            raw = request.rel_url.raw_path
            raw = surprising.path(raw) if self._is_surprising else raw
            operation, path = self._router.find(request.method, raw)
            name = operation.name
            fault = await self._strike(name)
            if fault is None or fault.kind != "reset":
                answer = sending.instead(fault) or await self._work(request, operation, path)
        except Refusal as refusal:
            name = self._probable_name(request) if name == UNROUTED else name
            answer = Answer.refusing(refusal)
        if answer is not None:
            answer.headers.update(headers | answer.headers)
        return name, fault, answer

    def _probable_name(self, request: web.Request) -> str:
        """Give the operation that a rate-limited request was meant for, if it fits one."""
        try:
            return self._router.find(request.method, request.rel_url.raw_path)[0].name
        except Refusal:
            return UNROUTED

    async def _strike(self, name: str) -> Fault | None:
        """Sit out the delays that strike a request and give the fault that decides its fate."""
        for fault in self._faults.striking(name):
            if fault.kind != "delay":
                return fault
            await asyncio.sleep(fault.delay)
        return None

    async def _work(
        self, request: web.Request, operation: Operation, path: Mapping[str, str]
    ) -> Answer:
        if not operation.public:
            self._authorise(request.headers.get("Authorization"))
        query = check_query(self.schemas, operation, path, list(request.query.items()))
        sent = check_body(self.schemas, operation, request.content_type, await _read(request))
        call, handler = Call(path, query, sent), self.handlers[operation.name]
        headers = dict(handler.headers())
        if sending.is_unchanged(request.headers, headers):
            return Answer(_NOT_MODIFIED, b"", headers=headers)

        def encoded() -> bytes:
            answer = handler.answer(call)
            return b"" if answer is None else msgspec.json.encode(answer)

        body = await asyncio.to_thread(encoded) if handler.slow else encoded()
        return Answer(operation.status, body, headers=headers)


async def _read(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as exc:
        raise Refusal(413, f"the request body is larger than {_MAX_BODY} bytes") from exc
