"""The part of JSONPath that overlays need: find places in a document.

Understood: `$`, `.name`, `['name']`, `[0]`, `.*` and `[*]`, `..name`, and filters that compare one
member with a value, `[?(@.name == 'start')]` or `[?@.name=='start']`.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["Place", "find"]

Place = tuple[str | int, ...]

_TOKEN = re.compile(
    r"(?P<deep>\.\.)(?=[\w\[*])"
    r"|\.?(?P<all>\*|\[\*\])"
    r"|(?:\.|(?<=\.\.))(?P<name>[^\W\d][\w$-]*)"
    r"|\[(?P<quoted>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\]"
    r"|\[(?P<index>\d+)\]"
    r"|\[\?\(?\s*@\.(?P<member>[\w$-]+)\s*==\s*(?P<value>'[^']*'|\"[^\"]*\"|[\w.+-]+)\s*\)?\]"
)


def find(document: object, path: str) -> list[Place]:
    """Every place that `path` selects, as keys and indices from the root, each once.

    Raises:
        ValueError: The path is not of the kind described above.
    """
    if not path.startswith("$"):
        raise ValueError(f"a path starts with `$`: {path!r}")
    places: list[Place] = [()]
    position = 1
    while position < len(path):
        match = _TOKEN.match(path, position)
        if match is None:
            raise ValueError(f"cannot read {path[position:]!r} in {path!r}")
        places = list(dict.fromkeys(_step(document, places, match)))
        position = match.end()
    return places


def _step(document: object, places: list[Place], match: re.Match[str]) -> Iterator[Place]:
    select = _selector(match)
    for place in places:
        node = value_at(document, place)
        if match["deep"]:
            yield from _below(node, place)
        else:
            for key, child in _members(node):
                if select(key, child):
                    yield (*place, key)


def value_at(document: object, place: Place) -> Any:  # noqa: ANN401 - whatever stands there
    """The value at a place that exists."""
    node: Any = document
    for key in place:
        node = node[key]
    return node


def _selector(match: re.Match[str]) -> Callable[[str | int, object], bool]:
    if match["name"] is not None:
        return lambda key, _: key == match["name"]
    if match["quoted"] is not None:
        name = re.sub(r"\\(.)", r"\1", match["quoted"][1:-1])
        return lambda key, _: key == name
    if match["index"] is not None:
        return lambda key, _: key == int(match["index"]) and not isinstance(key, str)
    if match["member"] is not None:
        member, wanted = match["member"], _literal(match["value"])
        return lambda _, child: isinstance(child, dict) and child.get(member) == wanted
    return lambda _key, _child: True


def _literal(text: str) -> object:
    if text[0] in "'\"":
        return text[1:-1]
    try:
        return json.loads(text)
    except ValueError as exc:
        raise ValueError(f"cannot compare with {text!r}") from exc


def _members(node: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(node, dict):
        yield from node.items()
    elif isinstance(node, list):
        yield from enumerate(node)


def _below(node: object, place: Place) -> Iterator[Place]:
    yield place
    for key, child in _members(node):
        yield from _below(child, (*place, key))
