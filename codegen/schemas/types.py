"""Shapes -> Python types of struct fields, worked out by datamodel-code-generator.

Each different shape is asked for once in a document, with placeholders for the names in it: most
fields of a document share a few shapes, and the generator takes its time. Of its output only the
types are read back: our own template lays out the module, so that names, units, docstrings and
order stay in our hands.
"""

import ast
import json
import re
import warnings
from collections.abc import Iterable, Mapping
from functools import cache, reduce
from typing import Any

from codegen.documents.document import Json
from codegen.schemas.shapes import FORMATS, Shape, bare, ref_name, ref_to

__all__ = ["FieldTypes"]

_PLACEHOLDER = re.compile(r"\bS(\d+)\b")
_STUB = {"type": "object", "properties": {"p0": {}}}
_NULL: Json = {"nullable": True, "enum": [None]}
_RENAMED = {"datetime": "AwareDatetime", "bytes": "bytes | File"}


class FieldTypes:
    """The Python types of all shapes of a document.

    Raises:
        RuntimeError: The generator left a shape out. A defect of the pipeline: no document should
            be able to cause it.
    """

    def __init__(self, shapes: Iterable[Shape]) -> None:
        keys = sorted({_outline(shape)[0] for shape in shapes})
        numbers = {f"p{number}": key for number, key in enumerate(keys)}
        found = _generated({number: json.loads(key) for number, key in numbers.items()})
        if found.keys() != numbers.keys():
            raise RuntimeError(f"datamodel-code-generator left out {numbers.keys() - found.keys()}")
        self._types = {numbers[number]: text for number, text in found.items()}

    def of(self, shape: Shape) -> str:
        """The type of a value of this shape."""
        key, names = _outline(shape)
        return _PLACEHOLDER.sub(lambda found: names[int(found[1])], self._types[key])


def _outline(shape: Shape) -> tuple[str, list[str]]:
    """The schema of a shape with numbers for names, as text, and the names."""
    names: list[str] = []
    return json.dumps(_schema(shape, names), sort_keys=True), names


def _schema(shape: Shape, names: list[str]) -> Json:
    """The shape as datamodel-code-generator reads it.

    It sees null beside a scalar, but beside a `$ref`, and for lists and maps inside others, only as
    a member of a union.
    """
    if not shape:
        return {"nullable": True}
    plain = {key: _part(key, value, names) for key, value in bare(shape).items()}
    if plain.get("format", "") not in FORMATS:
        plain.pop("format", None)
    if name := ref_name(shape):
        if name not in names:
            names.append(name)
        plain = ref_to(f"S{names.index(name)}")
    if not shape.get("nullable"):
        return plain
    if "anyOf" in plain or shape.get("type") in {"string", "number", "integer", "boolean"}:
        return plain | {"nullable": True}
    return {"anyOf": [plain, _NULL]}


def _part(key: str, value: Any, names: list[str]) -> Any:  # noqa: ANN401 - any part of a shape
    if key in {"items", "additionalProperties"} and isinstance(value, dict):
        return _schema(value, names) if value else {}
    return [_schema(one, names) for one in value] if key == "anyOf" else value


@cache
def _options() -> dict[str, Any]:
    """How the generator is run; its import takes a second, so it happens once and late."""
    from datamodel_code_generator.enums import (  # noqa: PLC0415
        DataModelType,
        InputFileType,
        NamingStrategy,
    )
    from datamodel_code_generator.format import (  # noqa: PLC0415
        DatetimeClassType,
        Formatter,
        PythonVersion,
    )
    from datamodel_code_generator.parser import LiteralType  # noqa: PLC0415

    return {
        "input_file_type": InputFileType.OpenAPI,
        "output_model_type": DataModelType.MsgspecStruct,
        "target_python_version": PythonVersion.PY_311,
        "base_class": "energy_async.Model",
        "output_datetime_class": DatetimeClassType.Datetime,
        "use_standard_primitive_types": True,
        "keyword_only": True,
        "strict_nullable": True,
        "use_annotated": False,
        "collapse_root_models": False,
        "enum_field_as_literal": LiteralType.All,
        "naming_strategy": NamingStrategy.PrimaryFirst,
        "use_double_quotes": True,
        "disable_timestamp": True,
        "formatters": [Formatter.BUILTIN],
    }


def _generated(properties: Mapping[str, Json]) -> dict[str, str]:
    """The types of the properties of one struct that has them all."""
    if not properties:
        return {}
    stubs = dict.fromkeys(
        sorted(set(re.findall(r"schemas/(S\d+)", json.dumps([*properties.values()])))), _STUB
    )
    whole = {"type": "object", "properties": properties, "required": [*properties]}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "working copy", "version": "0"},
        "paths": {},
        "components": {"schemas": {"Whole": whole, **stubs}},
    }
    return _read_back(ast.parse(_generate(json.dumps(document))))


def _generate(document: str) -> str:
    from datamodel_code_generator import generate  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of unions without tags: our template adds the tags
        text = generate(document, **_options())
    if not isinstance(text, str):
        raise TypeError("datamodel-code-generator gave no text")
    return text


def _read_back(module: ast.Module) -> dict[str, str]:
    aliases = {
        name.asname: name.name
        for node in module.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
        if name.asname
    }
    reader = _Types({**aliases, **_RENAMED})
    return {
        item.target.id: reader.text(item.annotation)
        for node in module.body
        if isinstance(node, ast.ClassDef) and node.name == "Whole"
        for item in node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    }


class _Types(ast.NodeTransformer):
    """Types as text, with the generator's own names replaced."""

    def __init__(self, renamed: Mapping[str, str]) -> None:
        self._renamed = renamed

    def text(self, node: ast.expr) -> str:
        """A type as text, quoted forward references opened."""
        return ast.unparse(self.visit(node)).replace("Any | None", "Any")

    def visit_Name(self, node: ast.Name) -> ast.expr:
        name = self._renamed.get(node.id, node.id)
        return ast.Name(self._renamed.get(name, name))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        return ast.BinOp(self.visit(node.left), node.op, self.visit(node.right))

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        kind = node.value.id if isinstance(node.value, ast.Name) else ""
        if kind == "Literal":
            return node
        if kind in {"Optional", "Union"}:  # so written around quoted names
            return self._joined(node.slice, *([ast.Constant(None)] if kind == "Optional" else []))
        return ast.Subscript(self.visit(node.value), self.visit(node.slice))

    def _joined(self, *members: ast.expr) -> ast.expr:
        """The members, a tuple's own counting as such, joined by `|`."""
        every = [
            one
            for member in members
            for one in (member.elts if isinstance(member, ast.Tuple) else [member])
        ]
        types: list[ast.expr] = [self.visit(one) for one in every]
        return reduce(lambda one, other: ast.BinOp(one, ast.BitOr(), other), types)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if isinstance(node.value, str):
            return self.visit(ast.parse(node.value, mode="eval").body)  # type: ignore[no-any-return]
        return node
