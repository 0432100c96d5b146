"""What OpenAPI 3.2 says in words of its own -> the words of 3.1, where 3.1 has them."""

from collections.abc import Iterator
from typing import Any

__all__ = ["in_words_of_31"]

Json = dict[str, Any]

_FORM = "application/x-www-form-urlencoded"


def in_words_of_31(document: Json) -> Json:
    """The same document, changed in place: `in: querystring` and `style: cookie` go."""
    if str(document.get("openapi")).startswith("3.2"):
        for parameter in _parameters(document):
            _whole_query(parameter)
            if parameter.get("in") == parameter.get("style") == "cookie":
                parameter["style"] = "form"
    return document


def _parameters(document: Json) -> Iterator[Json]:
    components = document.get("components")
    shared = components.get("parameters") if isinstance(components, dict) else None
    yield from (one for one in (shared or {}).values() if isinstance(one, dict))
    paths = document.get("paths")
    for item in paths.values() if isinstance(paths, dict) else ():
        holders = [item, *item.values()] if isinstance(item, dict) else []
        for holder in holders:
            listed = holder.get("parameters") if isinstance(holder, dict) else None
            yield from (one for one in listed or () if isinstance(one, dict))


def _whole_query(parameter: Json) -> None:
    """A form that makes up the whole query is an object whose members are parameters."""
    content = parameter.get("content")
    if parameter.get("in") == "querystring" and isinstance(content, dict) and _FORM in content:
        del parameter["content"]
        schema = content[_FORM].get("schema", {})
        parameter |= {"in": "query", "style": "form", "explode": True, "schema": schema}
