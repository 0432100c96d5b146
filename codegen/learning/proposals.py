"""What an overlay should say after what was observed: actions, each with its reason."""

from collections.abc import Iterator
from dataclasses import dataclass

from codegen.documents.document import Json, OperationAt, operations, resolve
from codegen.documents.normalise import python_name
from codegen.learning.records import Observed
from codegen.naming import snake_name
from energy_async.contact import Finding, Shape
from energy_async.contact.shapes import all_merged
from energy_async.contact.words import ELSE

_FORMATS = {"date-time", "date", "uuid"}
_CERTAIN = {"published", "observed"}
_CONTENT = "responses['200'].content['application/json'].schema"


@dataclass(frozen=True)
class Proposal:
    """One change of an overlay, for people (`what`) and as an action.

    No `target`, no `move` (old path, new path): only a person can decide. No `update`: remove it.
    """

    operation: str
    what: str
    target: str = ""
    update: Json | str | None = None
    move: tuple[str, str] | None = None

    @property
    def is_certain(self) -> bool:
        """Whether an overlay can say it; else a person must decide."""
        return bool(self.target or self.move)


def proposals(one: Observed, document: Json) -> Iterator[Proposal]:
    """What is proposed for an operation of an effective document; nothing if records disagree."""
    name = one.operation.partition(".")[2]
    at = next((at for at in operations(document) if at.body.get("operationId") == name), None)
    if at is None or not one.count or one.contradictions:
        return
    path = at.path
    if ELSE in one.path:
        yield Proposal(one.operation, f"the record hides a part of its path {one.path}")
    elif one.path != at.path:
        path = one.path
        yield Proposal(one.operation, f"moved: {at.path} -> {path}", move=(at.path, path))
    place = f"$.paths['{path}'].{at.method}"
    is_bare = one.answer.kinds & {"list", "object"} and not (one.answer.items or one.answer.members)
    if at.body.get("x-trlyr-provenance", "published") not in _CERTAIN and not is_bare:
        seen = {"date": one.date, "records": one.count}
        update = {"x-trlyr-provenance": "observed", "x-trlyr-observed": seen}
        yield Proposal(one.operation, "provenance is observed now", place, update)
    yield from _filled(one, at, place)
    for finding in one.findings:
        yield from _of_finding(one, finding, document)


def _filled(one: Observed, at: OperationAt, place: str) -> Iterator[Proposal]:
    """The shape of an answer that the document leaves open."""
    content = at.body.get("responses", {}).get("200", {}).get("content", {})
    schema, shape, below = content.get("application/json", {}).get("schema"), one.answer, ""
    while isinstance(schema, dict) and schema.get("type") == "array" and shape.items is not None:
        schema, shape, below = schema.get("items"), shape.items, f"{below}.items"
    is_open = isinstance(schema, dict) and not {"$ref", "properties", "allOf", "oneOf"} & {*schema}
    if is_open and schema.get("type") == "object" and shape.members:
        target = f"{place}.{_CONTENT}{below}"
        yield Proposal(one.operation, "its answer has a shape", target, schema_of(shape))


def _of_finding(one: Observed, finding: Finding, document: Json) -> Iterator[Proposal]:
    member = finding.where.rpartition(".")[2].rstrip("[]{}")
    key, schema = _owner(finding.owner, document)
    place = f"$.components.schemas['{key}']"
    said = finding.said(f"{finding.owner}.{member}" if finding.owner else member.strip("$"))
    if finding.is_note:
        return
    if ELSE in (member, *finding.names) or (finding.owner and not key):
        yield Proposal(one.operation, said)
    elif finding.kind == "unknown" and key:
        shape = _at(one.answer, finding.where)
        update = {"properties": {member: schema_of(shape)}}
        yield Proposal(one.operation, said, place, update)
    elif finding.kind == "renamed" and key:
        old = schema.get("properties", {}).get(member, {})
        python = old.get("x-trlyr-python-name", snake_name(member))
        update = {"properties": {finding.names[0]: {**old, "x-trlyr-python-name": python}}}
        yield Proposal(one.operation, said, f"{place}.properties['{member}']")
        yield Proposal(one.operation, f"{said}; its name in Python stays", place, update)
    elif finding.kind == "word" and key:
        inside, enum = _enum(schema.get("properties", {}).get(member, {}), document)
        where = inside or f"{place}.properties['{member}']{enum}"
        for word in finding.names[0].split(", "):
            yield Proposal(one.operation, said, f"{where}.enum", word)
    elif finding.kind == "unit" and not finding.owner:
        for name, other in document.get("components", {}).get("schemas", {}).items():
            if member in other.get("x-trlyr-enum-units", {}):
                units = {"x-trlyr-enum-units": {member: finding.names[0]}}
                yield Proposal(one.operation, said, f"$.components.schemas['{name}']", units)
    else:
        yield Proposal(one.operation, said)


def _owner(name: str, document: Json) -> tuple[str, Json]:
    """The component that a struct is made of; an empty key if there is none."""
    every = document.get("components", {}).get("schemas", {})
    found = (key for key, schema in every.items() if name in {key, python_name(key, schema)})
    key = next(found, "")
    return key, every.get(key, {})


def _enum(schema: Json, document: Json) -> tuple[str, str]:
    """Where the enum of a member stands: in a component, or below the member itself."""
    below = ""
    while schema.get("type") == "array":
        schema, below = schema.get("items", {}), f"{below}.items"
    reference = schema.get("$ref", "")
    if reference and "enum" in resolve(document, reference):
        return f"$.components.schemas['{reference.rpartition('/')[2]}']", ""
    return "", below


def _at(shape: Shape, where: str) -> Shape:
    """The shape at a place such as `$[].bids[].price`."""
    for part in where.replace("[]", ".[]").replace("{}", ".{}").split(".")[1:]:
        if part == "[]":
            shape = shape.items or Shape()
        elif part == "{}":
            shape = all_merged(shape.members.values())
        elif part:
            shape = shape.members.get(part, Shape())
    return shape


def schema_of(shape: Shape) -> Json:  # noqa: PLR0911 - one for each kind
    """The schema that values of a shape have; empty where nothing certain is known."""
    kinds = shape.kinds - {"null"}
    match sorted(kinds):
        case ["integer", "number"]:
            return {"type": "number"}
        case ["text"]:
            sure = sorted(shape.formats & _FORMATS) if len(shape.formats) == 1 else []
            return {"type": "string", "format": sure[0]} if sure else {"type": "string"}
        case ["list"]:
            return {"type": "array", "items": schema_of(shape.items) if shape.items else {}}
        case ["object"] if shape.members and ELSE not in shape.members:
            members = {name: schema_of(one) for name, one in sorted(shape.members.items())}
            return {"type": "object", "properties": members}
        case ["object"]:
            values = schema_of(all_merged(shape.members.values()))
            return {"type": "object", "additionalProperties": values}
        case [kind]:
            return {"type": kind}
        case _:
            return {}
