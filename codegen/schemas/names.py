"""The names of schemas in Python."""

from collections.abc import Container, Sequence

from codegen import naming
from codegen.documents.document import Json

_LONGEST = 60


class Names:
    """The names of schemas inside others, beside those that the document has."""

    def __init__(self, schemas: Json) -> None:
        self._owners: dict[str, object] = dict(schemas)
        self._fixed = frozenset(schemas)

    def for_inline(self, schema: object, hints: Sequence[str]) -> str:
        """A name for an inline schema: the first hint that is free; equal schemas share it."""
        wanted = [naming.safe_name(naming.class_name(hint)[:_LONGEST]) for hint in hints]
        for name in wanted:
            if name not in self._owners:
                self._owners[name] = schema
            if name not in self._fixed and self._owners[name] == schema:
                return name
        name = naming.unique(wanted[-1], self._owners)
        self._owners[name] = schema
        return name


def free_name(name: str, taken: Container[str]) -> str:
    """A name for what a later stage adds."""
    return naming.unique(naming.safe_name(name), taken)
