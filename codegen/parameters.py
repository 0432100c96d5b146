"""Parameters and bodies of operations -> arguments of functions."""

import builtins
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from codegen import naming
from codegen.document import Json, OperationAt, resolve
from codegen.lenient import Lenient
from codegen.problems import Problems, pointer
from codegen.schemas import Shape, type_of

__all__ = ["Parameter", "ParameterReader"]

_TAKEN = frozenset({"client", "options", "request", *dir(builtins)})
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Parameter:
    """One argument of a function.

    Attributes:
        wire: Upstream's name.
        python: Name of the argument.
        place: `path`, `query`, `header` or `body`.
        type: Type of the argument, without the None of an optional one.
        required: Whether it must be given.
        is_joined: Whether a sequence travels as one text with commas.
        about: What the document says of it.
        source: Its schema, as the effective document has it.
    """

    wire: str
    python: str
    place: str
    type: str
    required: bool
    is_joined: bool = False
    about: str = ""
    source: Json = field(default_factory=dict, repr=False)

    @property
    def encoding(self) -> str:
        """How a value travels, as far as its type does not tell."""
        return "joined" if self.is_joined else ""

    @property
    def signature(self) -> str:
        """As it stands in the function's signature."""
        return f"{self.python}: {self.type}" + ("" if self.required else " | None = None")

    @property
    def value(self) -> str:
        """The expression that goes into the request."""
        return f"comma_separated({self.python})" if self.is_joined else self.python


