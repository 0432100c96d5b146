"""Answers of the feeds read with patience: what upstream is known to write in place of a value.

The feeds repeat RTE's figures, and RTE writes `Invalid` or an empty text where a price is not
available, and truth values as text in changing case. A strict decoder is tried first, and costs
nothing more; only an answer that it refuses is read again as follows:

- a number: `Invalid` (in any case), an empty or blank text become None; `"83.4"` becomes 83.4;
- an integer: also `21600.0`;
- a truth value: `"True"`, `"false"`, 0, 1; `Invalid` and empty texts become None;
- a time or a day: `Invalid` and empty texts become None; a time may lack its seconds, as ENTSO-E
  writes it (`2026-10-25T02:30Z`); one without a zone stays refused;
- any other text stays as it came.

Anything else is refused as before, with its place. `mends` lists what was read so, each with the
value that really came; `client.send_raw` gives the bytes themselves. `decode_partly` is for an
archive, which cannot ask again: it leaves out the rows that cannot be read, and says which.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar, cast

import msgspec
from msgspec import inspect

__all__ = ["LeftOut", "Mend", "Reading", "decode", "decode_mended", "decode_partly", "mends"]

T = TypeVar("T")


class Mend(NamedTuple):
    """A value that was not of its type, and could be read all the same.

    Attributes:
        path: Where it stands, such as `$.recentRows[3].upward_price_eur_mwh`.
        came: What upstream sent.
        read: What it is read as; None for missing.
    """

    path: str
    came: object
    read: object


class LeftOut(NamedTuple):
    """A row, or a value beside the rows, that could not be read.

    Attributes:
        path: Where it stands, such as `$.rows[7].price_eur_mwh`.
        why: What was expected and what came.
    """

    path: str
    why: str


class Reading(NamedTuple):
    """What could be read of an answer.

    Attributes:
        answer: The answer, without what could not be read.
        left_out: What could not.
        unknown: Names that this version does not know: of fields of rows, and of lists and objects
            beside them.
    """

    answer: Any
    left_out: list[LeftOut]
    unknown: frozenset[str]


_Reader: TypeAlias = Callable[[Any], object]

_MOST_NAMED: Final = 3
_ABSENT: Final = frozenset({"", "invalid"})
_TRUTHS: Final = {"true": True, "false": False}
_WITHOUT_SECONDS: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(Z|[+-]\d\d:\d\d)")


def decode(body: bytes, kind: type[T]) -> T:
    """Decode an answer, first strictly and, where that fails, tolerantly.

    Raises:
        msgspec.DecodeError: It is not JSON, or a value can be read neither way; the message ends
            with its place.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError:
        return decode_mended(body, kind)[0]


def decode_mended(body: bytes, kind: type[T]) -> tuple[T, int]:
    """Decode tolerantly: the value, and how many values had to be mended for it.

    Raises:
        msgspec.DecodeError: As `decode` does.
    """
    plain = msgspec.json.decode(body)
    count = _mend(plain, _shape(cast("Any", kind)))
    return msgspec.convert(plain, kind), count


def mends(body: bytes, kind: type[Any]) -> list[Mend]:
    """List the values of an answer that only tolerance can read; empty for a clean answer.

    Raises:
        msgspec.DecodeError: As `decode` does.
    """
    came, read = msgspec.json.decode(body), msgspec.json.decode(body)
    _mend(read, _shape(cast("Any", kind)))
    msgspec.convert(read, kind)
    return list(_differences(came, read, "$"))


def decode_partly(body: bytes, kind: type[Any]) -> Reading:
    """Decode an answer as far as it can be read; a row with an unreadable value is left out.

    Raises:
        msgspec.DecodeError: It is not JSON, or not an object with lists of rows.
    """
    plain, shape = _plain(body), _shape(cast("Any", kind))
    if not isinstance(plain, dict):
        raise msgspec.ValidationError(f"Expected `object`, got `{type(plain).__name__}`")
    _mend(plain, shape)
    left_out: list[LeftOut] = []
    _drop_unreadable(plain, shape, "$", left_out)
    return Reading(msgspec.convert(plain, kind), left_out, frozenset(_unknown(plain, shape)))


def in_words(left_out: Sequence[LeftOut]) -> str:
    """Describe what is left out: how much, and the first of it; empty for nothing."""
    if not left_out:
        return ""
    named = "; ".join(f"{one.path}: {one.why}" for one in left_out[:_MOST_NAMED])
    more = f"; and {len(left_out) - _MOST_NAMED:,} more" if len(left_out) > _MOST_NAMED else ""
    return f"cannot be read and left out, rows or values: {len(left_out):,} ({named}{more})"


class _Shape(NamedTuple):
    """How the fields of a struct are read, by their names in JSON.

    Attributes:
        kind: The struct.
        values: What reads a lone value, and the classes of values that it is for.
        objects: Fields that are structs.
        lists: Fields that are lists of structs.
    """

    kind: type[Any]
    values: dict[str, tuple[frozenset[type], _Reader]]
    objects: dict[str, _Shape]
    lists: dict[str, _Shape]


@functools.cache
def _shape(kind: Any) -> _Shape:  # noqa: ANN401 - a struct
    found = _Shape(kind, {}, {}, {})
    info = cast("inspect.StructType", inspect.type_info(kind))
    for name, node in ((one.encode_name, _bare(one.type)) for one in info.fields):
        if isinstance(node, inspect.StructType):
            found.objects[name] = _shape(cast("Any", node.cls))
        elif isinstance(node, inspect.ListType):
            row = cast("inspect.StructType", _bare(node.item_type))
            found.lists[name] = _shape(cast("Any", row.cls))
        elif reader := _READERS.get(type(node)):
            found.values[name] = reader
    return found


