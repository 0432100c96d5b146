"""Bodies of answers -> values: strictly, and where that fails, mended as far as is safe.

- A union whose members have tags may come with a tag that the document does not have. Such an
  object becomes an `Unknown` with all its content; nothing around it is lost. A tag that only
  differs in its case from a known one counts as that.
- Where an operation is tolerant: times with a blank for the `T`, without seconds, with a comma, a
  leap second or `24:00`; days given as midnight; whole numbers written `1.0`; listed texts given
  as numbers and the reverse. A time without a zone stays refused: nobody knows which hour it means.

What a strict decoder takes costs nothing more.
"""

from __future__ import annotations

import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
from msgspec import inspect

from energy_async.model import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    Decode: TypeAlias = Callable[[bytes], Any]

__all__ = ["decoder_of"]

_UNKNOWN: Final = "__unknown__"
_STACK: Final = 512 * 1024 * 1024  # bytes, of which only what is used is taken
_STEPS: Final = 200_000
_plain: Final = msgspec.json.Decoder(float_hook=Decimal).decode  # no digit is lost on the way
_encode: Final = msgspec.json.Encoder(decimal_format="number").encode
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s?([Zz]|[+-]\d\d(?::?\d\d)?)"
)
_MIDNIGHT: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?00)?")
_TRUTHS: Final = {True: "true", False: "false"}


def decoder_of(kind: Any, *, tolerant: bool = False) -> Decode:  # noqa: ANN401
    """A function from a JSON body to a value of a type; build it once for each operation.

    It raises `msgspec.DecodeError`; what it cannot mend, with its path.
    """
    try:
        return _decoder(kind, tolerant=tolerant)
    except RecursionError:  # structs that lead to each other, a thousand in a row
        return _with_room(partial(_decoder, kind, tolerant=tolerant))


def _decoder(kind: Any, *, tolerant: bool) -> Decode:  # noqa: ANN401 - a type
    strict = msgspec.json.Decoder(kind).decode
    if not tolerant and not Unknown.__subclasses__():
        return strict
    info = _info(kind)
    if not tolerant and not _has_unknown(info, set()):
        return strict

    def decode(body: bytes) -> Any:  # noqa: ANN401 - a value of that type
        try:
            return strict(body)
        except msgspec.ValidationError:
            return strict(_encode(_mended(_plain(body), info, tolerant=tolerant)))

    return decode


def _with_room(build: Callable[[], Decode]) -> Decode:
    """What `build` gives, in a thread with room for recursion that a usual stack does not have."""
    size, limit = threading.stack_size(_STACK), sys.getrecursionlimit()
    sys.setrecursionlimit(_STEPS)
    try:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(build).result()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)


@cache
def _info(kind: Any) -> inspect.Type:  # noqa: ANN401 - a type
    return inspect.type_info(kind)


def _has_unknown(node: inspect.Type, seen: set[type]) -> bool:
    """Whether a type leads to a union with a member for what it does not know."""
    if isinstance(node, inspect.StructType):
        if node.cls in seen:
            return False
        seen.add(node.cls)
        return issubclass(node.cls, Unknown) or any(
            _has_unknown(field.type, seen) for field in node.fields
        )
    inner = getattr(node, "types", ())  # of a union; of a list, a map, an annotated type:
    inner += tuple(
        getattr(node, name) for name in ("item_type", "value_type", "type") if hasattr(node, name)
    )
    return any(_has_unknown(one, seen) for one in inner)


def _mended(value: Any, node: inspect.Type, *, tolerant: bool) -> Any:  # noqa: ANN401 - JSON
    match node:
        case inspect.Metadata():
            return _mended(value, node.type, tolerant=tolerant)
        case inspect.UnionType():
            return _in_union(value, node, tolerant=tolerant)
        case inspect.StructType() if isinstance(value, dict):
            types = {field.encode_name: field.type for field in node.fields}
            return {
                key: _mended(one, types[key], tolerant=tolerant) if key in types else one
                for key, one in value.items()
            }
        case inspect.ListType() if isinstance(value, list):
            return [_mended(one, node.item_type, tolerant=tolerant) for one in value]
        case inspect.DictType() if isinstance(value, dict):
            return {
                key: _mended(one, node.value_type, tolerant=tolerant) for key, one in value.items()
            }
    return _scalar(value, node) if tolerant else value


