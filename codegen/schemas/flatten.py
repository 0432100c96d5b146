"""The many spellings of one schema -> one: `allOf` merged, `const` and null in words of 3.0.

Conditions (`if`, `dependentSchemas`) only say when a property must be there: what they describe is
merged as optional.
"""

from typing import Any, NoReturn

from codegen.documents.document import Json
from codegen.problems import Problem, Problems, ProblemsError, pointer
from codegen.schemas.shapes import component_of

# Says nothing about the shape of a value: may stand beside `$ref` and differ between parts.
_NOTES = frozenset({
    "$comment", "default", "deprecated", "description", "example", "examples", "externalDocs",
    "readOnly", "summary", "title", "writeOnly", "xml",
})  # fmt: skip
# Limits on a value, which the server enforces. `not` takes values away and describes none.
_LIMITS = frozenset({
    "exclusiveMaximum", "exclusiveMinimum", "maxItems", "maxLength", "maxProperties", "maximum",
    "minItems", "minLength", "minProperties", "minimum", "multipleOf", "not", "pattern",
    "uniqueItems", "unevaluatedItems", "unevaluatedProperties",
})  # fmt: skip
_BRANCHES = ("then", "else")
_TYPE_OF_FORMAT = {
    "date-time": "string", "date": "string", "uuid": "string", "byte": "string",
    "int32": "integer", "int64": "integer", "float": "number", "double": "number",
}  # fmt: skip

_MOST_PARTS = 200_000
_MOST_LEVELS = 100


class Flattener:
    """Rewrites one level of a schema; nested schemas are left for later."""

    def __init__(self, schemas: Json, problems: Problems) -> None:
        """Follow references to `schemas` and note contradictions in `problems`."""
        self._schemas = schemas
        self._problems = problems
        self._whole: dict[str, Json] = {}
        self._inside: list[str] = []
        self._cut = 0
        self._seen = 0

    def flatten(self, schema: Json, where: str) -> Json:
        """The same schema without `allOf`, `const`, limits and lists of types with null."""
        self._seen += 1
        if self._seen > _MOST_PARTS:
            self._stop(where, f"more than {_MOST_PARTS} parts of schemas, references followed")
        flat = {key: value for key, value in schema.items() if key not in _LIMITS}
        if "const" in flat:
            flat["enum"] = [flat.pop("const")]
        if {"$dynamicRef", "$recursiveRef"} & flat.keys():  # depends on who refers: takes anything
            return {key: value for key, value in flat.items() if key in _NOTES}
        flat = _typed(_without_conditions(self._without_null_type(_without_patterns(flat))))
        if "$ref" in flat:
            structural = [key for key in flat if key not in _NOTES and not key.startswith("x-")]
            if set(structural) <= {"$ref", "nullable"}:
                return {key: flat[key] for key in structural}
            beside = {key: value for key, value in flat.items() if key != "$ref"}
            flat = {**beside, "allOf": [{"$ref": flat["$ref"]}, *beside.get("allOf", [])]}
        return self._merged(flat, where) if "allOf" in flat else flat

    def _stop(self, where: str, message: str) -> NoReturn:
        problem = Problem(self._problems.document, where, message)
        raise ProblemsError([*self._problems.found, problem])

    def is_noted(self, schema: Json, note: str) -> bool:
        """Whether a schema, or one that it only refers to, has a mark such as `readOnly`."""
        seen: set[str] = set()
        while True:
            parts = schema.get("allOf")
            only = parts[0] if isinstance(parts, list) and len(parts) == 1 else schema
            only = only if isinstance(only, dict) else {}
            if schema.get(note) is True or only.get(note) is True:
                return True
            name = component_of(only.get("$ref"))
            if name is None or name in seen:
                return False
            seen.add(name)
            target = self._schemas.get(name)
            schema = target if isinstance(target, dict) else {}

    def _without_null_type(self, schema: Json) -> Json:
        kinds = schema.get("type")
        if not isinstance(kinds, list):
            return schema
        others = [kind for kind in kinds if kind != "null"]
        rest = {key: value for key, value in schema.items() if key != "type"}
        if len(others) < len(kinds):
            rest["nullable"] = True
        if len(others) == 1:
            rest["type"] = others[0]
        elif others:
            rest["type"] = others
        return rest

    def _merged(self, schema: Json, where: str) -> Json:
        parts = [one for one in schema["allOf"] if isinstance(one, dict)]
        own = {key: value for key, value in schema.items() if key != "allOf"}
        structural = {key for key in own if key not in _NOTES and not key.startswith("x-")}
        if len(parts) == 1 and structural <= {"nullable"}:
            only = self.flatten(parts[0], where + "/allOf/0")
            beside = {"nullable": True} if own.get("nullable") else {}
            return {**own, **only} if "$ref" not in only else {**only, **beside}
        merged: Json = {key: value for key, value in own.items() if key in _NOTES}
        for number, part in enumerate(parts):
            at = where + pointer("allOf", number)
            self._merge_part(merged, self.whole(part, at), at)
        self._merge_part(merged, own, where)
        return merged

    def whole(self, part: Json, where: str) -> Json:
        """A part with its references followed, so that its properties can be merged.

        A schema that leads back to itself through `allOf` says nothing by that.
        """
        flat = self.flatten(part, where)
        if "$ref" not in flat:
            return flat
        name = component_of(flat["$ref"]) or ""
        if name in self._whole:
            return self._whole[name]
        if name in self._inside:
            self._cut += 1
            return {}
        if name not in self._schemas:
            self._problems.add(where + "/$ref", f"`{flat['$ref']}` points to nothing")
            return {}
        target = self._schemas[name] if isinstance(self._schemas[name], dict) else {}
        if "discriminator" in target:  # what the base may be besides, this one is not
            target = {key: one for key, one in target.items() if key not in {"oneOf", "anyOf"}}
        if len(self._inside) >= _MOST_LEVELS:
            self._stop(where, f"more than {_MOST_LEVELS} schemas that extend each other")
        cut = self._cut
        self._inside.append(name)
        made = self.whole(target, pointer("components", "schemas", name))
        self._inside.pop()
        if cut == self._cut:
            self._whole[name] = made
        return made

    def _merge_part(self, merged: Json, part: Json, where: str) -> None:
        for key, value in part.items():
            if key in _NOTES or key.startswith("x-") or key == "discriminator":
                continue
            if key == "properties":
                self._merge_properties(merged.setdefault("properties", {}), value, where)
            elif key == "required":
                merged["required"] = sorted({*merged.get("required", []), *value})
            elif key in merged and merged[key] != value:
                self._merge_keyword(merged, key, value, where)
            else:
                merged[key] = value

    def _merge_keyword(self, merged: Json, key: str, value: Any, where: str) -> None:  # noqa: ANN401
        """Two parts differ on a keyword; values fit both, so either describes them, if worse."""
        before = merged[key]
        if key == "nullable":
            merged[key] = True
        elif key == "enum":
            merged[key] = [one for one in value if one in before] or value
        elif key == "type" and not _types_agree(before, value):
            message = f"the parts of allOf disagree: {value!r} here, {before!r} before"
            self._problems.add(where + pointer(key), message)
        else:
            merged[key] = value

    def _merge_properties(self, merged: Json, more: Json, where: str) -> None:
        for name, given in more.items():
            schema = given if isinstance(given, dict) else {}
            if name not in merged or _bare(merged[name]) == _bare(schema):
                merged[name] = {**merged.get(name, {}), **schema}
            elif not _types_agree(merged[name].get("type"), schema.get("type")):
                at = where + pointer("properties", name)
                self._problems.add(at, "the parts of allOf disagree on this property")
            elif _is_object(merged[name]) and _is_object(schema):
                merged[name] = {"allOf": [merged[name], schema]}
            else:  # the later part is the more special one
                merged[name] = schema


