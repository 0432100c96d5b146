"""Names of operations that stay as they are when other operations come and go."""

from collections.abc import Mapping, Sequence

from codegen import naming
from codegen.documents.document import OperationAt
from codegen.functions.encodings import HELPERS

__all__ = ["operation_names"]


def operation_names(operations: Sequence[OperationAt], *, distinct: bool) -> dict[str, str]:
    """The Python name of each operation, by its JSON pointer; all different if `distinct`.

    An operation is named after its `operationId`, else after method and path. Where several want
    one name, all of the least precise spelling take the next more precise one: a number would pass
    from one to another when a third is added before them. Only what is left then gets numbers.
    """
    spellings = {one.where: _spellings(one) for one in operations}
    chosen = dict.fromkeys(spellings, 0)
    while distinct and (moving := _moving(spellings, chosen)):
        chosen |= {where: chosen[where] + 1 for where in moving}
    names: dict[str, str] = {}
    taken: set[str] = set()
    for where in sorted(spellings, key=lambda one: (chosen[one] - len(spellings[one]), one)):
        wanted = spellings[where][chosen[where]]
        names[where] = naming.unique(wanted, taken) if distinct else wanted
        taken.add(names[where])
    return names


def _spellings(operation: OperationAt) -> list[str]:
    """From the least to the most precise: the id, method and path, the same with `by`."""
    given = operation.body.get("operationId")
    by = operation.label.replace("{", " by ")
    sources = [given] if isinstance(given, str) and naming.words(given) else []
    return [
        naming.snake_name(source, fallback="operation", taken=HELPERS)
        for source in (*sources, operation.label, by)
    ]


def _moving(spellings: Mapping[str, Sequence[str]], chosen: Mapping[str, int]) -> list[str]:
    """Those that must give way: of each group with one name all that can, but a single first."""
    groups: dict[str, list[str]] = {}
    for where, spelt in spellings.items():
        groups.setdefault(spelt[chosen[where]], []).append(where)
    moving = []
    for group in groups.values():
        left = {where: len(spellings[where]) - chosen[where] - 1 for where in group}
        first = [where for where in group if left[where] == max(left.values())]
        if len(group) > 1:
            giving_way = group if len(first) > 1 else [one for one in group if one not in first]
            moving += [where for where in giving_way if left[where]]
    return moving
