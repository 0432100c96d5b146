"""Values of request parameters and bodies that need more than plain text."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, quote_plus
from uuid import UUID

import msgspec

from energy_async.transport.bodies import body_bytes
from energy_async.transport.urls import text_of

__all__ = [
    "File",
    "comma_separated",
    "deep_object",
    "exploded",
    "form_body",
    "json_text",
    "multipart_body",
    "separated",
    "text_value",
]

_SEVERAL = (list, tuple, set, frozenset)
_KEPT = (datetime, date, UUID, bytes)


def comma_separated(values: Iterable[str] | str | None) -> str | None:
    """One text for a parameter that takes a list as `a,b,c`. Text is taken as it is, None stays."""
    return values if values is None or isinstance(values, str) else ",".join(values)


def separated(values: object, name: str, separator: str = ",") -> str | None:
    """One text for a list (`a,b`) or an object (`key,value`) of any values; None stays.

    Raises:
        ValueError: A part holds the separator: the server would take it for two.
    """
    if values is None or isinstance(values, str):
        return values
    if isinstance(values, Mapping | msgspec.Struct):
        pairs = _members(values).items()
        parts = [part for key, value in pairs for part in (key, text_of(value, name))]
    elif isinstance(values, Iterable):
        parts = [text_of(value, name) for value in values]
    else:
        parts = [text_of(values, name)]
    if torn := next((part for part in parts if separator in part), None):
        message = f"{name}: {torn!r} holds {separator!r}, which separates one part from the next"
        raise ValueError(message)
    return separator.join(parts)


def text_value(value: object, name: str) -> str | None:
    """The text of one value of the parameter `name`; None stays."""
    return None if value is None else text_of(value, name)


def json_text(value: object) -> str | None:
    """The JSON text of a parameter that travels as JSON; None leaves it out."""
    return None if value is None else body_bytes(value).decode()


def deep_object(name: str, value: object) -> dict[str, Any]:
    """The parameters `name[key]` that an object in style `deepObject` is made of."""
    if value is None:
        return {}
    return {f"{name}[{key}]": _texts(one, name) for key, one in _members(value).items()}


def exploded(name: str, value: object) -> dict[str, Any]:
    """The parameters that an object is made of when each of its keys is one."""
    if value is None:
        return {}
    return {key: _texts(one, name) for key, one in _members(value).items()}


def _texts(value: object, name: str) -> str | list[str]:
    if isinstance(value, _SEVERAL):
        return [text_of(one, name) for one in value]
    return text_of(value, name)


def _members(value: object) -> dict[str, Any]:
    """Keys and values as they travel, without those that are None."""
    if not isinstance(value, Mapping):
        value = msgspec.to_builtins(value, builtin_types=_KEPT)
    if not isinstance(value, Mapping):
        message = f"expected an object, got {type(value).__name__}"
        raise TypeError(message)
    return {str(key): one for key, one in value.items() if one is not None}


def form_body(value: object) -> bytes | None:
    """A body as `application/x-www-form-urlencoded`; a list repeats its name."""
    if value is None or isinstance(value, bytes):
        return value
    pairs = [(key, text_of(one, key)) for key, one in _flat(value)]
    return "&".join(f"{quote_plus(key)}={quote_plus(text)}" for key, text in pairs).encode()


def _flat(value: object) -> Iterator[tuple[str, object]]:
    for key, one in _members(value).items():
        if isinstance(one, _SEVERAL):
            yield from ((key, item) for item in one)
        else:
            yield key, one


class File(msgspec.Struct, frozen=True):
    """A file in a multipart body."""

    content: bytes
    name: str = "file"
    content_type: str = "application/octet-stream"


def multipart_body(
    value: Mapping[str, Any] | None, boundary: str | None = None
) -> tuple[bytes | None, str]:
    """A body as `multipart/form-data`, and its content type.

    Bytes and `File` travel as files, mappings and structs as JSON, everything else as text; a list
    repeats its name.
    """
    mark = boundary or secrets.token_hex(16)
    kind = f"multipart/form-data; boundary={mark}"
    if value is None:
        return None, kind
    parts = [_part(name, one, mark) for name, one in _flat(value)]
    return b"".join([*parts, f"--{mark}--\r\n".encode()]), kind


def _part(name: str, value: object, mark: str) -> bytes:
    head = f'--{mark}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
    if isinstance(value, bytes):
        value = File(value, name)
    if isinstance(value, File):
        if not value.content_type.isprintable():
            message = f"{name} has a content type that no header can carry"
            raise ValueError(message)
        head += f'; filename="{_quoted(value.name)}"\r\nContent-Type: {value.content_type}'
        content = value.content
    elif isinstance(value, Mapping | msgspec.Struct):
        head += "\r\nContent-Type: application/json"
        content = body_bytes(value)
    else:
        content = text_of(value, name).encode()
    return head.encode() + b"\r\n\r\n" + content + b"\r\n"


def _quoted(name: str) -> str:
    """As browsers write it: quotes and line ends percent-encoded, so that no header is forged."""
    return "".join(quote(c) if c in '"\r\n' else c for c in name)
