"""What the columns of a dataset are: units, where they come from, how well that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from energy_async.bulk.dataset import Dataset
from energy_async.columns import load_pyarrow
from energy_async.storage import DatasetMissing

if TYPE_CHECKING:
    import pyarrow as pa

    from energy_async.bulk.source import Source
    from energy_async.storage import PlaceLike

SCHEMA_VERSION: Final = "1"
"""Of what this module writes into files."""
_ORIGIN: Final = (b"operation", b"provenance")


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a dataset.

    Attributes:
        name: Its name.
        type: Its Arrow type.
        unit: Of its values; empty if they have none or upstream does not tell.
        description: What it says; empty if unknown.
        operations: By stream, the operation that it comes from, such as `GET /assets`; empty
            where it was not asked but known.
        provenances: By stream, how well that operation is known; see `Operation.provenance`.
    """

    name: str
    type: str
    unit: str = ""
    description: str = ""
    operations: dict[str, str] = {}
    provenances: dict[str, str] = {}


def file_schema(source: Source[Any], stream: str) -> pa.Schema:
    """Give the schema of the files of a stream, with all that is known of its columns.

    All but the first column, which is what was asked about, carry `operation` and `provenance`.
    """
    schema = source.schema()
    operation = source.operations.get(stream)
    file = {
        "energy_async.schema": SCHEMA_VERSION,
        "energy_async.content": source.content,
        "energy_async.month_zone": source.zone,
    }
    if operation is None:
        return schema.with_metadata(file)
    origin = {
        b"operation": f"{operation.method} {operation.path}".encode(),
        b"provenance": operation.provenance.encode(),
    }
    first, *others = schema
    fields = [one.with_metadata({**(one.metadata or {}), **origin}) for one in others]
    return load_pyarrow().schema([first, *fields], file)


def without_origin(schema: pa.Schema) -> pa.Schema:
    """Leave out of a schema what holds for one stream alone."""
    fields = [
        one.with_metadata({k: v for k, v in (one.metadata or {}).items() if k not in _ORIGIN})
        for one in schema
    ]
    return load_pyarrow().schema(fields)


def columns_of(path: PlaceLike) -> list[Column]:
    """Tell the columns of a dataset, those of the folder names included.

    Raises:
        DatasetMissing: There is no dataset, or nothing was fetched into it yet.
    """
    dataset = Dataset(path)
    snapshot = dataset.load()
    zone = dataset.manifest(snapshot).zone
    youngest = {part.keys["stream"]: part for part in snapshot.of_kind("rows")}
    if not youngest:
        raise DatasetMissing(f"{dataset} has no rows yet: nothing was fetched")
    schemas = {stream: dataset.table.read_rows(part).schema for stream, part in youngest.items()}
    names = dict.fromkeys(name for one in schemas.values() for name in one.names)
    return [
        *(_column(name, schemas) for name in names),
        Column(name="stream", type="string", description="What kind of row; from the folder."),
        Column(
            name="month", type="string", description=f"Delivery month in {zone}; from the folder."
        ),
    ]


def _column(name: str, schemas: dict[str, pa.Schema]) -> Column:
    fields = {stream: one.field(name) for stream, one in schemas.items() if name in one.names}
    metadata = {
        stream: {k.decode(): v.decode() for k, v in (field.metadata or {}).items()}
        for stream, field in fields.items()
    }
    first = next(iter(metadata.values()))
    return Column(
        name=name,
        type=_type_name(next(iter(fields.values())).type),
        unit=first.get("unit", ""),
        description=first.get("description", ""),
        operations=_by_stream(metadata, "operation"),
        provenances=_by_stream(metadata, "provenance"),
    )


def _by_stream(metadata: dict[str, dict[str, str]], key: str) -> dict[str, str]:
    return {stream: one[key] for stream, one in metadata.items() if key in one}


def _type_name(kind: pa.DataType) -> str:
    is_encoded = load_pyarrow().types.is_dictionary(kind)
    return str(kind.value_type if is_encoded else kind)
