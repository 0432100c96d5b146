"""Answers on their way out: whole, or broken as a fault asks."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from energy_sandbox.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from energy_sandbox.faults import Fault

_DRIPS = 20
_PAGE = b"<!doctype html>\n<title>Sign in</title>\n<h1>Sign in</h1>\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and headers, before they are sent."""

    status: int
    body: bytes
    media: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def refusing(cls, refusal: Refusal) -> Answer:
        """Build the error answer of a refusal."""
        body = msgspec.json.encode(refusal.body())
        return cls(refusal.status, body, headers=refusal.headers)


def instead(fault: Fault | None) -> Answer | None:
    """Give the answer that stands in for the work, None if the work is to be done."""
    if fault is not None and fault.kind == "status":
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        return Answer.refusing(Refusal(fault.status or 503, fault.message, headers))
    if fault is not None and fault.kind == "html":
        return Answer(fault.status or 200, _PAGE, "text/html")
    return None


def is_unchanged(asked: Mapping[str, str], answer: Mapping[str, str]) -> bool:
    """Whether a conditional request names the answer that it would get.

    `If-None-Match` decides where both are sent, as HTTP has it.
    """
    if "ETag" in answer and "If-None-Match" in asked:
        return asked["If-None-Match"] == answer["ETag"]
    return "Last-Modified" in answer and (asked.get("If-Modified-Since") == answer["Last-Modified"])


def spoiled(fault: Fault | None, answer: Answer) -> Answer:
    """Give an answer whose body is wrong if the fault asks for that, else the answer itself."""
    if fault is None or fault.kind not in ("bad_json", "wrong_schema"):
        return answer
    if fault.kind == "bad_json" or not answer.body:
        return replace(answer, body=answer.body[: len(answer.body) // 2] or b"{")
    return replace(answer, body=_wrong_schema(answer.body))


def _wrong_schema(body: bytes) -> bytes:
    """Turn the first number into a text; without any number, wrap the value."""
    seen: list[str] = []

    def number(text: str) -> object:
        seen.append(text)
        return "not a number" if len(seen) == 1 else float(text)

    value = json.loads(body, parse_int=number, parse_float=number)
    if not seen:
        value = {"unexpected": value} if isinstance(value, list) else [value]
    return msgspec.json.encode(value)


async def send(
    request: web.Request, answer: Answer, fault: Fault | None, sent: Callable[[int], None]
) -> web.StreamResponse:
    """Send an answer, in the manner that the fault asks for.

    `sent` gets the status just before the first byte leaves, so that whoever has read the answer
    finds it counted.
    """
    kind, delay = (fault.kind, fault.delay) if fault else ("", 0.0)
    if kind == "hold":
        await asyncio.sleep(delay)
    sent(answer.status)
    whole = web.Response(status=answer.status, body=answer.body, content_type=answer.media)
    whole.headers.update(answer.headers)
    if kind not in ("cut_body", "slow_drip"):
        return whole
    missing = 1 if kind == "cut_body" else 0
    response = web.StreamResponse(status=whole.status, headers=whole.headers.copy())
    response.headers["Content-Length"] = str(len(answer.body) + missing)
    await response.prepare(request)
    if missing:
        await response.write(answer.body[: (len(answer.body) + 1) // 2])
        if request.transport is not None:
            request.transport.close()
    else:
        await _drip(response, answer.body, delay)
    return response


async def _drip(response: web.StreamResponse, body: bytes, seconds: float) -> None:
    size = max(1, -(-len(body) // _DRIPS))
    with contextlib.suppress(ConnectionError):  # whoever waited has gone
        for begin in range(0, len(body), size):
            await response.write(body[begin : begin + size])
            await asyncio.sleep(seconds / _DRIPS)


def reset(request: web.Request) -> None:
    """Drop the connection so that the peer sees a reset, not an orderly end."""
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
