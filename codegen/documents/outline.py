"""The outline of an OpenAPI document as a table: what kind of thing stands at which place.

Later stages rely on it: past this check an operation is an object, `required` a list of strings.
What the members mean is theirs to check.
"""

from collections.abc import Callable, Mapping
from typing import Any

from codegen.problems import Problems, pointer

__all__ = ["METHODS", "check_outline"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

Rule = Callable[[Any, str, Problems], None]


def _kind(wanted: type | tuple[type, ...], told: str) -> Rule:
    def rule(value: Any, where: str, problems: Problems) -> None:  # noqa: ANN401 - any JSON
        if not isinstance(value, wanted):
            problems.add(where, f"expected {told}, got {type(value).__name__}")

    return rule


def _list_of(rule: Rule, told: str) -> Rule:
    is_list = _kind(list, f"an array of {told}")

    def every(value: Any, where: str, problems: Problems) -> None:  # noqa: ANN401
        is_list(value, where, problems)
        for number, item in enumerate(value if isinstance(value, list) else ()):
            rule(item, where + pointer(number), problems)

    return every


def _map_of(rule: Rule, told: str) -> Rule:
    is_object = _kind(dict, f"an object of {told}")

    def every(value: Any, where: str, problems: Problems) -> None:  # noqa: ANN401
        is_object(value, where, problems)
        for key, item in value.items() if isinstance(value, dict) else ():
            rule(item, where + pointer(key), problems)

    return every


def _object(table: str, told: str) -> Rule:
    """An object whose members follow a table of rules; a mere reference follows none."""
    is_object = _kind(dict, told)

    def members(value: Any, where: str, problems: Problems) -> None:  # noqa: ANN401
        is_object(value, where, problems)
        if isinstance(value, dict):
            for key, rule in _TABLES[table].items():
                if key in value:
                    rule(value[key], where + pointer(key), problems)

    return members


_text = _kind(str, "text")
_texts = _list_of(_text, "text")
_flag = _kind(bool, "true or false")
_plain_schema = _object("schema", "a schema object")


def _schema(value: Any, where: str, problems: Problems) -> None:  # noqa: ANN401
    if not isinstance(value, bool):
        _plain_schema(value, where, problems)


def _types(value: Any, where: str, problems: Problems) -> None:  # noqa: ANN401
    (_texts if isinstance(value, list) else _text)(value, where, problems)


def _enum(value: Any, where: str, problems: Problems) -> None:  # noqa: ANN401
    _kind(list, "an array of values")(value, where, problems)
    if value == []:
        problems.add(where, "expected at least one value")


def _responses(value: Any, where: str, problems: Problems) -> None:  # noqa: ANN401
    _map_of(_object("content", "a response object"), "responses")(value, where, problems)


def _operation(value: Any, where: str, problems: Problems) -> None:  # noqa: ANN401
    _object("operation", "an operation object")(value, where, problems)
    if isinstance(value, dict) and "responses" not in value:
        problems.add(where + "/responses", "expected an object of responses, got nothing")


def _paths(value: Any, where: str, problems: Problems) -> None:  # noqa: ANN401
    _map_of(_object("path", "an object of operations"), "path items")(value, where, problems)
    for path in value if isinstance(value, dict) else ():
        if not path.startswith("/"):
            problems.add(where + pointer(path), "a path starts with `/`")


_schemas = _list_of(_schema, "schemas")
_parameter = _object("parameter", "a parameter object")
_content = _map_of(_object("media", "a media type object"), "media types")
_security = _list_of(_kind(dict, "an object of scopes"), "security requirements")

_TABLES: Mapping[str, Mapping[str, Rule]] = {
    "document": {
        "info": _kind(dict, "an object with title and version"),
        "paths": _paths,
        "components": _object("components", "an object"),
        "security": _security,
    },
    "components": {
        "schemas": _map_of(_schema, "schemas"),
        "parameters": _map_of(_parameter, "parameters"),
        "responses": _responses,
        "requestBodies": _map_of(_object("content", "a body object"), "bodies"),
        "securitySchemes": _kind(dict, "an object of schemes"),
    },
    "path": {
        "parameters": _list_of(_parameter, "parameters"),
        **dict.fromkeys(METHODS, _operation),
    },
    "operation": {
        "parameters": _list_of(_parameter, "parameters"),
        "requestBody": _object("content", "a body object"),
        "responses": _responses,
        "security": _security,
    },
    "parameter": {
        "$ref": _text,
        "name": _text,
        "in": _text,
        "style": _text,
        "explode": _flag,
        "required": _flag,
        "schema": _schema,
    },
    "content": {"$ref": _text, "content": _content},
    "media": {"schema": _schema},
    "schema": {
        "$ref": _text,
        "type": _types,
        "format": _text,
        "enum": _enum,
        "required": _texts,
        "nullable": _flag,
        "items": _schema,
        "properties": _map_of(_schema, "schemas"),
        "additionalProperties": _schema,
        "patternProperties": _map_of(_schema, "schemas"),
        "prefixItems": _schemas,
        "allOf": _schemas,
        "anyOf": _schemas,
        "oneOf": _schemas,
        "discriminator": _object("discriminator", "a discriminator object"),
    },
    "discriminator": {"propertyName": _text, "mapping": _map_of(_text, "references")},
}


def check_outline(document: dict[str, Any], problems: Problems) -> None:
    """Note every member that is not of the kind that OpenAPI puts at its place."""
    _object("document", "an OpenAPI document")(document, "", problems)
