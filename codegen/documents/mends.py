"""What the documents of one API get wrong everywhere; `areas.toml` says which mends an API needs.

Mends never invent: a particular correction, which needs a reason, belongs in an overlay. No other
document is mended: a parameter called `start` may well be a cursor there.
"""

from collections.abc import Callable, Collection

from codegen.documents.document import Json, objects_in, operations

_BEARER = {"scheme": "bearer", "type": "http"}
_BARE_OBJECT: tuple[Json, ...] = ({"type": "object"}, {})


def mend(document: Json, names: Collection[str]) -> None:
    """Carry out the mends of these names on `document`."""
    for name, change in MENDS.items():
        if name in names:
            change(document)


def _formats(document: Json) -> None:
    """`format: dateTime` is not a format; a number is not of format `string`."""
    for schema in objects_in(document):
        if schema.get("type") == "string" and schema.get("format") in {"dateTime", "datetime"}:
            schema["format"] = "date-time"
        if schema.get("type") in ("number", "integer") and schema.get("format") == "string":
            del schema["format"]


def _times(document: Json) -> None:
    """Query parameters `start` and `end` are times, though they stand as bare strings."""
    for one in operations(document):
        for parameter in (*one.inherited, *one.body.get("parameters", ())):
            schema = parameter.get("schema")
            is_range = parameter.get("in") == "query" and parameter.get("name") in {"start", "end"}
            if is_range and isinstance(schema, dict) and schema.get("type") == "string":
                schema.setdefault("format", "date-time")


def _authorizations(document: Json) -> None:
    """An `Authorization` header among the parameters means that the request carries a token."""
    for one in operations(document):
        own = one.body.get("parameters", [])
        if any(map(_is_authorization, [*own, *one.inherited])):
            one.body["parameters"] = [p for p in own if not _is_authorization(p)]
            if not one.body.get("security", document.get("security")):
                schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
                schemes.setdefault("bearer", dict(_BEARER))
                one.body["security"] = [{"bearer": []}]
    for item in document.get("paths", {}).values():
        if "parameters" in item:
            item["parameters"] = [p for p in item["parameters"] if not _is_authorization(p)]


def _is_authorization(parameter: Json) -> bool:
    name = str(parameter.get("name", "")).lower()
    return parameter.get("in") == "header" and name == "authorization"


def _bodies(document: Json) -> None:
    """A GET with a bare object as its body has no body."""
    for one in operations(document):
        content = one.body.get("requestBody", {}).get("content", {})
        is_bare = all(media.get("schema", {}) in _BARE_OBJECT for media in content.values())
        if one.method in {"get", "head"} and is_bare:
            one.body.pop("requestBody", None)


MENDS: dict[str, Callable[[Json], None]] = {
    "formats": _formats,
    "times": _times,
    "authorization": _authorizations,
    "bodies": _bodies,
}
"""Every mend by the name that `areas.toml` knows it by, in the order in which they are made."""
