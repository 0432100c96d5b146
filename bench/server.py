"""A server that answers quickly and always the same, so that only the clients differ.

Run as `python bench/server.py`; prints its base URL as its first line and ends with its
standard input.
"""

from __future__ import annotations

import asyncio
import json
import sys

from aiohttp import web

ROWS = 12
ASSET = "11111111-1111-1111-1111-111111111111"


def _tolling_rows() -> bytes:
    rows = [
        {
            "virtualAssetID": ASSET,
            "startTs": f"2026-10-01T{hour:02}:00:00Z",
            "endTs": f"2026-10-01T{hour + 1:02}:00:00Z",
            "revenue": 12.5 + hour,
            "annualPrice": 110_000.0,
            "versionNumber": "1",
        }
        for hour in range(ROWS)
    ]
    return json.dumps(rows).encode()


def build_app() -> web.Application:
    """Two routes: the login and one revenue answer of about 2 kB."""
    body = _tolling_rows()

    async def login(_request: web.Request) -> web.Response:
        token = {"access_token": "bench", "expires_in": 3600, "token_type": "Bearer"}
        return web.json_response(token)

    async def tolling(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    app = web.Application()
    app.router.add_post("/auth/public/authenticate", login)
    app.router.add_get("/revenue-reporting/{asset}/tolling", tolling)
    return app


async def main() -> None:
    """Serve on a free port until standard input ends."""
    runner = web.AppRunner(build_app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
