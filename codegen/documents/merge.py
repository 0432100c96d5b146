"""Excerpts of one document, each from another page -> one document.

Pages repeat the frame (info, servers, tags) and the schemas they need. What two pages say of the
same place must agree; where they do not, nothing is picked: all contradictions are reported.
"""

import copy
from collections.abc import Sequence

from codegen.documents.document import Json
from codegen.documents.pages import Excerpt
from codegen.problems import Problem, ProblemsError, pointer

_UNORDERED = frozenset({"tags", "servers", "security"})


def merge(excerpts: Sequence[Excerpt]) -> Json:
    """The document that the excerpts are parts of; a ProblemsError names every contradiction."""
    ordered = sorted(excerpts, key=lambda excerpt: excerpt.page)
    merged: Json = copy.deepcopy(ordered[0].document)
    problems: list[Problem] = []
    for excerpt in ordered[1:]:
        _merge_into(merged, excerpt.document, (), excerpt.page, problems)
    if problems:
        raise ProblemsError(problems)
    return merged


def _merge_into(
    ours: Json, theirs: Json, at: tuple[str, ...], page: str, problems: list[Problem]
) -> None:
    for key, value in theirs.items():
        where = (*at, key)
        if key not in ours:
            if _may_grow(at):
                ours[key] = copy.deepcopy(value)
            else:
                problems.append(_contradiction(page, where, None, value))
        elif isinstance(ours[key], dict) and isinstance(value, dict):
            _merge_into(ours[key], value, where, page, problems)
        elif len(where) == 1 and key in _UNORDERED:
            ours[key] += [one for one in value if one not in ours[key]]
        elif ours[key] != value:
            problems.append(_contradiction(page, where, ours[key], value))
    if not _may_grow(at):
        problems += [
            _contradiction(page, (*at, key), ours[key], None) for key in ours if key not in theirs
        ]


def _may_grow(at: tuple[str, ...]) -> bool:
    """Whether the object at this place is a collection of which every page shows a part."""
    match at:
        case () | ("paths",) | ("paths", _) | ("components",) | ("components", _):
            return True
        case _:
            return False


def _contradiction(page: str, where: tuple[str, ...], ours: object, theirs: object) -> Problem:
    message = f"pages disagree: {_short(theirs)} here, {_short(ours)} on another page"
    return Problem(page, pointer(*where), message)


def _short(value: object) -> str:
    return "nothing" if value is None else repr(value)[:60]