def _without_patterns(schema: Json) -> Json:
    """Values whose place decides on their schema become values of any of those schemas."""
    schema = _joined(schema, "patternProperties", "additionalProperties")
    return _joined(schema, "prefixItems", "items")


def _joined(schema: Json, key: str, rest: str) -> Json:
    """Under `rest` what is under `key` too; anything, where the rest is left open."""
    if not schema.get(key):
        return schema
    given = schema[key]
    choices = [*(given.values() if isinstance(given, dict) else given)]
    others = schema.get(rest, True)
    choices += [{} if others is True else others] if others is not False else []
    joined = choices[0] if len(choices) == 1 else {"anyOf": choices}
    return {name: value for name, value in schema.items() if name != key} | {rest: joined}


def _without_conditions(schema: Json) -> Json:
    """The schema with the properties that it has on some condition, as optional ones."""
    dependent = schema.get("dependentSchemas")
    branches = [schema.get(key) for key in _BRANCHES]
    branches += [*dependent.values()] if isinstance(dependent, dict) else []
    schema = {
        key: one for key, one in schema.items() if key not in {"if", "dependentSchemas", *_BRANCHES}
    }
    more: Json = {}
    for branch in branches:
        own = branch.get("properties") if isinstance(branch, dict) else None
        more = {**(own if isinstance(own, dict) else {}), **more}
    if not more:
        return schema
    return {**schema, "properties": {**more, **schema.get("properties", {})}}


def _typed(schema: Json) -> Json:
    if "type" in schema or {"$ref", "allOf", "anyOf", "oneOf", "enum"} & schema.keys():
        return schema
    if "items" in schema:
        return {**schema, "type": "array"}
    kind = _TYPE_OF_FORMAT.get(str(schema.get("format")))
    return {**schema, "type": kind} if kind else schema


def _bare(schema: object) -> object:
    if not isinstance(schema, dict):
        return schema
    return {key: value for key, value in schema.items() if key not in _NOTES | _LIMITS}


def _types_agree(before: object, after: object) -> bool:
    if not isinstance(before, str) or not isinstance(after, str) or before == after:
        return True
    return {before, after} == {"integer", "number"}


def _is_object(schema: Json) -> bool:
    return bool({"properties", "$ref", "allOf"} & schema.keys())
