"""The outline of an OpenAPI document as a table: what kind of thing stands at which place.

Later stages rely on it: past this check an operation is an object, `required` a list of strings.
What the members mean is theirs to check.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from codegen.problems import Problems, pointer

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")

_TABLES: Mapping[str, Mapping[str, str]] = {
    "document": {
        "info": "object",
        "paths": "{path}",
        "webhooks": "{path}",
        "components": "components",
        "security": "[object]",
        "tags": "[any]",
    },
    "components": {
        "schemas": "{schema}",
        "parameters": "{parameter}",
        "responses": "{response}",
        "requestBodies": "{body}",
        "headers": "{header}",
        "callbacks": "{callback}",
        "pathItems": "{path}",
        "mediaTypes": "{media}",
        "securitySchemes": "{scheme}",
    },
    "path": {
        "$ref": "text",
        "parameters": "[parameter]",
        "additionalOperations": "{operation}",
        **dict.fromkeys(METHODS, "operation"),
    },
    "operation": {
        "parameters": "[parameter]",
        "requestBody": "body",
        "responses": "{response}",
        "callbacks": "{callback}",
        "security": "[object]",
    },
    "parameter": {
        "$ref": "text",
        "name": "text",
        "in": "text",
        "style": "text",
        "explode": "flag",
        "required": "flag",
        "schema": "schema",
        "content": "{media}",
    },
    "header": {"$ref": "text", "schema": "schema", "content": "{media}"},
    "response": {"$ref": "text", "content": "{media}", "headers": "{header}"},
    "body": {"$ref": "text", "content": "{media}", "required": "flag"},
    "media": {
        "$ref": "text",
        "schema": "schema",
        "itemSchema": "schema",
        "encoding": "{encoding}",
    },
    "encoding": {"headers": "{header}"},
    "scheme": {"$ref": "text"},
    "schema": {
        "$ref": "text",
        "type": "types",
        "format": "text",
        "enum": "values",
        "required": "[text]",
        "nullable": "flag",
        "discriminator": "discriminator",
        **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), "[schema]"),
        **dict.fromkeys(
            ("$defs", "definitions", "dependentSchemas", "patternProperties", "properties"),
            "{schema}",
        ),
        **dict.fromkeys(
            ("additionalProperties", "contains", "else", "if", "items", "not", "propertyNames",
             "then", "unevaluatedItems", "unevaluatedProperties"),
            "schema",
        ),
    },
    "discriminator": {"propertyName": "text", "mapping": "{text}", "defaultMapping": "text"},
}  # fmt: skip
_WORDS = {
    "any": "any value", "body": "a body object", "callback": "a callback object",
    "components": "an object", "discriminator": "a discriminator object", "flag": "true or false",
    "header": "a header object", "media": "a media type object", "object": "an object",
    "operation": "an operation object", "parameter": "a parameter object",
    "path": "an object of operations", "response": "a response object",
    "schema": "a schema object", "scheme": "a security scheme", "text": "text",
    "encoding": "an encoding object",
}  # fmt: skip
_MANY = {
    "any": "values", "body": "bodies", "media": "media types", "object": "objects",
    "path": "path items", "text": "texts",
}  # fmt: skip
_PATH_WORDS = frozenset({"description", "servers", "summary"})

Visit = Callable[[str, dict[str, Any], str], None]
"""Called with the kind, the object and the pointer of everything that has a table."""


class Survey:
    """Walks what is known of a document, notes what is of another kind than it should be.

    A member without a value (`parameters:` in YAML) is taken for one that is not there.
    """

    def __init__(self, problems: Problems, version: str, visit: Visit) -> None:
        self._problems = problems
        self._version = version
        self._visit = visit
        self._seen: set[int] = set()

    def look(self, rule: str, value: Any, where: str) -> None:  # noqa: ANN401 - any JSON
        """Check a value, and all below it that has not been looked at before."""
        if rule[0] in "[{":
            self._many(rule[1:-1], value, where, dict if rule[0] == "{" else list)
        elif rule == "callback":
            is_note = re.compile(r"\$ref$|x-").match
            self._one(rule, value, where, lambda key: None if is_note(key) else "path")
        elif rule == "schema" and isinstance(value, bool):
            return
        elif rule in _TABLES:
            self._one(rule, value, where, _TABLES[rule].get)
        else:
            self._plain(rule, value, where)

    def forget(self, node: object) -> None:
        """Look at an object again, since it has become another."""
        self._seen.discard(id(node))

    def _wrong(self, where: str, wanted: str, value: object) -> None:
        self._problems.add(
            where, f"expected {wanted}, got {'nothing' if value is None else type(value).__name__}"
        )

    def _many(self, rule: str, value: Any, where: str, kind: type[Any]) -> None:  # noqa: ANN401
        if not isinstance(value, kind):
            named = "an array of " if kind is list else "an object of "
            self._wrong(where, named + _MANY.get(rule, rule + "s"), value)
        elif kind is list:
            self._items(rule, dict(enumerate(value)), value, where)
        elif isinstance(value.get("$ref"), str) and rule in _TABLES:
            self._visit(f"{{{rule}}}", value, where)
        else:
            is_extensible = rule in {"path", "response"}
            items = {k: v for k, v in value.items() if not (is_extensible and k.startswith("x-"))}
            self._items(rule, items, value, where)

    def _items(self, rule: str, items: Mapping[Any, Any], holder: Any, where: str) -> None:  # noqa: ANN401
        for key, item in items.items():
            if item is None and rule in _TABLES:
                holder[key] = {}
            self.look(rule, holder[key], where + pointer(key))

    def _one(
        self,
        rule: str,
        value: Any,  # noqa: ANN401 - any JSON
        where: str,
        table: Callable[[str], str | None],
    ) -> None:
        if not isinstance(value, dict):
            self._wrong(where, _WORDS[rule], value)
            return
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        self._visit(rule, value, where)
        for key in [key for key, item in value.items() if item is None and table(key)]:
            if table(key) == "operation":
                value[key] = {}
            else:
                del value[key]
        is_reference = isinstance(value.get("$ref"), str) and rule not in {"schema", "path"}
        for key, item in () if is_reference else list(value.items()):
            if (member := table(key)) is not None:
                self.look(member, item, where + pointer(key))
        self._whole(rule, value, where)

    def _whole(self, rule: str, value: dict[str, Any], where: str) -> None:
        if rule == "path":
            self._path(value, where)
        elif rule == "document":
            paths = value.get("paths")
            for path in paths if isinstance(paths, dict) else ():
                if not path.startswith(("/", "x-")):
                    self._problems.add(where + pointer("paths", path), "a path starts with `/`")
        elif rule == "operation":
            value.setdefault("responses", {})

    def _path(self, item: dict[str, Any], where: str) -> None:
        """What stands in a path item and is neither a member of it nor a method is no operation."""
        for key in item:
            is_new = key in {"query", "additionalOperations"} and self._version != "3.2"
            is_known = key in _TABLES["path"] or key in _PATH_WORDS or key.startswith("x-")
            if is_new or not is_known:
                message = f"{key!r} is no method of OpenAPI {self._version}"
                hint = f"; {key.lower()!r} is" if key.lower() in METHODS[:-1] else ""
                self._problems.add(where + pointer(key), message + hint)

    def _plain(self, rule: str, value: Any, where: str) -> None:  # noqa: ANN401
        match rule:
            case "any":
                return
            case "types":
                if isinstance(value, list):  # `null` without quotes, as YAML is often written
                    value[:] = ["null" if one is None else one for one in value]
                self.look("[text]" if isinstance(value, list) else "text", value, where)
            case "values" if not isinstance(value, list):
                self._wrong(where, "an array of values", value)
            case "values" if not value:
                self._problems.add(where, "expected at least one value")
            case "text" | "flag" | "object":
                kind = {"text": str, "flag": bool, "object": dict}[rule]
                if not isinstance(value, kind):
                    self._wrong(where, _WORDS[rule], value)
