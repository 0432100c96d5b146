"""Parameters of operations -> arguments of functions."""

import builtins
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from codegen import docs, naming
from codegen.documents.document import Json, OperationAt, opened
from codegen.functions.encodings import FORM, HELPERS, Encoding, encoding_of, is_json
from codegen.problems import Problems, pointer
from codegen.schemas.library import Library
from codegen.schemas.shapes import Shape, bare, limits_of, type_of
from codegen.schemas.unions import kind_of, parts_of

_TAKEN = frozenset({"client", "options", "request", *HELPERS, *dir(builtins)})
_UNSAID = "The text is sent as given: OpenAPI does not say how lists of lists or objects travel."
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
}


@dataclass(frozen=True)
class Parameter:
    """One argument of a function; `type` is without the None of an optional one.

    `source` is its schema, `default` an expression; `closed`: its enum has no other values.
    """

    wire: str
    python: str
    place: str
    type: str
    required: bool
    encoding: Encoding = Encoding()  # noqa: RUF009 - immutable
    about: str = ""
    source: Json = field(default_factory=dict, repr=False)
    default: str = "None"
    closed: bool = False

    @property
    def signature(self) -> str:
        """As it stands in the function's signature."""
        if self.required:
            return f"{self.python}: {self.type}"
        optional = self.type if self.default != "None" else f"{self.type} | None"
        return f"{self.python}: {optional} = {self.default}"

    @property
    def value(self) -> str:
        """The expression that goes into the request."""
        return self.encoding.expression(self._checked, self.wire)

    @property
    def _checked(self) -> str:
        """The argument, refused where it is no time, not what is closed, or may not be None."""
        is_time = self.type in {"datetime", "date"} or self.closed
        may_be_none = not self.required or "None" in self.type or self.type == "Any"
        limits = limits_of(self.source)
        if not (is_time or limits) and (may_be_none or self.place == "path"):
            return self.python
        kind = f", {self.type}" if is_time else ""
        optional = ", optional=True" if may_be_none else ""
        limited = f", {limits}" if limits else ""
        return f"checked({self.python}, {self.wire!r}{kind}{optional}{limited})"

    @property
    def entry(self) -> str:
        """The entry, or entries, of a mapping of parameters."""
        return f"**{self.value}" if self.encoding.is_spread else f"{self.wire!r}: {self.value}"


def parameters_of(
    document: Json, at: OperationAt, library: Library, problems: Problems
) -> list[Parameter]:
    """Path parameters in the order of the path, then the others as declared."""
    own = at.body.get("parameters", [])
    item = at.where.rpartition("/")[0]
    places = [item + pointer("parameters", number) for number in range(len(at.inherited))]
    places += [at.where + pointer("parameters", number) for number in range(len(own))]
    declared: dict[tuple[str, str], tuple[Json, str]] = {}
    for raw, where in zip([*at.inherited, *own], places, strict=True):
        parameter = _resolved(document, raw, where, problems)
        if parameter is not None and not _is_the_transports(parameter):
            declared[parameter["in"], parameter["name"]] = (parameter, where)
    order = list(dict.fromkeys(_PLACEHOLDER.findall(at.route)))
    for name in order:  # all that a path can hold is text
        raw = {"in": "path", "name": name, "schema": {"type": "string"}}
        declared.setdefault(("path", name), (raw, at.where))
    made: list[Parameter] = []
    for parameter, where in declared.values():
        if parameter["in"] == "path" and parameter["name"] not in order:
            problems.add(at.where, f"path parameter {parameter['name']!r} is not in the path")
        else:
            made.append(_parameter(parameter, where, made, library, problems))
    return sorted(
        made, key=lambda one: order.index(one.wire) if one.place == "path" else len(order)
    )


