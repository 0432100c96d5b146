"""Part of a document: the operations of some tags, or those that nothing is wrong with."""

import copy
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from codegen.documents.document import Json, operations, reach, texts_in
from codegen.problems import Problem, keys_of, pointer

_COMPONENTS = "#/components/"


def only(document: Json, tags: Sequence[str]) -> tuple[Json, list[str]]:
    """The document with the operations that have one of `tags`, and the tags that none has."""
    chosen = {
        one.where
        for one in operations(document)
        if set(map(str, one.body.get("tags") or ())) & set(tags)
    }
    gone = [one.where for one in operations(document) if one.where not in chosen]
    every = {str(tag) for one in operations(document) for tag in one.body.get("tags") or ()}
    return _without(document, gone), sorted(set(tags) - every)


def without_broken(
    document: Json, problems: Iterable[Problem]
) -> tuple[Json, dict[str, list[Problem]], list[Problem]]:
    """The document without what is wrong, what was left out, and what concerns the whole.

    What was left out are operations (`GET /path`) and, where no operation leads there, pointers of
    components and the like, each with the problems that it goes for.
    """
    left_out: dict[str, list[Problem]] = {}
    gone: set[str] = set()
    rest: list[Problem] = []
    for problem, hit in concerned(document, problems):
        unit = _component(problem.where) or _unit(problem.where)
        if not hit and unit is None:
            rest.append(problem)
            continue
        for label, where in hit:
            left_out.setdefault(label, []).append(problem)
            gone.add(where)
        if unit is not None and (not hit or unit.startswith("/components")):
            gone.add(unit)
        if not hit:
            left_out.setdefault(str(unit), []).append(problem)
    return _without(document, gone), left_out, rest


def concerned(
    document: Json, problems: Iterable[Problem]
) -> Iterator[tuple[Problem, list[tuple[str, str]]]]:
    """Each problem with label and pointer of the operations that cannot be built because of it."""
    found = list(problems)
    users = _users(document, {part for one in found if (part := _component(one.where))})
    for problem in found:
        part = _component(problem.where)
        yield problem, users.get(part, []) if part else _operations_at(document, problem.where)


def is_used(document: Json, where: str) -> bool:
    """Whether what stands at a pointer matters: all but components that no operation leads to."""
    part = _component(where)
    return part is None or bool(_users(document, {part}).get(part))


def _component(where: str) -> str | None:
    parts = where.split("/")
    return "/".join(parts[:4]) if parts[1:2] == ["components"] and len(parts) > 3 else None  # noqa: PLR2004


def _unit(where: str) -> str | None:
    """The pointer of what can go besides operations: a path or a webhook, or a member of it."""
    parts = where.split("/")
    is_unit = parts[1:2] in (["paths"], ["webhooks"]) and len(parts) > 2  # noqa: PLR2004
    return "/".join(parts[:4]) if is_unit else None


def _operations_at(document: Json, where: str) -> list[tuple[str, str]]:
    """The operations that stand at a pointer, above or below it."""
    if not where.startswith("/paths/"):
        return []
    return [
        (one.label, one.where)
        for one in operations(document)
        if (where + "/").startswith(one.where + "/") or _is_shared(where, one.where)
    ]


def _is_shared(where: str, operation: str) -> bool:
    """Whether a pointer is to what all operations of a path have in common, or to the path."""
    path = "/".join(where.split("/")[:3])
    own = operation.removeprefix(path + "/")
    if not operation.startswith(path + "/"):
        return False
    rest = where.removeprefix(path).split("/")[1:2]
    return not rest or rest[0] in {"parameters", "servers", "$ref", "summary"} or rest == [own]


def _users(document: Json, parts: set[str]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {part: [] for part in parts}
    if not parts:
        return found
    leads = {
        pointer("components", kind, name): list(_references(one))
        for kind, members in _dict(document.get("components")).items()
        for name, one in _dict(members).items()
    }
    for operation in operations(document):
        own = _references([operation.body, operation.inherited])
        for part in parts & set(reach(own, lambda one: leads.get(one, ()))):
            found[part].append((operation.label, operation.where))
    return found


def _references(node: object) -> Iterator[str]:
    for text in texts_in(node):
        if text.startswith(_COMPONENTS) and (part := _component(text.removeprefix("#"))):
            yield part


def _without(document: Json, gone: Iterable[str]) -> Json:
    """A copy of the document without what stands at some pointers."""
    made = copy.deepcopy(document)
    for where in sorted(gone):
        *above, last = keys_of(where)
        node: object = made
        for key in above:
            node = _dict(node).get(key)
        _dict(node).pop(last, None)
    return made


def _dict(value: Any) -> Json:  # noqa: ANN401 - any JSON
    return value if isinstance(value, dict) else {}
