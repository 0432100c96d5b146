"""What happens to a client from its own side: cancelled, closed, or carried to another loop."""

from __future__ import annotations

import gc
import ssl
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import anyio
import httpx
import trustme
from anyio import to_thread
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSListener

from energy_async import AiohttpBackend, ApiClient, EnergyApiError, HttpxBackend
from energy_async.transport.backends.backend import ANOTHER_LOOP
from tests.faults.behaviours import always, then_silence
from tests.faults.clients import TOKEN, client_of, loop_of, request_with, spelled
from tests.faults.server import answer, serve

_MOST_STEPS: Final = 400


async def attempt(client: ApiClient, method: str) -> str:
    """What one call gives."""
    try:
        return "ok" if await client.send(request_with(method)) == [1] else "another answer"
    except EnergyApiError as error:
        return spelled(error)
    except RuntimeError as error:
        return "RuntimeError(loop)" if str(error) == ANOTHER_LOOP else "RuntimeError"


async def cancelled_everywhere(method: str, stack: str) -> str:
    """Cancel a call after the first step of the loop, after two, and so on until it is over.

    After each, the same client must send the next request as if nothing had happened.
    """
    most = 0
    async with serve(always(answer()), token=TOKEN) as server:
        for steps in range(_MOST_STEPS):
            server.seen.clear()
            finished = False

            async def call() -> None:
                nonlocal finished
                await client.send(request_with(method))
                finished = True

            async with client_of(stack, server.url) as client:
                async with anyio.create_task_group() as group:
                    group.start_soon(call)
                    for _ in range(steps):
                        await anyio.lowlevel.checkpoint()
                    group.cancel_scope.cancel()
                await anyio.sleep(0.002)
                with anyio.fail_after(10):
                    while client._attempts._limiter.active:  # noqa: ASYNC110 - a login goes on
                        await anyio.sleep(0.001)
                most = max(most, len(server.seen))
                assert await attempt(client, method) == "ok"
            await server.all_hung_up()
            if finished:
                assert steps > 5
                return f"cancelled x0-{most}"
    return "never finished"


async def other_loop(method: str, stack: str) -> str:
    """A client that was used in a loop that is closed by now."""
    made: list[ApiClient] = []

    async def use() -> str:
        made.append(client_of(stack, server.url))
        return await attempt(made[0], method)

    async with serve(always(answer()), token=TOKEN) as server:
        assert await to_thread.run_sync(lambda: anyio.run(use, backend=loop_of(stack))) == "ok"
        server.seen.clear()
        got = await attempt(made[0], method)
        await made.pop().aclose()
        with warnings.catch_warnings(action="ignore", category=ResourceWarning):
            gc.collect()  # Python itself warns of what the loop left open
        await server.all_hung_up()
        return f"{got} x{len(server.seen)}"


async def client_closed(method: str, stack: str) -> str:
    """A call after the end."""
    async with serve(always(answer()), token=TOKEN) as server:
        client = client_of(stack, server.url)
        await client.aclose()
        return f"{await attempt(client, method)} x{len(server.seen)}"


async def session_closed(method: str, stack: str) -> str:
    """What was lent is closed by its owner."""
    async with serve(always(answer()), token=TOKEN) as server:
        backend: Any
        if stack == "aiohttp":
            session = aiohttp.ClientSession()
            await session.close()
            backend = AiohttpBackend(session)
        else:
            lent = httpx.AsyncClient()
            await lent.aclose()
            backend = HttpxBackend(lent)
        async with client_of(stack, server.url, backend=backend) as client:
            return f"{await attempt(client, method)} x{len(server.seen)}"


async def closed_under_way(method: str, stack: str) -> str:
    """One task closes the client while another waits for an answer."""
    async with serve(then_silence(b""), token=TOKEN) as server:
        client = client_of(stack, server.url)
        got = ""

        async def call() -> None:
            nonlocal got
            got = await attempt(client, method)

        async with anyio.create_task_group() as group:
            group.start_soon(call)
            while not server.seen:  # noqa: ASYNC110 - the server has no event for it
                await anyio.sleep(0.001)
            await client.aclose()
        await server.all_hung_up()
        return f"{got} x{len(server.seen)}"


async def untrusted(method: str, stack: str) -> str:
    """A certificate that nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    seen = 0

    async def serve_tls(stream: ByteStream) -> None:
        nonlocal seen
        seen += 1
        await stream.aclose()

    plain = await anyio.create_tcp_listener(local_host="127.0.0.1")
    listener = TLSListener(plain, context, standard_compatible=False)
    port = plain.extra(SocketAttribute.local_port)
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, serve_tls)
        async with client_of(stack, f"https://127.0.0.1:{port}", static=True) as client:
            got = await attempt(client, method)
        group.cancel_scope.cancel()
    return f"{got} x{seen}"


@dataclass(frozen=True)
class Mishap:
    """Something that happens on the client's side, and what comes of it with any backend."""

    name: str
    happen: Callable[[str, str], Awaitable[str]]
    reads: str
    changes: str

    def expected(self, method: str, stack: str) -> str:  # noqa: ARG002 - as a fault has it
        """What becomes of a request with `method`."""
        return self.reads if method == "GET" else self.changes


MISHAPS: Final = (
    Mishap("certificate untrusted", untrusted, "ConnectError x0", "ConnectError x0"),
    Mishap("cancelled at each step", cancelled_everywhere, "cancelled x0-1", "cancelled x0-1"),
    Mishap("loop closed", other_loop, "RuntimeError(loop) x0", "RuntimeError(loop) x0"),
    Mishap("client closed", client_closed, "ClientClosed x0", "ClientClosed x0"),
    Mishap("lent session closed", session_closed, "ClientClosed x0", "ClientClosed x0"),
    Mishap("client closed under way", closed_under_way, "ClientClosed x1", "OutcomeUnknown x1"),
)
