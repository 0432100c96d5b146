"""Structs to Arrow columns: the types come from the annotations, the values column by column.

Scalar columns are packed into Arrow buffers here: that is several times lighter than pyarrow's own
conversion, which loads pandas wherever pandas is installed.
"""

from __future__ import annotations

import operator
from array import array
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import accumulate, repeat
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from msgspec import inspect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pyarrow as pa

__all__ = ["Same", "arrow_column", "arrow_schema", "encoded", "load_pyarrow", "plain"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DIGITS: Final = bytes.maketrans(b"\0\1", b"01")
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_TIME_WIDTH: Final = len("2026-10-01T00:00:00Z")
_BETWEEN: Final = "\x1f"
_ALIASES: Final[Mapping[type[inspect.Type], str]] = {
    inspect.BoolType: "bool",
    inspect.IntType: "int64",
    inspect.FloatType: "float64",
    inspect.DateType: "date32",
    inspect.StrType: "string",
    inspect.UUIDType: "string",
    inspect.DecimalType: "string",
}


def load_pyarrow() -> Any:  # noqa: ANN401 - a module
    """Import pyarrow, or say which extra brings it."""
    try:
        import pyarrow  # noqa: PLC0415, ICN001 - an extra, loaded when first needed
    except ImportError as exc:
        raise ImportError("tables need pyarrow: pip install trlyr-async[tables]") from exc
    return pyarrow


def arrow_schema(
    struct_type: type[msgspec.Struct], units: Mapping[str, str] | None = None
) -> pa.Schema:
    """Give the Arrow schema of a struct type; metadata of fields tell `unit` and `description`.

    Aware datetimes are `timestamp[us, UTC]`, identifiers, decimals and open enumerations `string`,
    structs, lists and maps nested types. Every column may hold nulls. `units` adds to the units
    that the type itself declares.

    Raises:
        TypeError: A field has no Arrow type, or the struct contains itself; the field is named.
    """
    pa = load_pyarrow()
    return pa.schema(_fields(struct_type, (), units or {}))


def encoded(schema: pa.Schema, *names: str) -> pa.Schema:
    """Give `schema` with text columns dictionary-encoded: for texts that come again and again."""
    pa = load_pyarrow()
    kind = pa.dictionary(pa.int32(), pa.string())
    fields = [one.with_type(kind) if one.name in names else one for one in schema]
    return pa.schema(fields, schema.metadata)


class Same(NamedTuple):
    """A column in which every value is the same, without the list of them."""

    value: Any
    rows: int


def plain(table: pa.Table) -> pa.Table:
    """Write encoded texts out, so that equal rows are equal whatever their codes."""
    pa = load_pyarrow()
    fields = [
        one.with_type(one.type.value_type) if pa.types.is_dictionary(one.type) else one
        for one in table.schema
    ]
    return table.cast(pa.schema(fields))


def arrow_column(values: Sequence[Any] | Same, field: pa.Field) -> pa.Array:
    """Build one column. None and unset values become nulls, never zero.

    Raises:
        ValueError: A value does not fit the column's type, or a datetime is naive.
    """
    if isinstance(values, Same):
        pa = load_pyarrow()
        zeros = pa.py_buffer(bytes(4 * values.rows))
        places = pa.Array.from_buffers(pa.int32(), values.rows, [None, zeros])
        return arrow_column([values.value], field).take(places)
    if (packed := _all_there(values, field.type)) is not None:
        return packed
    clean = [None if value is msgspec.UNSET else value for value in values]
    try:
        return _build(clean, field.type)
    except (OverflowError, TypeError, ValueError) as exc:
        raise ValueError(f"column {field.name!r} ({field.type}): {exc}") from exc


def _fields(
    struct_type: type[msgspec.Struct], above: tuple[type, ...], units: Mapping[str, str]
) -> list[pa.Field]:
    from energy_async.units import descriptions_of, units_of  # noqa: PLC0415 - reads annotations, needed by tables alone

    if struct_type in above:
        raise TypeError(f"{struct_type.__name__} contains itself, which a table cannot")
    info = inspect.type_info(struct_type)
    if not isinstance(info, inspect.StructType):
        raise TypeError(f"expected a struct type, got {struct_type!r}")
    known = {**units_of(struct_type), **units}
    path = (*above, struct_type)
    told = descriptions_of(struct_type)
    return [
        _field(struct_type, field, path, _metadata(known.get(field.name), told.get(field.name)))
        for field in info.fields
    ]


def _metadata(unit: str | None, description: str | None) -> dict[str, str] | None:
    told = {"unit": unit, "description": description}
    return {name: text for name, text in told.items() if text} or None


def _field(
    owner: type, field: inspect.Field, path: tuple[type, ...], metadata: dict[str, str] | None
) -> pa.Field:
    pa = load_pyarrow()
    try:
        arrow_type = _arrow_type(field.type, path)
    except TypeError as exc:
        raise TypeError(f"{owner.__name__}.{field.name}: {exc}") from exc
    return pa.field(field.name, arrow_type, metadata=metadata)


def _arrow_type(node: inspect.Type, path: tuple[type, ...]) -> pa.DataType:
    pa = load_pyarrow()
    match node:
        case inspect.Metadata():
            return _arrow_type(node.type, path)
        case inspect.UnionType():
            return _union(node, path)
        case inspect.StructType():
            return pa.struct(_fields(node.cls, path, {}))
        case inspect.ListType() | inspect.VarTupleType():
            return pa.list_(_arrow_type(node.item_type, path))
        case inspect.DictType():
            return pa.map_(_arrow_type(node.key_type, path), _arrow_type(node.value_type, path))
        case _:
            return _scalar(node)


def _scalar(node: inspect.Type) -> pa.DataType:
    pa = load_pyarrow()
    if isinstance(node, inspect.DateTimeType):
        return pa.timestamp("us", tz="UTC")
    if isinstance(node, inspect.LiteralType) and all(isinstance(v, str) for v in node.values):
        return pa.string()
    alias = _ALIASES.get(type(node))
    if alias is None:
        raise TypeError(f"{type(node).__name__} has no place in a table")
    return pa.type_for_alias(alias)


def _union(node: inspect.UnionType, path: tuple[type, ...]) -> pa.DataType:
    pa = load_pyarrow()
    found = {_arrow_type(one, path) for one in node.types if not isinstance(one, inspect.NoneType)}
    if found == {pa.int64(), pa.float64()}:
        return pa.float64()
    if len(found) != 1:
        raise TypeError(f"a union of {len(found)} different types has no place in a table")
    return found.pop()


def _all_there(values: Sequence[Any], arrow_type: pa.DataType) -> pa.Array | None:
    """Pack a column of plain values without looking at each; None if one of them needs a look."""
    pack = _QUICK_PACKERS.get(str(arrow_type))
    if pack is None:
        return None
    try:
        return pack(values, arrow_type)
    except (OverflowError, TypeError, ValueError):  # a null, or what cannot be had at all
        return None


def _quick_bits(values: Sequence[Any], arrow_type: pa.DataType) -> pa.Array:
    return _plain(len(values), arrow_type, _bits(values))


def _quick_numbers(code: str, values: Sequence[Any], arrow_type: pa.DataType) -> pa.Array:
    return _plain(len(values), arrow_type, array(code, values))


def _quick_times(values: Sequence[Any], _: pa.DataType) -> pa.Array | None:
    texts = _plain_times(values)
    return None if texts is None else _parsed(texts, None)


def _quick_texts(values: Sequence[Any], *_: pa.DataType) -> pa.Array | None:
    """Pack texts as one long text that Arrow cuts up: quicker than to measure each."""
    from pyarrow import compute  # noqa: PLC0415

    data = _BETWEEN.join(values).encode()
    whole = _plain(1, load_pyarrow().string(), array("i", [0, len(data)]), data)
    cut = compute.split_pattern(whole, _BETWEEN).values
    # A text that holds the mark itself was cut as well.
    return cut if len(cut) == len(values) else None


def _quick_encoded(values: Sequence[Any], _: pa.DataType) -> pa.Array | None:
    texts = _quick_texts(values)
    return None if texts is None else texts.dictionary_encode()


def _plain(count: int, arrow_type: pa.DataType, *packed: array[Any] | bytes) -> pa.Array:
    pa = load_pyarrow()
    return pa.Array.from_buffers(arrow_type, count, [None, *map(pa.py_buffer, packed)])


def _build(values: list[Any], arrow_type: pa.DataType) -> pa.Array:
    types = load_pyarrow().types
    if types.is_dictionary(arrow_type):
        return _encoded(values)
    if types.is_struct(arrow_type):
        return _structs(values, arrow_type)
    if types.is_list(arrow_type):
        return _lists(values, arrow_type)
    if types.is_map(arrow_type):
        return _maps(values, arrow_type)
    return _scalars(values, arrow_type)


def _scalars(values: list[Any], arrow_type: pa.DataType) -> pa.Array:
    pa = load_pyarrow()
    if arrow_type == pa.string():
        return _strings(values)
    if arrow_type == pa.bool_():
        return _array(values, arrow_type, _bits([value is True for value in values]))
    code, stand_in, numbers = _PACKERS[str(arrow_type)]
    filled = _filled(values, stand_in)
    if arrow_type == pa.timestamp("us", tz="UTC") and (texts := _plain_times(filled)):
        return _parsed(texts, _validity(values))
    return _array(values, arrow_type, array(code, numbers(filled)))


def _strings(values: list[Any]) -> pa.Array:
    pa = load_pyarrow()
    texts = _filled(values, "")
    try:
        content = "".join(texts)
    except TypeError:  # identifiers and decimals
        texts = list(map(str, texts))
        content = "".join(texts)
    data = content.encode()
    pieces = texts if len(data) == len(content) else [text.encode() for text in texts]
    offsets = array("i", accumulate(map(len, pieces), initial=0))
    buffers = [_validity(values), pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.string(), len(values), buffers)


def _encoded(values: list[Any]) -> pa.Array:
    pa = load_pyarrow()
    texts = [text for text in dict.fromkeys(values) if text is not None]
    places = {text: place for place, text in enumerate(texts)}
    packed = array("i", map(places.get, values, repeat(0)))
    buffers = [_validity(values), pa.py_buffer(packed)]
    indices = pa.Array.from_buffers(pa.int32(), len(values), buffers)
    return pa.DictionaryArray.from_arrays(indices, _strings(texts))


def _structs(values: list[Any], arrow_type: pa.DataType) -> pa.Array:
    pa = load_pyarrow()
    fields = [arrow_type.field(n) for n in range(arrow_type.num_fields)]
    children = [arrow_column([_part(v, f.name) for v in values], f) for f in fields]
    return pa.Array.from_buffers(arrow_type, len(values), [_validity(values)], children=children)


def _lists(values: list[Any], arrow_type: pa.DataType) -> pa.Array:
    pa = load_pyarrow()
    flat = [item for value in values if value is not None for item in value]
    buffers = [_validity(values), pa.py_buffer(_offsets(values))]
    children = [arrow_column(flat, arrow_type.value_field)]
    return pa.Array.from_buffers(arrow_type, len(values), buffers, children=children)


def _maps(values: list[Any], arrow_type: pa.DataType) -> pa.Array:
    pa = load_pyarrow()
    pairs = [pair for value in values if value is not None for pair in value.items()]
    keys = arrow_column([key for key, _ in pairs], arrow_type.key_field)
    items = arrow_column([item for _, item in pairs], arrow_type.item_field)
    entries_type = pa.struct([arrow_type.key_field, arrow_type.item_field])
    entries = pa.Array.from_buffers(entries_type, len(pairs), [None], children=[keys, items])
    buffers = [_validity(values), pa.py_buffer(_offsets(values))]
    return pa.Array.from_buffers(arrow_type, len(values), buffers, children=[entries])


def _offsets(values: list[Any]) -> array[int]:
    return array("i", accumulate((len(value or ()) for value in values), initial=0))


def _part(value: Any, name: str) -> Any:  # noqa: ANN401 - any field of any struct
    part = None if value is None else getattr(value, name)
    return None if part is msgspec.UNSET else part


def _array(values: list[Any], arrow_type: pa.DataType, *packed: array[Any] | bytes) -> pa.Array:
    pa = load_pyarrow()
    buffers = [_validity(values), *map(pa.py_buffer, packed)]
    return pa.Array.from_buffers(arrow_type, len(values), buffers)


def _validity(values: list[Any]) -> pa.Buffer | None:
    if None not in values:
        return None
    return load_pyarrow().py_buffer(_bits([value is not None for value in values]))


def _filled(values: list[Any], stand_in: object) -> list[Any]:
    """Put something of the right type where there is nothing."""
    return [stand_in if v is None else v for v in values] if None in values else values


def _bits(flags: Sequence[bool]) -> bytes:
    digits = bytes(reversed(flags)).translate(_DIGITS)
    return int(digits or b"0", 2).to_bytes(len(flags) // 8 + 1, "little")


def _plain_times(moments: Sequence[datetime]) -> bytes | None:
    """Write times as `2026-10-01T00:00:00Z`, one after the other; None unless all are like that.

    Writing and parsing such texts takes a third of the time of arithmetic with datetimes.
    """
    texts = msgspec.json.encode(moments)[1:-1].translate(None, b'",')
    # A text ends with its only Z, so that many in these places are that many plain texts.
    is_plain = texts[_TIME_WIDTH - 1 :: _TIME_WIDTH] == b"Z" * len(moments)
    return texts if is_plain else None


def _parsed(texts: bytes, validity: pa.Buffer | None) -> pa.Array:
    pa = load_pyarrow()
    count, buffers = len(texts) // _TIME_WIDTH, [validity, pa.py_buffer(texts)]
    fixed = pa.Array.from_buffers(pa.binary(_TIME_WIDTH), count, buffers)
    return fixed.cast(pa.string()).cast(pa.timestamp("us", tz="UTC"))


def _microseconds(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError(f"expected aware datetimes, got the naive {moment.isoformat()}")
    return (moment - _EPOCH) // _MICROSECOND


def _day_number(day: date) -> int:
    return day.toordinal() - _EPOCH_DAY


_PACKERS: Final[dict[str, tuple[str, object, Callable[[list[Any]], Iterable[int | float]]]]] = {
    "int64": ("q", 0, partial(map, operator.index)),
    "double": ("d", 0.0, iter),
    "timestamp[us, tz=UTC]": ("q", _EPOCH, partial(map, _microseconds)),
    "date32[day]": ("i", date(1970, 1, 1), partial(map, _day_number)),
}
"""By Arrow type: the code of an array, what stands for nothing, and how values become numbers."""
_QUICK_PACKERS: Final[dict[str, Callable[[Sequence[Any], pa.DataType], pa.Array | None]]] = {
    "bool": _quick_bits,
    "int64": partial(_quick_numbers, "q"),
    "double": partial(_quick_numbers, "d"),
    "timestamp[us, tz=UTC]": _quick_times,
    "string": _quick_texts,
    "dictionary<values=string, indices=int32, ordered=0>": _quick_encoded,
}