def _bare(node: inspect.Type) -> inspect.Type:
    """Take notes and `| None` off a type."""
    if isinstance(node, inspect.Metadata):
        return _bare(node.type)
    if isinstance(node, inspect.UnionType):
        kinds = [one for one in node.types if not isinstance(one, inspect.NoneType)]
        return _bare(kinds[0]) if len(kinds) == 1 else node
    return node


def _mend(value: Any, shape: _Shape) -> int:  # noqa: ANN401 - JSON
    """Mend the values of an object in place, and count them."""
    if not isinstance(value, dict):
        return 0
    count = 0
    for name, (suspects, read) in shape.values.items():
        came = value.get(name)
        if came.__class__ in suspects and (mended := read(came)) is not came:
            value[name] = mended
            count += 1
    for name, inner in shape.objects.items():
        count += _mend(value.get(name), inner)
    for name, inner in shape.lists.items():
        rows = value.get(name)
        count += sum(_mend(row, inner) for row in rows) if isinstance(rows, list) else 0
    return count


def _differences(came: Any, read: Any, path: str) -> Iterator[Mend]:  # noqa: ANN401 - JSON
    if isinstance(came, dict):
        for name, value in came.items():
            yield from _differences(value, read[name], f"{path}.{name}")
    elif isinstance(came, list):
        for number, value in enumerate(came):
            yield from _differences(value, read[number], f"{path}[{number}]")
    elif came.__class__ is not read.__class__ or came != read:
        yield Mend(path, came, read)


def _plain(body: bytes) -> Any:  # noqa: ANN401 - JSON
    """Give an answer's JSON values; `NaN` and what is too large for a number as their text."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        try:
            text = body.decode("utf-8-sig", "replace")
            return json.loads(text, parse_constant=str, parse_float=_finite)
        except (ValueError, RecursionError):
            raise msgspec.DecodeError(str(exc)) from exc


def _finite(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _drop_unreadable(
    value: dict[str, Any], shape: _Shape, path: str, left_out: list[LeftOut]
) -> None:
    """Take rows, and values beside them, that cannot be read out of an object."""
    for name in shape.kind.__struct_encode_fields__:
        came, here = value.get(name), f"{path}.{name}"
        row, inner = shape.lists.get(name), shape.objects.get(name)
        if came is None:
            continue
        if row is not None and isinstance(came, list):
            value[name] = [
                one
                for number, one in enumerate(came)
                if _reads(one, row.kind, f"{here}[{number}]", left_out)
            ]
        elif inner is not None and inner.lists and isinstance(came, dict):
            _drop_unreadable(came, inner, here, left_out)
        elif row is None and not _reads({name: came}, shape.kind, path, left_out):
            del value[name]


def _reads(value: Any, kind: type[Any], path: str, left_out: list[LeftOut]) -> bool:  # noqa: ANN401
    texts = value.values() if isinstance(value, dict) else ()
    broken = next((one for one in texts if isinstance(one, str) and "\ufffd" in one), None)
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as exc:
        why, _, inside = str(exc).partition(" - at `$")
        came = value.get(inside.strip(".`")) if isinstance(value, dict) else value
        shown = f" {came!r:.40}" if isinstance(came, str | int | float) else ""
        left_out.append(LeftOut(path + inside.rstrip("`"), why + shown))
        return False
    if broken is not None:
        left_out.append(LeftOut(path, f"{broken!r} is not UTF-8"))
    return broken is None


def _unknown(value: Any, shape: _Shape) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Give the names of a row that no field has, and of lists and objects beside the rows."""
    if not isinstance(value, dict):
        return
    for name in value.keys() - set(shape.kind.__struct_encode_fields__):
        if isinstance(value[name], list | dict) or not shape.lists:
            yield name
    for name, inner in shape.objects.items():
        yield from _unknown(value.get(name), inner)
    for name, row in shape.lists.items():
        rows = value.get(name)
        if isinstance(rows, list):
            there = {key for one in rows if isinstance(one, dict) for key in one}
            yield from there - set(row.kind.__struct_encode_fields__)


@functools.lru_cache(maxsize=256)  # the same few texts stand in thousands of rows
def _number(came: str) -> object:
    text = came.strip()
    if text.lower() in _ABSENT:
        return None
    try:
        return msgspec.json.decode(text, type=float)
    except msgspec.DecodeError:
        return came


def _integer(came: str | float) -> object:
    number = _number(came) if isinstance(came, str) else came
    if not isinstance(number, float):
        return number
    return int(number) if number.is_integer() else came


def _truth(came: str | float) -> object:
    if isinstance(came, str):
        return _truth_of_text(came)
    return bool(came) if came in {0, 1} else came


@functools.lru_cache(maxsize=256)
def _truth_of_text(came: str) -> object:
    text = came.strip().lower()
    return None if text in _ABSENT else _TRUTHS.get(text, came)


def _day(came: str) -> object:
    return came if came[:1].isdigit() or came.strip().lower() not in _ABSENT else None


def _moment(came: str) -> object:
    if _WITHOUT_SECONDS.fullmatch(came):
        return came[:16] + ":00" + came[16:]
    return _day(came)


_READERS: Final[dict[type[inspect.Type], tuple[frozenset[type], _Reader]]] = {
    inspect.FloatType: (frozenset({str}), _number),
    inspect.IntType: (frozenset({str, float}), _integer),
    inspect.BoolType: (frozenset({str, int, float}), _truth),
    inspect.DateTimeType: (frozenset({str}), _moment),
    inspect.DateType: (frozenset({str}), _day),
}
