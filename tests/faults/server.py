"""A server on loopback that can misbehave at any byte, on asyncio and on trio alike.

It drives plain sockets itself, since no server library would cut an answer in two, reset a
connection or say nothing on request.
"""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeAlias

import anyio

LOGIN = "/auth/public/authenticate"
_RESET_ON_CLOSE = b"\x01\0\0\0\0\0\0\0"  # struct linger: on, 0 seconds


@dataclass
class Seen:
    """A request that arrived whole; `number` counts from 1, logins left out."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    number: int = 0


class HungUp(Exception):
    """The client closed the connection."""


class Connection:
    """One accepted connection; `number` counts from 1."""

    def __init__(self, raw: socket.socket, number: int) -> None:
        self.number = number
        raw.setblocking(False)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._raw = raw
        self._kept = b""

    async def something(self) -> None:
        """Wait until there is something to read, and do not read it."""
        await anyio.wait_readable(self._raw)

    async def read(self) -> bytes:
        """Whatever comes next; HungUp at the end."""
        try:
            await self.something()
            data = self._raw.recv(65536)
        except OSError as exc:
            raise HungUp from exc
        if not data:
            raise HungUp
        return data

    async def _until(self, end: bytes) -> bytes:
        while end not in self._kept:
            self._kept += await self.read()
        found, _, self._kept = self._kept.partition(end)
        return found

    async def request(self) -> Seen:
        """The next request, whole."""
        first, *rest = (await self._until(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in rest)}
        length = int(headers.get("content-length", "0"))
        while len(self._kept) < length:
            self._kept += await self.read()
        body, self._kept = self._kept[:length], self._kept[length:]
        return Seen(method, target, headers, body)

    async def send(self, data: bytes) -> None:
        """All of `data`; HungUp if nobody is there any more."""
        while data:
            try:
                await anyio.wait_writable(self._raw)
                data = data[self._raw.send(data) :]
            except OSError as exc:
                raise HungUp from exc

    async def until_hung_up(self) -> None:
        """Read and forget, saying nothing, until the client gives up."""
        with suppress(HungUp):
            while True:
                await self.read()

    def close(self) -> None:
        """End the connection in the polite way."""
        self._raw.close()

    def reset(self) -> None:
        """End it with a reset, losing what the client has not read yet."""
        with suppress(OSError):
            self._raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._raw.close()


Handler: TypeAlias = "Callable[[Connection, Seen], Awaitable[bool | None]]"
"""Answers one request; True to close the connection after it."""

Greeter: TypeAlias = "Callable[[Connection], Awaitable[bool]]"
"""Looks at a new connection before anything is read; True if that was all."""


class Server:
    """A server that runs. `seen` holds the requests that arrived whole, logins left out."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.logins = 0
        self.connections = 0
        self.open = 0
        self._port = 0
        self.open_again()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    def open_again(self) -> None:
        """Listen, on the same port as before."""
        self._listening = socket.create_server(("127.0.0.1", self._port), backlog=256)
        self._listening.setblocking(False)
        self._port = self._listening.getsockname()[1]

    def shut(self) -> None:
        """Stop listening; connections that were not accepted yet are reset."""
        if self._listening.fileno() >= 0:
            anyio.notify_closing(self._listening)
            self._listening.close()

    async def accept(self) -> Connection:
        """The next connection."""
        while True:
            if self._listening.fileno() < 0:
                await anyio.sleep(0.001)  # shut for the moment
                continue
            with suppress(OSError, anyio.ClosedResourceError):
                await anyio.wait_readable(self._listening)
                raw, _ = self._listening.accept()
                self.connections += 1
                return Connection(raw, self.connections)

    async def all_hung_up(self) -> None:
        """Wait until no client holds a connection; TimeoutError if one is leaked."""
        with anyio.fail_after(60):
            while self.open:  # noqa: ASYNC110 - an event would have to be kept for each test
                await anyio.sleep(0.001)


def answer(
    body: bytes | object = b"[1]",
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    kind: str = "application/json",
) -> bytes:
    """The bytes of a whole answer."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {kind}", f"Content-Length: {len(raw)}"]
    lines += [f"{name}: {text}" for name, text in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


@asynccontextmanager
async def serve(
    handler: Handler,
    *,
    token: str = "token",
    greet: Greeter | None = None,
    login: Handler | None = None,
) -> AsyncIterator[Server]:
    """Run a server. Logins go to `login`, or get `token` with the number of the login."""
    server = Server()

    async def one(connection: Connection) -> None:
        server.open += 1
        try:
            if greet is not None and await greet(connection):
                return
            while not await respond(connection, await connection.request()):
                pass
        except HungUp:
            pass
        finally:
            server.open -= 1
            connection.close()

    async def respond(connection: Connection, seen: Seen) -> bool | None:
        if seen.target == LOGIN:
            server.logins += 1
            if login is not None:
                return await login(connection, seen)
            grant = {"access_token": f"{token}-{server.logins}", "expires_in": 600}
            await connection.send(answer(grant))
            return False
        server.seen.append(seen)
        seen.number = len(server.seen)
        return await handler(connection, seen)

    async def listen() -> None:
        while True:
            group.start_soon(one, await server.accept())

    async with anyio.create_task_group() as group:
        group.start_soon(listen)
        try:
            yield server
        finally:
            server.shut()
        group.cancel_scope.cancel()
