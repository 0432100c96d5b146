"""The client: takes a request from call to decoded value.

Here a call is checked and made ready, and its answer decoded; `attempts` does what lies between.
"""

from __future__ import annotations

import math
import random
import time
import warnings
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, NoReturn, Protocol, Self, Unpack
from urllib.parse import urljoin

import anyio
from msgspec.structs import replace
from typing_extensions import TypeVar

from energy_async.transport.admission import Clocks, Shared
from energy_async.transport.answers import request_id_of
from energy_async.transport.attempts import Attempts
from energy_async.transport.bodies import body_bytes
from energy_async.transport.call import JSON, Call, Plan, headers_of
from energy_async.transport.closing import Closing
from energy_async.transport.errors import ClientClosed, StatusError
from energy_async.transport.headers import user_agent as own_name
from energy_async.transport.limiter.limiter import Limiter
from energy_async.transport.offered import Offered
from energy_async.transport.options import (
    checked_hook,
    deadline_from,
    default_headers,
    known_options,
    retries_from,
    with_defaults,
)
from energy_async.transport.provisional import warn_once
from energy_async.transport.request import (
    CallOptions,
    Operation,
    Reply,
    Request,
)
from energy_async.transport.telemetry.watch import Watch
from energy_async.transport.timeouts import Timeouts, timeouts_from
from energy_async.transport.urls import PathTemplate, base_url_from, query_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from contextlib import AbstractContextManager

    from energy_async.transport.answers import StatusClassifier
    from energy_async.transport.backends.backend import Backend
    from energy_async.transport.events import (
        Event,
    )
    from energy_async.transport.limiter.limiter import RateLimitSnapshot
    from energy_async.transport.limiter.redis_rate import RedisRateLimit
    from energy_async.transport.request import WireReply
    from energy_async.transport.tokens.credentials import Credentials
    from energy_async.transport.tokens.token import Auth

__all__ = ["ApiClient"]

T = TypeVar("T")
A = TypeVar("A", default=Any)
"""The API, by the name of its client: functions of one API refuse the client of another."""

_HEADERS: Final = {"Accept": "application/json"}
_ROOT: Final = Operation[bytes](
    name="ping", method="GET", path="/", returns=bytes, repeatable=True, lane="urgent",
    wants_json=False,
)  # fmt: skip
_ANSWERS: Final = frozenset(range(400, 500)) - {401, 403, 407, 408, 429}
"""Statuses that say no more than that there is nothing of that name."""


class Guard(Protocol):
    """Looks at every request before it is sent; what it raises ends the call."""

    def check(self, method: str, target: str, body: bytes | None, now: float) -> bool:
        """Look at a request before it waits for anything; True if `check_stop` concerns it too."""

    def check_stop(self) -> None:
        """Look again, each time that the request is just about to leave."""


_MOST_PLANS: Final = 1000
_LOOK_EVERY: Final = 0.02


