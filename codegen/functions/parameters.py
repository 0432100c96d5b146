"""Parameters and bodies of operations -> arguments of functions."""

import builtins
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from codegen import docs, naming
from codegen.documents.document import Json, OperationAt, resolve
from codegen.functions.encodings import HELPERS, Encoding, encoding_of, is_json, media_of
from codegen.problems import Problems, pointer
from codegen.schemas.lenient import Lenient
from codegen.schemas.shapes import Shape, type_of

__all__ = ["Parameter", "ParameterReader"]

_TAKEN = frozenset({"client", "options", "request", *HELPERS, *dir(builtins)})
_UNSAID = "The text is sent as given: OpenAPI does not say how lists of lists or objects travel."
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Parameter:
    """One argument of a function.

    Attributes:
        wire: Upstream's name.
        python: Name of the argument.
        place: `path`, `query`, `header`, `cookie` or `body`.
        type: Type of the argument, without the None of an optional one.
        required: Whether it must be given.
        encoding: How a value travels, as far as its type does not tell.
        about: What the document says of it.
        source: Its schema, as the effective document has it.
    """

    wire: str
    python: str
    place: str
    type: str
    required: bool
    encoding: Encoding = Encoding()  # noqa: RUF009 - frozen
    about: str = ""
    source: Json = field(default_factory=dict, repr=False)

    @property
    def signature(self) -> str:
        """As it stands in the function's signature."""
        return f"{self.python}: {self.type}" + ("" if self.required else " | None = None")

    @property
    def value(self) -> str:
        """The expression that goes into the request."""
        return self.encoding.expression(self.python, self.wire)

    @property
    def entry(self) -> str:
        """The entry, or entries, of a mapping of parameters."""
        return f"**{self.value}" if self.encoding.is_spread else f"{self.wire!r}: {self.value}"


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
            if parameter is not None and not _is_the_transports(parameter):
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
        order = _PLACEHOLDER.findall(self._at.route)
        in_path = [one for one in parameters if one.place == "path" and one.wire in order]
        rest = [one for one in parameters if one.place != "path"]
        unused = [one.wire for one in parameters if one.place == "path" and one.wire not in order]
        for name in unused:
            self._problems.add(self._at.where, f"path parameter {name!r} is not in the path")
        return sorted(in_path, key=lambda one: order.index(one.wire)) + rest

    def _check_path(self, parameters: Sequence[Parameter]) -> None:
        declared = {one.wire for one in parameters if one.place == "path"}
        for name in dict.fromkeys(_PLACEHOLDER.findall(self._at.route)):
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
        if parameter.get("in") not in {"path", "query", "header", "cookie"}:
            self._problems.add(where + "/in", f"cannot send a parameter in {parameter.get('in')!r}")
            return None
        return parameter

    def _parameter(self, parameter: Json, where: str, taken: set[str]) -> Parameter | None:
        wire, place = parameter["name"], parameter["in"]
        schema, at = parameter.get("schema"), where + "/schema"
        as_json = schema is None and isinstance(parameter.get("content"), dict)
        if as_json:
            media = next(filter(is_json, parameter["content"]), None)
            schema = parameter["content"][media].get("schema", {}) if media else None
            at = where + pointer("content", media or "", "schema")
        if schema is None:
            self._problems.add(where, "expected a schema, or content that is JSON")
            return None
        hint = naming.class_name(wire[:1].upper() + wire[1:])
        shape = self._lenient.of_operation(schema, at, hint)
        python = naming.unique(naming.snake_name(wire, taken=_TAKEN), taken)
        about = parameter.get("description")
        about = about if isinstance(about, str) else ""
        kind = self._argument_type(schema, shape)
        encoding = Encoding("json") if as_json else self._encoding(parameter, shape, kind, where)
        if encoding.how == "unsaid":
            kind, about = "str", f"{docs.sentence(about)} {_UNSAID}".strip()
        return Parameter(
            wire=wire,
            python=python,
            place=place,
            type=kind,
            required=place == "path" or parameter.get("required") is True,
            encoding=encoding,
            about=about,
            source=schema if isinstance(schema, dict) else {},
        )

    def _encoding(self, parameter: Json, shape: Shape, kind: str, where: str) -> Encoding:
        """How the parameter travels; what cannot is noted."""
        parts = self._lenient.names.parts_of(shape)
        try:
            return encoding_of(parameter, self._lenient.names.kind_of(shape), parts, kind)
        except ValueError as exc:
            self._problems.add(where, str(exc))
            return Encoding()

    def _argument_type(self, schema: Any, shape: Shape) -> str:  # noqa: ANN401 - unchecked input
        if shape.get("type") == "array":
            items = {key: value for key, value in shape["items"].items() if key != "nullable"}
            return f"Sequence[{_in(type_of(items))}]"
        if shape.get("type") == "object":
            return f"Mapping[str, {_in(type_of(shape.get('additionalProperties') or {}))}]"
        is_id = isinstance(schema, dict) and schema.get("format") == "uuid"
        if shape.get("type") == "string" and is_id:
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
        media, encoding = media_of(content)
        if media is None:
            self._problems.add(where + "/content", "expected at least one media type")
            return [], None
        about = body.get("description")
        about = about if isinstance(about, str) else ""
        kind = "bytes"
        if encoding.how == "multipart":
            kind = "Mapping[str, Any]"
            about = " ".join(filter(None, [about, _parts_told(self._document, content[media])]))
        elif is_json(media) or encoding.how == "form":
            at = where + pointer("content", media, "schema")
            shape = self._lenient.of_operation(content[media].get("schema", {}), at, hint)
            kind = _in(type_of({key: one for key, one in shape.items() if key != "nullable"}))
        python = naming.unique("body", taken)
        required = body.get("required") is True
        return [Parameter("body", python, "body", kind, required, encoding, about)], media


def _parts_told(document: Json, media: Json) -> str:
    """The parts of a multipart body in words, since its type does not tell them."""
    schema = media.get("schema")
    try:
        if isinstance(schema, dict) and "$ref" in schema:
            schema = resolve(document, schema["$ref"])
    except LookupError:
        return ""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict) or not properties:
        return ""
    return f"Parts: {', '.join(f'`{name}`' for name in sorted(properties))}."


def _is_the_transports(parameter: Json) -> bool:
    """OpenAPI ignores these headers among parameters: the media types decide on them."""
    name = parameter["name"].lower()
    return parameter["in"] == "header" and name in {"accept", "content-type"}


def _in(annotation: str) -> str:
    """Arguments take any datetime: the transport checks the zone and names the parameter."""
    return annotation.replace("AwareDatetime", "datetime")
