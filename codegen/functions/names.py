"""Names of operations that stay as they are when other operations come and go."""

from collections import Counter
from collections.abc import Sequence

from codegen import naming
from codegen.documents.document import OperationAt
from codegen.functions.encodings import HELPERS


def operation_names(operations: Sequence[OperationAt], *, distinct: bool) -> dict[str, str]:
    """The Python name of each operation, by its JSON pointer; all different if `distinct`.

    Where several want one name, all are named after method and path: a number would pass from one
    to another when a third is added before them. Only what is left gets numbers.
    """
    wanted = {one.where: _name(one.body.get("operationId"), one.label) for one in operations}
    if not distinct:
        return wanted
    wishes = Counter(wanted.values())
    names: dict[str, str] = {}
    for one in sorted(operations, key=lambda one: (wishes[wanted[one.where]] > 1, one.where)):
        is_clear = wishes[wanted[one.where]] == 1
        name = wanted[one.where] if is_clear else _name(None, one.label.replace("{", " by "))
        names[one.where] = naming.unique(name, names.values())
    return names


def _name(given: object, label: str) -> str:
    usable = isinstance(given, str) and naming.words(given)
    return naming.snake_name(str(given) if usable else label, fallback="operation", taken=HELPERS)
