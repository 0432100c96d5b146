"""Swagger 2.0 -> OpenAPI 3.0, so that all that follows knows one kind of document."""

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

_MOVED = {
    "#/definitions/": "#/components/schemas/",
    "#/parameters/": "#/components/parameters/",
    "#/responses/": "#/components/responses/",
}
_SCHEMA_KEYS = frozenset({
    "default", "enum", "exclusiveMaximum", "exclusiveMinimum", "format", "items", "maxItems",
    "maxLength", "maximum", "minItems", "minLength", "minimum", "multipleOf", "nullable", "pattern",
    "type", "uniqueItems",
})  # fmt: skip
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_STYLES: dict[str, Json] = {
    "multi": {"explode": True},
    "pipes": {"style": "pipeDelimited", "explode": False},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "tsv": {"style": "tabDelimited"},  # 3.0 has none: refused where it is used
}


def from_swagger2(document: Json) -> Json:
    """The same API as an OpenAPI 3.0 document. What is of the wrong kind stays for later checks."""
    moved: Json = _moved(document)
    shared = moved.get("parameters")
    components = {
        "schemas": moved.get("definitions"),
        "parameters": {key: _parameter(one) for key, one in shared.items() if not _is_body(one)}
        if isinstance(shared, dict)
        else shared,
        "responses": _each(moved.get("responses"), lambda one: _response(one, [moved])),
        "securitySchemes": _each(moved.get("securityDefinitions"), _scheme),
    }
    return {
        **moved,
        "openapi": "3.0.3",
        "servers": _servers(moved),
        "paths": _each(moved.get("paths"), lambda item: _path_item(item, moved)),
        "components": {key: value for key, value in components.items() if value},
    }


def _each(value: Any, change: Callable[[Json], Json]) -> Any:  # noqa: ANN401 - any JSON
    if not isinstance(value, dict):
        return {} if value is None else value
    return {
        key: change(one) if isinstance(one, dict) and not key.startswith("x-") else one
        for key, one in value.items()
    }


def _without(value: Json, keys: frozenset[str]) -> Json:
    return {key: one for key, one in value.items() if key not in keys}


