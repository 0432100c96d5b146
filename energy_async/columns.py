"""Structs to Arrow columns: the types come from the annotations, the values column by column.

Scalar columns are packed into Arrow buffers here: that is several times lighter than pyarrow's own
conversion, which loads pandas wherever pandas is installed.
"""

from __future__ import annotations

import contextlib
from array import array
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import msgspec
from msgspec import inspect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa

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
    pa = load_pyarrow()
    if isinstance(values, Same):
        zeros = pa.py_buffer(bytes(4 * values.rows))
        places = pa.Array.from_buffers(pa.int32(), values.rows, [None, zeros])
        return arrow_column([values.value], field).take(places)
    if pa.types.is_dictionary(field.type):
        return arrow_column(values, pa.field(field.name, pa.string())).dictionary_encode()
    quick = _QUICK.get(str(field.type))
    if quick is not None:
        with contextlib.suppress(*_UNFIT):  # a null, or what needs a look at each value
            return quick(values, field.type)
    clean = [None if value is msgspec.UNSET else value for value in values]
    try:
        return _looked_at(clean, field.type)
    except _UNFIT as exc:
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


def _looked_at(values: list[Any], arrow_type: pa.DataType) -> pa.Array:
    pa = load_pyarrow()
    if pa.types.is_nested(arrow_type):
        return _nested(values, arrow_type)
    pack, stand_in = _PACKERS[str(arrow_type)]
    if None not in values:
        return pack(values, arrow_type)
    packed = pack([stand_in if value is None else value for value in values], arrow_type)
    buffers = [_validity(values), *packed.buffers()[1:]]
    return pa.Array.from_buffers(arrow_type, len(values), buffers)


def _packed_bits(values: Sequence[bool], arrow_type: pa.DataType) -> pa.Array:
    return _array(arrow_type, len(values), _bits(values))


def _packed_as(
    code: str, number_of: Callable[[Any], float], values: Sequence[Any], arrow_type: pa.DataType
) -> pa.Array:
    return _array(arrow_type, len(values), array(code, map(number_of, values)))


def _packed_numbers(code: str, values: Sequence[Any], arrow_type: pa.DataType) -> pa.Array:
    return _array(arrow_type, len(values), array(code, values))


def _packed_times(values: Sequence[datetime], arrow_type: pa.DataType) -> pa.Array:
    """Pack times by way of their texts, which takes a third of the time of arithmetic with them.

    Texts such as `2026-10-01T00:00:00Z`, one after the other; with fractions it is arithmetic.
    """
    texts = msgspec.json.encode(values)[1:-1].translate(None, b'",')
    # A text ends with its only Z, so that many in these places are that many plain texts.
    if texts[_TIME_WIDTH - 1 :: _TIME_WIDTH] != b"Z" * len(values):
        return _packed_as("q", microseconds, values, arrow_type)
    pa = load_pyarrow()
    return _array(pa.binary(_TIME_WIDTH), len(values), texts).cast(pa.string()).cast(arrow_type)


def _cut_texts(values: Sequence[str], arrow_type: pa.DataType) -> pa.Array:
    """Pack texts as one long text that Arrow cuts up: quicker than to measure each."""
    from pyarrow import compute  # noqa: PLC0415

    data = _BETWEEN.join(values).encode()
    whole = _array(arrow_type, 1, array("i", [0, len(data)]), data)
    cut = compute.split_pattern(whole, _BETWEEN).values
    if len(cut) != len(values):
        raise ValueError("a text holds the mark itself")
    return cut


def _measured_texts(values: Sequence[Any], arrow_type: pa.DataType) -> pa.Array:
    texts = [str(value).encode() for value in values]  # identifiers and decimals as well
    offsets = array("i", accumulate(map(len, texts), initial=0))
    return _array(arrow_type, len(texts), offsets, b"".join(texts))


def _nested(values: list[Any], arrow_type: pa.DataType) -> pa.Array:
    pa = load_pyarrow()
    buffers, types = [_validity(values)], pa.types
    if types.is_struct(arrow_type):
        fields = [arrow_type.field(n) for n in range(arrow_type.num_fields)]
        children = [arrow_column([_part(v, f.name) for v in values], f) for f in fields]
        return pa.Array.from_buffers(arrow_type, len(values), buffers, children=children)
    buffers.append(pa.py_buffer(array("i", accumulate(map(_length, values), initial=0))))
    there = [value for value in values if value is not None]
    if types.is_list(arrow_type):
        children = [arrow_column([item for one in there for item in one], arrow_type.value_field)]
        return pa.Array.from_buffers(arrow_type, len(values), buffers, children=children)
    pairs = [pair for value in there for pair in value.items()]
    fields = [arrow_type.key_field, arrow_type.item_field]
    parts = [arrow_column([one[n] for one in pairs], field) for n, field in enumerate(fields)]
    entries = pa.Array.from_buffers(pa.struct(fields), len(pairs), [None], children=parts)
    return pa.Array.from_buffers(arrow_type, len(values), buffers, children=[entries])


def _length(value: Any) -> int:  # noqa: ANN401 - a list or a map, or nothing
    return len(value or ())


def _part(value: Any, name: str) -> Any:  # noqa: ANN401 - any field of any struct
    return None if value is None else getattr(value, name)


def _array(arrow_type: pa.DataType, count: int, *packed: array[Any] | bytes) -> pa.Array:
    pa = load_pyarrow()
    return pa.Array.from_buffers(arrow_type, count, [None, *map(pa.py_buffer, packed)])


def _validity(values: list[Any]) -> pa.Buffer | None:
    if None not in values:
        return None
    return load_pyarrow().py_buffer(_bits([value is not None for value in values]))


def _bits(flags: Sequence[bool]) -> bytes:
    digits = bytes(reversed(flags)).translate(_DIGITS)
    return int(digits or b"0", 2).to_bytes(len(flags) // 8 + 1, "little")


def microseconds(moment: datetime) -> int:
    """Give an aware moment as columns hold it: microseconds since 1970 (UTC)."""
    if moment.tzinfo is None:
        raise ValueError(f"expected aware datetimes, got the naive {moment.isoformat()}")
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(count: int) -> datetime:
    """Give the aware moment, in UTC, that a chunk holds as a number."""
    return _EPOCH + count * _MICROSECOND


def _day_number(day: date) -> int:
    return day.toordinal() - _EPOCH_DAY


_UNFIT: Final = (AttributeError, OverflowError, TypeError, ValueError)
_Pack: TypeAlias = "Callable[[Sequence[Any], pa.DataType], pa.Array]"
_PACKERS: Final[Mapping[str, tuple[_Pack, object]]] = {
    "bool": (_packed_bits, False),
    "int64": (partial(_packed_numbers, "q"), 0),
    "double": (partial(_packed_numbers, "d"), 0.0),
    "timestamp[us, tz=UTC]": (_packed_times, _EPOCH),
    "date32[day]": (partial(_packed_as, "i", _day_number), date(1970, 1, 1)),
    "string": (_measured_texts, ""),
}
"""By Arrow type: what packs values of which none is missing, and what stands in for those."""
_QUICK: Final[Mapping[str, _Pack]] = {
    **{name: pack for name, (pack, _) in _PACKERS.items()},
    "string": _cut_texts,
}
"""What packs plain values, and refuses anything else."""
