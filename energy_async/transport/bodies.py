"""Request bodies: Python values to JSON, times in UTC, naive times refused."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from energy_async.transport.urls import rfc3339

__all__ = ["body_bytes"]

_UNKNOWN: Final = "__unknown__"  # what `energy_async.model.Unknown` holds
_encode: Final = msgspec.json.Encoder(decimal_format="number").encode


def body_bytes(body: object) -> bytes:
    """`body` as JSON, or as it is if it is bytes already.

    Raises:
        ValueError: A datetime in it has no time zone; the message says where.
        TypeError: It holds something that JSON cannot carry.
    """
    if isinstance(body, bytes):
        return body  # as it is: one that is secret stays masked
    if isinstance(body, bytearray | memoryview):
        return bytes(body)
    plain = msgspec.to_builtins(body, builtin_types=(datetime, Decimal), str_keys=True)
    return _encode(_with_utc(plain, "body"))


def _with_utc(value: object, where: str) -> object:
    if isinstance(value, datetime):
        return rfc3339(value, where)
    if isinstance(value, dict):
        if _UNKNOWN in value:
            return value[_UNKNOWN]
        return {key: _with_utc(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_utc(item, f"{where}[{index}]") for index, item in enumerate(value)]
    return value
