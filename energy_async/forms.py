"""Request bodies that are not JSON: forms, bodies in parts, text and bytes."""

import secrets
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from energy_async.parameters import (
    comma_separated,
    exploded,
    is_nested,
    json_text,
    members,
    nested,
    separated,
)
from energy_async.transport.bodies import body_bytes
from energy_async.transport.urls import Encoded, text_of

__all__ = ["File", "encoded_body", "form_body", "multipart_body", "raw_body"]

_SEVERAL = (list, tuple, set, frozenset)
_BINARY = "application/octet-stream"
_SEPARATORS = {"spaces": " ", "pipes": "|"}


def form_body(value: object, styles: Mapping[str, str] | None = None) -> bytes | None:
    """A body as `application/x-www-form-urlencoded`.

    A list repeats its name; objects, and lists with objects in them, go by `name[key]` and
    `name[0]`. `styles` names the fields that go otherwise: as `commas`, `spaces`, `pipes`, `deep`,
    `exploded` or `json`.
    """
    if value is None or isinstance(value, bytes):
        return value
    pairs = [
        (name, text)
        for key, one in members(value).items()
        for name, text in _form_pairs(key, one, (styles or {}).get(key, ""))
    ]
    return "&".join(f"{quote_plus(name)}={_form_text(text)}" for name, text in pairs).encode()


def _form_text(text: str) -> str:
    return text if isinstance(text, Encoded) else quote_plus(text)


def _form_pairs(name: str, value: object, style: str) -> Iterator[tuple[str, str]]:
    if style == "json":
        yield name, json_text(value) or ""
    elif style == "commas":
        yield name, comma_separated(value, name) or ""
    elif style in _SEPARATORS:
        yield name, separated(value, name, _SEPARATORS[style]) or ""
    elif style == "exploded" and isinstance(value, Mapping | msgspec.Struct):
        for key, one in exploded(name, value).items():
            yield from ((key, text) for text in ([one] if isinstance(one, str) else one))
    elif isinstance(value, _SEVERAL) and style != "deep" and not any(map(is_nested, value)):
        yield from ((name, text_of(one, name)) for one in value)
    else:
        yield from nested(name, value)


class File(msgspec.Struct, frozen=True):
    """A file in a multipart body."""

    content: bytes
    name: str = "file"
    content_type: str = _BINARY


def multipart_body(
    value: object, types: Mapping[str, str] | None = None, boundary: str | None = None
) -> tuple[bytes | None, str]:
    """A body as `multipart/form-data`, and its content type.

    Bytes and `File` travel as files, mappings and structs as JSON, everything else as text; a list
    repeats its name. `types` are the media types of parts for which the document has one.
    """
    mark = boundary or secrets.token_hex(16)
    kind = f"multipart/form-data; boundary={mark}"
    if value is None:
        return None, kind
    parts = [
        _part(name, item, mark, (types or {}).get(name))
        for name, one in members(value).items()
        for item in (one if isinstance(one, _SEVERAL) else [one])
    ]
    return b"".join([*parts, f"--{mark}--\r\n".encode()]), kind


def _part(name: str, value: object, mark: str, kind: str | None) -> bytes:
    head = f'--{mark}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
    if isinstance(value, bytes):
        value = File(value, name)
    if isinstance(value, File):
        head += f'; filename="{_quoted(value.name)}"'
        kind = (kind if value.content_type == _BINARY else None) or value.content_type
        content = value.content
    elif isinstance(value, Mapping | msgspec.Struct):
        kind = kind or "application/json"
        content = body_bytes(value)
    else:
        content = text_of(value, name).encode()
    if kind is not None:
        if not kind.isprintable():
            message = f"{name} has a content type that no header can carry"
            raise ValueError(message)
        head += f"\r\nContent-Type: {kind}"
    return head.encode() + b"\r\n\r\n" + content + b"\r\n"


def _quoted(name: str) -> str:
    """As browsers write it: quotes and line ends percent-encoded, so that no header is forged."""
    return "".join(quote(c) if c in '"\r\n' else c for c in name)


def raw_body(value: object) -> bytes | None:
    """A body as it is; text in UTF-8."""
    if isinstance(value, str):
        return value.encode()
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    message = f"the body must be bytes or text, got {type(value).__name__}"
    raise TypeError(message)


def encoded_body(
    value: Any,  # noqa: ANN401 - what the media type takes
    content_type: str,
    styles: Mapping[str, Mapping[str, str]] | None = None,
) -> tuple[bytes | None, str]:
    """A body as the media type wants it, and the content type to send.

    `styles` are those of `form_body` and the types of `multipart_body`, by media type.
    """
    own = (styles or {}).get(content_type)
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return multipart_body(value, own)
    if kind == "application/x-www-form-urlencoded":
        return form_body(value, own), content_type
    if kind in {"application/json", "text/json"} or kind.endswith("+json"):
        return None if value is None else body_bytes(value), content_type
    return raw_body(value), content_type