class ApiClient(Generic[A]):
    """Sends requests of one API; safe to share between all tasks of one event loop.

    Nothing is opened before the first request. Close it: `async with`, or `aclose`.

    Args:
        base_url: Where the API is. `http` is accepted, but then tokens travel unencrypted.
        auth: Where tokens come from; None sends none.
        servers: Other addresses for the servers that operations have for themselves, such as
            `{"https://uploads.example": "http://localhost:8000"}`.
        backend: What carries the requests; by default `AiohttpBackend`. The client closes it,
            but not a session that the backend has only borrowed.
        rate: Requests a second at most; math.inf for no limit. A `RedisRateLimit` shares one limit
            with other processes.
        burst: How many may leave at once after a quiet time; a shared rate has none.
        concurrency: How many may be under way at once; urgent ones may go a quarter above it.
        retries: How often a failed attempt is repeated. Do not add a retry loop of your own.
        timeout: Limits of one attempt; a number is the total. See `Timeouts` for the defaults.
        max_response_bytes: Answers larger than this are refused.
        on_event: Told of all that happens; see `energy_async.transport.events`.
        headers: Sent with every request that does not set them itself; not those that the client
            sets, such as `Authorization`, `Host` and `Content-Length`.
        user_agent: Added to what the client calls itself, such as `desk/1.2 (ops@example.com)`.
        credentials: What requests carry besides or instead of a token, for APIs with several ways.
        secrets: Texts besides the token that must not be shown, such as keys among the headers.
        status_error: Another class for some status; None leaves it to the common table.
        paths: Path templates in place of those of the document, by operation.
        probe: Gives a request that shows whether what another one asks for is there at all, or
            whether the path is, if the other one changes something.
        guard: Looks at each request before it waits for anything, and again before it leaves.
        clock: A monotonic clock, in seconds.
        wall: Seconds since the epoch: what deadlines and gate closures that are times of day are
            compared with.
        sleep: Waits between attempts and for the rate limit; `anyio.sleep` by default.
        draw: Random numbers from 0 to 1.
    """

    api: ClassVar[str] = ""
    """The `Operation.client` of the operations that it is for; empty for any."""
    _ping: ClassVar[Operation[Any]] = _ROOT

    def __init__(
        self,
        base_url: str,
        *,
        auth: Auth | None,
        backend: Backend | None = None,
        servers: Mapping[str, str] = {},
        rate: float | RedisRateLimit = 10.0,
        burst: int | None = None,
        concurrency: int = 8,
        retries: int = 3,
        timeout: float | Timeouts = Timeouts(),  # noqa: B008 - frozen
        max_response_bytes: int = 64 * 1024 * 1024,
        on_event: Callable[[Event], None] | None = None,
        headers: Mapping[str, str] | None = None,
        user_agent: str = "",
        credentials: Credentials | None = None,
        secrets: Iterable[str] = (),
        status_error: StatusClassifier | None = None,
        paths: Mapping[str, str] = {},
        probe: Callable[[Request[Any]], Request[Any] | None] | None = None,
        guard: Guard | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] | None = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        if max_response_bytes < 1:
            message = f"max_response_bytes must be positive, got {max_response_bytes!r}"
            raise ValueError(message)
        if on_event is not None:
            checked_hook(on_event)
        shared = None if isinstance(rate, int | float) else rate
        if shared is not None and burst is not None:
            message = "a shared rate has no burst"
            raise ValueError(message)
        self._base_url = base_url_from(base_url)
        self._servers = {base_url_from(a): base_url_from(b) for a, b in servers.items()}
        self._retries = retries_from(retries)
        self._credentials = credentials
        self._plans: dict[Operation[Any], Plan] = {}
        self._paths = dict(paths)
        self._defaults: CallOptions = {}
        self._parent: Self | None = None
        self._offered = Offered(probe, self._paths, clock)
        self._guard = guard
        self._limiter = limiter = Limiter(
            rate if isinstance(rate, int | float) else rate.rate,
            burst=burst,
            concurrency=concurrency,
            clock=clock,
            sleep=sleep,
        )
        limits = timeouts_from(timeout)
        self._backend = backend if backend is not None else _default_backend()
        if (reserve := getattr(self._backend, "reserve", None)) is not None:
            reserve(limiter.most_active)  # else requests would queue unseen inside the library
        self._auth = auth
        self._watch = Watch(on_event, clock)
        self._clocks = Clocks(clock, wall, sleep or anyio.sleep, draw)
        self._closing = Closing()
        self._attempts = Attempts(
            Shared(
                backend=self._backend,
                auth=auth,
                limiter=limiter,
                limits=limits,
                max_bytes=max_response_bytes,
                headers={
                    **_HEADERS,
                    **default_headers({"User-Agent": f"{own_name()} {user_agent}".rstrip()}),
                    **default_headers(headers or {}),
                },
                watch=self._watch,
                clocks=self._clocks,
                closing=self._closing,
                check_stop=None if guard is None else guard.check_stop,
                classify=status_error,
                secrets=tuple(secrets),
            )
        )
        self._run = self._attempts.run
        self._membership = (
            None if shared is None else shared.join(limiter, clock=clock, report=self._watch.report)
        )

    @property
    def base_url(self) -> str:
        """Where the API is, without a slash at its end."""
        return self._base_url

    @property
    def paths(self) -> Mapping[str, str]:
        """The path templates in place of those of the document, by operation."""
        return self._paths

    @property
    def closed(self) -> bool:
        """Whether the client has been closed, or is just being closed."""
        return self._closing.has_begun

    def now(self) -> datetime:
        """The present time by the client's clock (`wall`), aware and in UTC."""
        return datetime.fromtimestamp(self._clocks.wall(), UTC)

    def rate_limit(self) -> RateLimitSnapshot:
        """The rate limit at this moment: present rate, pause, requests under way and waiting."""
        return self._limiter.snapshot()

    def __repr__(self) -> str:
        if not hasattr(self, "_closing"):  # a traceback of its `__init__` shows it half made
            return f"{type(self).__name__}(...)"
        return f"{type(self).__name__}({self._base_url!r}, closed={self.closed})"

    def __reduce__(self) -> NoReturn:
        message = f"a {type(self).__name__} cannot be copied or pickled: make one for each process"
        raise TypeError(message)

    def with_options(self, **options: Unpack[CallOptions]) -> Self:
        """A client with other defaults for its calls; session, token and rate limit are shared.

        What a call sets itself comes first, then these, then what this client was made with;
        headers are merged. Closing this client closes the other one too; closing the other one
        does nothing.

        Raises:
            TypeError: There is no such option.
            ValueError: It cannot be meant.
        """
        known_options(options)
        retries_from(options.get("retries", 0))
        deadline_from(options, now=self._clocks.now(), wall=self._clocks.wall())
        if "headers" in options:
            options["headers"] = default_headers(options["headers"])
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made._parent, made._defaults = self, with_defaults(self._defaults, options)
        return made

    async def ping(self) -> float:
        """Seconds in which the API answers one request that only reads; a login is included.

        Any answer counts but a page, a redirect, a refusal and an error of the server.

        Raises:
            EnergyApiError: There was no such answer; or the login failed.
        """
        started = self._clocks.now()
        try:
            await self.send_raw(Request(self._ping), retries=0)
        except StatusError as error:
            if error.status not in _ANSWERS:
                raise
        return self._clocks.now() - started

    async def __aenter__(self) -> Self:
        self._check_open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self, *, grace: float = 0.0) -> None:
        """Close the client and what it has opened. Closing twice does nothing.

        Calls that wait, for the rate limit, a login or their next attempt, end at once with
        `ClientClosed`, and so does every later call. Those under way may finish within `grace`
        seconds, and nothing is repeated any more; what has no answer by then ends too, with
        `OutcomeUnknown` if it may have been carried out.
        """
        if self.closed or self._parent is not None:
            return
        self._closing.begin()
        self._limiter.close()
        async with AsyncExitStack() as stack:  # whatever goes wrong, all of it is closed
            if self._membership is not None:
                stack.push_async_callback(self._membership.aclose)
            stack.push_async_callback(self._backend.aclose)
            if self._auth is not None:
                await self._auth.aclose()
            if grace > 0 and self._limiter.active:
                with anyio.move_on_after(grace):
                    while self._limiter.active:  # noqa: ASYNC110 - an event would cost each request
                        await anyio.sleep(_LOOK_EVERY)

    def __del__(self) -> None:
        attempts = getattr(self, "_attempts", None)
        if attempts is not None and attempts.used and not self.closed and self._parent is None:
            warnings.warn(
                f"{self!r} was never closed; use `async with` or `aclose`",
                ResourceWarning,
                stacklevel=1,
                source=self,
            )

    async def send(self, request: Request[T], **options: Unpack[CallOptions]) -> T:
        """Send a request and decode its answer.

        Raises:
            EnergyApiError: See `energy_async.transport.errors` for the tree.
            ValueError: An argument cannot be meant; nothing was sent.
        """
        call = self._call(request, options)
        call.quick = call.plan.quick
        if call.watched or not call.plan.is_certain:
            await self._carried_out(request, call)
        else:  # not through another coroutine: each costs a request about 1 µs
            await self._run(call)
        self._offered.resources.update(request.path.items())
        value: T = call.value
        return value

    async def send_raw(self, request: Request[Any], **options: Unpack[CallOptions]) -> Reply:
        """Send a request and return the answer as it came, undecoded.

        A status of 300 or above is an error here too, and so is a page.
        """
        call = self._call(request, options)
        call.raw = True
        return await self._reply(request, call)

    async def exchange(
        self, request: Request[T], **options: Unpack[CallOptions]
    ) -> tuple[T, Reply]:
        """Send a request; return its decoded answer, and beside it the answer as it came.

        Raises:
            EnergyApiError: As `send` does.
        """
        call = self._call(request, options)
        reply = await self._reply(request, call)
        return call.value, reply

    async def _carried_out(self, request: Request[Any], call: Call) -> WireReply:
        if call.plan.is_certain:
            return await self._watched(call)
        return await self._offered.run(request, call, self._watched, self.send)

    async def _watched(self, call: Call) -> WireReply:
        with self._watch.span(call.operation.name, call):
            return await self._run(call)

    async def _reply(self, request: Request[Any], call: Call) -> Reply:
        started = self._clocks.now()
        reply = await self._carried_out(request, call)
        self._offered.resources.update(request.path.items())
        headers = {name.lower(): value for name, value in reply.headers.items()}
        elapsed = self._clocks.now() - started
        number = request_id_of(reply)
        return Reply(reply.status, headers, reply.body, elapsed, call.attempts, number)

    async def open(self, request: Request[Any], **options: Unpack[CallOptions]) -> WireReply:
        """Send a request and return its answer while the body is still under way, as `chunks`.

        The caller closes them. `Stream` does, and decodes what comes.
        """
        call = self._call(request, options)
        call.raw = call.streaming = True
        return await self._watched(call)

    def tell(self, event: Event) -> None:
        """Pass an event on to whoever looks on: `on_event`, the log, OpenTelemetry."""
        self._watch.report(event)

    def span(self, name: str) -> AbstractContextManager[None]:
        """An OpenTelemetry span around something that takes several calls; nothing without it."""
        return self._watch.span(name)

    # Before the first attempt

    def _check_open(self) -> None:
        if self._closing.has_begun:
            message = f"this {type(self).__name__} is closed; nothing was sent"
            raise ClientClosed(message)

    def _call(self, request: Request[Any], options: CallOptions) -> Call:
        operation, body = request.operation, request.body
        if operation.provenance == "provisional":
            warn_once(operation)
        if self._closing.has_begun:
            self._check_open()
        if self._defaults:
            options = with_defaults(self._defaults, options)
        if self._credentials is not None:
            request = self._credentials.added_to(request)
            operation = request.operation
        plan = self._plans.get(operation) or self._new_plan(operation)
        call = Call(
            plan,
            plan.operation,
            plan.base_url + plan.template.fill(request.path) + query_text(request.query),
            None if body is None else body_bytes(body),
            operation.lane,
            self._retries,
            request.path,
            self._watch.is_on(),
        )
        if options:
            self._apply(options, call)
        if (
            options
            or request.headers
            or request.cookies
            or body is not None
            or operation.accept != JSON
        ):
            call.headers = headers_of(request, options.get("headers"))
        if self._guard is not None:
            target = call.url.removeprefix(self._base_url)
            if operation is not plan.operation:  # limits know it by the path of the document
                known = PathTemplate(operation.path).fill(request.path)
                target = known + query_text(request.query)
            call.guarded = self._guard.check(
                operation.method, target, call.body, self._clocks.now()
            )
        return call

    def _new_plan(self, operation: Operation[Any]) -> Plan:
        if operation.client and self.api and operation.client != self.api:
            message = (
                f"{operation.name} needs a client of its API, {operation.client}; got {self!r}"
            )
            raise TypeError(message)
        if len(self._plans) >= _MOST_PLANS:  # somebody makes operations on the fly
            self._plans.clear()
        moved = self._paths.get(operation.name, operation.path)
        sent = operation if moved == operation.path else replace(operation, path=moved)
        plan = self._plans[operation] = Plan(sent, self._address(operation))
        return plan

    def _address(self, operation: Operation[Any]) -> str:
        """Where the requests of an operation go."""
        if not operation.base_url:
            return self._base_url
        own = base_url_from(urljoin(self._base_url, operation.base_url))
        return self._servers.get(own, own)

    def _apply(self, options: CallOptions, call: Call) -> None:
        known_options(options)
        call.lane = options.get("lane", call.lane)
        call.retries = retries_from(options.get("retries", call.retries))
        timeout = options.get("timeout")
        call.limits = timeout if isinstance(timeout, Timeouts) else None
        call.deadline = deadline_from(options, now=self._clocks.now(), wall=self._clocks.wall())
        call.lasting = (
            call.lane == "urgent"
            and call.deadline < math.inf
            and call.retries > 0
            and "retries" not in options
        )


def _default_backend() -> Backend:
    from energy_async.transport.backends.aiohttp_backend import (  # noqa: PLC0415 - slow, on demand
        AiohttpBackend,
    )

    return AiohttpBackend()