class ParameterReader:
    """Reads the arguments of one operation; what is wrong with them goes to `problems`."""

    def __init__(
        self, document: Json, at: OperationAt, lenient: Lenient, problems: Problems
    ) -> None:
        """Read from an operation of an effective document."""
        self._document = document
        self._at = at
        self._lenient = lenient
        self._problems = problems

    def parameters(self) -> list[Parameter]:
        """Path parameters in the order of the path, then the others as declared."""
        own = self._at.body.get("parameters", [])
        merged: dict[tuple[str, str], tuple[Json, str]] = {}
        item = self._at.where.rpartition("/")[0]
        for number, raw in enumerate([*self._at.inherited, *own]):
            inherited = len(self._at.inherited)
            base = item if number < inherited else self._at.where
            index = number if number < inherited else number - inherited
            where = base + pointer("parameters", index)
            parameter = self._resolved(raw, where)
            if parameter is not None:
                merged[parameter["in"], parameter["name"]] = (parameter, where)
        taken: set[str] = set()
        made = []
        for parameter, where in merged.values():
            one = self._parameter(parameter, where, taken)
            if one is not None:
                taken.add(one.python)
                made.append(one)
        ordered = self._in_path_order(made)
        self._check_path(ordered)
        return ordered

    def _in_path_order(self, parameters: list[Parameter]) -> list[Parameter]:
        order = _PLACEHOLDER.findall(self._at.path)
        in_path = [one for one in parameters if one.place == "path" and one.wire in order]
        rest = [one for one in parameters if one.place != "path"]
        unused = [one.wire for one in parameters if one.place == "path" and one.wire not in order]
        for name in unused:
            self._problems.add(self._at.where, f"path parameter {name!r} is not in the path")
        return sorted(in_path, key=lambda one: order.index(one.wire)) + rest

    def _check_path(self, parameters: Sequence[Parameter]) -> None:
        declared = {one.wire for one in parameters if one.place == "path"}
        for name in dict.fromkeys(_PLACEHOLDER.findall(self._at.path)):
            if name not in declared:
                self._problems.add(self._at.where, f"path parameter {name!r} is not declared")

    def _resolved(self, raw: Any, where: str) -> Json | None:  # noqa: ANN401 - unchecked input
        try:
            parameter = resolve(self._document, raw["$ref"]) if "$ref" in raw else raw
        except LookupError as exc:
            self._problems.add(where + "/$ref", str(exc))
            return None
        if not isinstance(parameter, dict) or not isinstance(parameter.get("name"), str):
            self._problems.add(where, "expected a parameter object with a name")
            return None
        if parameter.get("in") not in {"path", "query", "header"}:
            self._problems.add(where + "/in", f"cannot send a parameter in {parameter.get('in')!r}")
            return None
        return parameter

    def _parameter(self, parameter: Json, where: str, taken: set[str]) -> Parameter | None:
        schema = parameter.get("schema")
        if schema is None:
            self._problems.add(where, "parameters described by `content` are not supported")
            return None
        wire, place = parameter["name"], parameter["in"]
        hint = naming.class_name(wire[:1].upper() + wire[1:])
        shape = self._lenient.of_operation(schema, where + "/schema", hint)
        python = naming.unique(naming.snake_name(wire, taken=_TAKEN), taken)
        about = parameter.get("description")
        return Parameter(
            wire=wire,
            python=python,
            place=place,
            type=self._argument_type(schema, shape, parameter, where),
            required=place == "path" or parameter.get("required") is True,
            is_joined=shape.get("type") == "array" and _is_joined(parameter),
            about=about if isinstance(about, str) else "",
            source=schema if isinstance(schema, dict) else {},
        )

    def _argument_type(self, schema: Json, shape: Shape, parameter: Json, where: str) -> str:
        if shape.get("type") == "array":
            items = {key: value for key, value in shape["items"].items() if key != "nullable"}
            style = parameter.get("style", "form" if parameter["in"] == "query" else "simple")
            text_only = "$ref" in items or items.get("type") == "string"
            if style not in {"form", "simple"} or items.get("type") in {"array", "object"}:
                self._problems.add(where, f"cannot send an array in style {style!r}")
            elif _is_joined(parameter) and ("format" in items or not text_only):
                self._problems.add(where, "only text can be sent as one value with commas")
            return f"Sequence[{_in(type_of(items))}]"
        if shape.get("type") == "object":
            self._problems.add(where, "cannot send an object as a parameter")
        if shape.get("type") == "string" and schema.get("format") == "uuid":
            return "UUID | str"
        return _in(type_of({key: value for key, value in shape.items() if key != "nullable"}))

    def payload(self, taken: set[str], hint: str) -> tuple[list[Parameter], str | None]:
        """The body as an argument, and its media type; `hint` names a schema without a name."""
        raw = self._at.body.get("requestBody")
        if raw is None:
            return [], None
        where = self._at.where + "/requestBody"
        try:
            body = resolve(self._document, raw["$ref"]) if "$ref" in raw else raw
        except LookupError as exc:
            self._problems.add(where + "/$ref", str(exc))
            return [], None
        content: Mapping[str, Json] = body.get("content") or {}
        media = _preferred(content)
        if media is None:
            self._problems.add(where + "/content", f"cannot send {', '.join(content) or 'nothing'}")
            return [], None
        if _is_json(media):
            at = where + pointer("content", media, "schema")
            shape = self._lenient.of_operation(content[media].get("schema", {}), at, hint)
            kind = _in(type_of({key: one for key, one in shape.items() if key != "nullable"}))
        else:
            kind = "bytes"
        python = naming.unique("body", taken)
        required = body.get("required") is True
        about = body.get("description")
        about = about if isinstance(about, str) else ""
        return [Parameter("body", python, "body", kind, required, about=about)], media


def _in(annotation: str) -> str:
    """Arguments take any datetime: the transport checks the zone and names the parameter."""
    return annotation.replace("AwareDatetime", "datetime")


def _is_joined(parameter: Json) -> bool:
    return parameter["in"] != "query" or parameter.get("explode", True) is False


def _is_json(media: str) -> bool:
    kind = media.partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def _preferred(content: Mapping[str, Json]) -> str | None:
    """The media type to send: JSON before bytes; forms are not supported."""
    ordered = sorted(content, key=lambda media: (not _is_json(media), media))
    unsupported = ("multipart/", "application/x-www-form-urlencoded")
    return next((media for media in ordered if not media.startswith(unsupported)), None)
