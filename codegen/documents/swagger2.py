"""Swagger 2.0 -> OpenAPI 3.0, so that all that follows knows one kind of document."""

from collections.abc import Mapping
from typing import Any

__all__ = ["from_swagger2"]

Json = dict[str, Any]

_REFERENCES = {
    "#/definitions/": "#/components/schemas/",
    "#/parameters/": "#/components/parameters/",
    "#/responses/": "#/components/responses/",
}
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_SCHEMA_KEYS = frozenset({
    "collectionFormat", "default", "enum", "exclusiveMaximum", "exclusiveMinimum", "format",
    "items", "maxItems", "maxLength", "maximum", "minItems", "minLength", "minimum", "multipleOf",
    "pattern", "type", "uniqueItems", "x-nullable",
})  # fmt: skip
_FLOWS = {"accessCode": "authorizationCode", "application": "clientCredentials"}
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def from_swagger2(document: Json) -> Json:
    """The same API as an OpenAPI 3.0 document. What is of the wrong kind stays for later checks."""
    moved = _each_schema(document)
    components = {
        "schemas": moved.get("definitions"),
        "parameters": _parameters_to_share(moved),
        "responses": _mapped(moved.get("responses"), lambda one: _response(one, _produced(moved))),
        "securitySchemes": _mapped(moved.get("securityDefinitions"), _scheme),
    }
    taken = {
        "basePath", "consumes", "definitions", "host", "parameters", "produces", "responses",
        "schemes", "securityDefinitions", "swagger",
    }  # fmt: skip
    return {
        "openapi": "3.0.3",
        **{key: value for key, value in moved.items() if key not in taken},
        "servers": _servers(moved),
        "paths": _mapped(moved.get("paths"), lambda item: _path_item(item, moved)),
        "components": {key: value for key, value in components.items() if value},
    }


def _mapped(value: Any, change: Any) -> Any:  # noqa: ANN401 - any JSON
    """An object with every member changed; anything else as it is."""
    if not isinstance(value, dict):
        return {} if value is None else value
    return {
        key: change(one) if isinstance(one, dict) and not key.startswith("x-") else one
        for key, one in value.items()
    }


