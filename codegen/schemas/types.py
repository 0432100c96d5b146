"""Named schemas -> Python types, worked out by datamodel-code-generator.

The generator gets a working copy in which every schema already has its final name and one of the
few shapes of `schemas.py`. Of its output only the types are read back: our own template lays out
the module, so that names, units, docstrings and order stay in our hands.
"""

import ast
import json
import warnings
from collections.abc import Mapping
from functools import cache, reduce
from typing import Any

from codegen.documents.document import Json
from codegen.schemas.shapes import Named, ref_name, ref_to

__all__ = ["types_of"]

_DOCUMENT = {"openapi": "3.0.3", "info": {"title": "working copy", "version": "0"}, "paths": {}}


_STUB = {"type": "object", "properties": {"p0": {}}}


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


def types_of(named: Mapping[str, Named]) -> dict[str, dict[str, str] | str]:
    """For each struct the type of each property by its wire name; for each alias its type.

    Raises:
        RuntimeError: The generator left something out or renamed it. A defect of the pipeline:
            no document should be able to cause it.
    """
    types: dict[str, dict[str, str] | str] = {n: {} for n, one in named.items() if one.fields == ()}
    rest = [one for name, one in named.items() if name not in types]
    numbers = {name: f"S{number}" for number, name in enumerate(named)}
    schemas = {f"D{number}": _anonymous(one, numbers) for number, one in enumerate(rest)}
    if not schemas:
        return types
    used = {name for one in rest for name in one.refs()}
    stubs = {numbers[name]: _STUB for name in sorted(used)}
    text = _generate(json.dumps(_DOCUMENT | {"components": {"schemas": schemas | stubs}}))
    found = _read_back(ast.parse(text), {number: name for name, number in numbers.items()})
    return types | {
        one.name: _by_wire(one, found.get(key)) for key, one in zip(schemas, rest, strict=True)
    }


def _anonymous(one: Named, numbers: Mapping[str, str]) -> Json:
    """The working copy with numbers for names, which any text may be.

    It refers to stubs: the generator takes a time that grows with the square of long chains.
    """
    working: Json = _with_names(one.working, numbers)
    if one.fields is None:
        return working
    wires = {field.wire: f"p{number}" for number, field in enumerate(one.fields)}
    return working | {
        "properties": {wires[wire]: shape for wire, shape in working["properties"].items()},
        "required": [wires[wire] for wire in working["required"]],
    }


def _with_names(node: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401 - any part of a schema
    if isinstance(node, dict):
        if name := ref_name(node):
            return {**node, **ref_to(names[name])}
        return {key: _with_names(one, names) for key, one in node.items()}
    return [_with_names(one, names) for one in node] if isinstance(node, list) else node


def _by_wire(one: Named, got: dict[str, str] | str | None) -> dict[str, str] | str:
    expected = [f"p{number}" for number in range(len(one.fields or ()))]
    if isinstance(got, str) and one.fields is None:
        return got
    if not isinstance(got, dict) or one.fields is None or sorted(got) != sorted(expected):
        raise RuntimeError(f"datamodel-code-generator changed {one.name}: {got!r}")
    return {field.wire: got[number] for field, number in zip(one.fields, expected, strict=True)}


def _generate(document: str) -> str:
    from datamodel_code_generator import generate  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of unions without tags: our template adds the tags
        text = generate(document, **_options())
    if not isinstance(text, str):
        raise TypeError("datamodel-code-generator gave no text")
    return text


def _read_back(module: ast.Module, names: Mapping[str, str]) -> dict[str, dict[str, str] | str]:
    aliases = {
        name.asname: name.name
        for node in module.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
        if name.asname
    }
    reader = _Types({**aliases, **names, "datetime": "AwareDatetime", "bytes": "bytes | File"})
    found: dict[str, dict[str, str] | str] = {}
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = dict(reader.field(item) for item in node.body if _is_field(item))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            found[node.target.id] = reader.text(node.value)
    return found


def _is_field(node: ast.stmt) -> bool:
    return isinstance(node, ast.AnnAssign)


class _Types(ast.NodeTransformer):
    """Types as text, with the generator's own names replaced."""

    def __init__(self, renamed: Mapping[str, str]) -> None:
        self._renamed = renamed

    def field(self, node: ast.stmt) -> tuple[str, str]:
        """Wire name and type of a field of a class."""
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            raise TypeError(f"not a field: {ast.dump(node)}")
        wire = node.target.id
        if isinstance(node.value, ast.Call):
            for argument in node.value.keywords:
                if argument.arg == "name":
                    wire = ast.literal_eval(argument.value)
        return wire, self.text(node.annotation)

    def text(self, node: ast.expr) -> str:
        """A type as text, quoted forward references opened, `UnsetType` left out."""
        return ast.unparse(self.visit(node))

    def visit_Name(self, node: ast.Name) -> ast.expr:
        name = self._renamed.get(node.id, node.id)
        return ast.Name(self._renamed.get(name, name))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.visit(node.left), self.visit(node.right)
        if isinstance(right, ast.Name) and right.id == "UnsetType":
            return left  # type: ignore[no-any-return]
        return ast.BinOp(left, node.op, right)

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
