"""What a server can do wrong, and places where there is none."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import anyio

from tests.faults.clients import TOKEN
from tests.faults.server import Connection, Greeter, Handler, Seen, Server, answer

HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
LONG: Final = HEAD + b"Content-Length: 100\r\n\r\n"


def always(data: bytes) -> Handler:
    """The same answer to everything."""

    async def handler(connection: Connection, seen: Seen) -> None:
        await connection.send(data)

    return handler


def status(code: int, body: object = b"{}", **headers: str) -> Handler:
    """The same status to everything; underscores in header names become hyphens."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return always(answer(body, status=code, headers=named))


def once(data: bytes) -> Handler:
    """Another answer to the first request than to the others."""

    async def handler(connection: Connection, seen: Seen) -> None:
        await connection.send(data if seen.number == 1 else answer())

    return handler


def then_reset(data: bytes) -> Handler:
    """Some bytes, then a reset."""

    async def handler(connection: Connection, seen: Seen) -> bool:
        await connection.send(data)
        if data:
            await anyio.sleep(0.005)  # a reset overtakes what has not been read
        connection.reset()
        return True

    return handler


def then_close(data: bytes) -> Handler:
    """Some bytes, then the end."""

    async def handler(connection: Connection, seen: Seen) -> bool:
        await connection.send(data)
        return True

    return handler


def then_silence(data: bytes) -> Handler:
    """Some bytes, and nothing more."""

    async def handler(connection: Connection, seen: Seen) -> bool:
        await connection.send(data)
        await connection.until_hung_up()
        return True

    return handler


async def drip(connection: Connection, seen: Seen) -> bool:
    """Never silent, never done."""
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    while True:
        await connection.send(b" ")
        await anyio.sleep(0.01)


async def reset_unread(connection: Connection) -> bool:
    """Answer the login on the first connection; reset the others before reading anything."""
    if connection.number > 1:
        await connection.something()
        connection.reset()
        return True
    await connection.request()
    grant = {"access_token": f"{TOKEN}-1", "expires_in": 600}
    await connection.send(answer(grant, headers={"Connection": "close"}))
    return True


def at_login(handler: Handler) -> Greeter:
    """What usually happens to a request happens to the login."""

    async def greet(connection: Connection) -> bool:
        while not await handler(connection, await connection.request()):
            pass
        return True

    return greet


async def smtp(connection: Connection) -> bool:
    """Speak first, and not TLS."""
    await connection.send(b"220 mail.example ESMTP\r\n")
    return True


def two_answers_for_one(data: bytes) -> Handler:
    """A whole answer with bytes behind its end: here, an answer that nobody asked for."""
    return always(answer() + data)


def kept_then(end: Callable[[Connection], None], *, at_once: bool) -> Handler:
    """Answer the first request and end its connection: at once, or as the next request comes."""

    async def handler(connection: Connection, seen: Seen) -> bool:
        await connection.send(answer())
        if seen.number > 1:
            return False
        if not at_once:
            await connection.something()
        end(connection)
        return True

    return handler


@contextmanager
def nobody_listens(server: Server | None = None) -> Iterator[str]:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


@contextmanager
def nobody_accepts(server: Server | None = None) -> Iterator[str]:
    """A full backlog: the next connection hangs."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            for one in waiting:
                one.close()


@contextmanager
def as_if_tls(server: Server) -> Iterator[str]:
    yield server.url.replace("http:", "https:")
