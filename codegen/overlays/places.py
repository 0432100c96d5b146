"""Places in a document, which JSONPath (RFC 9535) finds."""

from typing import Any

from jsonpath import JSONPathEnvironment
from jsonpath.exceptions import JSONPathError

Place = tuple[str | int, ...]

_PATHS = JSONPathEnvironment(strict=True)


def find(document: Any, path: str) -> list[Place]:  # noqa: ANN401 - any JSON
    """Every place that `path` selects, each once; a ValueError if it is no JSONPath."""
    try:
        return list(dict.fromkeys(one.parts for one in _PATHS.finditer(path, document)))
    except JSONPathError as exc:
        raise ValueError(f"cannot read {path!r}: {str(exc).splitlines()[0]}") from exc


def value_at(document: object, place: Place) -> Any:  # noqa: ANN401 - whatever stands there
    """The value at a place that exists."""
    node: Any = document
    for key in place:
        node = node[key]
    return node
