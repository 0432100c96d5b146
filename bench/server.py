"""A server that answers quickly, and the same but for the id of the asset: only the clients differ.

It reads no more of a request than it must: with a web framework here, both sides of a comparison
would wait for the server and look alike. Run as `python bench/server.py`; prints its base URL as
its first line and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys

ROWS = 12
ASSET = b"11111111-1111-1111-1111-111111111111"
_ID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _tolling_rows() -> bytes:
    rows = [
        {
            "virtualAssetID": ASSET.decode(),
            "startTs": f"2026-10-01T{hour:02}:00:00Z",
            "endTs": f"2026-10-01T{hour + 1:02}:00:00Z",
            "revenue": 12.5 + hour,
            "annualPrice": 110_000.0,
            "versionNumber": "1",
        }
        for hour in range(ROWS)
    ]
    return json.dumps(rows).encode()


def _answer(body: bytes) -> bytes:
    lines = (
        "HTTP/1.1 200 OK",
        "Content-Type: application/json; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Date: Thu, 01 Oct 2026 00:00:00 GMT",
        "X-Request-Id: 0af7651916cd43dd8448eb211c80319c",
        "Server: bench",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


TOKEN = _answer(b'{"access_token":"bench","expires_in":3600,"token_type":"Bearer"}')
ROWS_ANSWER = _answer(_tolling_rows())


class Always(asyncio.Protocol):
    """The login to a POST, one revenue answer of about 2 kB to a GET; one request at a time."""

    def __init__(self) -> None:
        self._seen = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once the request is complete; a login ends with its JSON body."""
        self._seen += data
        is_login = self._seen.startswith(b"POST")
        if not self._seen.endswith(b"}" if is_login else b"\r\n\r\n"):
            return
        asked = _ID.search(self._seen)
        self._seen = b""
        assert self._transport is not None
        rows = ROWS_ANSWER if asked is None else ROWS_ANSWER.replace(ASSET, asked[0])
        self._transport.write(TOKEN if is_login else rows)


async def main() -> None:
    """Serve on a free port until standard input ends."""
    server = await asyncio.get_running_loop().create_server(Always, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    print(f"http://{host}:{port}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
