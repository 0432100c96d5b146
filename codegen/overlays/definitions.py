"""What is added to a document whole, and where a document says the same thing already.

Operations, components and the list of what a request needs are whole: two definitions of one of
them are never blended into a third that nobody wrote.
"""

import re

from codegen import naming
from codegen.documents.document import Json, operations, skeleton, unversioned
from codegen.documents.normalise import python_name
from codegen.documents.outline import METHODS
from codegen.overlays.places import Place

_TARGET = re.compile(
    r"\$\.(?P<where>paths|components\.schemas)"
    r"(?:\.(?P<name>[\w$-]+)|\['(?P<quoted>[^']+)'\])(?P<rest>.*)"
)


def is_whole(place: Place) -> bool:
    """Whether an operation, another member of a path, a component or `security` stands here."""
    match place:
        case ("security",) | ("paths", _, _) | ("components", _, _):
            return True
        case _:
            return False


def is_above_whole(place: Place) -> bool:
    """Whether this is a collection, or a collection of collections, of such things."""
    match place:
        case ("paths" | "components",) | ("paths" | "components", _):
            return True
        case _:
            return False


def label(place: Place) -> str:
    """What people call it: `GET /path`, `schema X`."""
    match place:
        case ("paths", path, str(method)) if method in METHODS:
            return f"{method.upper()} {path}"
        case ("components", "schemas", name):
            return f"schema {name}"
        case _:
            return "/".join(map(str, place))


def same_definition(document: Json, place: Place, definition: object) -> Place | None:
    """Where `document` defines the thing that `definition` would put at `place`.

    Paths are the same whatever their placeholders are called, and an operation may be the same at
    another path when it has the same `operationId`. A schema is the same when it gets the same
    name in Python.
    """
    match place:
        case ("paths", str(path), str(method)):
            return _same_operation(document, path, method, definition)
        case ("components", "schemas", str(name)):
            return _same_schema(document, name, definition)
        case ("security",):
            return place if document.get("security") else None
        case ("components", kind, name):
            return place if name in document.get("components", {}).get(kind, {}) else None
        case _:
            return None


def _same_operation(document: Json, path: str, method: str, definition: object) -> Place | None:
    for other, item in document.get("paths", {}).items():
        if method in item and skeleton(other) == skeleton(path):
            return "paths", other, method
    wanted = _function_name(definition)
    for one in operations(document):
        if wanted is not None and _function_name(one.body) == wanted:
            return "paths", one.path, one.method
    return None


def _function_name(definition: object) -> str | None:
    name = definition.get("operationId") if isinstance(definition, dict) else None
    return naming.snake_name(name) if isinstance(name, str) else None


def _same_schema(document: Json, name: str, definition: object) -> Place | None:
    schemas: Json = document.get("components", {}).get("schemas", {})
    if name in schemas:
        return "components", "schemas", name
    wanted = python_name(name, definition)
    others = sorted(key for key, one in schemas.items() if python_name(key, one) == wanted)
    return ("components", "schemas", others[0]) if others else None


def moved(document: Json, target: str) -> str | None:
    """The target of an action on a path or schema that `document` spells in another way."""
    match = _TARGET.fullmatch(target)
    if match is None:
        return None
    name = match["name"] or match["quoted"]
    others = _paths_like(document, name) if match["where"] == "paths" else _like(document, name)
    if len(others) != 1:
        return None
    return f"$.{match['where']}['{others[0]}']{match['rest']}"


def _paths_like(document: Json, path: str) -> list[str]:
    """Paths with other placeholders or, where there is none, with another version in them."""
    for same in (skeleton, unversioned):
        if alike := [one for one in document.get("paths", {}) if same(one) == same(path)]:
            return alike
    return []


def _like(document: Json, name: str) -> list[str]:
    schemas: Json = document.get("components", {}).get("schemas", {})
    wanted = python_name(name, None)
    return [one for one in schemas if python_name(one, None) == wanted]