def _each_schema(node: Any) -> Any:  # noqa: ANN401 - any JSON
    """A copy with references, `x-nullable`, `type: file` and discriminators as 3.0 has them."""
    if isinstance(node, list):
        return [_each_schema(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {key: _each_schema(value) for key, value in node.items()}
    if isinstance(made.get("$ref"), str):
        for old, new in _REFERENCES.items():
            if old in made["$ref"]:
                made["$ref"] = made["$ref"].replace(old, new)
    if isinstance(made.get("x-nullable"), bool) and "nullable" not in made:
        made["nullable"] = made.pop("x-nullable")
    if made.get("type") == "file":
        made |= {"type": "string", "format": "binary"}
    if isinstance(made.get("discriminator"), str):
        made["discriminator"] = {"propertyName": made["discriminator"]}
    return made


def _servers(document: Json) -> list[Json]:
    base = str(document.get("basePath") or "").rstrip("/")
    host = document.get("host")
    if not isinstance(host, str) or not host:
        return [{"url": base or "/"}]
    schemes = [one for one in document.get("schemes") or ["https"] if isinstance(one, str)]
    ordered = sorted(schemes, key=lambda one: one != "https")
    return [{"url": f"{scheme}://{host}{base}"} for scheme in ordered]


def _produced(holder: Json, document: Json | None = None) -> list[str]:
    for one in (holder, document or {}):
        if isinstance(one.get("produces"), list) and one["produces"]:
            return [str(media) for media in one["produces"]]
    return ["application/json"]


def _consumed(holder: Json, document: Json) -> list[str]:
    for one in (holder, document):
        if isinstance(one.get("consumes"), list) and one["consumes"]:
            return [str(media) for media in one["consumes"]]
    return []


def _parameters_to_share(document: Json) -> Any:  # noqa: ANN401 - any JSON
    """Those that stay parameters; bodies and fields of forms go where they are used."""
    shared = document.get("parameters")
    if not isinstance(shared, dict):
        return shared
    return {
        name: _parameter(one)
        for name, one in shared.items()
        if not isinstance(one, dict) or one.get("in") not in {"body", "formData"}
    }


def _path_item(item: Json, document: Json) -> Json:
    inherited = _listed(item.get("parameters"), document)
    made: Json = {}
    for key, value in item.items():
        if key in _METHODS and isinstance(value, dict):
            made[key] = _operation(value, inherited, document)
        elif key == "parameters" and isinstance(value, list):
            made[key] = [_parameter(one) for one in inherited if not _is_body(one)]
        else:
            made[key] = value
    return made


def _listed(parameters: Any, document: Json) -> list[Any]:  # noqa: ANN401 - any JSON
    """The parameters of a list; shared bodies and fields of forms in place of references."""
    if not isinstance(parameters, list):
        return []
    return [_opened(one, document) for one in parameters]


def _opened(parameter: Any, document: Json) -> Any:  # noqa: ANN401 - any JSON
    reference = parameter.get("$ref") if isinstance(parameter, dict) else None
    shared = document.get("parameters")
    if isinstance(reference, str) and isinstance(shared, dict):
        found = shared.get(reference.removeprefix("#/components/parameters/"))
        if _is_body(found):
            return found
    return parameter


def _is_body(parameter: Any) -> bool:  # noqa: ANN401 - any JSON
    return isinstance(parameter, dict) and parameter.get("in") in {"body", "formData"}


def _operation(operation: Json, inherited: list[Any], document: Json) -> Json:
    own = _listed(operation.get("parameters"), document)
    named = {(one.get("in"), one.get("name")) for one in own if isinstance(one, dict)}
    bodies = [one for one in own if _is_body(one)]
    bodies += [
        one for one in inherited if _is_body(one) and (one["in"], one.get("name")) not in named
    ]
    taken = {"consumes", "parameters", "produces", "responses", "schemes"}
    made = {key: value for key, value in operation.items() if key not in taken}
    if plain := [_parameter(one) for one in own if not _is_body(one)]:
        made["parameters"] = plain
    elif "parameters" in operation and not isinstance(operation["parameters"], list):
        made["parameters"] = operation["parameters"]
    if bodies:
        made["requestBody"] = _body(bodies, _consumed(operation, document))
    if "responses" in operation:
        produced = _produced(operation, document)
        made["responses"] = _mapped(operation["responses"], lambda one: _response(one, produced))
    return made


def _parameter(parameter: Any) -> Any:  # noqa: ANN401 - any JSON
    """A parameter with its type in a `schema`, and its `collectionFormat` as a style."""
    if not isinstance(parameter, dict) or "$ref" in parameter:
        return parameter
    made = {key: value for key, value in parameter.items() if key not in _SCHEMA_KEYS}
    made.setdefault("schema", _schema_of(parameter))
    if parameter.get("type") == "array":
        made |= _style(parameter.get("collectionFormat", "csv"), str(parameter.get("in")))
    return made


def _style(collection: object, place: str) -> Json:
    match collection:
        case "multi":
            return {"explode": True}
        case "ssv" if place == "query":
            return {"style": "spaceDelimited", "explode": False}
        case "tsv" if place == "query":
            return {"style": "tabDelimited"}  # 3.0 has none: refused where it is used
        case "pipes" if place == "query":
            return {"style": "pipeDelimited", "explode": False}
        case _:
            return {"explode": False} if place == "query" else {}


def _schema_of(parameter: Json) -> Json:
    schema = {key: value for key, value in parameter.items() if key in _SCHEMA_KEYS}
    schema.pop("collectionFormat", None)
    if isinstance(items := schema.get("items"), dict):
        schema["items"] = {key: one for key, one in items.items() if key != "collectionFormat"}
    if "x-nullable" in schema:
        schema["nullable"] = schema.pop("x-nullable")
    return schema


def _body(bodies: list[Json], consumed: list[str]) -> Json:
    """One request body, of the body parameter or of the fields of a form."""
    whole = next((one for one in bodies if one["in"] == "body"), None)
    if whole is not None:
        extra: Json = {key: whole[key] for key in ("description", "required") if key in whole}
        media = consumed or ["application/json"]
        return {**extra, "content": {one: {"schema": whole.get("schema", {})} for one in media}}
    has_file = any(one.get("format") == "binary" for one in bodies)
    media = [one for one in consumed if one in _FORMS] or [_FORMS[has_file]]
    properties = {str(one.get("name")): _field(one) for one in bodies}
    required = [str(one.get("name")) for one in bodies if one.get("required") is True]
    schema: Json = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    styles = {
        str(one.get("name")): _style(one.get("collectionFormat", "csv"), "query")
        for one in bodies
        if one.get("type") == "array"
    }
    encoding = {"encoding": styles} if styles else {}
    return {
        "content": {one: {"schema": schema, **encoding} for one in media},
        "required": bool(required),
    }


def _field(parameter: Json) -> Json:
    about: Json = {key: parameter[key] for key in ("description", "deprecated") if key in parameter}
    return {**_schema_of(parameter), **about}


def _response(response: Json, produced: list[str]) -> Json:
    if "$ref" in response:
        return response
    made = {key: value for key, value in response.items() if key not in {"schema", "examples"}}
    if "headers" in made:
        made["headers"] = _mapped(made["headers"], _header)
    if "schema" in response:
        made["content"] = {media: {"schema": response["schema"]} for media in produced}
    return made


def _header(header: Json) -> Json:
    rest = {key: value for key, value in header.items() if key not in _SCHEMA_KEYS}
    return {**rest, "schema": _schema_of(header)}


def _scheme(scheme: Json) -> Json:
    match scheme.get("type"):
        case "basic":
            return {**_without(scheme, ()), "type": "http", "scheme": "basic"}
        case "oauth2":
            flow = str(scheme.get("flow"))
            urls = ("authorizationUrl", "tokenUrl")
            made = {key: scheme[key] for key in urls if key in scheme}
            made["scopes"] = scheme.get("scopes", {})
            rest = _without(scheme, ("flow", "scopes", *urls))
            return {**rest, "flows": {_FLOWS.get(flow, flow): made}}
        case _:
            return scheme


def _without(value: Mapping[str, Any], keys: tuple[str, ...]) -> Json:
    return {key: one for key, one in value.items() if key not in keys}