def _in_union(value: Any, union: inspect.UnionType, *, tolerant: bool) -> Any:  # noqa: ANN401
    members = [one.type if isinstance(one, inspect.Metadata) else one for one in union.types]
    if isinstance(value, dict):
        structs = [one for one in members if isinstance(one, inspect.StructType)]
        if structs and structs[0].tag_field is not None:
            return _tagged(value, structs, tolerant=tolerant)
        if structs:
            return _mended(value, structs[0], tolerant=tolerant)
    for one in members:
        is_inner = isinstance(value, list) and isinstance(one, inspect.ListType)
        if is_inner or (isinstance(value, dict) and isinstance(one, inspect.DictType)):
            return _mended(value, one, tolerant=tolerant)
    if tolerant and not isinstance(value, dict | list) and value is not None:
        return _listed(value, members)
    return value


def _tagged(
    value: dict[str, Any], structs: list[inspect.StructType], *, tolerant: bool
) -> dict[str, Any]:
    """An object of a union with tags, as the struct that its tag stands for."""
    field = str(structs[0].tag_field)
    tag = value.get(field)
    known = {one.tag: one for one in structs if not issubclass(one.cls, Unknown)}
    if tag not in known and isinstance(tag, str):
        alike = [one for one in known if str(one).casefold() == tag.casefold()]
        tag = alike[0] if len(alike) == 1 else tag
    if isinstance(tag, str | int) and tag in known:
        return {**_mended(value, known[tag], tolerant=tolerant), field: tag}
    if len(known) == len(structs):
        return value
    came = {} if tag is None else {"tag": tag if isinstance(tag, str) else str(tag)}
    return {field: _UNKNOWN, **came, _UNKNOWN: value}


def _listed(value: Any, members: list[inspect.Type]) -> Any:  # noqa: ANN401 - JSON
    """A scalar of a union: of a list of values if there is one, else of the only other type."""
    is_list = any(isinstance(one, inspect.LiteralType) for one in members)
    others = [one for one in members if not isinstance(one, inspect.NoneType | inspect.LiteralType)]
    if not is_list:
        return _scalar(value, others[0]) if len(others) == 1 else value
    if any(isinstance(one, inspect.StrType) for one in others) and not isinstance(value, str):
        return _TRUTHS[value] if isinstance(value, bool) else str(value)
    if any(isinstance(one, inspect.IntType) for one in others) and isinstance(value, str):
        return int(value) if re.fullmatch(r"-?\d{1,18}", value.strip()) else value
    return _scalar(value, others[0]) if len(others) == 1 else value


def _scalar(value: Any, node: inspect.Type) -> Any:  # noqa: ANN401 - JSON
    match node:
        case inspect.IntType() if isinstance(value, Decimal) and value == value.to_integral_value():
            return int(value)
        case inspect.DateTimeType() if isinstance(value, str):
            return _time(value.strip())
        case inspect.DateType() if isinstance(value, str):
            day = _MIDNIGHT.fullmatch(value.strip())
            return day[1] if day else value
    return value


def _time(text: str) -> str:
    """A time as RFC 3339 spells it, if that leaves no doubt."""
    match = _TIME.fullmatch(text)
    if match is None:
        return text
    day, hour, minute, second, fraction, zone = match.groups()
    if hour == "24" and minute != "00":
        return text
    if len(zone) > 1 and ":" not in zone:
        zone = f"{zone[:3]}:{zone[3:] or '00'}"
    over = timedelta(days=hour == "24", seconds=second == "60")
    hour, second = "00" if hour == "24" else hour, "59" if second == "60" else second or "00"
    try:
        moment = datetime.fromisoformat(f"{day}T{hour}:{minute}:{second}") + over
    except (ValueError, OverflowError):
        return text
    return f"{moment.isoformat()}{f'.{fraction[:6]}' if fraction else ''}{zone.upper()}"
