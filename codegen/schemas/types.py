"""Shapes -> Python types of struct fields, worked out by datamodel-code-generator.

Each different shape is asked for once, with placeholders for the names in it. Only the types are
read back: our own template lays out the module, with names, units, docstrings and order.
"""

import ast
import json
import re
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from codegen.documents.document import Json
from codegen.schemas.shapes import FORMATS, Shape, bare, ref_name, ref_to

_WORD = re.compile(r"\w+")
_PLACEHOLDER = re.compile(r"S(\d+)")
_STUB = {"type": "object", "properties": {"p0": {}}}
_NULL: Json = {"nullable": True, "enum": [None]}
_RENAMED = {"datetime": "AwareDatetime", "bytes": "bytes | File"}


class FieldTypes:
    """The Python types of all shapes of a document."""

    def __init__(self, shapes: Iterable[Shape]) -> None:
        keys = sorted({_outline(shape)[0] for shape in shapes})
        found = _generated([json.loads(key) for key in keys])
        if len(found) != len(keys):
            raise RuntimeError(f"datamodel-code-generator made {len(found)} of {len(keys)} types")
        self._types = dict(zip(keys, found, strict=True))

    def of(self, shape: Shape) -> str:
        """The type of a value of this shape."""
        key, names = _outline(shape)
        return _PLACEHOLDER.sub(lambda found: names[int(found[1])], self._types[key])


def _outline(shape: Shape) -> tuple[str, list[str]]:
    """The schema of a shape with numbers for names, as text, and the names."""
    names: list[str] = []
    return json.dumps(_schema(shape, names), sort_keys=True), names


def _schema(shape: Shape, names: list[str]) -> Json:
    """The shape as datamodel-code-generator reads it: null, everywhere, as a member of a union."""
    if not shape:
        return {"nullable": True}
    plain = {key: _part(key, value, names) for key, value in bare(shape).items()}
    if plain.get("format", "") not in FORMATS:
        plain.pop("format", None)
    if name := ref_name(shape):
        if name not in names:
            names.append(name)
        plain = ref_to(f"S{names.index(name)}")
    return {"anyOf": [*plain.get("anyOf", [plain]), _NULL]} if shape.get("nullable") else plain


def _part(key: str, value: Any, names: list[str]) -> Any:  # noqa: ANN401 - any part of a shape
    if key in {"items", "additionalProperties"} and isinstance(value, dict):
        return _schema(value, names) if value else {}
    return [_schema(one, names) for one in value] if key == "anyOf" else value


def _generated(schemas: list[Json]) -> list[str]:
    if not schemas:
        return []
    stubs = dict.fromkeys(sorted(set(re.findall(r"schemas/(S\d+)", json.dumps(schemas)))), _STUB)
    fields = {f"p{number}": schema for number, schema in enumerate(schemas)}
    whole = {"type": "object", "properties": fields, "required": [*fields]}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "working copy", "version": "0"},
        "paths": {},
        "components": {"schemas": {"Whole": whole, **stubs}},
    }
    types = _fields_of("Whole", ast.parse(_generate(json.dumps(document))))
    return [types[name] for name in fields if name in types]


def _generate(document: str) -> str:
    # Its import takes a second, so it happens late.
    from datamodel_code_generator import generate  # noqa: PLC0415
    from datamodel_code_generator.enums import DataModelType, InputFileType  # noqa: PLC0415
    from datamodel_code_generator.format import (  # noqa: PLC0415
        DatetimeClassType,
        Formatter,
        PythonVersion,
    )
    from datamodel_code_generator.parser import LiteralType  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of unions without tags: our template adds the tags
        text = generate(
            document,
            input_file_type=InputFileType.OpenAPI,
            output_model_type=DataModelType.MsgspecStruct,
            target_python_version=PythonVersion.PY_311,
            base_class="energy_async.Model",
            output_datetime_class=DatetimeClassType.Datetime,
            use_standard_primitive_types=True,
            strict_nullable=True,
            use_annotated=False,
            enum_field_as_literal=LiteralType.All,
            disable_timestamp=True,
            formatters=[Formatter.BUILTIN],
        )
    if not isinstance(text, str):
        raise TypeError("datamodel-code-generator gave no text")
    return text


def _fields_of(name: str, module: ast.Module) -> Mapping[str, str]:
    """The types of the fields of a class, with our names for what the generator calls otherwise."""
    return {
        ast.unparse(item.target): _WORD.sub(
            lambda found: _RENAMED.get(found[0], found[0]), ast.unparse(item.annotation)
        ).replace("Any | None", "Any")
        for node in module.body
        if isinstance(node, ast.ClassDef) and node.name == name
        for item in node.body
        if isinstance(item, ast.AnnAssign)
    }
