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
from collections.abc import Callable, Iterable, Iterator, Sequence
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


_Mender: TypeAlias = Callable[[Any], int]
"""Mends a JSON value in place and counts what it mended."""
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
        return cast("T", _decoder(cast("Any", kind)).decode(body))
    except msgspec.ValidationError:
        return decode_mended(body, kind)[0]


def decode_mended(body: bytes, kind: type[T]) -> tuple[T, int]:
    """Decode tolerantly: the value, and how many values had to be mended for it.

    Raises:
        msgspec.DecodeError: As `decode` does.
    """
    plain = msgspec.json.decode(body)
    count = _mender(cast("Any", kind))(plain)
    return msgspec.convert(plain, kind), count


def mends(body: bytes, kind: type[Any]) -> list[Mend]:
    """List the values of an answer that only tolerance can read; empty for a clean answer.

    Raises:
        msgspec.DecodeError: As `decode` does.
    """
    came, read = msgspec.json.decode(body), msgspec.json.decode(body)
    _mender(cast("Any", kind))(read)
    msgspec.convert(read, kind)
    return list(_differences(came, read, "$"))


def _differences(came: Any, read: Any, path: str) -> Iterator[Mend]:  # noqa: ANN401 - JSON
    if isinstance(came, dict):
        for name, value in came.items():
            yield from _differences(value, read[name], f"{path}.{name}")
    elif isinstance(came, list):
        for number, value in enumerate(came):
            yield from _differences(value, read[number], f"{path}[{number}]")
    elif came.__class__ is not read.__class__ or came != read:
        yield Mend(path, came, read)


def decode_partly(body: bytes, kind: type[Any]) -> Reading:
    """Decode an answer as far as it can be read; a row with an unreadable value is left out.

    Raises:
        msgspec.DecodeError: It is not JSON, or not an object with lists of rows.
    """
    plain = _plain(body)
    node = cast("inspect.StructType", _bare(inspect.type_info(kind)))
    if not isinstance(plain, dict):
        raise msgspec.ValidationError(f"Expected `object`, got `{type(plain).__name__}`")
    _mender(cast("Any", kind))(plain)
    left_out: list[LeftOut] = []
    _drop_unreadable(plain, node, "$", left_out)
    return Reading(msgspec.convert(plain, kind), left_out, frozenset(_unknown(plain, node)))


def in_words(left_out: Sequence[LeftOut]) -> str:
    """Describe what is left out: how much, and the first of it; empty for nothing."""
    if not left_out:
        return ""
    named = "; ".join(f"{one.path}: {one.why}" for one in left_out[:_MOST_NAMED])
    more = f"; and {len(left_out) - _MOST_NAMED:,} more" if len(left_out) > _MOST_NAMED else ""
    return f"cannot be read and left out, rows or values: {len(left_out):,} ({named}{more})"


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
    value: dict[str, Any], node: inspect.StructType, path: str, left_out: list[LeftOut]
) -> None:
    """Take rows, and values beside them, that cannot be read out of an object."""
    for field in node.fields:
        name, inner = field.encode_name, _bare(field.type)
        came, here = value.get(name), f"{path}.{name}"
        if came is None:
            continue
        if isinstance(inner, inspect.ListType):
            if isinstance(came, list):
                row = _bare(inner.item_type)
                rows = enumerate(came)
                value[name] = [one for n, one in rows if _reads(one, row, f"{here}[{n}]", left_out)]
        elif isinstance(came, dict) and isinstance(inner, inspect.StructType) and _has_rows(inner):
            _drop_unreadable(came, inner, here, left_out)
        elif not _reads({name: came}, node, path, left_out):
            del value[name]


def _has_rows(node: inspect.StructType) -> bool:
    return any(isinstance(_bare(field.type), inspect.ListType) for field in node.fields)


def _reads(value: Any, node: inspect.Type, path: str, left_out: list[LeftOut]) -> bool:  # noqa: ANN401
    texts = value.values() if isinstance(value, dict) else ()
    broken = next((one for one in texts if isinstance(one, str) and "\ufffd" in one), None)
    try:
        msgspec.convert(value, cast("inspect.StructType", node).cls)
    except msgspec.ValidationError as exc:
        why, _, inside = str(exc).partition(" - at `$")
        left_out.append(LeftOut(path + inside.rstrip("`"), why + _shown(value, inside)))
        return False
    if broken is not None:
        left_out.append(LeftOut(path, f"{broken!r} is not UTF-8"))
    return broken is None


def _shown(value: Any, path: str) -> str:  # noqa: ANN401 - JSON
    """Show the value that came, if it is a short one."""
    came = value.get(path.strip(".`")) if isinstance(value, dict) else value
    return f" {came!r:.40}" if isinstance(came, str | int | float) else ""


def _unknown(value: Any, node: inspect.Type) -> Iterable[str]:  # noqa: ANN401 - JSON
    """Give the names of a row that no field has, and of lists and objects beside the rows."""
    match _bare(node):
        case inspect.ListType(item_type=item) if isinstance(value, list):
            names = {name for row in value if isinstance(row, dict) for name in row}
            row = cast("inspect.StructType", _bare(item))
            yield from names - {field.encode_name for field in row.fields}
        case inspect.StructType(fields=fields) if isinstance(value, dict):
            known = {field.encode_name: field.type for field in fields}
            for name, inner in value.items():
                if name in known:
                    yield from _unknown(inner, known[name])
                elif isinstance(inner, list | dict) or not _has_rows(cast("Any", _bare(node))):
                    yield name


@functools.cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 - a type
    return msgspec.json.Decoder(kind)


@functools.cache
def _mender(kind: Any) -> _Mender:  # noqa: ANN401 - a type
    return _mender_of(inspect.type_info(kind)) or (lambda _: 0)


def _mender_of(node: inspect.Type) -> _Mender | None:
    """Give what mends the inside of a value in place; None for a value without an inside."""
    match _bare(node):
        case inspect.StructType() as struct:
            return _object_mender(struct)
        case inspect.ListType(item_type=item):
            inner = _mender_of(item)
            return inner and _list_mender(inner)
    return None


def _object_mender(struct: inspect.StructType) -> _Mender:
    readers = [(f.encode_name, *read) for f in struct.fields if (read := _reader_of(f.type))]
    insides = [(f.encode_name, inner) for f in struct.fields if (inner := _mender_of(f.type))]

    def mend(value: Any) -> int:  # noqa: ANN401 - JSON
        if not isinstance(value, dict):
            return 0
        count = 0
        for name, suspects, read in readers:
            came = value.get(name)
            if came.__class__ in suspects and (mended := read(came)) is not came:
                value[name] = mended
                count += 1
        return count + sum(inside(value.get(name)) for name, inside in insides)

    return mend


def _list_mender(inner: _Mender) -> _Mender:
    return lambda value: sum(map(inner, value)) if isinstance(value, list) else 0


def _reader_of(node: inspect.Type) -> tuple[frozenset[type], _Reader] | None:
    """Give what reads a lone value of this type, and the classes of values that it is for."""
    return _READERS.get(type(_bare(node)))


def _bare(node: inspect.Type) -> inspect.Type:
    """Take notes and `| None` off a type."""
    if isinstance(node, inspect.Metadata):
        return _bare(node.type)
    if isinstance(node, inspect.UnionType):
        kinds = [one for one in node.types if not isinstance(one, inspect.NoneType)]
        return _bare(kinds[0]) if len(kinds) == 1 else node
    return node


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
