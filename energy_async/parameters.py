"""Values of request parameters that need more than plain text."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sized
from datetime import date, datetime
from typing import Any, Literal, TypeVar, get_args, get_origin
from urllib.parse import quote

import msgspec

from energy_async.transport.bodies import body_bytes
from energy_async.transport.urls import Encoded, text_of

__all__ = [
    "checked",
    "checked_json",
    "comma_separated",
    "deep_object",
    "exploded",
    "json_text",
    "members",
    "nested",
    "path_text",
    "separated",
    "text_value",
]

T = TypeVar("T")

_SEVERAL = (list, tuple, set, frozenset)


def checked(
    value: T | None,
    name: str,
    kind: object = None,
    *,
    optional: bool = False,
    pattern: str = "",
    min_length: int = 0,
) -> T | None:
    """The value of the parameter `name`, where its type can be sent.

    Raises:
        TypeError: It is None and must be given; or it is of another `kind`, such as a text or a
            day in place of a moment.
        ValueError: `kind` is a `Literal` that does not list it, it does not match the `pattern`, or
            it has fewer items than `min_length`.
    """
    if value is None and optional:
        return None
    if pattern and not (isinstance(value, str) and re.search(pattern, value)):
        raise ValueError(f"{name} must match {pattern}, got {value!r}")
    if min_length and isinstance(value, Sized) and len(value) < min_length:
        raise ValueError(f"{name} must have {min_length} or more items, got {value!r}")
    if type(value) is kind:
        return value
    if get_origin(kind) is Literal:
        if value not in (known := get_args(kind)):
            raise ValueError(f"{name} must be one of {', '.join(map(str, known))}, got {value!r}")
        return value
    is_other = isinstance(kind, type) and not isinstance(value, kind)
    if value is None or is_other or (kind is date and isinstance(value, datetime)):
        expected = "an aware datetime" if kind is datetime else "a date" if kind else "given"
        raise TypeError(f"{name} must be {expected}, got {value!r}")
    return value


def checked_json(value: object, kind: Any, *, min_length: int = 0) -> bytes:  # noqa: ANN401
    """The JSON of a body, where it fits the type that the document has for it.

    Raises:
        TypeError: It holds something that JSON cannot carry.
        ValueError: It does not fit, or has fewer items than `min_length`; the message says where.
    """
    text = body_bytes(value)
    try:
        read = msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError as exc:
        raise ValueError(f"body: {exc}") from None
    checked(read, "body", min_length=min_length)
    return text


def comma_separated(values: object, name: str = "") -> str | None:
    """One text for a parameter that takes a list as `a,b` or an object as `key,value`.

    A comma inside a value is sent as `%2C`. Text is taken as it is, None stays.
    """
    if values is None or isinstance(values, str):
        return values
    return Encoded(",".join(quote(part, safe="~:") for part in _parts(values, name)))


def separated(
    values: object, name: str, separator: str = ",", *, explode: bool = False
) -> str | None:
    """One text for a list (`a b`) or an object (`key value`, or `key=value`) of any values.

    Text is taken as it is, None stays.

    Raises:
        ValueError: A part holds the separator: the server would take it for two.
    """
    if values is None or isinstance(values, str):
        return values
    parts = list(_parts(values, name))
    if torn := next((part for part in parts if separator in part), None):
        message = f"{name}: {torn!r} holds {separator!r}, which separates one part from the next"
        raise ValueError(message)
    if explode:
        parts = [f"{key}={value}" for key, value in zip(parts[::2], parts[1::2], strict=True)]
    return separator.join(parts)


def path_text(
    value: object,
    name: str,
    style: Literal["simple", "label", "matrix"] = "simple",
    *,
    explode: bool = False,
) -> str:
    """One segment of a path in a style of RFC 6570: `a,b`, `.a.b` or `;name=a,b`."""
    parts = [quote(part, safe="~") for part in _parts(value, name)]
    is_object = isinstance(value, Mapping | msgspec.Struct)
    if is_object and explode:
        parts = [f"{key}={one}" for key, one in zip(parts[::2], parts[1::2], strict=True)]
    if style == "matrix":
        key = quote(name, safe="~")
        if is_object and explode:
            return Encoded("".join(f";{one}" for one in parts))
        return Encoded(
            "".join(f";{key}={one}" for one in (parts if explode else [",".join(parts)]))
        )
    if style == "label":
        return Encoded("." + ("." if explode else ",").join(parts))
    return Encoded(",".join(parts))


def _parts(value: object, name: str) -> Iterator[str]:
    """The texts that a list, an object (keys and values in turn) or a single value is made of."""
    if isinstance(value, Mapping | msgspec.Struct):
        for key, one in members(value).items():
            yield key
            yield text_of(one, name)
    elif isinstance(value, Iterable) and not isinstance(value, str):
        yield from (text_of(one, name) for one in value)
    else:
        yield text_of(value, name)


def text_value(value: object, name: str) -> str | None:
    """The text of one value of the parameter `name`; None stays."""
    return None if value is None else text_of(value, name)


def json_text(value: object) -> str | None:
    """The JSON text of a parameter that travels as JSON; None leaves it out."""
    return None if value is None else body_bytes(value).decode()


def deep_object(name: str, value: object) -> dict[str, Any]:
    """The parameters `name[key]` that an object in style `deepObject` is made of.

    A list inside repeats its name; one with objects in it, and a list itself, number their items.
    """
    if value is None:
        return {}
    if isinstance(value, _SEVERAL):
        return dict(nested(name, value))
    found: dict[str, Any] = {}
    for key, one in members(value).items():
        own = f"{name}[{key}]"
        is_plain = isinstance(one, _SEVERAL) and not any(map(is_nested, one))
        found |= {own: _texts(one, name)} if is_plain else dict(nested(own, one))
    return found


def exploded(name: str, value: object) -> dict[str, Any]:
    """The parameters that an object is made of when each of its keys is one."""
    if value is None:
        return {}
    return {key: _texts(one, name) for key, one in members(value).items()}


def _texts(value: object, name: str) -> str | list[str]:
    if isinstance(value, _SEVERAL):
        return [text_of(one, name) for one in value]
    return text_of(value, name)


def is_nested(value: object) -> bool:
    """Whether a value has an inside: an object or a list."""
    return isinstance(value, (Mapping, msgspec.Struct, *_SEVERAL))


def nested(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Names such as `name[key][0]` and the texts that a value is made of, however deep."""
    if isinstance(value, Mapping | msgspec.Struct):
        for key, one in members(value).items():
            yield from nested(f"{name}[{key}]", one)
    elif isinstance(value, _SEVERAL):
        for number, one in enumerate(value):
            yield from nested(f"{name}[{number}]", one)
    elif value is not None:
        yield name, text_of(value, name)


def members(value: object) -> dict[str, Any]:
    """Keys and values as they travel, without those that are None or `UNSET`."""
    if isinstance(value, msgspec.Struct):
        names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        config = value.__struct_config__
        tag = {config.tag_field: config.tag} if config.tag_field else {}
        value = tag | {wire: getattr(value, python) for wire, python in names}
    if not isinstance(value, Mapping):
        message = f"expected an object, got {type(value).__name__}"
        raise TypeError(message)
    return {
        str(key): one for key, one in value.items() if one is not None and one is not msgspec.UNSET
    }