def _moved(node: Any) -> Any:  # noqa: ANN401 - any JSON
    """A copy with references, `x-nullable`, `type: file` and discriminators as 3.0 has them."""
    if isinstance(node, list):
        return [_moved(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {key: _moved(value) for key, value in node.items()}
    for old, new in _MOVED.items() if isinstance(made.get("$ref"), str) else ():
        made["$ref"] = made["$ref"].replace(old, new)
    if isinstance(made.get("x-nullable"), bool):
        made.setdefault("nullable", made.pop("x-nullable"))
    if made.get("type") == "file":
        made |= {"type": "string", "format": "binary"}
    if isinstance(made.get("discriminator"), str):
        made["discriminator"] = {"propertyName": made["discriminator"]}
    return made


def _servers(document: Json) -> list[Json]:
    base, host = str(document.get("basePath") or "").rstrip("/"), document.get("host")
    if not isinstance(host, str) or not host:
        return [{"url": base or "/"}]
    schemes = [one for one in document.get("schemes") or ["https"] if isinstance(one, str)]
    return [{"url": f"{one}://{host}{base}"} for one in sorted(schemes, key="https".__ne__)]


def _media_types(key: str, holders: list[Json]) -> list[str]:
    """The first list of media types under `key`: that of an operation, else of the document."""
    lists = [one[key] for one in holders if isinstance(one.get(key), list) and one[key]]
    return [str(media) for media in lists[0]] if lists else []


def _path_item(item: Json, document: Json) -> Json:
    made = dict(item)
    inherited = _opened(item.get("parameters"), document)
    if isinstance(item.get("parameters"), list):
        made["parameters"] = [_parameter(one) for one in inherited if not _is_body(one)]
    for key, value in item.items():
        if isinstance(value, dict) and not key.startswith("x-"):
            made[key] = _operation(value, inherited, document)
    return made


def _opened(parameters: Any, document: Json) -> list[Any]:  # noqa: ANN401 - any JSON
    """The parameters of a list; shared bodies and fields of forms in place of references."""
    shared = document.get("parameters")
    known = shared if isinstance(shared, dict) else {}
    made = []
    for one in parameters if isinstance(parameters, list) else ():
        reference = one.get("$ref") if isinstance(one, dict) else None
        found = known.get(str(reference).removeprefix("#/components/parameters/"))
        made.append(found if _is_body(found) else one)
    return made


def _is_body(parameter: object) -> bool:
    return isinstance(parameter, dict) and parameter.get("in") in {"body", "formData"}


def _operation(operation: Json, inherited: list[Any], document: Json) -> Json:
    made = dict(operation)
    own = _opened(operation.get("parameters"), document)
    named = {(one.get("in"), one.get("name")) for one in own if isinstance(one, dict)}
    from_path = [
        one for one in inherited if _is_body(one) and (one["in"], one.get("name")) not in named
    ]
    if isinstance(operation.get("parameters"), list):
        made["parameters"] = [_parameter(one) for one in own if not _is_body(one)]
    if bodies := [one for one in (*own, *from_path) if _is_body(one)]:
        made["requestBody"] = _body(bodies, _media_types("consumes", [operation, document]))
    if "responses" in operation:
        made["responses"] = _each(
            operation["responses"], lambda one: _response(one, [operation, document])
        )
    return made


def _parameter(parameter: Any) -> Any:  # noqa: ANN401 - any JSON
    """A parameter with its type in a `schema`, and its `collectionFormat` as a style."""
    if not isinstance(parameter, dict) or "$ref" in parameter:
        return parameter
    schema = {key: value for key, value in parameter.items() if key in _SCHEMA_KEYS}
    made = {"schema": schema, **_without(parameter, _SCHEMA_KEYS)}
    return made | _style(parameter, str(parameter.get("in")))


def _style(parameter: Json, place: str) -> Json:
    if parameter.get("type") != "array":
        return {}
    collection = str(parameter.get("collectionFormat"))
    if place == "query" or collection == "multi":
        return _STYLES.get(collection, {"explode": False})
    return {}


def _body(bodies: list[Json], consumed: list[str]) -> Json:
    """One request body, of the body parameter or of the fields of a form."""
    for one in bodies:
        if one["in"] == "body":
            about: Json = {key: one[key] for key in ("description", "required") if key in one}
            media = consumed or ["application/json"]
            return {**about, "content": {name: {"schema": one.get("schema", {})} for name in media}}
    has_file = any(one.get("format") == "binary" for one in bodies)
    fields = {str(one.get("name")): one for one in bodies}
    required = [name for name, one in fields.items() if one.get("required") is True]
    about_field = _SCHEMA_KEYS | {"description", "deprecated"}
    schema: Json = {
        "type": "object",
        "properties": {
            name: {key: value for key, value in one.items() if key in about_field}
            for name, one in fields.items()
        },
        **({"required": required} if required else {}),
    }
    styles = {name: style for name, one in fields.items() if (style := _style(one, "query"))}
    content = {"schema": schema, **({"encoding": styles} if styles else {})}
    media = [one for one in consumed if one in _FORMS] or [_FORMS[has_file]]
    return {"content": dict.fromkeys(media, content), "required": bool(required)}


def _response(response: Json, holders: list[Json]) -> Json:
    if "$ref" in response:
        return response
    made = _without(response, frozenset({"schema", "examples"}))
    if "schema" in response:
        media = _media_types("produces", holders) or ["application/json"]
        made["content"] = {one: {"schema": response["schema"]} for one in media}
    return made


def _scheme(scheme: Json) -> Json:
    return (
        {**scheme, "type": "http", "scheme": "basic"} if scheme.get("type") == "basic" else scheme
    )
