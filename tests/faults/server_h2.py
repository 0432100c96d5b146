"""A small HTTP/2 server with TLS, on either event loop, that can misbehave too."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import anyio
import h2.config
import h2.connection
import h2.events
import trustme
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSAttribute, TLSListener

BODY: Final = b"[1]"
_HEADERS: Final = [(":status", "200"), ("content-type", "application/json")]


class Http2Server:
    """A server that runs.

    Attributes:
        url: Where it listens.
        trust: What a client needs to trust its certificate.
        methods: Of the requests that arrived, in order.
        protocols: What was negotiated, for each connection.
        hold: Answer nothing before so many requests are there at once.
        fault: `""`, or instead of an answer `"reset"` (the stream), `"goaway"`, `"close"`,
            `"garbage"`, or after the headers `"cut"` or `"garbage in body"`.
    """

    def __init__(self, url: str, trust: ssl.SSLContext) -> None:
        self.url = url
        self.trust = trust
        self.methods: list[str] = []
        self.protocols: list[str | None] = []
        self.most_at_once = 0
        self.hold = 1
        self.fault = ""

    async def connected(self, stream: ByteStream) -> None:
        """Serve one connection."""
        self.protocols.append(stream.extra(TLSAttribute.alpn_protocol))
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        state.initiate_connection()
        waiting: list[int] = []
        async with stream:
            try:
                await stream.send(state.data_to_send())
                while True:
                    for event in state.receive_data(await stream.receive()):
                        self._take(event, state, waiting)
                    if len(waiting) >= self.hold and not await self._answer(stream, state, waiting):
                        return
                    await stream.send(state.data_to_send())
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                pass

    def _take(
        self, event: h2.events.Event, state: h2.connection.H2Connection, waiting: list[int]
    ) -> None:
        if isinstance(event, h2.events.RequestReceived):
            headers = dict(event.headers or [])
            self.methods.append(headers[b":method"].decode())
        elif isinstance(event, h2.events.DataReceived):
            state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            waiting.append(event.stream_id)
            self.most_at_once = max(self.most_at_once, len(waiting))

    async def _answer(
        self, stream: ByteStream, state: h2.connection.H2Connection, waiting: list[int]
    ) -> bool:
        """Answer all that wait; False if that ends the connection."""
        if self.fault == "close":
            return False
        for number in waiting:
            if self.fault == "reset":
                state.reset_stream(number)
            elif self.fault == "goaway":
                state.close_connection(last_stream_id=number)
            elif self.fault != "garbage":
                state.send_headers(number, _HEADERS)
            if not self.fault:
                state.send_data(number, BODY, end_stream=True)
        waiting.clear()
        if not self.fault or self.fault == "reset":
            return True
        garbage = b"\xff" * 100 if "garbage" in self.fault else b""
        await stream.send(state.data_to_send() + garbage)
        return False


@asynccontextmanager
async def serve_http2() -> AsyncIterator[Http2Server]:
    """Run a server on loopback, with a certificate of its own authority."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2"])
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    plain = await anyio.create_tcp_listener(local_host="127.0.0.1")
    listener = TLSListener(plain, context, standard_compatible=False)
    port = plain.extra(SocketAttribute.local_port)
    server = Http2Server(f"https://127.0.0.1:{port}", trust)
    async with listener, anyio.create_task_group() as group:
        group.start_soon(partial(listener.serve, server.connected))
        yield server
        group.cancel_scope.cancel()
