"""What the documents of one API get wrong everywhere; `areas.toml` says which mends an API needs.

Mends never invent: a particular correction, which needs a reason, belongs in an overlay. No other
document is mended: a parameter called `start` may well be a cursor there.
"""

from collections.abc import Callable, Collection

from codegen.documents.document import Json, each_object, operations

__all__ = ["MENDS", "mend"]

_BEARER = {"scheme": "bearer", "type": "http"}
_BARE_OBJECT: tuple[Json, ...] = ({"type": "object"}, {})


def mend(document: Json, names: Collection[str]) -> None:
    """Carry out the mends of these names on `document`."""
    for name, change in MENDS.items():
        if name in names:
            change(document)


def _formats(document: Json) -> None:
    each_object(document, _mend_format)


def _mend_format(schema: Json) -> None:
    """`format: dateTime` is not a format; a number is not of format `string`."""
    if schema.get("type") == "string" and schema.get("format") in {"dateTime", "datetime"}:
        schema["format"] = "date-time"
    if schema.get("type") in ("number", "integer") and schema.get("format") == "string":
        del schema["format"]


def _times(document: Json) -> None:
    for operation in operations(document):
        _mend_times(operation.body.get("parameters", []))
        _mend_times(operation.inherited)


def _mend_times(parameters: list[Json]) -> None:
    """Query parameters `start` and `end` are times, though they stand as bare strings."""
    for parameter in parameters:
        if parameter.get("in") == "query" and parameter.get("name") in {"start", "end"}:
            schema = parameter.get("schema")
            if isinstance(schema, dict) and schema.get("type") == "string":
                schema.setdefault("format", "date-time")


def _authorizations(document: Json) -> None:
    for operation in operations(document):
        _mend_authorization(document, operation.inherited, operation.body)
    for item in document.get("paths", {}).values():
        if "parameters" in item:
            item["parameters"] = [p for p in item["parameters"] if not _is_authorization(p)]


def _is_authorization(parameter: Json) -> bool:
    name = str(parameter.get("name", "")).lower()
    return parameter.get("in") == "header" and name == "authorization"


def _mend_authorization(document: Json, inherited: list[Json], operation: Json) -> None:
    """An `Authorization` header among the parameters means that the request carries a token."""
    parameters = operation.get("parameters", [])
    if not any(map(_is_authorization, [*parameters, *inherited])):
        return
    operation["parameters"] = [p for p in parameters if not _is_authorization(p)]
    if not operation.get("security", document.get("security")):
        schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
        schemes.setdefault("bearer", dict(_BEARER))
        operation["security"] = [{"bearer": []}]


def _bodies(document: Json) -> None:
    for operation in operations(document):
        _mend_body(operation.method, operation.body)


def _mend_body(method: str, operation: Json) -> None:
    """A GET with a bare object as its body has no body."""
    if method not in {"get", "head"} or "requestBody" not in operation:
        return
    content = operation["requestBody"].get("content", {})
    if all(media.get("schema", {}) in _BARE_OBJECT for media in content.values()):
        del operation["requestBody"]


MENDS: dict[str, Callable[[Json], None]] = {
    "formats": _formats,
    "times": _times,
    "authorization": _authorizations,
    "bodies": _bodies,
}
"""Every mend by the name that `areas.toml` knows it by, in the order in which they are made."""
