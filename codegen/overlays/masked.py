"""What upstream changed and nobody sees, since an overlay says otherwise at the same place.

An overlay that says `format: date-time` where upstream said nothing goes on saying so when upstream
says `date`. The code stays as it is, and the answers no longer fit.
"""

from collections.abc import Iterator
from typing import Any

from codegen.documents.document import Json
from codegen.problems import Problem, pointer

_WORDS = frozenset({
    "description", "example", "examples", "operationId", "summary", "tags", "title",
})  # fmt: skip
_NOTHING = object()

_Place = tuple[str, ...]


def masked_changes(
    old: tuple[Json, Json], new: tuple[Json, Json], source: str
) -> tuple[Problem, ...]:
    """Facts that changed in the document and not in what became of it under the overlay.

    `old` and `new` are pairs: a document as published, and with the overlay.
    """
    before, was = (dict(_leaves(one, ())) for one in old)
    after, now = (dict(_leaves(one, ())) for one in new)
    return tuple(
        Problem(
            source,
            pointer(*place),
            f"upstream says {_described(after, place)}, said {_described(before, place)};"
            f" the overlay says {now[place]!r} all the same: compare",
        )
        for place in sorted(now)
        if before.get(place, _NOTHING) != after.get(place, _NOTHING)
        and was.get(place, _NOTHING) == now[place] != after.get(place, _NOTHING)
    )


def _described(leaves: dict[_Place, Any], place: _Place) -> str:
    return repr(leaves[place]) if place in leaves else "nothing"


def _leaves(node: Any, at: _Place) -> Iterator[tuple[_Place, Any]]:  # noqa: ANN401 - any JSON
    """Every fact by its place; parameters stand under their names, other lists are one fact."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in _WORDS or at[-1:] == ("properties",):
                yield from _leaves(value, (*at, str(key)))
    elif isinstance(node, list) and at[-1:] == ("parameters",):
        for one in node:
            name = f"{one.get('in')} {one.get('name')}" if isinstance(one, dict) else str(one)
            yield from _leaves(one, (*at, name))
    else:
        yield at, node