def _resolved(document: Json, raw: Any, where: str, problems: Problems) -> Json | None:  # noqa: ANN401
    parameter = opened(document, raw)
    if not isinstance(parameter.get("name"), str):
        problems.add(where, "expected a parameter object with a name")
        return None
    if parameter.get("in") == "querystring" and FORM in (parameter.get("content") or {}):
        # A form as the whole query: an object whose members are parameters.
        schema = parameter["content"][FORM].get("schema", {})
        return {**parameter, "in": "query", "style": "form", "explode": True, "schema": schema}
    if parameter.get("in") not in {"path", "query", "header", "cookie"}:
        problems.add(where + "/in", f"cannot send a parameter in {parameter.get('in')!r}")
        return None
    return parameter


def _parameter(
    raw: Json, where: str, others: Sequence[Parameter], library: Library, problems: Problems
) -> Parameter:
    wire, schema, at = raw["name"], raw.get("schema"), where + "/schema"
    content, as_json = raw.get("content") or {}, False
    if schema is None:  # what is not JSON, or has no type at all, is text as it is given
        media = min(content, key=lambda name: (not is_json(name), name), default="")
        as_json = is_json(media)
        schema = content[media].get("schema", {}) if as_json else {"type": "string"}
        at = where + pointer("content", media, "schema")
    shape = library.shape(
        [(schema, at)], naming.class_name(wire[:1].upper() + wire[1:]), "parameter"
    )
    source = schema if isinstance(schema, dict) else {}
    kind = argument_type(shape, source)
    encoding = Encoding("json_text({it})")
    if not as_json:
        try:
            parts = parts_of(shape, library.named)
            encoding = encoding_of(raw, kind_of(shape, library.named), parts, kind)
        except ValueError as exc:
            problems.add(where, str(exc))
    about = _about(raw, source)
    if not encoding.is_said:
        kind, about = "str", f"{about} {_UNSAID}".strip()
    return Parameter(
        wire=wire,
        python=naming.unique(naming.snake_name(wire, taken=_TAKEN), {one.python for one in others}),
        place=raw["in"],
        type=kind,
        required=raw["in"] == "path" or raw.get("required") is True,
        encoding=encoding,
        about=about,
        source=source,
        closed=kind in library.named and library.named[kind].source.get("x-trlyr-closed") is True,
    )


def _about(parameter: Json, schema: Json) -> str:
    text = parameter.get("description")
    said = [docs.sentence(text)] if isinstance(text, str) and text.strip() else []
    if (limits := _limits(schema)) and parameter["in"] != "path":
        said.append(docs.sentence(limits))
    default = schema.get("default")
    if isinstance(default, bool | int | float | str):
        said.append(f"Default: {default if isinstance(default, str) else repr(default)}.")
    if parameter.get("deprecated") is True or schema.get("deprecated") is True:
        said.append("Deprecated.")
    return " ".join(said)


def _limits(schema: Json) -> str:
    numbers = {
        key: text.format(schema[key]).removesuffix("s" if schema[key] == 1 else "")
        for key, text in _LIMITS.items()
        if isinstance(schema.get(key), int | float) and not isinstance(schema[key], bool)
    }
    return ", ".join(numbers.values())


def argument_type(shape: Shape, source: Mapping[str, Any] | None = None) -> str:
    """The type of an argument: what takes any sequence, mapping and id that fits."""
    if shape.get("type") == "array":
        return f"Sequence[{_in(type_of(bare(shape['items'])))}]"
    if shape.get("type") == "object":
        return f"Mapping[str, {_in(type_of(shape.get('additionalProperties') or {}))}]"
    if shape.get("type") == "string" and source and source.get("format") == "uuid":
        return "UUID | str"
    return _in(type_of(bare(shape)))


def _is_the_transports(parameter: Json) -> bool:
    """OpenAPI ignores these headers among parameters: the media types decide on them."""
    name = parameter["name"].lower()
    return parameter["in"] == "header" and name in {"accept", "content-type"}


def _in(annotation: str) -> str:
    """Arguments take any datetime: the transport checks the zone and names the parameter."""
    return annotation.replace("AwareDatetime", "datetime")
